//! # An instruction that a later one replaces
//!
//! A stage has one `CMD`, one `ENTRYPOINT` and one `HEALTHCHECK`: the last of each. The others do nothing, though they look as if they did.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM node:22-slim
//! ENTRYPOINT ["node", "migrate.js"]
//! ENTRYPOINT ["node", "server.js"]
//! ```
//!
//! ```dockerfile
//! FROM node:22-slim
//! HEALTHCHECK CMD node health.js
//! HEALTHCHECK NONE
//! CMD ["--verbose"]
//! CMD ["--quiet"]
//! ENTRYPOINT ["node", "server.js"]
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM node:22-slim AS base
//! CMD ["--verbose"]
//! FROM base
//! CMD ["--quiet"]
//! ENTRYPOINT ["node", "server.js"]
//! ```
//!
//! ## Source
//!
//! Docker's build check `MultipleInstructionsDisallowed`; hadolint DL3012, DL4003 and DL4004.

use std::collections::BTreeSet;

use pithy_image_dockerfile::Keyword;

use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    let mut later = BTreeSet::new();
    for line in subject.lines.iter().rev().filter(|line| line.is_text()) {
        let is_single = matches!(line.keyword, Keyword::Cmd | Keyword::Entrypoint | Keyword::Healthcheck);
        // What is added to a Dockerfile may replace what it says.
        if is_single && !later.insert((line.stage, line.keyword, line.call)) {
            let name = line.keyword.name();
            report.line(line, format!("A later `{name}` of this stage replaces this one."), "Keep one of them.");
        }
    }
}
