//! # apt's lists of packages stay in the image
//!
//! `apt-get update` fetches some tens of megabytes of lists. They make the image larger, and are stale when somebody would use them.
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
//! RUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*
//! RUN --mount=type=cache,target=/var/lib/apt,sharing=locked apt-get update && apt-get install -y curl
//! ```
//!
//! ## Source
//!
//! hadolint DL3009; Docker, "Building best practices": apt-get.

use crate::lint::packages::{APT_LISTS, Install, Manager, apt_subcommand, mounts, removes};
use crate::lint::subject::Command;
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Pedantic;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for line in subject.lines.iter().filter(|line| !mounts(line, &[APT_LISTS])) {
        let update = line.commands().find(|command| apt_subcommand(command) == Some("update"));
        let installs = line.commands().any(|command| Install::of_manager(&command, Manager::Apt).is_some());
        if let Some(update) = update.filter(|_| installs && !line.commands().any(|command| is_removal(&command))) {
            let message = "The lists of packages that this fetches stay in the image.";
            let hint = "End the `RUN` with `&& rm -rf /var/lib/apt/lists/*`, or use `aptInstall(…)`, which does.";
            report.command(&update, message, hint);
        }
    }
}

fn is_removal(command: &Command) -> bool {
    removes(command, &["/var/lib/apt"]) || matches!(apt_subcommand(command), Some("distclean" | "dist-clean"))
}
