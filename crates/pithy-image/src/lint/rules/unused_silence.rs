//! # A silence that silences nothing
//!
//! What it silenced is gone, or its code is misspelt. Left where it is, it would hide the next finding of its rule, which nobody has looked
//! at.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM debian:12-slim
//! # pithy-image silence=cd_alone The directory is only looked at.
//! RUN ls
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim
//! # pithy-image silence=maintainer
//! RUN true
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM debian:12-slim
//! # pithy-image silence=cd_alone The directory is only tried.
//! RUN cd /tmp
//! ```
//!
//! ## Source
//!
//! Rust's `unfulfilled_lint_expectations`; `ESLint`'s `--report-unused-disable-directives`.

use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

/// What is unused is known when all other rules have spoken: see `lint::silence`.
pub(super) fn check(_: &Subject, _: &mut Report) {}
