use super::*;

/// The pipelines of a text: `depth joint ?mark commands`, with ` / ` between them.
fn outline(text: &str) -> String {
    let lines: Vec<_> = Shell::parse(text).pipelines.iter().map(pipeline).collect();
    lines.join(" / ")
}

/// A pipeline, without a depth of 0, with `?` if it is a condition.
fn pipeline(pipeline: &Pipeline) -> String {
    let depth = if pipeline.depth == 0 { String::new() } else { format!("{} ", pipeline.depth) };
    let joint = match pipeline.before {
        Joint::First => "",
        Joint::And => "&& ",
        Joint::Or => "|| ",
        Joint::Sequence => "; ",
        Joint::Background => "& ",
    };
    let mark = if pipeline.is_condition { "? " } else { "" };
    let commands: Vec<_> = pipeline.commands.iter().map(command).collect();
    format!("{depth}{joint}{mark}{}", commands.join(" | "))
}

/// The words of a command, and its redirections; `-` for a compound command.
fn command(command: &ShellCommand) -> String {
    let words = command.assignments.iter().chain(&command.words).map(|word| {
        let is_plain = !word.value.is_empty() && !word.value.contains([' ', '\n']);
        if is_plain { word.value.clone() } else { format!("[{}]", word.value) }
    });
    let target = |it: &Redirection| it.target.as_ref().map_or(String::new(), |target| target.value.clone());
    let redirections = command.redirections.iter().map(|it| it.operator.clone() + &target(it));
    let parts: Vec<_> = words.chain(redirections).collect();
    if parts.is_empty() { "-".to_owned() } else { parts.join(" ") }
}

#[test]
fn lists_have_joints() {
    for (text, expected) in [
        ("", ""),
        (" \n\t# a\n", ""),
        ("a", "a"),
        ("a b && c || d; e & f", "a b / && c / || d / ; e / & f"),
        ("a&&b||c;d&e", "a / && b / || c / ; d / & e"),
        ("a | b |& c", "a | b | c"),
        ("a |\n\n# b\nc", "a | c"),
        ("a &&\n # b\n\n c\n\n\nd", "a / && c / ; d"),
        ("a &\nb;\nc", "a / & b / ; c"),
        ("a \\\n b \\\n&& c\\\nd", "a b / && cd"),
        ("a#b # c; d", "a#b"),
        ("! a | b; c", "? a | b / ; c"),
        ("! ! a", "a"),
        ("time a; time -p b | c; ! time d", "a / ; b | c / ; ? d"),
        ("a | time b", "a | time b"),
        ("a ! b", "a ! b"),
    ] {
        assert_eq!(outline(text), expected, "{text:?}");
    }
}

#[test]
fn compound_commands_hold_pipelines_of_a_greater_depth() {
    for (text, expected) in [
        ("(a; b) && c", "- / 1 a / 1 ; b / && c"),
        ("{ a; b; } | c", "- | c / 1 a / 1 ; b"),
        ("! { a; }; b", "? - / 1 ? a / ; b"),
        ("if a; then b; elif c; then d; else e; fi; f", "- / 1 ? a / 1 b / 1 ? c / 1 d / 1 e / ; f"),
        ("if a && ! b\nthen\nc\nfi", "- / 1 ? a / 1 && ? b / 1 c"),
        ("if if a; then b; fi; then c; fi", "- / 1 ? - / 2 ? a / 2 ? b / 1 c"),
        ("while a; do b; done | c", "- | c / 1 ? a / 1 b"),
        ("until a $(b)\ndo c & done >d", ">d / 1 ? a $(b) / 2 ? b / 1 c"),
        ("for x in a b $(c); do d; done", "- / 1 c / 1 d"),
        ("for x\ndo a; done; for x do b; done; select y in z; do c; done", "- / 1 a / ; - / 1 b / ; - / 1 c"),
        ("for ((i=0; i<$(a); i++)); do b; done", "- / 1 a / 1 b"),
        ("case $(a) in b|c) d;; (e) f ;& *) g;;& h) esac; i", "- / 1 a / 1 d / 1 f / 1 g / ; i"),
        ("case a in b) c\nesac", "- / 1 c"),
        ("case a in\n# b\nesac; c", "- / ; c"),
        ("f() { a; }; f", "- / 1 a / ; f"),
        ("f ( )\n(a)\nf", "- / 1 a / ; f"),
        ("function f { a; } >b; function g() (c)", ">b / 1 a / ; - / 1 c"),
        ("f() if a; then b; fi", "- / 1 ? a / 1 b"),
        ("((a = 1, b)) && (( $(c) )) ; ( (d) )", "- / && - / 1 c / ; - / 1 - / 2 d"),
        ("((a; b) | c)", "- / 1 - | c / 2 a / 2 ; b"),
        ("[[ a < b && ( $(c) =~ ^(d|e)$ ) ]] || f", "[[ a < b && ( $(c) =~ ^ ( d | e ) $ ) ]] / 1 c / || f"),
        ("[[ -n a\n&& b ]]; [ a ]", "[[ -n a && b ]] / ; [ a ]"),
    ] {
        assert_eq!(outline(text), expected, "{text:?}");
    }
}

