//! # A `cd` that ends with its instruction
//!
//! Every `RUN` starts in the directory of the last `WORKDIR`. A `cd` that is its last command, or its only one, changes nothing for
//! the instructions after it.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN cd /app
//! RUN ./configure
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM debian:12-slim
//! WORKDIR /app
//! RUN cd src && ./configure
//! ```
//!
//! ## Source
//!
//! hadolint DL3003.

use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for line in &subject.lines {
        let Some(last) = line.commands().last().filter(|last| last.pipeline.depth == 0) else { continue };
        if last.program() == "cd" && last.pipeline.commands.len() == 1 {
            let message = "This `cd` is the last command of its `RUN`: the next one starts where this one did.";
            report.command(
                &last,
                message,
                "Use `WORKDIR`, or `workdir(…)`, or put the commands that need it behind it.",
            );
        }
    }
}
