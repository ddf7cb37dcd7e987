//! # The base image has no digest
//!
//! A tag can be moved: `node:22-slim` is another image after each release. Only a digest names the same bytes next month. It also has to
//! be renewed by a tool such as Renovate or Dependabot, or the image gets no security updates: whether that is worth it is policy.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM node:22-slim
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! ARG VARIANT=slim
//! FROM node@sha256:b2c8e0eb8ea0e1fc9b8a4b1fb4f3e3c6f3a8e4d5c6b7a8f9e0d1c2b3a4f5e6d7 AS build
//! FROM node:22-${VARIANT} AS other
//! FROM build AS last
//! COPY --from=other /a /a
//! FROM scratch
//! COPY --from=last /a /a
//! ```
//!
//! ## Source
//!
//! Docker, "Building best practices": pin base image versions.

use pithy_image_dockerfile::Keyword;

use crate::lint::stages::references;
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Pedantic;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for reference in references(subject) {
        let name = reference.name;
        let is_base = reference.line.keyword == Keyword::From && reference.stage.is_none();
        if is_base && name != "scratch" && !name.contains(['@', '$']) {
            let message = format!("`{name}` has no digest: its tag may name another image tomorrow.");
            report.line(reference.line, message, format!("Add the digest that the tag has now: `{name}@sha256:…`."));
        }
    }
}
