//! # A package of apt without a version
//!
//! apt installs the version that the mirror has on the day of the build: the same definition becomes another image. Mirrors drop old versions,
//! so that a fixed version can also make a build fail later: a snapshot of the mirror avoids both.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN apt-get update && apt-get install -y git
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM debian:12-slim
//! ARG GIT=1:2.39.5-0+deb12u2
//! RUN apt-get update && apt-get install -y git="$GIT" curl=7.88.* /tmp/tool.deb
//! ```
//!
//! ## Source
//!
//! hadolint DL3008.

use crate::lint::packages::{Manager, report_unpinned};
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Pedantic;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    let is_pinned = |word: &str| word.contains(['=', '/', '$', '*']) || word.ends_with(['-', '+']);
    report_unpinned(subject, report, Manager::Apt, is_pinned, "Name a version: `git=1:2.39.*`.");
}
