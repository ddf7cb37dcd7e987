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

use crate::lint::subject::Sent;
use crate::lint::{Report, Severity, Subject};
use crate::ordered;

pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for placement in subject.placements().iter().filter(|placement| placement.local.is_some()) {
        let sent = subject.sent_of(placement);
        // Paths are sorted by their bytes, so that only those with capitals can have a counterpart.
        let capitals = sent.clone().filter(|sent| sent.entry.path.bytes().any(|byte| byte.is_ascii_uppercase()));
        let folded = ordered::map(capitals.map(|sent| (sent.entry.path.to_lowercase(), sent)));
        if folded.is_empty() {
            continue;
        }
        let is_other = |sent: &Sent| {
            folded.get(&sent.entry.path.to_lowercase()).is_some_and(|other| other.entry.path != sent.entry.path)
        };
        if let Some(one) = sent.clone().find(|sent| is_other(sent)) {
            let other = folded[&one.entry.path.to_lowercase()];
            let message = format!(
                "`{}` and `{}` differ only in case: on macOS and Windows there is one of them.",
                other.path(),
                one.path()
            );
            report.step(one.pointer(), message, "Rename one of them.");
        }
    }
}
