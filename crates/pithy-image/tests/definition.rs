//! What is said about JSON that is not a definition, and that a definition survives the way through JSON.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by a panic")]

use pithy_image::{Code, Definition, Image, PithyJauntOptions, Problem, Recipe, Texts, api, pithy_jaunt, wire};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

/// A definition with these steps after a base.
fn with(steps: &str) -> String {
    format!(r#"{{"format":"pithy-image/1","edition":"2026-12","steps":[{{"base":{{"image":"a"}}}},{steps}]}}"#)
}

fn problems(json: &str) -> Vec<Problem> {
    let problems = Definition::from_json(json).expect_err(json).0;
    assert_eq!(Recipe::from_json(json).expect_err(json).0, problems, "both ways in say the same");
    for problem in &problems {
        assert!(!problem.message.is_empty() && !problem.hint.is_empty(), "{problem:?}");
        assert!(!problem.message.contains("line 1 column"), "serde's own words: {problem:?}");
    }
    problems
}

/// The only problem of a definition.
#[track_caller]
fn problem(json: &str) -> Problem {
    let mut problems = problems(json);
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.remove(0)
}

#[track_caller]
fn fails(json: &str, code: Code, path: &str) {
    let problem = problem(json);
    assert_eq!((problem.code, problem.path.as_str()), (code, path), "{}", problem.message);
}

#[test]
fn an_unknown_field_is_refused_and_the_nearest_named() {
    for (field, meant) in
        [("pakages", "packages"), ("Packages", "packages"), ("index_url", "indexUrl"), ("pree", "pre")]
    {
        let found = problem(&with(&format!(r#"{{"pipInstall":{{"packages":["a"],"{field}":[]}}}}"#)));
        assert_eq!((found.code, found.path), (Code::UnknownField, format!("/steps/1/pipInstall/{field}")));
        assert_eq!(found.message, format!("Unknown field: `{field}`."));
        assert_eq!(found.hint, format!("Did you mean `{meant}`?"));
    }
    let far = problem(&with(r#"{"workdir":{"path":"/a","zzzzzzzzz":1}}"#));
    assert_eq!(far.hint, "Use one of `path`.");
    fails(r#"{"format":"pithy-image/1","steps":[{"base":{"image":"a:1"}}],"name":"x"}"#, Code::UnknownField, "/name");
}

#[test]
fn an_unknown_step_is_refused_and_the_nearest_named() {
    for (name, meant) in [("pip_install", "pipInstall"), ("aptinstal", "aptInstall"), ("Workdir", "workdir")] {
        let found = problem(&with(&format!(r#"{{"{name}":{{}}}}"#)));
        assert_eq!((found.code, found.path), (Code::UnknownStep, "/steps/1".to_owned()));
        assert_eq!(found.hint, format!("Did you mean `{meant}`?"));
    }
    let far = problem(&with(r#"{"frobnicate":{}}"#));
    assert_eq!(far.code, Code::UnknownStep);
    assert!(far.hint.contains("`addLocalFile`"), "{}", far.hint);
}

#[test]
fn the_same_key_twice_is_refused_wherever_it_stands() {
    fails(&with(r#"{"workdir":{"path":"/a","path":"/b"}}"#), Code::DuplicateKey, "/steps/1/workdir/path");
    fails(&with(r#"{"env":{"variables":{"A":"1","A":"2"}}}"#), Code::DuplicateKey, "/steps/1/env/variables/A");
    fails(&with(r#"{"env":{"variables":{"A":"1","\u0041":"2"}}}"#), Code::DuplicateKey, "/steps/1/env/variables/A");
    fails(&with(r#"{"label":{"labels":{"a/b":"1","a/b":"1"}}}"#), Code::DuplicateKey, "/steps/1/label/labels/a~1b");
    fails(
        r#"{"format":"pithy-image/1","steps":[{"base":{"image":"a:1"}}],"steps":[{"base":{"image":"a:1"}}]}"#,
        Code::DuplicateKey,
        "/steps",
    );
    let twice = Definition::from_json(&with(r#"{"cmd":{"command":["a"]},"cmd":{"command":["a"]}}"#)).unwrap_err().0;
    assert_eq!((twice[0].code, twice[0].path.as_str()), (Code::DuplicateKey, "/steps/1/cmd"));
}

#[test]
fn no_mistake_hides_another_one() {
    let text = r#"{"format":"x","edition":7,"zz":1,"steps":[{"base":{"image":1}},{"env":{"variables":{"A":"1","A":"2"}}},{"foo":{}}]}"#;
    let problems = Definition::from_json(text).unwrap_err().0;
    let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
    assert_eq!(paths, ["/steps/1/env/variables/A", "/edition", "/zz", "/steps/0/base/image", "/steps/2"]);
}

#[test]
fn a_step_has_one_name() {
    for step in [r#"{"workdir":{"path":"/a"},"user":{"user":"b"}}"#, "{}", r#""workdir""#, "[]", "3", "null"] {
        let found = problem(&with(step));
        assert_eq!(found.code, Code::WrongType, "{step}: {}", found.message);
        assert!(found.path.starts_with("/steps/1"), "{step}: {}", found.path);
    }
}

#[test]
fn half_a_surrogate_pair_is_refused_and_a_whole_one_is_a_character() {
    for half in [r"\ud83d", r"\ude00", r"a\ud83d b", r"\ud83d\u0041", r"\ud83d\ud83d"] {
        fails(&with(&format!(r#"{{"workdir":{{"path":"/{half}"}}}}"#)), Code::LoneSurrogate, "/steps/1/workdir/path");
        assert_eq!(problem(&with(&format!(r#"{{"env":{{"variables":{{"{half}":"x"}}}}}}"#))).code, Code::LoneSurrogate);
    }
    let whole = Definition::from_json(&with(r#"{"workdir":{"path":"/\ud83d\ude00"}}"#)).unwrap();
    assert_eq!(whole, Image::base("a").workdir("/😀").definition());
}

#[test]
fn null_is_no_value_and_no_default() {
    for (step, path) in [
        (r#"{"workdir":{"path":null}}"#, "workdir/path"),
        (r#"{"env":{"variables":{"A":null}}}"#, "env/variables/A"),
        (r#"{"addFile":{"destination":"/a","text":"","mode":null}}"#, "addFile/mode"),
        (r#"{"addLocalFile":{"source":"a","destination":"/a","chown":null}}"#, "addLocalFile/chown"),
        (r#"{"addLocalDir":{"source":"a","destination":"/a","exclude":null}}"#, "addLocalDir/exclude"),
        (r#"{"pipInstall":{"packages":["a",null]}}"#, "pipInstall/packages/1"),
        (r#"{"pipInstall":{"packages":["a"],"pre":null}}"#, "pipInstall/pre"),
        (r#"{"runCommands":{"commands":[null]}}"#, "runCommands/commands/0"),
        (r#"{"runCommands":{"commands":[["a",null]]}}"#, "runCommands/commands/0/1"),
    ] {
        let found = problem(&with(step));
        assert_eq!((found.code, found.path), (Code::WrongType, format!("/steps/1/{path}")));
        assert!(found.message.ends_with(", got undefined, null, NaN or a function."), "{}", found.message);
    }
    fails(
        r#"{"format":"pithy-image/1","edition":null,"steps":[{"base":{"image":"a:1"}}]}"#,
        Code::WrongType,
        "/edition",
    );
    fails(r#"{"format":null,"steps":[{"base":{"image":"a:1"}}]}"#, Code::WrongType, "/format");
}

#[test]
fn a_value_of_the_wrong_type_is_told_in_words() {
    for (step, path, message, hint) in [
        (
            r#"{"workdir":{"path":3}}"#,
            "workdir/path",
            "Expected a string, got the number `3`.",
            "Give a string: `\"3\"`.",
        ),
        (r#"{"workdir":{"path":["/a"]}}"#, "workdir/path", "Expected a string, got an array.", "Give a string."),
        (r#"{"workdir":"/a"}"#, "workdir", "Expected an object, got the string \"/a\".", "Give an object."),
        (
            r#"{"aptInstall":{"packages":"git"}}"#,
            "aptInstall/packages",
            "Expected an array, got the string \"git\".",
            "Give an array, such as `[\"git\"]`.",
        ),
        (
            r#"{"aptInstall":{"packages":{}}}"#,
            "aptInstall/packages",
            "Expected an array, got an object.",
            "Give an array.",
        ),
        (
            r#"{"env":{"variables":[]}}"#,
            "env/variables",
            "Expected an object of strings, got an array.",
            "Give an object of strings.",
        ),
        (
            r#"{"env":{"variables":{"A":1}}}"#,
            "env/variables/A",
            "Expected a string, got the number `1`.",
            "Give a string: `\"1\"`.",
        ),
        (
            r#"{"env":{"variables":{"A":true}}}"#,
            "env/variables/A",
            "Expected a string, got the boolean `true`.",
            "Give a string: `\"true\"`.",
        ),
        (
            r#"{"addFile":{"destination":"/a","text":"","mode":"755"}}"#,
            "addFile/mode",
            "Expected a whole number that is not negative, got the string \"755\".",
            "Give a whole number that is not negative; a mode is one such as `0o755`.",
        ),
        (
            r#"{"addFile":{"destination":"/a","text":"","mode":-1}}"#,
            "addFile/mode",
            "Expected a whole number that is not negative, got the number `-1`.",
            "Give a whole number that is not negative; a mode is one such as `0o755`.",
        ),
        (
            r#"{"addFile":{"destination":"/a","text":"","mode":1.5}}"#,
            "addFile/mode",
            "Expected a whole number that is not negative, got the number `1.5`.",
            "Give a whole number that is not negative; a mode is one such as `0o755`.",
        ),
        (
            r#"{"runCommands":{"commands":[{"run":"a"}]}}"#,
            "runCommands/commands/0",
            "Expected a command line or an array of a program and its arguments, got an object.",
            "Give a command line or an array of a program and its arguments.",
        ),
        (
            r#"{"pipInstall":{"packages":["a"],"pre":"yes"}}"#,
            "pipInstall/pre",
            "Expected `true` or `false`, got the string \"yes\".",
            "Give `true` or `false`.",
        ),
    ] {
        let found = problem(&with(step));
        assert_eq!(found.code, Code::WrongType);
        assert_eq!((found.path, &*found.message, &*found.hint), (format!("/steps/1/{path}"), message, hint));
    }
    fails(r#"{"format":"pithy-image/1","steps":{}}"#, Code::WrongType, "/steps");
    for text in ["[]", "3", "null", "\"pithy-image/1\"", "true"] {
        fails(text, Code::WrongType, "");
    }
}

#[test]
fn a_missing_field_is_named() {
    fails(&with(r#"{"workdir":{}}"#), Code::MissingField, "/steps/1/workdir");
    assert!(problem(&with(r#"{"addFile":{"text":"a"}}"#)).message.contains("`destination`"));
    fails(r#"{"steps":[{"base":{"image":"a:1"}}]}"#, Code::MissingField, "");
    fails(r#"{"format":"pithy-image/1"}"#, Code::MissingField, "");
}

#[test]
fn an_unknown_format_or_edition_is_refused() {
    let text = |format: &str, edition: &str| {
        format!(r#"{{"format":"{format}","edition":"{edition}","steps":[{{"base":{{"image":"a"}}}}]}}"#)
    };
    fails(&text("pithy-image/2", "2026-12"), Code::UnknownFormat, "/format");
    fails(&text("pithy-image/1", "2027-01"), Code::UnknownFormat, "/edition");
    fails(&text("pithy-image/1", ""), Code::UnknownFormat, "/edition");
    assert_eq!(problems(&text("", "")).len(), 2);
    let first = r#"{"format":"pithy-image/1","steps":[{"base":{"image":"a"}}]}"#;
    assert_eq!(
        Definition::from_json(first).unwrap().edition,
        "2026-12",
        "without an edition it is the first, for ever"
    );
}

#[test]
fn text_that_is_not_one_json_value_is_refused() {
    let whole = with(r#"{"workdir":{"path":"/a"}}"#);
    for text in [format!("{whole}x"), format!("{whole}{whole}"), format!("{whole},"), whole[..whole.len() - 1].into()] {
        assert_eq!(problem(&text).code, Code::InvalidJson, "{text}");
    }
    for text in ["", " ", "{", "{\"format\":}", "{'format':1}", "\u{feff}{}", "{\"format\":\"a\",}", "NaN", "undefined"]
    {
        let found = problem(text);
        assert_eq!(found.code, Code::InvalidJson, "{text}: {}", found.message);
        assert!(found.message.contains("line "), "{}", found.message);
    }
    Definition::from_json(&format!("\n {whole}\t\r\n")).expect("blanks around it do not matter");
}

#[test]
fn nesting_without_end_is_refused_and_does_not_exhaust_the_stack() {
    let deep = "[".repeat(200_000);
    assert_eq!(problem(&deep).code, Code::InvalidJson);
    for step in [deep.clone(), format!("{deep}{}", "]".repeat(200_000)), format!(r#"{{"cmd":{{"command":{deep}"#)] {
        assert!(Definition::from_json(&with(&step)).is_err());
    }
}

#[test]
fn the_mistakes_of_several_steps_are_told_together_in_order_with_their_places() {
    let text = with(
        r#"{"pip_install":{"packages":["a"]}},
           {"env":{"variables":{"1A":"x","B":"y\nz"}}},
           {"workdir":{"path":7}},
           {"aptInstall":{"packages":["git","not a package","jq","-"]}},
           {"user":{"name":"u"}},
           {"runCommands":{"commands":["ok",""]}},
           {"base":{"image":"b"}}"#,
    );
    let found: Vec<_> = problems(&text).into_iter().map(|problem| (problem.code, problem.path)).collect();
    let expected = [
        (Code::UnknownStep, "/steps/1"),
        (Code::InvalidEnvName, "/steps/2/env/variables/1A"),
        (Code::ForbiddenCharacter, "/steps/2/env/variables/B"),
        (Code::WrongType, "/steps/3/workdir/path"),
        (Code::InvalidPackage, "/steps/4/aptInstall/packages/1"),
        (Code::InvalidPackage, "/steps/4/aptInstall/packages/3"),
        (Code::UnknownField, "/steps/5/user/name"),
        (Code::MissingField, "/steps/5/user"),
        (Code::Empty, "/steps/6/runCommands/commands/1"),
        (Code::BaseNotFirst, "/steps/7/base"),
    ];
    assert_eq!(found, expected.map(|(code, path)| (code, path.to_owned())));
}

#[test]
fn an_unreadable_base_is_one_mistake_and_not_two() {
    let text = r#"{"format":"pithy-image/1","steps":[{"base":{"image":3}},{"workdir":{"path":"/a"}}]}"#;
    fails(text, Code::WrongType, "/steps/0/base/image");
}

#[test]
fn the_order_of_keys_in_json_does_not_matter() {
    let a = r#"{"format":"pithy-image/1","edition":"2026-12","steps":[{"base":{"image":"a"}}]}"#;
    let b = r#"{"steps":[{"base":{"image":"a"}}],"edition":"2026-12","format":"pithy-image/1"}"#;
    assert_eq!(Definition::from_json(a).unwrap(), Definition::from_json(b).unwrap());
}

#[test]
fn options_of_the_preset_are_checked_as_well() {
    let found = PithyJauntOptions::from_json(r#"{"scrips":"x"}"#).unwrap_err().0.remove(0);
    assert_eq!((found.code, found.path.as_str()), (Code::UnknownField, "/scrips"));
    assert_eq!(found.hint, "Did you mean `scripts`?");
    assert_eq!(PithyJauntOptions::from_json("{}").unwrap(), PithyJauntOptions::default());
}

#[test]
fn a_defect_is_reported_as_one() {
    let answer: serde_json::Value = serde_json::from_str(&wire::internal::<()>("it broke").json()).unwrap();
    assert_eq!(answer["problems"][0]["code"], "internal");
    assert_eq!(answer["problems"][0]["message"], "it broke");
}

#[test]
fn a_prefix_that_no_snapshot_name_can_have_is_an_error() {
    for prefix in ["", "a b", "http://x", "a//b", "/a", "a@b", "é"] {
        let spec = format!(r#"{{"imageDigest":"sha256:0","prefix":{}}}"#, serde_json::to_string(prefix).unwrap());
        let answer: serde_json::Value = serde_json::from_str(&api::snapshot_name(&spec).json()).unwrap();
        assert_eq!(answer["problems"][0]["code"], "invalid_snapshot_name", "{prefix}");
        assert_eq!(answer["problems"][0]["path"], "/prefix");
    }
    assert!(api::snapshot_name(r#"{"imageDigest":"sha256:0","prefix":"a/b.c-d_e:1"}"#).json().starts_with(r#"{"ok":"#));
}

#[test]
fn stages_within_stages_without_end_are_refused() {
    let nested = |depth: usize| {
        let (begin, end) = (r#"{"stage":{"name":"a","steps":["#.repeat(depth), "]}}".repeat(depth));
        with(&format!("{begin}{end}"))
    };
    let problem = problem(&nested(100_000));
    assert_eq!((problem.code, problem.path.as_str()), (Code::InvalidJson, ""));
}

/// A fixed number of cases from a fixed seed: the same on every machine.
fn config(cases: u32) -> Config {
    Config { cases, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..Config::default() }
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn strings_survive_the_way_through_json(key in "[A-Z]{1,9}", value in "[^\0\n]{0,40}", argument in "[^\0]{0,40}") {
        let image = Image::base("a").env([(key, value)]).run_commands([vec!["p".to_owned(), argument]]);
        let json = serde_json::to_string(&image.definition()).unwrap();
        let read = Definition::from_json(&json).unwrap();
        prop_assert_eq!(&read, &image.definition());
        prop_assert_eq!(serde_json::to_string(&read).unwrap(), json);
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        no_panic(&text);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        no_panic(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn no_change_to_a_definition_makes_it_panic(
        edits in proptest::collection::vec((any::<proptest::sample::Index>(), 0..3_u8, piece()), 1..6),
    ) {
        let mut text: Vec<char> = serde_json::to_string(&pithy_jaunt(&PithyJauntOptions::default()).definition()).unwrap().chars().collect();
        for (at, kind, piece) in edits {
            let at = at.index(text.len());
            match kind {
                0 => drop(text.splice(at..at, piece.chars())),
                1 => drop(text.splice(at..(at + piece.chars().count()).min(text.len()), piece.chars())),
                _ => drop(text.drain(at..(at + 1 + piece.len()).min(text.len()))),
            }
            if text.is_empty() {
                break;
            }
        }
        no_panic(&text.into_iter().collect::<String>());
    }
}

/// What turns up in JSON, and what must not.
fn piece() -> impl Strategy<Value = String> {
    let known = proptest::sample::select(vec![
        "\"",
        "\\",
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "null",
        "-1",
        "1e9",
        "true",
        "\\ud800",
        "\\u0000",
        "`",
        "at line ",
        ", expected ",
        "unknown field `",
        "\"steps\":",
        "\u{2028}",
        "",
        "x",
        "..",
        "/",
        "$HOME",
        "\\n",
    ]);
    prop_oneof![known.prop_map(str::to_owned), any::<char>().prop_map(String::from)]
}

/// Whatever the text, there is an answer, and it is JSON.
fn no_panic(text: &str) {
    let answers = [
        api::check(text).json(),
        api::outline(text).json(),
        api::snapshot_name(text).json(),
        api::pithy_jaunt(text).json(),
    ];
    for answer in answers {
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        if let Some(problems) = answer.get("problems") {
            assert_ne!(problems.as_array().unwrap().len(), 0);
            assert!(problems.as_array().unwrap().iter().all(|problem| problem["code"] != "internal"));
        } else {
            assert!(answer.get("ok").is_some());
        }
    }
}

#[test]
fn a_recipe_that_needs_no_texts_takes_none() {
    let recipe = Image::base("a:1").recipe().unwrap();
    assert_eq!(recipe.clone().with_texts(Texts::new()).unwrap(), recipe);
}
