//! # `apt-get upgrade` in an image
//!
//! What an upgrade installs depends on the day of the build, and what it replaces stays in the layers below. A newer base image has the same
//! packages, tested together.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN apt-get update && apt-get -y upgrade
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM debian:12.8-slim
//! RUN apt-get update && apt-get install -y git && apt-get install -y --only-upgrade openssl
//! ```
//!
//! ## Source
//!
//! hadolint DL3005, for `dist-upgrade`; Docker, "Building best practices": rebuild your images often.

use crate::lint::packages::apt_subcommand;
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Pedantic;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for command in subject.commands() {
        let upgrade =
            apt_subcommand(&command).filter(|name| ["upgrade", "dist-upgrade", "full-upgrade"].contains(name));
        if let Some(name) = upgrade {
            let message = format!("What `{} {name}` installs depends on the day of the build.", command.program());
            report.command(&command, message, "Begin with a newer base image.");
        }
    }
}
