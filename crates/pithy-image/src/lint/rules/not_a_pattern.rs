//! # A pattern where only names are read
//!
//! `copyFrom` copies what has exactly the given name: `*` and `?` are characters like any other, as they are not in a Dockerfile.
//!
//! ## Bad
//!
//! ```json
//! [{ "base": { "image": "debian:12-slim" } }, { "copyFrom": { "from": "node:22-slim", "source": "/opt/*.js", "destination": "/opt/" } }]
//! ```
//!
//! ## Good
//!
//! ```json
//! [{ "base": { "image": "debian:12-slim" } }, { "copyFrom": { "from": "node:22-slim", "source": "/opt", "destination": "/opt" } }]
//! ```
//!
//! ## Source
//!
//! `copyFrom` in the documentation of the calls.

use crate::lint::{Report, Severity, Subject};
use crate::steps::Step;

pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    subject.steps(&mut |path, step, _| {
        if let Step::CopyFrom(copy) = step
            && copy.source.contains(['*', '?'])
        {
            let message = format!("`{}` is a name, not a pattern: nothing else is copied.", copy.source);
            report.step(format!("{path}/source"), message, "Name the directory: everything in it is copied.");
        }
    });
}
