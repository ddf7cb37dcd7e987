//! Every lint rule, by the examples of its own page: what is bad is found, and nothing else; in what is good, nothing is.
//!
//! The page of a rule is the head of its file. Its examples are a Dockerfile; or the steps of a definition; or the steps and the
//! files that they name, each as its text or as `{ "text", "executable" }`.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]
#![allow(clippy::disallowed_methods, reason = "the core has no I/O; its tests read their sources")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use pithy_image::reader::{Node, NodeKind, Progress, Reader, Stamp, poll_ready, resolve_json};
use pithy_image::{EDITION, FORMAT, Finding, RULES, Severity, lint_dockerfile};
use serde_json::{Value, json};

/// What can only be shown by a long example, and has a test of its own.
const WITHOUT_EXAMPLES: [&str; 2] = ["dockerfile_too_large", "too_many_layers"];

/// The page of a rule.
fn page(code: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/lint/rules/{code}.rs"));
    let source = fs::read_to_string(path).unwrap();
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    lines.map(|line| line.strip_prefix(' ').unwrap_or(line).to_owned() + "\n").collect()
}

/// The text under a heading.
fn section<'p>(page: &'p str, heading: &str) -> &'p str {
    let (_, rest) = page.split_once(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("no `{heading}`: {page}"));
    rest.split("\n## ").next().unwrap()
}

/// The fenced blocks of a text, each with its language.
fn blocks(text: &str) -> Vec<(&str, &str)> {
    let fenced = text.split("```").skip(1).step_by(2);
    fenced.map(|block| block.split_once('\n').unwrap()).collect()
}

fn lint((language, example): (&str, &str)) -> Vec<Finding> {
    match language {
        "dockerfile" => lint_dockerfile(example),
        "json" => lint_definition(serde_json::from_str(example).unwrap_or_else(|error| panic!("{error}: {example}"))),
        _ => panic!("an example in `{language}`"),
    }
}

fn lint_definition(example: Value) -> Vec<Finding> {
    let (steps, files) = match example {
        Value::Array(_) => (example, json!({})),
        _ => (example["steps"].clone(), example["files"].clone()),
    };
    let definition = json!({ "format": FORMAT, "edition": EDITION, "steps": steps }).to_string();
    let read = poll_ready(resolve_json(&definition, &Files(files))).unwrap_or_else(|problems| panic!("{problems}"));
    read.resolved.findings
}

/// Files of an example.
struct Files(Value);

impl Files {
    fn text(&self, path: &str) -> String {
        let file = &self.0[path];
        file.as_str().or(file["text"].as_str()).unwrap_or_default().to_owned()
    }
}

impl Reader for Files {
    fn root(&self) -> Option<String> {
        None
    }

    async fn list(&self, directory: &str) -> Result<Vec<Node>, String> {
        let prefix = if directory == "." { String::new() } else { format!("{directory}/") };
        let mut nodes = BTreeMap::new();
        for (path, file) in self.0.as_object().unwrap() {
            let Some(rest) = path.strip_prefix(&prefix) else { continue };
            let (name, below) = rest.split_once('/').unwrap_or((rest, ""));
            let executable = file.get("executable").map_or(Some(false), Value::as_bool);
            let size = file["size"].as_u64().unwrap_or(self.text(path).len() as u64);
            let is_file = below.is_empty() && !rest.ends_with('/');
            let file = NodeKind::File { size, executable, stamp: Stamp::default() };
            nodes.insert(name.to_owned(), if is_file { file } else { NodeKind::Directory });
        }
        Ok(nodes.into_iter().map(|(name, kind)| Node { name, kind }).collect())
    }

    async fn read(&self, file: &str, offset: u64) -> Result<Vec<u8>, String> {
        Ok(self.text(file).into_bytes().split_off(usize::try_from(offset).unwrap()))
    }

    fn report(&self, _: Progress) {}

    fn is_cancelled(&self) -> bool {
        false
    }
}

fn codes(findings: &[Finding]) -> BTreeSet<&str> {
    findings.iter().map(|finding| finding.code).collect()
}

#[test]
fn a_rule_finds_what_its_page_calls_bad_and_nothing_in_what_it_calls_good() {
    let mut without = Vec::new();
    for rule in RULES {
        let page = page(rule.code);
        let (bad, good) = (blocks(section(&page, "Bad")), blocks(section(&page, "Good")));
        if bad.is_empty() || good.is_empty() {
            without.push(rule.code);
        }
        for example in bad {
            let mut found = lint(example);
            found.retain(|finding| finding.code == rule.code || finding.severity > Severity::Pedantic);
            assert_eq!(codes(&found), BTreeSet::from([rule.code]), "{}: {found:#?}", example.1);
            assert!(found.iter().all(|finding| !finding.message.is_empty() && !finding.hint.is_empty()), "{found:?}");
        }
        for example in good {
            let mut found = lint(example);
            found.retain(|finding| finding.code == rule.code || finding.severity > Severity::Pedantic);
            assert!(found.is_empty(), "{}: {}: {found:#?}", rule.code, example.1);
        }
    }
    assert_eq!(without, WITHOUT_EXAMPLES);
}

#[test]
fn a_page_says_why_and_names_its_source() {
    for rule in RULES {
        let page = page(rule.code);
        let (title, why) = page.strip_prefix("# ").and_then(|page| page.split_once("\n\n")).unwrap();
        assert!(title.len() < 60 && !title.ends_with('.'), "{title}");
        assert!(why.split("\n## ").next().unwrap().len() > 80, "{}: why?", rule.code);
        assert!(section(&page, "Source").trim().len() > 5, "{}", rule.code);
    }
}
