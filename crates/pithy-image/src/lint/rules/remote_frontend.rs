//! # A frontend that the build downloads
//!
//! A `# syntax=` line makes BuildKit fetch the program that reads the Dockerfile, before anything else: one more registry that has to
//! answer. What most files need it for has been in BuildKit itself for years.
//!
//! ## Bad
//!
//! ```dockerfile
//! # syntax=docker/dockerfile:1
//! FROM debian:12-slim
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! # The base of all tools.
//! FROM debian:12-slim
//! ```
//!
//! ## Source
//!
//! Docker's documentation of custom Dockerfile syntax.

use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Pedantic;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    if let Some(directive) = subject.dockerfile.directives.iter().find(|directive| directive.name == "syntax") {
        let message = format!("`# syntax={}` makes the build download a Dockerfile frontend first.", directive.value);
        report.at(directive.span.start, message, "Leave the line out, unless something in the file needs it.");
    }
}
