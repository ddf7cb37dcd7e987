//! Every kind of step has everything that belongs to it.
#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]
#![allow(clippy::disallowed_methods, reason = "the core has no I/O; its tests read their sources and vectors")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use pithy_image::steps::Step;
use serde_json::Value;

/// Files below the repository.
fn files(directory: &str, extension: &str) -> Vec<(String, String)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(directory);
    let paths = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let found = paths.filter(|path| path.extension().is_some_and(|found| found == extension));
    found
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(path).unwrap()))
        .collect()
}

/// `aptInstall` as `apt_install`.
fn snake_case(name: &str) -> String {
    name.chars()
        .flat_map(|c| if c.is_ascii_uppercase() { vec!['_', c.to_ascii_lowercase()] } else { vec![c] })
        .collect()
}

#[test]
fn every_step_has_a_file_of_its_name_with_an_example_that_shows_what_it_emits() {
    let files = files("crates/pithy-image/src/steps", "rs");
    for step in Step::DOCS {
        let file = snake_case(step.name);
        let (_, source) = files.iter().find(|(name, _)| *name == file).unwrap();
        assert!(source.contains("lines(&image)"), "`{}` has no example", step.name);
    }
}

/// Rust does not warn about a file that no module names.
#[test]
fn every_file_that_declares_a_step_is_in_the_list() {
    let listed: BTreeSet<_> = Step::DOCS.iter().map(|step| snake_case(step.name)).collect();
    let files = files("crates/pithy-image/src/steps", "rs");
    let declared = files.iter().filter(|(_, source)| source.contains("\nstep! {\n"));
    assert_eq!(declared.map(|(name, _)| name.clone()).collect::<BTreeSet<_>>(), listed);
}

#[test]
fn every_step_is_in_a_vector_that_makes_an_image() {
    let mut seen = BTreeSet::new();
    for (_, text) in files("tests/vectors", "json") {
        let topic: Value = serde_json::from_str(&text).unwrap();
        for vector in
            topic["vectors"].as_array().unwrap().iter().filter(|vector| vector["expect"]["imageDigest"].is_string())
        {
            collect(&vector["definition"], &mut seen);
        }
    }
    let missing: Vec<_> = Step::DOCS.iter().map(|step| step.name).filter(|name| !seen.contains(*name)).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

/// The names of the steps of a definition, and of its stages.
fn collect(definition: &Value, seen: &mut BTreeSet<String>) {
    for step in definition["steps"].as_array().into_iter().flatten() {
        for (name, arguments) in step.as_object().into_iter().flatten() {
            seen.insert(name.clone());
            collect(arguments, seen);
        }
    }
}

#[test]
fn every_step_says_what_it_does_and_what_it_emits() {
    for step in Step::DOCS {
        assert!(step.docs.trim().ends_with('.'), "{step:?}");
        assert!(step.call.contains(step.name), "{step:?}");
        assert!(!step.emits.is_empty(), "{step:?}");
    }
}
