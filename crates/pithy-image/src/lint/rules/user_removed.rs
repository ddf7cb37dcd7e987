//! # The image runs as root again
//!
//! A user with few rights was set, and is not any more: what runs in the sandbox, also an agent and what it downloads, is root.
//!
//! ## Bad
//!
//! ```dockerfile before
//! FROM node:22-slim
//! USER node
//! ```
//!
//! ```dockerfile after
//! FROM node:22-slim
//! WORKDIR /app
//! ```
//!
//! ## Good
//!
//! ```dockerfile before
//! FROM node:22-slim
//! USER node
//! ```
//!
//! ```dockerfile after
//! FROM node:22-slim
//! USER root
//! WORKDIR /app
//! USER node
//! ```
//!
//! ## Source
//!
//! hadolint DL3002; CIS Docker Benchmark 4.1.

use pithy_image_dockerfile::Keyword;

use crate::lint::subject::Line;
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn check(before: &Subject, after: &Subject, report: &mut Report) {
    let Some(last) = last_user(before) else { return };
    let (Some(was), None) = (user(last), last_user(after).and_then(user)) else { return };
    let message = format!("The image runs as root now; before, it ran as `{was}`.");
    let hint = "Set the user again, with `USER` or `user(…)`, behind what needs root.";
    match last_user(after) {
        Some(line) => report.line(line, message, hint),
        None => report.gone(before.dockerfile.line(last.span.start), message, hint),
    }
}

/// The instruction that sets the user that the image ends with.
fn last_user<'s, 'd>(subject: &'s Subject<'d>) -> Option<&'s Line<'d>> {
    subject.of_image().into_iter().find(|line| line.keyword == Keyword::User)
}

/// The user that an instruction sets, if it is not root.
fn user<'s>(line: &'s Line) -> Option<&'s str> {
    let user = line.words.first()?.value.split(':').next().unwrap_or_default();
    Some(user).filter(|user| !["root", "0", ""].contains(user))
}
