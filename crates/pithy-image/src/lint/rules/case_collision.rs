//! # Names that differ only in case
//!
//! Two files whose names differ only in capitals cannot both be checked out on macOS and Windows. An image that is resolved there has one
//! of them, and so another digest than on Linux.
//!
//! ## Bad
//!
//! ```json
//! {
//!   "steps": [{ "base": { "image": "debian:12-slim" } }, { "addLocalDir": { "source": "app", "destination": "/app" } }],
//!   "files": { "app/README.md": "a\n", "app/readme.md": "b\n" }
//! }
//! ```
//!
//! ## Good
//!
//! ```json
//! {
//!   "steps": [{ "base": { "image": "debian:12-slim" } }, { "addLocalDir": { "source": "app", "destination": "/app" } }],
//!   "files": { "app/README.md": "a\n", "app/docs/readme.md": "b\n" }
//! }
//! ```
//!
//! ## Source
//!
//! git-config(1), `core.ignoreCase`.

use std::collections::BTreeSet;

use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for placement in subject.placements().iter().filter(|placement| placement.local.is_some()) {
        let mut known = BTreeSet::new();
        let mut hashes = subject.sent_of(placement).map(|sent| folded(&sent.entry.path));
        let Some(hash) = hashes.find(|hash| !known.insert(*hash)) else { continue };
        let alike = subject.sent_of(placement).filter(|sent| folded(&sent.entry.path) == hash);
        if let [one, other, ..] = alike.collect::<Vec<_>>().as_slice()
            && one.entry.path.eq_ignore_ascii_case(&other.entry.path)
        {
            let message = format!(
                "`{}` and `{}` differ only in case: on macOS and Windows there is one of them.",
                one.path(),
                other.path()
            );
            report.step(one.pointer(), message, "Rename one of them.");
        }
    }
}

/// A hash of a path that is the same for all its spellings (FNV-1a): eight bytes a file, where there may be a million of them.
fn folded(path: &str) -> u64 {
    let byte = |hash: u64, byte: u8| (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3);
    path.bytes().fold(0xcbf2_9ce4_8422_2325, byte)
}