#[test]
fn keywords_are_words_unless_a_command_starts_with_them() {
    for (text, expected) in [
        ("a if then { } [[ ! done", "a if then { } [[ ! done"),
        ("'if' a; \\{ b; i\"f\" c", "if a / ; { b / ; if c"),
        ("ifx; {a,b}; { }x; }", "ifx / ; {a,b} / ; - / 1 }x"),
        ("X=1 if; >a then", "X=1 if / ; then >a"),
    ] {
        assert_eq!(outline(text), expected, "{text:?}");
    }
}

#[test]
fn substitutions_hold_pipelines_of_a_greater_depth() {
    for (text, expected) in [
        ("a $(b; c | d) e", "a [$(b; c | d)] e / 1 b / 1 ; c | d"),
        ("a \"x $(b \"c $(d ')')\") y\"", "a [x $(b \"c $(d ')')\") y] / 1 b [c $(d ')')] / 2 d )"),
        ("a `b | c` \"`d`\"", "a [`b | c`] `d` / 1 b | c / 1 d"),
        ("a `b \\`c\\`` d", "a [`b \\`c\\``] d / 1 b `c`"),
        ("a ${b:-$(c)} ${d#\"}\"} ${e:-'}'} \"${f:-'}\"", "a ${b:-$(c)} ${d#\"}\"} ${e:-'}'} ${f:-'} / 1 c"),
        ("a $((1 + $(b) * (2))) $(( c ) )", "a [$((1 + $(b) * (2)))] [$(( c ) )] / 1 b / 1 - / 2 c"),
        ("a <(b) >(c | d) x<(e)", "a <(b) [>(c | d)] x<(e) / 1 b / 1 c | d / 1 e"),
        ("X=$(a) Y=`b`", "X=$(a) Y=`b` / 1 a / 1 b"),
        ("X=(a 'b' $(c)\n# d\n) Y+=() d", "[X=(a 'b' $(c)\n# d\n)] Y+=() d / 1 c"),
        ("rm !(a|$(b)|@(c d)) e", "rm [!(a|$(b)|@(c d))] e / 1 b"),
        ("a $'$(b)' '$(c)' \\$(d)", "a $(b) $(c) $ / ; - / 1 d"),
        ("(a $(b) # c)\n)", "- / 1 a $(b) / 2 b"),
    ] {
        assert_eq!(outline(text), expected, "{text:?}");
    }
}

#[test]
fn redirections_may_stand_anywhere() {
    for (text, expected) in [
        (">a b c <d 2>&1 >>e", "b c >a <d 2>&1 >>e"),
        ("a 2>b 22<>c >|d <&- &>e &>>f <<<'g h' a2>i", "a a2 2>b 22<>c >|d <&- &>e &>>f <<<g h >i"),
        (">a", ">a"),
        ("a > b & c", "a >b / & c"),
        ("a <<B >c; d\n$(x) `\nB\ne", "a <<B >c / ; d / ; e"),
        ("a <<-'B C' | d\n\tx\n\t\tB C\ne", "a <<-B C | d / ; e"),
        ("a <<B <<-\\C && d\nC\nB\n\tC\ne", "a <<B <<-C / && d / ; e"),
        ("a $(b <<C\nx)\nC\n) d", "a [$(b <<C\nx)\nC\n)] d / 1 b <<C"),
        ("if a <<B; then\nx\nB\nc; fi", "- / 1 ? a <<B / 1 c"),
        ("a <<B", "a <<B"),
        ("a <<B\nb\n", "a <<B"),
        ("a << ; b", "a << / ; b"),
    ] {
        assert_eq!(outline(text), expected, "{text:?}");
    }
}

