//! # An npm package without a version
//!
//! npm installs the newest version: the same definition becomes another image, and a release that breaks something breaks the next build.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM node:22-slim
//! RUN npm install -g typescript @scope/tool@latest
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM node:22-slim
//! COPY . .
//! RUN npm install -g typescript@5.6.3 @scope/tool@1 ./local.tgz && npm install
//! ```
//!
//! ## Source
//!
//! hadolint DL3016.

use crate::lint::packages::{Manager, report_unpinned};
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Pedantic;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    report_unpinned(subject, report, Manager::Npm, is_pinned, "Name a version, such as `typescript@5.6.3`.");
}

/// Whether a specifier names a version, a file, a repository or a URL.
fn is_pinned(word: &str) -> bool {
    let name = word.strip_prefix('@').unwrap_or(word);
    let is_scoped = name.len() < word.len();
    let is_path = word.contains(['$', ':']) || word.starts_with('.') || word.contains('/') && !is_scoped;
    is_path || name.split_once('@').is_some_and(|(_, version)| !["", "latest", "next"].contains(&version))
}
