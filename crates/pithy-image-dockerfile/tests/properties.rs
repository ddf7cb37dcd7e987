//! What holds for any text: the tokens are the text, nothing panics, and every place is one.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by a panic")]

use pithy_image_dockerfile::{
    Diagnostic, Dockerfile, Escape, Form, Instruction, Quoting, Shell, ShellCommand, Span, SyntaxKind, Word, expand,
    expand_heredoc,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngSeed};

/// Pieces that mean something, put together by chance.
fn dockerfile() -> impl Strategy<Value = String> {
    let pieces = vec![
        "FROM a",
        "RUN ",
        "COPY ",
        "ADD ",
        "ENV ",
        "ARG ",
        "LABEL ",
        "HEALTHCHECK ",
        "ONBUILD ",
        "SHELL ",
        "VOLUME ",
        "\n",
        "\n",
        "\n",
        "\r\n",
        "\r",
        "\\\n",
        "\\\r\n",
        "\\ \n",
        "`\n",
        "\\",
        "`",
        " ",
        "  ",
        "\t",
        "\u{a0}",
        "\u{85}",
        "\u{2003}",
        "\u{feff}",
        "#",
        "# a\n",
        "# escape=`\n",
        "# syntax=a\n",
        "--from=a ",
        "--mount=type=bind,source=a ",
        "--mount=\"type=b,\"\"c\" ",
        "--exclude=é ",
        "--exclude=à全 ",
        "--",
        "<<EOF",
        "<<-'E F'",
        "EOF\n",
        "E F\n",
        "\tEOF\n",
        "[\"a\", ",
        "\"b\"]",
        "[",
        "]",
        "\"",
        "'",
        "a=b ",
        "=",
        "$X",
        "${X:-",
        "}",
        "é",
        "全",
        "😀",
        "a",
        "\u{0}",
        "CMD ",
        "NONE",
        " AS b",
    ];
    vec(select(pieces), 0..40).prop_map(|pieces| pieces.concat())
}

/// Pieces of a shell text that mean something.
fn shell() -> impl Strategy<Value = String> {
    let pieces = vec![
        "a",
        "b ",
        " ",
        "\t",
        "\n",
        "\r\n",
        "\\\n",
        "\\",
        "#",
        "'",
        "\"",
        "$'",
        "$\"",
        "`",
        "$",
        "$a",
        "${",
        "}",
        "$(",
        ")",
        "$((",
        "))",
        "(",
        "((",
        "<(",
        "{ ",
        ";}",
        ";",
        ";;",
        ";&",
        "&",
        "&&",
        "|",
        "||",
        "|&",
        "! ",
        "time ",
        "if ",
        ";then ",
        ";elif ",
        ";else ",
        ";fi",
        "while ",
        ";do ",
        ";done",
        "for ",
        " in ",
        "case ",
        " esac",
        "function ",
        "f()",
        "[[ ",
        " ]]",
        "A=",
        "A+=(",
        "A[",
        "]=",
        "@(",
        "<",
        ">",
        "2>&1",
        "<<",
        "<<E\n",
        "<<-'E'\n",
        "\nE\n",
        "<<<",
        "&>",
        "x41",
        "u",
        "é",
        "全",
        "😀",
        "\u{a0}",
        "\u{0}",
        "-y",
        "--",
        "/",
    ];
    vec(select(pieces), 0..40).prop_map(|pieces| pieces.concat())
}

fn config() -> Config {
    // A test has one result: the seed is fixed, and no file of failures is kept.
    Config { cases: 3_000, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..Config::default() }
}

