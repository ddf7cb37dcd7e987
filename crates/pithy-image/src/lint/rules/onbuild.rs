//! # The instruction `ONBUILD`
//!
//! `ONBUILD` does nothing in this image. It runs in the builds of others that begin with it, and a snapshot of Daytona is no base of
//! another image. In a stage that another one begins with, the instruction is read where nobody looks for it.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM node:22-slim
//! ONBUILD COPY . /app
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM node:22-slim
//! COPY . /app
//! ```
//!
//! ## Source
//!
//! Docker's reference of `ONBUILD`.

use pithy_image_dockerfile::Keyword;

use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Pedantic;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for line in subject.of_kind(Keyword::Onbuild) {
        report.line(line, "`ONBUILD` does nothing in this image.", "Write the instruction itself where it is needed.");
    }
}
