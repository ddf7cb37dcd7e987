//! # Two stages of one name
//!
//! BuildKit takes the name for the last stage that has it before the instruction, and warns; the legacy builder refuses the file. Whoever
//! reads it finds the first stage, and may change the wrong one.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM debian:12-slim AS build
//! RUN mkdir /a
//! FROM golang:1.24 AS Build
//! COPY --from=build /a /a
//! FROM debian:12-slim
//! COPY --from=build /a /a
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM debian:12-slim AS files
//! RUN mkdir /a
//! FROM golang:1.24 AS build
//! COPY --from=files /a /a
//! FROM debian:12-slim
//! COPY --from=build /a /a
//! ```
//!
//! ## Source
//!
//! Docker's build check `DuplicateStageName`.

use std::collections::BTreeSet;

use pithy_image_dockerfile::Keyword;

use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    let mut names = BTreeSet::new();
    for line in subject.of_kind(Keyword::From) {
        let Some(name) = subject.stages.get(line.stage).and_then(|stage| stage.name.as_deref()) else { continue };
        if !names.insert(name) {
            report.line(line, format!("Another stage is called `{name}`, too."), "Give each stage a name of its own.");
        }
    }
}
