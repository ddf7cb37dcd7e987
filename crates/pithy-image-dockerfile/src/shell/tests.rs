use super::*;

/// The pipelines of a text: their depth, their mark, and their commands.
fn outline(text: &str) -> String {
    let lines: Vec<_> = Shell::parse(text).pipelines.iter().map(pipeline).collect();
    lines.join(" / ")
}

/// For example `1 && ? a 'b c' | d`: depth, joint, `?` if it is a condition, commands.
fn pipeline(pipeline: &Pipeline) -> String {
    let joint = match pipeline.before {
        Joint::First => "",
        Joint::And => "&& ",
        Joint::Or => "|| ",
        Joint::Sequence => "; ",
        Joint::Background => "& ",
    };
    let mark = if pipeline.is_condition { "? " } else { "" };
    let commands: Vec<_> = pipeline.commands.iter().map(command).collect();
    format!("{}{joint}{mark}{}", format!("{} ", pipeline.depth).trim_start_matches("0 "), commands.join(" | "))
}

/// Its words, each with a blank in brackets; `-` for a compound command.
fn command(command: &ShellCommand) -> String {
    let words = command.assignments.iter().chain(&command.words).map(|word| {
        if word.value.contains([' ', '\n']) || word.value.is_empty() {
            format!("[{}]", word.value)
        } else {
            word.value.clone()
        }
    });
    let redirections = command.redirections.iter().map(|redirection| {
        redirection.operator.clone() + redirection.target.as_ref().map_or("", |target| target.value.as_str())
    });
    let parts: Vec<_> = words.chain(redirections).collect();
    if parts.is_empty() { "-".to_owned() } else { parts.join(" ") }
}

#[test]
fn texts_have_these_commands() {
    for (text, expected) in [
        ("", ""),
        ("a", "a"),
        ("a b && c || d; e & f", "a b / && c / || d / ; e / & f"),
        ("a | b |& c", "a | b | c"),
        ("(a; b) && c", "- / 1 a / 1 ; b / && c"),
        ("if a; then b; elif c; then d; else e; fi; f", "- / 1 ? a / 1 b / 1 ? c / 1 d / 1 e / ; f"),
        ("a $(b) \"$(c `d`)\"", "a $(b) [$(c `d`)] / 1 b / 1 c `d` / 2 d"),
        ("cat <<EOF > f; a\nx $(y)\nEOF\nb", "cat <<EOF >f / ; a / ; b"),
    ] {
        assert_eq!(outline(text), expected, "{text:?}");
    }
}
