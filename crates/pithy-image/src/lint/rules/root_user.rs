//! # The image's user is root
//!
//! What runs in the sandbox, also code that an agent wrote, may then change every file of it. A sandbox is a machine of its own, and many
//! tools expect root there: whether another user is worth it is policy.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM node:22-slim
//! RUN mkdir /app
//! ```
//!
//! ```dockerfile
//! FROM acme/base:1
//! USER root
//! RUN mkdir /app
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM node:22-slim AS base
//! RUN mkdir /app
//! USER node
//! FROM base
//! ```
//!
//! ```dockerfile
//! FROM acme/base:1
//! RUN mkdir /app
//! ```
//!
//! ## Source
//!
//! hadolint DL3002; CIS Docker Benchmark 4.1.

use pithy_image_dockerfile::Keyword;

use crate::lint::known::{shown, variables_of};
use crate::lint::subject::Line;
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Pedantic;

const HINT: &str = "Create a user, and end with `USER` (`user(…)`).";

pub(super) fn check(subject: &Subject, report: &mut Report) {
    let lines = subject.of_image();
    let first = |line: &&Line| line.words.first().map_or("", |word| &word.value).to_owned();
    if let Some(line) = lines.iter().find(|line| line.keyword == Keyword::User) {
        let user = first(line);
        if ["root", "0"].contains(&user.split(':').next().unwrap_or_default()) {
            report.line(line, format!("The image's user is `{user}`."), HINT);
        }
    } else if let Some(from) = lines.iter().rfind(|line| line.keyword == Keyword::From) {
        let base = first(from);
        if base != "scratch" && variables_of(&base).is_some() {
            report.line(from, format!("The image's user is that of `{}`, which is root.", shown(&base)), HINT);
        }
    }
}
