//! What the tree is for: sources that can be replaced, mounts, stages, and text that is appended.
#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use pithy_image_dockerfile::{CopySource, Dockerfile, End, Escape, Keyword, SyntaxKind, Unfinished};

fn parse(text: &str) -> Dockerfile {
    let read = Dockerfile::parse(text);
    assert_eq!(read.errors, []);
    read
}

/// The sources of the second instruction: the texts of paths, and what inline files hold.
fn sources(read: &Dockerfile) -> Vec<String> {
    let source = |source: CopySource<'_>| match source {
        CopySource::Path(word) => word.span.of(read.text()).to_owned(),
        CopySource::Inline(_, heredoc) => heredoc.map_or(String::new(), |it| it.content(read.text()).into_owned()),
    };
    read.instructions[1].sources().map(source).collect()
}

#[test]
fn sources_and_destinations_have_places_in_every_form() {
    for (text, expected, destination) in [
        ("COPY a 'b c' /d", vec!["a", "'b", "c'"], "/d"),
        ("ADD [\"a b\", \\\n  \"\\u0063\", \"/d\"]", vec!["\"a b\"", "\"\\u0063\""], "\"/d\""),
        ("COPY a\\\nb /d", vec!["a\\\nb"], "/d"),
        ("COPY <<-E a /d\n\t1\nE", vec!["1\n", "a"], "/d"),
        ("COPY [\"<<E\", \"/d\"]", vec![""], "\"/d\""),
    ] {
        let read = parse(&format!("FROM a\n{text}\n"));
        assert_eq!(sources(&read), expected);
        assert_eq!(read.instructions[1].destination().unwrap().span.of(read.text()), destination);
    }
}

#[test]
fn inline_sources_of_one_name_are_the_last_of_them() {
    let read = parse("FROM a\nCOPY <<E <<E /d\n1\nE\n2\nE\n");
    assert_eq!(sources(&read), ["2\n", "2\n"]);
}

#[test]
fn the_sources_of_an_instruction_take_linear_time() {
    // Looked up one by one, these would take minutes.
    let names = || (0..100_000).map(|i| format!("E{i}"));
    let words = names().map(|name| format!("<<{name} ")).collect::<Vec<_>>().concat();
    let bodies = names().map(|name| name + "\n").collect::<Vec<_>>().concat();
    let words = words.as_bytes().chunks(60_000).map(|line| String::from_utf8_lossy(line)).collect::<Vec<_>>();
    let read = parse(&format!("FROM a\nCOPY {}/d\n{bodies}", words.join("\\\n")));
    let found = |source| matches!(source, CopySource::Inline(_, Some(_)));
    assert_eq!(read.instructions[1].sources().filter(|source| found(*source)).count(), 100_000);
}

#[test]
fn bytes_of_a_command_have_places_across_lines() {
    for text in [
        "RUN a b",
        "RUN --network=none  a b\\\nc \\\n  d\n",
        "RUN a \\\n# why\n\n   # b\n  é全 \\ \t\r\n c",
        "ONBUILD RUN a \\\n # b\n c",
        "RUN cat <<E > \\\n f\nc\nE\n",
        "CMD a \\\n\\\n# b\nb \\",
        "HEALTHCHECK --retries=1 \\\n CMD a \\\n # b\n b",
    ] {
        for (text, escape) in [(text.to_owned(), Escape::Backslash), (text.replace('\\', "`"), Escape::Backtick)] {
            let read = Dockerfile::parse_fragment(text.as_str(), escape);
            let [instruction] = read.instructions.as_slice() else { panic!("one instruction") };
            let word = instruction.trigger.as_deref().unwrap_or(instruction).words.last().unwrap();
            let places: Vec<_> = (0..=word.value.len()).map(|at| read.place_in(instruction, word, at)).collect();
            assert!(places.is_sorted_by(|a, b| a < b), "{text:?}: {places:?}");
            assert_eq!(places.last(), Some(&word.span.end), "{text:?}");
            for (byte, place) in word.value.bytes().zip(&places) {
                assert_eq!(byte, text.as_bytes()[*place], "{text:?}: {places:?}");
            }
            for comment in read.tokens.iter().filter(|token| token.kind == SyntaxKind::Comment) {
                assert!(!places.iter().any(|place| (comment.span.start..comment.span.end).contains(place)), "{text:?}");
            }
        }
    }
}

