//! # `apt-get update` in a layer of its own
//!
//! Docker caches the layer with the lists of packages. When the list of packages to install changes, the old lists are used: versions
//! that are no longer on the mirrors are not found, and the build fails.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN apt-get update
//! RUN apt-get install -y git
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN apt-get update && apt-get install -y git
//! ```
//!
//! ## Source
//!
//! hadolint DL3009; Docker, "Building best practices": apt-get.

use crate::lint::packages::APT;
use crate::lint::subject::Command;
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for line in &subject.lines {
        let updates = line.commands().find(|command| command.is(&APT, &["update"]));
        let uses = line.commands().any(|command| is_apt(&command) && !command.is(&APT, &["update"]));
        if let Some(update) = updates.filter(|_| !uses) {
            let message =
                "These lists of packages are cached, and go stale under the `apt-get install` that uses them.";
            let hint = "Write `apt-get update && apt-get install -y …` in one `RUN`, or use `aptInstall(…)`.";
            report.command(&update, message, hint);
        }
    }
}

/// Whether a command asks for packages, perhaps within a script.
fn is_apt(command: &Command) -> bool {
    APT.contains(&command.program()) || !KNOWN.contains(&command.program())
}

/// Programs that install nothing.
const KNOWN: [&str; 12] =
    ["echo", "rm", "mkdir", "cp", "mv", "chmod", "chown", "true", "set", "export", "sed", "printf"];
