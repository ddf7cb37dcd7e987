//! # Another base image
//!
//! Everything in the image comes from its base: a change to an image of another publisher, or of the same name on another registry, is a
//! change of whom you trust. A new tag of the same image is none.
//!
//! ## Bad
//!
//! ```dockerfile before
//! FROM python:3.12-slim
//! ```
//!
//! ```dockerfile after
//! FROM pythonn/python:3.12-slim
//! ```
//!
//! ## Good
//!
//! ```dockerfile before
//! FROM python:3.12-slim
//! ```
//!
//! ```dockerfile after
//! FROM docker.io/library/python:3.13-slim
//! ```
//!
//! ## Source
//!
//! SLSA, "Threats": dependencies.

use pithy_image_dockerfile::Keyword;

use crate::lint::{Report, Severity, Subject};
use crate::ordered;

pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn check(before: &Subject, after: &Subject, report: &mut Report) {
    let known =
        ordered::set(before.of_kind(Keyword::From).filter_map(|line| line.words.first()).map(|base| name(&base.value)));
    for line in after.of_kind(Keyword::From) {
        let Some(base) = line.words.first().map(|base| base.value.as_str()) else { continue };
        let is_known = known.contains(name(base)) || known.is_empty() || after.parent(line.stage).is_some();
        if !is_known && base != "scratch" && !base.contains('$') {
            let message = format!("`{}` is a new base image: before, it was not used.", name(base));
            report.line(line, message, "Make sure that this publisher is the one that is meant.");
        }
    }
}

/// The name of an image, without what Docker adds by itself, tag and digest.
fn name(reference: &str) -> &str {
    let reference = reference.strip_prefix("docker.io/").unwrap_or(reference);
    let reference = reference.strip_prefix("library/").unwrap_or(reference);
    let reference = reference.split('@').next().unwrap_or(reference);
    let slash = reference.rfind('/').map_or(0, |at| at + 1);
    reference[slash..].find(':').map_or(reference, |at| &reference[..slash + at])
}