#[test]
fn only_copy_and_add_have_sources() {
    let read = parse("FROM a\nVOLUME /a /b\n");
    assert_eq!(sources(&read), Vec::<String>::new());
    assert_eq!(read.instructions[1].destination(), None);
}

#[test]
fn the_value_of_a_flag_has_a_place_without_its_quotes() {
    for (flag, expected) in [("--from=a", "a"), ("--from=\"a\"", "a"), ("--\"from=a\\ b\"", "a\\ b"), ("--from=", "")] {
        let read = parse(&format!("FROM a\nCOPY {flag} /a /b\n"));
        let found = read.instructions[1].flag("from").unwrap();
        assert_eq!(found.span.of(read.text()), flag);
        assert_eq!(found.value_span.unwrap().of(read.text()), expected);
    }
}

#[test]
fn fields_of_a_mount_can_be_replaced() {
    let read = parse("FROM a\nRUN --mount=type=bind,\\\n'\"source=a,b\"',TARGET=/c,src=$D --mount='from=x,ro' true\n");
    let mounts: Vec<_> = read.instructions[1].flags.iter().map(|flag| flag.mount.as_ref().unwrap()).collect();
    assert_eq!(mounts[0].value(&["source", "src"]), Some("$D"));
    assert_eq!(mounts[0].value(&["target", "dst", "destination"]), Some("/c"));
    assert_eq!(mounts[1].value(&["ro"]), None);
    let texts: Vec<_> = mounts[0].fields.iter().map(|field| field.span.of(read.text())).collect();
    assert_eq!(texts, ["type=bind", "\"source=a,b\"", "TARGET=/c", "src=$D"]);
    let edited = read.replace([(mounts[0].fields[1].span, "source=z".to_owned())]);
    assert!(edited.contains("--mount=type=bind,\\\n'source=z',TARGET=/c"));
}

#[test]
fn what_stands_after_a_name_is_one_line() {
    let text = "FROM a\nONBUILD \\\n  # why\n\n Run  --network=none \\\r\n <<E  \n1\nE\nRUN\n";
    let read = parse(text);
    let [_, onbuild, run] = read.instructions.as_slice() else { panic!("three instructions") };
    assert_eq!(onbuild.rest.value, "Run  --network=none  <<E");
    assert_eq!(onbuild.rest.span.of(text), "Run  --network=none \\\r\n <<E");
    assert_eq!(onbuild.trigger.as_ref().unwrap().rest.value, "--network=none  <<E");
    assert_eq!((run.rest.value.as_str(), run.rest.span.is_empty()), ("", true));
}

#[test]
fn switches_are_on_unless_they_are_false() {
    let read = parse("FROM a\nCOPY --link --parents=False a b\nCOPY --link=TRUE a b\nCOPY a b\n");
    let set = |i: usize| ["link", "parents"].map(|name| read.instructions[i].is_set(name));
    assert_eq!([set(1), set(2), set(3)], [[true, false], [true, false], [false, false]]);
}

#[test]
fn stages_have_names_bases_platforms_and_instructions() {
    let read = parse("ARG V\nFROM --platform=p a:$V AS Build\nRUN b\nFROM build\nFROM c\nRUN d\nRUN e\n");
    let stages = read.stages();
    let names: Vec<_> = stages.iter().map(|stage| stage.name.as_deref()).collect();
    assert_eq!(names, [Some("build"), None, None]);
    let bases: Vec<_> = stages.iter().map(|stage| stage.base.value.as_str()).collect();
    assert_eq!(bases, ["a:$V", "build", "c"]);
    assert_eq!(stages[0].platform.unwrap().value.as_deref(), Some("p"));
    let ranges: Vec<_> = stages.iter().map(|stage| stage.instructions.clone()).collect();
    assert_eq!(ranges, [1..3, 3..4, 4..7]);
    assert_eq!([read.stage("BUILD"), read.stage("0"), read.stage("c")], [Some(0), None, None]);
    assert_eq!(parse("FROM a AS x\nFROM b AS X\nFROM c\n").stage("x"), Some(1));
}

