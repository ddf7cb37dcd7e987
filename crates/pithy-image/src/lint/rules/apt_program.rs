//! # `apt` in a script
//!
//! `apt` is for people at a terminal: its options and what it prints may change between releases, as its own manual and a warning that it
//! prints say. Scripts use `apt-get`.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN apt update && apt install -y git
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
//! hadolint DL3027; apt(8), "Script usage and differences from other apt tools".

use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Pedantic;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for line in &subject.lines {
        if let Some(command) = line.commands().find(|command| command.program() == "apt") {
            report.command(
                &command,
                "`apt` has no stable interface for scripts.",
                "Use `apt-get`, or `aptInstall(…)`.",
            );
        }
    }
}
