//! # A private key in the image
//!
//! Whoever can use a sandbox of the image, also the agent that runs in it, can read the key and act with it. Removing it in a later step
//! leaves it in the layer below.
//!
//! ## Bad
//!
//! ```json
//! {
//!   "steps": [{ "base": { "image": "debian:12-slim" } }, { "addLocalDir": { "source": "app", "destination": "/app" } }],
//!   "files": { "app/deploy.key": "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n" }
//! }
//! ```
//!
//! ## Good
//!
//! ```json
//! {
//!   "steps": [{ "base": { "image": "debian:12-slim" } }, { "addLocalDir": { "source": "app", "destination": "/app", "exclude": ["*.key"] } }],
//!   "files": { "app/deploy.key": "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n", "app/main.py": "print()\n" }
//! }
//! ```
//!
//! ## Source
//!
//! CWE-538; RFC 7468, section 10.

use crate::files::seen::Seen;
use crate::lint::report::named;
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Error;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for (pointer, paths) in subject.sent_by_source(&|sent| sent.seen().has(Seen::PRIVATE_KEY)) {
        let what = if paths.len() == 1 { "is a private key" } else { "are private keys" };
        let message = format!("{} {what}, which everybody in the sandbox can read.", named(&paths));
        report.step(
            pointer,
            message,
            "Leave it out with `exclude` or an ignore file, and pass it to the sandbox that needs it.",
        );
    }
}
