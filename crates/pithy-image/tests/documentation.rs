//! Every call of the builder shows what it emits.
#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

const SOURCE: &str = include_str!("../src/image.rs");

#[test]
fn every_call_has_an_example() {
    let (_, calls) = SOURCE.split_once("\nimpl Image {\n").unwrap();
    let mut documented = Vec::new();
    for (before, call) in calls.split("    pub fn ").zip(calls.split("    pub fn ").skip(1)) {
        let docs = before.rsplit("\n\n").next().unwrap();
        let name = call.split(['(', '<']).next().unwrap();
        assert!(docs.contains("    /// ```\n"), "`{name}` has no example");
        documented.push(name);
    }
    assert!(documented.len() > 40, "found only {documented:?}");
}