#[test]
fn of_an_unfinished_text_is_read_what_there_is() {
    for (text, expected) in [
        ("a 'b", "a b"),
        ("a \"b $(c", "a [b $(c] / 1 c"),
        ("a `b", "a `b / 1 b"),
        ("a ${b", "a ${b"),
        ("a $((b", "a $((b"),
        ("a \\", "a \\"),
        ("a |", "a"),
        ("a && ", "a"),
        ("!", ""),
        ("if a; then b", "- / 1 ? a / 1 b"),
        ("if a; fi; b", "- / 1 ? a / ; b"),
        ("case a in b", "-"),
        ("for", "-"),
        ("f()", "-"),
        ("[[ a", "[[ a"),
        ("X=(a", "X=(a"),
        ("then a; ) b; ;; c; fi", "a / b / c"),
        ("(a; done; b) c", "- / 1 a / 1 b / ; c"),
    ] {
        assert_eq!(outline(text), expected, "{text:?}");
    }
}

#[test]
fn words_have_a_value_a_quoting_and_expansions() {
    use Quoting::{Double, Mixed, None, Single};
    for (text, value, quoting, has_expansion) in [
        ("a-b/*", "a-b/*", None, false),
        ("'a b'", "a b", Single, false),
        ("'$a'", "$a", Single, false),
        ("''", "", Single, false),
        ("$'a\\tb\\'\\x41\\u00e9\\101\\q\\ud800'", "a\tb'AéA\\q\u{fffd}", Single, false),
        ("\"a 'b'\"", "a 'b'", Double, false),
        ("$\"a\"", "a", Double, false),
        ("\"a $b\"", "a $b", Double, true),
        ("\"\\a\\$\\`\\\"\\\\\\\nb\"", "\\a$`\"\\b", Double, false),
        ("\"$(a \"b\")\"", "$(a \"b\")", Double, true),
        ("a'b'", "ab", Mixed, false),
        ("'a''b'", "ab", Mixed, false),
        ("'a'b", "ab", Mixed, false),
        ("''b", "b", Mixed, false),
        ("a\\ b", "a b", Mixed, false),
        ("\\$a", "$a", Mixed, false),
        ("\"a\"$b", "a$b", Mixed, true),
        ("$a", "$a", None, true),
        ("a$1$@${b}$((1))`c`", "a$1$@${b}$((1))`c`", None, true),
        ("a$", "a$", None, false),
        ("$%\"$\"", "$%$", Mixed, false),
        ("<(a)", "<(a)", None, true),
        ("全\\é'😀'", "全é😀", Mixed, false),
        ("a\\\nb\\\n", "ab", None, false),
    ] {
        let shell = Shell::parse(text);
        let word = &shell.pipelines[0].commands[0].words[0];
        assert_eq!(
            (word.value.as_str(), word.quoting, word.has_expansion),
            (value, quoting, has_expansion),
            "{text:?}"
        );
        assert_eq!(word.span.of(text), text.trim_end_matches("\\\n"));
    }
}

#[test]
fn assignments_stand_before_the_program() {
    let counts = |text: &str| {
        let shell = Shell::parse(text);
        (shell.pipelines[0].commands[0].assignments.len(), shell.pipelines[0].commands[0].words.len())
    };
    for (text, expected) in [
        ("A=1 _b2+='x y' c[$i]=2 d E=1", (3, 2)),
        ("A=", (1, 0)),
        ("1A=b", (0, 1)),
        ("=a A=b", (0, 2)),
        ("'A'=b", (0, 1)),
        ("A\\=b", (0, 1)),
        ("a-b=c", (0, 1)),
        ("export A=(b c)", (0, 2)),
    ] {
        assert_eq!(counts(text), expected, "{text:?}");
    }
}

