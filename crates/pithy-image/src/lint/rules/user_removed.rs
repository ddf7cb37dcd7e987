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

use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn check(before: &Subject, after: &Subject, report: &mut Report) {
    let (Some(was), None) = (user(before), user(after)) else { return };
    let lines = after.of_image();
    let at = lines.iter().find(|line| line.keyword == Keyword::User).or(lines.last());
    if let Some(line) = at {
        let message = format!("The image runs as root now; before, it ran as `{was}`.");
        report.line(line, message, "Set the user again, with `USER` or `user(…)`, behind what needs root.");
    }
}

/// The user that the image ends with, if it is not root.
fn user<'s>(subject: &'s Subject) -> Option<&'s str> {
    let lines = subject.of_image();
    let user = lines.into_iter().find(|line| line.keyword == Keyword::User)?.words.first()?;
    let user = user.value.split(':').next().unwrap_or_default();
    Some(user).filter(|user| !["root", "0", ""].contains(user))
}