fn spans(instruction: &Instruction) -> Vec<Span> {
    let mut spans = vec![instruction.span, instruction.name.span, instruction.rest.span];
    for flag in &instruction.flags {
        spans.push(flag.span);
        spans.extend(flag.value_span);
        spans.extend(flag.mount.iter().flat_map(|mount| &mount.fields).map(|field| field.span));
    }
    spans.extend(instruction.words.iter().map(|word| word.span));
    for pair in &instruction.pairs {
        spans.extend([Some(pair.name.span), pair.value.as_ref().map(|value| value.span)].into_iter().flatten());
    }
    spans.extend(instruction.heredocs.iter().flat_map(|heredoc| [Some(heredoc.body), heredoc.end]).flatten());
    spans.extend(instruction.trigger.iter().flat_map(|trigger| self::spans(trigger)));
    spans
}

/// What stands at a span without what joins its lines.
fn joined(read: &Dockerfile, span: Span) -> String {
    let within =
        |token: &&pithy_image_dockerfile::SyntaxToken| token.span.start < span.end && token.span.end > span.start;
    let is_text = |kind| matches!(kind, SyntaxKind::Word | SyntaxKind::Flag | SyntaxKind::Keyword);
    let tokens = read.tokens.iter().filter(within).filter(|token| is_text(token.kind));
    let part = |span: Span, token: Span| Span { start: span.start.max(token.start), end: span.end.min(token.end) };
    tokens.map(|token| part(span, token.span).of(read.text())).collect()
}

/// All that must hold for a tree.
fn check(text: &str, read: &Dockerfile) {
    assert_eq!(read.to_string(), text);
    let mut at = 0;
    for token in &read.tokens {
        assert_eq!(token.span.start, at, "tokens lie side by side");
        assert!(!token.span.is_empty());
        at = token.span.end;
    }
    assert_eq!(at, text.len());
    let diagnostics = || read.errors.iter().chain(&read.warnings);
    let places = read.instructions.iter().flat_map(spans).chain(diagnostics().map(|found| found.span));
    for span in places.chain(read.directives.iter().map(|directive| directive.span)) {
        assert!(text.get(span.start..span.end).is_some(), "{span:?} is a place in {text:?}");
        let (first, last) = read.lines(span);
        assert!(1 <= first && first <= last && last <= text.matches('\n').count() + 1);
    }
    for Diagnostic { line, .. } in diagnostics() {
        assert!((1..=text.matches('\n').count() + 1).contains(line));
    }
    for instruction in &read.instructions {
        values(read, instruction);
    }
}

/// Except in JSON, a word is what stands at its place.
fn values(read: &Dockerfile, instruction: &Instruction) {
    let is = |word: &Word| assert_eq!(joined(read, word.span), word.value, "{:?}", read.text());
    is(&instruction.name);
    if instruction.form != Form::Json {
        instruction.words.iter().for_each(is);
    }
    for pair in &instruction.pairs {
        is(&pair.name);
        pair.value.iter().for_each(is);
    }
    instruction.trigger.iter().for_each(|trigger| values(read, trigger));
    assert_eq!(instruction.sources().count(), instruction.destination().map_or(0, |_| instruction.words.len() - 1));
}

/// Every span is in the text and not empty; pipelines, and what they consist of, are in order.
fn check_shell(text: &str) {
    let shell = Shell::parse(text);
    let mut start = None;
    for pipeline in &shell.pipelines {
        let spans: Vec<_> = pipeline.commands.iter().map(|command| command.span).collect();
        assert_apart(text, &spans);
        assert!(start < spans.first().map(|span| span.start), "pipelines are in order: {text:?}");
        start = spans.first().map(|span| span.start);
        assert!(pipeline.depth <= 100);
        pipeline.commands.iter().for_each(|command| check_command(text, command));
    }
}

fn check_command(text: &str, command: &ShellCommand) {
    let targets = command.redirections.iter().filter_map(|redirection| redirection.target.as_ref());
    let mut words: Vec<_> = command.assignments.iter().chain(&command.words).collect();
    let own: Vec<_> = words.iter().map(|word| word.span).collect();
    assert_apart(text, &own);
    words.extend(targets);
    words.sort_by_key(|word| word.span);
    assert_apart(text, &words.iter().map(|word| word.span).collect::<Vec<_>>());
    for word in words {
        assert!(command.span.start <= word.span.start && word.span.end <= command.span.end, "{text:?}");
        let raw = word.span.of(text);
        // An array keeps the ends of lines that go on.
        let is_plain = word.quoting == Quoting::None && !word.has_expansion && !raw.contains('(');
        assert!(!is_plain || word.value == raw.replace("\\\n", ""), "{text:?}");
    }
    let _ = (command.program(), command.arguments(), command.has_option(Some('y'), "--yes"));
}

