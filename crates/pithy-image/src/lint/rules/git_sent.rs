//! # The history of Git in the image
//!
//! `.git` has every version of every file, also those that were removed because they held a secret, and perhaps a token in its `config`.
//! It differs between two clones of one commit, so that each builds an image of its own.
//!
//! ## Bad
//!
//! ```json
//! {
//!   "steps": [{ "base": { "image": "debian:12-slim" } }, { "addLocalDir": { "source": "app", "destination": "/app", "exclude": ["!.git"] } }],
//!   "files": { "app/.git/config": "[core]\n", "app/main.py": "print()\n" }
//! }
//! ```
//!
//! ```json
//! {
//!   "steps": [{ "base": { "image": "debian:12-slim" } }, { "addLocalDir": { "source": ".git", "destination": "/app/.git" } }],
//!   "files": { ".git/HEAD": "ref: refs/heads/main\n" }
//! }
//! ```
//!
//! ## Good
//!
//! ```json
//! {
//!   "steps": [{ "base": { "image": "debian:12-slim" } }, { "addLocalDir": { "source": "app", "destination": "/app" } }],
//!   "files": { "app/.git/config": "[core]\n", "app/.gitignore": "dist\n", "app/main.py": "print()\n" }
//! }
//! ```
//!
//! ## Source
//!
//! CWE-527; Docker, "Building best practices": exclude with `.dockerignore`.

use std::collections::BTreeSet;

use crate::lint::report::{is_or_are, named};
use crate::lint::subject::Sent;
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    let is_git = |sent: &Sent| sent.is_local() && sent.entry.is_file() && git(&sent.path()).is_some();
    for (pointer, paths) in subject.sent_by_source(&is_git) {
        let mut found = BTreeSet::new();
        found.extend(paths.iter().filter_map(|path| git(path)).map(str::to_owned));
        let found: Vec<_> = found.into_iter().collect();
        let message = format!("{} {} sent, with all that was ever committed.", named(&found), is_or_are(&found));
        report.step(
            pointer,
            message,
            "Leave it out. If a build needs the commit, write it to a file, or pass it with `arg(…)`.",
        );
    }
}

/// The `.git` that a path is, or is in.
fn git(path: &str) -> Option<&str> {
    let mut end = 0;
    for part in path.split('/') {
        end += part.len();
        if part == ".git" {
            return path.get(..end);
        }
        end += 1;
    }
    None
}
