//! The golden vectors, without a disk: an upgrade changes nobody's Dockerfile, digest or key.

use std::collections::BTreeSet;

use pithy_image::{Code, Definition, PithyJauntOptions, api, pithy_jaunt};

#[path = "../../../tests/vectors/memory.rs"]
mod memory;
#[allow(clippy::disallowed_methods, reason = "the core has no I/O; its tests read their vectors")]
#[path = "../../../tests/vectors/vector.rs"]
mod vector;

#[test]
fn every_vector_holds_in_memory() {
    let mut differences = Vec::new();
    for vector in vector::read_all().unwrap().values().flat_map(|topic| &topic.vectors) {
        let found = memory::compute(vector).unwrap();
        let difference = vector.expect.as_ref().and_then(|expect| expect.difference(&found));
        differences.extend(difference.map(|difference| format!("`{}`: {difference}", vector.name)));
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn every_definition_is_the_same_after_its_way_through_json() {
    for vector in vector::read_all().unwrap().values().flat_map(|topic| &topic.vectors) {
        let Ok(definition) = Definition::from_json(vector.definition()) else { continue };
        let json = serde_json::to_string(&definition).unwrap();
        let read = Definition::from_json(&json).unwrap();
        assert_eq!(read, definition, "{}", vector.name);
        assert_eq!(serde_json::to_string(&read).unwrap(), json, "{}", vector.name);
        assert_eq!(api::check(&json).json(), r#"{"ok":null}"#, "{}", vector.name);
    }
}

#[test]
fn the_preset_makes_the_definitions_of_its_vectors() {
    let topics = vector::read_all().unwrap();
    let vectors: Vec<_> = topics.values().flat_map(|topic| &topic.vectors).collect();
    let definition = |name: &str| {
        let vector = vectors.iter().find(|vector| vector.name == name).unwrap();
        Definition::from_json(vector.definition()).unwrap()
    };
    let preset = |options| pithy_jaunt(&PithyJauntOptions::from_json(options).unwrap()).definition();
    assert_eq!(preset("{}"), definition("Pithy Jaunt's image"));
    let options = r#"{
        "python": "3.11", "apt": ["ripgrep"], "pip": ["litellm<2"], "scripts": "sandbox",
        "files": [{"source": "conf/agent.toml", "destination": "/app/agent.toml", "chown": "1000:1000"}]
    }"#;
    assert_eq!(preset(options), definition("Pithy Jaunt's image with everything chosen"));
    let options =
        r#"{"node": "22", "githubCli": true, "playwright": true, "requirements": "daytona/requirements.txt"}"#;
    assert_eq!(preset(options), definition("Pithy Jaunt's image with every tool"));
    let options = r#"{"requirements": "requirements.txt"}"#;
    assert_eq!(preset(options), definition("Pithy Jaunt's image without its requirements"));
}

/// The codes that no definition and files of a vector can have, each with the reason, and the test that has it instead.
const ELSEWHERE: [(&str, &str, &str, &str); 7] = [
    (
        "cache_unusable",
        "said of packing, not of an image",
        RESOLVE,
        "a_cache_within_a_source_is_refused_since_it_would_change_the_image",
    ),
    ("cancelled", "the caller stops the work", RESOLVE, "work_that_was_cancelled_before_does_not_begin"),
    ("internal", "a defect, of which none is known", DEFINITION, "a_defect_is_reported_as_one"),
    (
        "invalid_root",
        "a vector's root is always there",
        RESOLVE,
        "a_root_that_cannot_be_used_is_an_error_that_names_it",
    ),
    ("invalid_snapshot_name", "no part of an image", DEFINITION, "a_prefix_that_no_snapshot_name_can_have_is_an_error"),
    ("source_changed", "a vector's files stay as they are", RESOLVE, "a_file_that_changed_has_no_hash_of_daytona"),
    ("source_unreadable", "a vector's files have no owners", RESOLVE, "links_without_end_are_unreadable"),
];

/// What only programs can do wrong: `tests/node/dropped-calls.test.ts`.
const IN_TYPESCRIPT: [&str; 1] = ["dropped_call"];

const DEFINITION: &str = include_str!("definition.rs");
const RESOLVE: &str = include_str!("../../pithy-image-fs/tests/resolve.rs");

#[test]
fn every_code_is_in_a_vector_or_in_a_test_that_is_named_here() {
    let mut seen = BTreeSet::new();
    for vector in vector::read_all().unwrap().values().flat_map(|topic| &topic.vectors) {
        let expect = serde_json::to_value(&vector.expect).unwrap();
        let problems = expect["problems"].as_array().into_iter().flatten();
        seen.extend(problems.map(|problem| problem["code"].as_str().unwrap().to_owned()));
    }
    for (code, reason, tests, test) in ELSEWHERE {
        assert!(tests.contains(&format!("#[test]\nfn {test}() {{\n")), "no test `{test}` for `{code}`");
        assert!(seen.insert(code.to_owned()), "`{code}` is in a vector, though it is listed for this reason: {reason}");
    }
    seen.extend(IN_TYPESCRIPT.map(str::to_owned));
    // serde lists all codes there are where it finds none.
    let said = serde_json::from_str::<Code>("\"\"").unwrap_err().to_string();
    let codes: BTreeSet<_> = said.split('`').skip(3).step_by(2).map(str::to_owned).collect();
    assert_eq!(seen, codes);
}