fn assert_apart(text: &str, spans: &[Span]) {
    for span in spans {
        assert!(!span.is_empty() && text.get(span.start..span.end).is_some(), "{span:?} is a place in {text:?}");
    }
    assert!(spans.is_sorted_by(|a, b| a.end <= b.start), "{spans:?} are apart in {text:?}");
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_shell_text_has_commands_in_order(text in shell()) {
        check_shell(&text);
    }

    #[test]
    fn any_text_has_commands_in_order(text in any::<String>()) {
        check_shell(&text);
    }

    #[test]
    fn a_shell_text_that_is_cut_anywhere_can_be_read(text in shell(), at in any::<prop::sample::Index>()) {
        let cut = text.char_indices().map(|(at, _)| at).nth(at.index(text.len() + 1)).unwrap_or(text.len());
        check_shell(&text[..cut]);
    }

    #[test]
    fn bytes_of_a_command_have_places_in_order(text in dockerfile()) {
        let read = Dockerfile::parse(text.as_str());
        for instruction in read.instructions.iter().filter(|instruction| instruction.form == Form::Line) {
            for word in &instruction.words {
                let places: Vec<_> = (0..=word.value.len()).map(|at| read.place_in(instruction, word, at)).collect();
                prop_assert!(places.is_sorted_by(|a, b| a < b));
                let bytes = places.iter().map_while(|place| text.as_bytes().get(*place).copied());
                prop_assert!(bytes.zip(word.value.bytes()).all(|(found, byte)| found == byte));
            }
        }
    }

    #[test]
    fn any_dockerfile_is_its_tokens(text in dockerfile()) {
        check(&text, &Dockerfile::parse(text.as_str()));
        check(&text, &Dockerfile::parse_fragment(text.as_str(), Escape::Backtick));
    }

    #[test]
    fn any_text_is_its_tokens(text in any::<String>()) {
        check(&text, &Dockerfile::parse(text.as_str()));
    }

    #[test]
    fn what_is_appended_after_the_end_of_a_text_is_read_as_it_is_alone(text in dockerfile()) {
        let before = Dockerfile::parse(text.as_str());
        let newline = if before.end.has_newline { "" } else { "\n" };
        let after = Dockerfile::parse(format!("{text}{newline}STOPSIGNAL 9\n"));
        let last = after.instructions.last().map(|last| last.span.of(after.text()));
        let is_alone = last == Some("STOPSIGNAL 9") && after.instructions.len() == before.instructions.len() + 1;
        prop_assert_eq!(is_alone, before.end.unfinished.is_none());
    }

    #[test]
    fn words_can_be_replaced_in_place(text in dockerfile()) {
        let read = Dockerfile::parse(text.as_str());
        let words = read.instructions.iter().filter(|instruction| instruction.form == Form::Words);
        let edits: Vec<_> = words.flat_map(|instruction| &instruction.words).map(|word| (word.span, "x".to_owned())).collect();
        let count = edits.len();
        let after = Dockerfile::parse(read.replace(edits));
        let words = after.instructions.iter().flat_map(|instruction| &instruction.words);
        prop_assert!(words.filter(|word| word.value == "x").count() >= count);
    }

    #[test]
    fn any_word_expands_or_fails(text in dockerfile(), escape in select(vec![Escape::Backslash, Escape::Backtick])) {
        let vars = |name: &str| (name == "X").then(|| "a".to_owned());
        let _ = expand(&text, &vars, escape);
        let _ = expand_heredoc(&text, &vars);
    }
}