#[test]
fn the_end_of_a_text_tells_whether_more_can_be_appended() {
    let end = |unfinished, has_newline| End { unfinished, has_newline };
    for (text, expected) in [
        ("", end(None, true)),
        ("FROM a\n", end(None, true)),
        ("FROM a", end(None, false)),
        ("FROM a\n# b", end(None, false)),
        ("FROM a\nRUN b \\", end(Some(Unfinished::Continuation), false)),
        ("FROM a\nRUN b \\\n\n  # c\n", end(Some(Unfinished::Continuation), true)),
        ("FROM a\nRUN <<E\nb\n", end(Some(Unfinished::Heredoc), true)),
        ("FROM a\nRUN <<E\nE", end(None, false)),
    ] {
        assert_eq!(Dockerfile::parse(text).end, expected, "{text:?}");
    }
}

#[test]
fn a_fragment_has_no_directives_and_needs_no_stage() {
    let read = Dockerfile::parse_fragment("# escape=\\\nRUN a `\n  b\nUSER c\n", Escape::Backtick);
    assert_eq!((read.errors.as_slice(), read.directives.as_slice()), ([].as_slice(), [].as_slice()));
    assert_eq!(read.escape, Escape::Backtick);
    let keywords: Vec<_> = read.instructions.iter().map(|instruction| instruction.keyword).collect();
    assert_eq!(keywords, [Keyword::Run, Keyword::User]);
    assert_eq!(Dockerfile::parse_fragment("", Escape::Backslash).errors, []);
    let wrong = Dockerfile::parse_fragment("INCLUDE a", Escape::Backslash);
    assert_eq!(wrong.error().unwrap().message, "unknown instruction: INCLUDE");
}

#[test]
fn the_error_of_buildkit_is_the_first_of_syntax() {
    let read = Dockerfile::parse("FROM a\nCPY a b\nENV A\n");
    assert_eq!(read.error().unwrap().to_string(), "dockerfile parse error on line 3: ENV must have two arguments");
    assert_eq!(read.errors[0].span.of(read.text()), "CPY");
}

#[test]
fn a_line_may_have_65535_bytes() {
    let read = |length: usize, end: &str| {
        Dockerfile::parse(format!("FROM a\nRUN {}{end}USER b\n", "x".repeat(length - "RUN ".len())))
    };
    assert_eq!(read(65_535, "\n").errors, []);
    assert_eq!(read(65_534, "\r\n").errors, []);
    assert_eq!(read(65_535, "\r\n").errors.len(), 1);
    let read = read(65_536, "\n");
    let message = "dockerfile parse error on line 2: dockerfile line greater than max allowed size of 65535";
    assert_eq!(read.error().unwrap().to_string(), message);
    assert_eq!(read.instructions.len(), 3);
}

#[test]
fn each_part_of_a_text_has_its_kind() {
    use SyntaxKind::*;
    let read = Dockerfile::parse(
        "\u{feff}# escape=\\\n\n# a\nFROM b\nCOPY --link -- \\\n # c\n [\"d\", \"e\"]\nRUN <<E\nf\nE\n",
    );
    let parts: Vec<_> = read.tokens.iter().map(|token| (token.kind, token.span.of(read.text()))).collect();
    let expected = [
        (Bom, "\u{feff}"),
        (Directive, "# escape=\\"),
        (Newline, "\n"),
        (Newline, "\n"),
        (Comment, "# a"),
        (Newline, "\n"),
        (Keyword, "FROM"),
        (Space, " "),
        (Word, "b"),
        (Newline, "\n"),
        (Keyword, "COPY"),
        (Space, " "),
        (Flag, "--link"),
        (Space, " "),
        (Punctuation, "--"),
        (Space, " "),
        (Continuation, "\\\n"),
        (Space, " "),
        (Comment, "# c"),
        (Newline, "\n"),
        (Space, " "),
        (Punctuation, "["),
        (Word, "\"d\""),
        (Punctuation, ","),
        (Space, " "),
        (Word, "\"e\""),
        (Punctuation, "]"),
        (Newline, "\n"),
        (Keyword, "RUN"),
        (Space, " "),
        (Word, "<<E"),
        (Newline, "\n"),
        (HeredocBody, "f\n"),
        (HeredocEnd, "E"),
        (Newline, "\n"),
    ];
    assert_eq!(parts, expected);
}
