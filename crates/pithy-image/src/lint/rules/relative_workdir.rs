//! # A relative working directory
//!
//! Without an absolute `WORKDIR` before it in the stage, a relative one is below that of the base image. Another version of the base may
//! have another, and then everything is elsewhere.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM node:22-slim
//! WORKDIR app
//! ```
//!
//! ```json
//! [{ "base": { "image": "node:22-slim" } }, { "workdir": { "path": "app" } }]
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM node:22-slim AS base
//! WORKDIR "/srv"
//! WORKDIR app
//! FROM base
//! WORKDIR data
//! FROM acme/base:1
//! WORKDIR $BASE_DIRECTORY
//! WORKDIR data
//! ```
//!
//! ## Source
//!
//! Docker's build check `WorkdirRelativePath`; hadolint DL3000.

use std::collections::BTreeSet;

use pithy_image_dockerfile::Keyword;

use crate::lint::stages::parents;
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    let parents = parents(subject);
    // The stages whose directory does not depend on the base image.
    let mut settled = BTreeSet::new();
    for line in &subject.lines {
        let path = line.words.first().map_or("", |word| word.value.trim_matches(['"', '\'']));
        match line.keyword {
            Keyword::From
                if parents.get(line.stage).copied().flatten().is_some_and(|parent| settled.contains(&parent)) =>
            {
                settled.insert(line.stage);
            }
            Keyword::Workdir if is_absolute(path) => _ = settled.insert(line.stage),
            Keyword::Workdir if !["", "."].contains(&path) && settled.insert(line.stage) => {
                let message = format!("`{path}` is below the working directory of the base image, whatever that is.");
                report.line(line, message, format!("Write an absolute path, such as `/{path}`."));
            }
            _ => {}
        }
    }
}

/// Whether a path is absolute, or may be.
fn is_absolute(path: &str) -> bool {
    path.starts_with(['/', '\\', '$']) || path.get(1..2) == Some(":")
}