#[test]
fn commands_have_a_program_and_options() {
    let first = |text: &str| Shell::parse(text).pipelines[0].commands[0].clone();
    for (text, program) in [
        ("X=1 /usr/bin/curl -f", "curl"),
        ("./a", "a"),
        ("\"$HOME/bin/a\"", "a"),
        ("${A/b/c}", "${A/b/c}"),
        ("$(b /c)", "$(b /c)"),
        ("(a)", ""),
    ] {
        assert_eq!(first(text).program(), program, "{text:?}");
    }
    for (arguments, expected) in [
        ("-y", true),
        ("-qy a", true),
        ("'-y'", true),
        ("a --yes", true),
        ("--yes=x", true),
        ("", false),
        ("y yes", false),
        ("--yesx --y --no-yes", false),
        ("-- -y --yes", false),
        ("-o=y -oa::y", false),
        ("-", false),
    ] {
        let command = first(&format!("apt-get {arguments}"));
        assert_eq!(command.has_option(Some('y'), "--yes"), expected, "{arguments:?}");
        assert_eq!(command.has_option(Some('y'), "yes"), expected, "{arguments:?}");
    }
    assert!(!first("a -y").has_option(None, "yes"));
    assert_eq!(first(">a").arguments(), []);
}

#[test]
fn spans_are_those_of_the_parts() {
    let text = "a; >b X=1 c 'd' 2>e |  { f; } >g  & h() { i; }";
    let shell = Shell::parse(text);
    let commands: Vec<_> = shell.pipelines.iter().flat_map(|pipeline| &pipeline.commands).collect();
    let spans: Vec<_> = commands.into_iter().map(|command| command.span.of(text)).collect();
    assert_eq!(spans, ["a", ">b X=1 c 'd' 2>e", "{ f; } >g", "f", "h() { i; }", "i"]);
}

#[test]
fn what_is_not_closed_is_known_with_its_place() {
    for (text, expected) in [
        ("a 'b", Some(("'", 2))),
        ("a \"b 'c", Some(("\"", 2))),
        ("a \"$(b 'c\"", Some(("'", 7))),
        ("a $(b", Some(("$(", 2))),
        ("a <(b", Some(("<(", 2))),
        ("a ${b", Some(("${", 2))),
        ("a `b", Some(("`", 2))),
        ("(a; (b)", Some(("(", 0))),
        ("a=(b", Some(("(", 2))),
        ("if a; then b fi", Some(("if", 0))),
        ("if a; then while b; do c; fi", None),
        ("for a in b; do c done", Some(("do", 12))),
        ("for a in b; c", None),
        ("for a in b", Some(("for", 0))),
        ("case a in b) c;;", Some(("case", 0))),
        ("{ a }", Some(("{", 0))),
        ("a # 'b", None),
        ("a \\' \"'\" '\"' $(case a in b) c;; esac)", None),
    ] {
        let unclosed = Shell::parse(text).unclosed;
        assert_eq!(unclosed.map(|it| (it.open, it.at)), expected, "{text:?}");
    }
}

#[test]
fn where_shells_differ_nothing_is_said_to_be_open() {
    for text in [
        "a `b 'c`",
        "a $'b\\'",
        "\"${a#'\"'}\"",
        "((a",
        "function a {",
        "time {",
        "select a in b; do",
        "[[ a && $(b) ]; (c",
        "a <<b; (c\nd",
        "a <<b; (c\n$(d\nb\n",
        "if a; then b\r\nfi\r\n",
    ] {
        assert_eq!(Shell::parse(text).unclosed, None, "{text:?}");
    }
    assert_eq!(Shell::parse(&"(".repeat(1_000)).unclosed, None);
}

#[test]
fn what_is_nested_too_deep_is_left_out() {
    for (open, close) in
        [("$(", ")"), ("(", ")"), ("{ ", ";}"), ("${a:-", "}"), ("$((", "))"), ("if ", ";fi"), ("\"$(", ")\"")]
    {
        let shell = Shell::parse(&format!("a; {}b{}", open.repeat(10_000), close.repeat(10_000)));
        assert_eq!(shell.pipelines[0].commands[0].program(), "a");
        assert!(shell.pipelines.iter().all(|pipeline| pipeline.depth <= 100));
    }
    let depth = |n| Shell::parse(&format!("{}b{}", "$(".repeat(n), ")".repeat(n))).pipelines.pop().map(|it| it.depth);
    assert_eq!([depth(99), depth(100)], [Some(99), Some(100)]);
}
