//! The golden vectors, without a disk: an upgrade changes nobody's Dockerfile, digest or key.

use pithy_image::{Definition, PithyJauntOptions, pithy_jaunt};

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
}
