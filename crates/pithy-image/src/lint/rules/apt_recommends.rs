//! # `apt-get install` with recommended packages
//!
//! apt also installs what a package recommends: manuals, compilers, mail servers. Images get larger by what nobody asked for, and have more
//! to keep up to date.
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
//! RUN apt-get update && apt-get install -y --no-install-recommends git && apt-get install -y -o APT::Install-Recommends=false curl
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN echo 'APT::Install-Recommends "false";' > /etc/apt/apt.conf.d/99-recommends
//! RUN apt-get update && apt-get install -y git
//! ```
//!
//! ## Source
//!
//! hadolint DL3015; apt-get(8), `--no-install-recommends`.

use crate::lint::packages::{Install, Manager};
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Pedantic;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    if subject.commands().any(|command| {
        command.redirections.iter().any(|to| to.target.as_ref().is_some_and(|path| path.value.contains("/apt.conf")))
    }) {
        return;
    }
    for command in subject.commands() {
        let mut words = command.arguments().iter().map(|word| word.value.as_str());
        let is_told = words.any(|word| word == "--no-install-recommends" || word.contains("Install-Recommends"));
        if !is_told && Install::of_manager(&command, Manager::Apt).is_some() {
            let message = format!("`{}` also installs what these packages recommend.", command.program());
            report.command(&command, message, "Add `--no-install-recommends`, and name what is really needed.");
        }
    }
}
