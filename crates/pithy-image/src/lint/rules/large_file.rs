//! # A large file in the build context
//!
//! A file of 100 MiB or more is sent again whenever a byte of it changes, and Daytona's runner holds what is sent in memory while it
//! builds. It is often one that nobody meant to send: a database, a core dump, a model, a build of yesterday.
//!
//! ## Bad
//!
//! ```json
//! {
//!   "steps": [{ "base": { "image": "debian:12-slim" } }, { "addLocalDir": { "source": "app", "destination": "/app" } }],
//!   "files": { "app/dump.sql": { "size": 104857600 }, "app/main.py": "print()\n" }
//! }
//! ```
//!
//! ## Good
//!
//! ```json
//! {
//!   "steps": [{ "base": { "image": "debian:12-slim" } }, { "addLocalDir": { "source": "app", "destination": "/app", "exclude": ["*.sql"] } }],
//!   "files": { "app/dump.sql": { "size": 104857600 }, "app/model.bin": { "size": 104857599 } }
//! }
//! ```
//!
//! ## Source
//!
//! Daytona's runner, which reads each `context.tar` into memory.

use crate::lint::report::{is_or_are, named};
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

/// Bytes of a file that is large.
const LARGE: u64 = 100 * 1024 * 1024;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for (pointer, paths) in subject.sent_by_source(&|sent| sent.is_local() && sent.entry.size() >= LARGE) {
        let message = format!("{} {} sent: 100 MiB or more.", named(&paths), is_or_are(&paths));
        let hint = "Leave it out with `exclude` or an ignore file, or download it in the image or the sandbox.";
        report.step(pointer, message, hint);
    }
}
