//! # Installed packages in the build context
//!
//! `node_modules`, virtual environments and caches of builds are made for one machine: native modules of macOS do not load in the image,
//! and tens of thousands of files are read, hashed and sent each time one of them changes.
//!
//! ## Bad
//!
//! ```json
//! {
//!   "steps": [{ "base": { "image": "node:22-slim" } }, { "addLocalDir": { "source": "app", "destination": "/app" } }],
//!   "files": { "app/node_modules/left-pad/index.js": "\n", "app/index.js": "\n" }
//! }
//! ```
//!
//! ## Good
//!
//! ```json
//! {
//!   "steps": [
//!     { "base": { "image": "node:22-slim" } },
//!     { "addLocalDir": { "source": "app", "destination": "/app", "exclude": ["node_modules"] } },
//!     { "runCommands": { "commands": ["cd /app && npm ci"] } }
//!   ],
//!   "files": { "app/node_modules/left-pad/index.js": "\n", "app/index.js": "\n" }
//! }
//! ```
//!
//! ## Source
//!
//! Docker, "Building best practices": exclude with `.dockerignore`.

use std::collections::BTreeSet;

use crate::lint::report::{is_or_are, named};
use crate::lint::subject::Sent;
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

const NAMES: [&str; 6] = ["node_modules", ".venv", "__pycache__", ".next", ".turbo", ".pytest_cache"];

pub(super) fn check(subject: &Subject, report: &mut Report) {
    let mut found: Vec<(&str, BTreeSet<String>)> = Vec::new();
    let mut last = None; // with the `/` at its end
    for sent in subject.sent().filter(Sent::is_local) {
        if last.is_some_and(|directory| sent.entry.path.starts_with(directory)) {
            continue;
        }
        let Some(end) = end_of_first(&sent.entry.path) else { continue };
        last = sent.entry.path.get(..=end);
        let path = sent.path();
        let directory = path[..path.len() - (sent.entry.path.len() - end)].to_owned();
        match found.last_mut() {
            Some((pointer, directories)) if *pointer == sent.pointer() => _ = directories.insert(directory),
            _ => found.push((sent.pointer(), BTreeSet::from([directory]))),
        }
    }
    for (pointer, directories) in found {
        let directories: Vec<_> = directories.into_iter().collect();
        let message = format!(
            "{} {} sent: what was installed on this machine, for it.",
            named(&directories),
            is_or_are(&directories)
        );
        report.step(pointer, message, "Leave it out with `exclude` or an ignore file, and install in the image.");
    }
}

/// Where the first directory of such a name ends in a path.
fn end_of_first(path: &str) -> Option<usize> {
    let mut start = 0;
    for part in path.split('/') {
        let end = start + part.len();
        if NAMES.contains(&part) && end < path.len() {
            return Some(end);
        }
        start = end + 1;
    }
    None
}
