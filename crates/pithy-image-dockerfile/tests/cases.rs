//! The Dockerfiles of `tests/dockerfiles`, each with the tree that is expected of it.
//!
//! `UPDATE=1 cargo test -p pithy-image-dockerfile --test cases` writes the trees: read what changed before you commit it.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test fails by a panic, and reads its cases")]

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use pithy_image_dockerfile::Dockerfile;

#[path = "../../../tests/dockerfiles/dump.rs"]
mod dump;

/// A case: a line with its name, a Dockerfile, a line with dashes, and the tree.
struct Case {
    name: String,
    text: String,
    tree: String,
}

fn topics() -> Vec<(PathBuf, Vec<Case>)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/dockerfiles");
    let files = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|extension| extension == "txt")).collect();
    files.sort();
    files.into_iter().map(|path| (path.clone(), cases(&std::fs::read_to_string(path).unwrap()))).collect()
}

fn cases(topic: &str) -> Vec<Case> {
    let (_, cases) = topic.split_once("=== ").unwrap();
    let case = |case: &str| {
        let case = case.to_owned() + "\n";
        let (name, rest) = case.split_once('\n').unwrap();
        let (text, tree) = rest.split_once("---\n").unwrap_or((rest, ""));
        Case { name: name.to_owned(), text: text.to_owned(), tree: tree.trim_end().to_owned() + "\n" }
    };
    cases.trim_end().split("\n=== ").map(case).collect()
}

impl Case {
    /// The Dockerfile, in which the words in brackets after the name change what cannot be seen in a text.
    fn dockerfile(&self) -> String {
        let mut text = self.text.clone();
        let has = |word: &str| self.name.contains(&format!("[{word}]"));
        if has("no newline") {
            text.pop();
        }
        if has("CRLF") {
            text = text.replace('\n', "\r\n");
        }
        if has("BOM") {
            text.insert(0, '\u{feff}');
        }
        text
    }
}

#[test]
fn every_dockerfile_has_its_tree() {
    let is_update = std::env::var_os("UPDATE").is_some();
    let mut names = BTreeSet::new();
    let mut wrong = Vec::new();
    for (path, cases) in topics() {
        let mut written = std::fs::read_to_string(&path).unwrap().split_once("=== ").unwrap().0.to_owned();
        for case in cases {
            let read = Dockerfile::parse(case.dockerfile());
            let tree = dump::dump(&read);
            writeln!(written, "=== {}\n{}---\n{tree}", case.name, case.text).unwrap();
            if tree != case.tree {
                wrong.push(format!("{}: {}\nexpected:\n{}found:\n{tree}", path.display(), case.name, case.tree));
            }
            assert!(names.insert(case.name.clone()), "two cases are called `{}`", case.name);
        }
        if is_update {
            std::fs::write(&path, written.trim_end().to_owned() + "\n").unwrap();
        }
    }
    assert!(names.len() >= 150, "only {} Dockerfiles", names.len());
    assert!(wrong.is_empty() || is_update, "{}", wrong.join("\n"));
}
