//! # The base image has no version
//!
//! Without a tag, or with the tag `latest`, a base image is whatever its publisher pushed last. The same definition then builds
//! another image next month, and Daytona, which caches a build by its definition, never builds it again on its own: two
//! snapshots of one definition differ.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM node:latest
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM node:22-slim
//! ```
//!
//! ## Source
//!
//! hadolint DL3006 and DL3007; Docker, "Building best practices": pin base image versions.

use pithy_image_dockerfile::Keyword;

use crate::lint::known::is_official;
use crate::lint::stages::{misspelt, parents};
use crate::lint::{Report, Severity, Subject};
use crate::ordered;

pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    let parents = parents(subject);
    let misspelt = ordered::set(misspelt(subject).into_iter().map(|found| found.line.span.start));
    for line in subject.of_kind(Keyword::From) {
        let Some(base) = line.words.first().map(|word| word.value.as_str()) else { continue };
        let is_stage = parents.get(line.stage).is_some_and(Option::is_some) || misspelt.contains(&line.span.start);
        let is_of_bake = !base.contains('/') && !is_official(base.split(':').next().unwrap_or(base)); // a context of `docker buildx bake`
        let is_fixed = is_stage || is_of_bake || base.contains(['$', '@']) || base == "scratch";
        let name = base.rsplit('/').next().unwrap_or(base);
        let tag = name.split_once(':').map(|(_, tag)| tag);
        if is_fixed || tag.is_some_and(|tag| tag != "latest") {
            continue;
        }
        let message = match tag {
            None => format!("`{base}` has no tag, and is whatever was pushed last."),
            Some(_) => format!("`{base}` is whatever was pushed last."),
        };
        report.line(
            line,
            message,
            format!("Name a version, such as `{}:<version>`, or a digest.", base.trim_end_matches(":latest")),
        );
    }
}
