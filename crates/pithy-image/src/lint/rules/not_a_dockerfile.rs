//! # A text that no engine builds
//!
//! BuildKit refuses the file with this message. What else is wrong with it is known once it can be read.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUM true
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN true
//! ```
//!
//! ## Source
//!
//! BuildKit's parser of Dockerfiles.

use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Error;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    if let Some(error) = subject.dockerfile.error() {
        report.at(error.span.start, format!("{}.", error.message), "Correct it: no engine builds this.");
    }
}
