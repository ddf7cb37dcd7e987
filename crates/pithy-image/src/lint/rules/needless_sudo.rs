//! # `sudo` in a build
//!
//! A build runs as root unless `USER` says otherwise, and slim images have no `sudo`: the command fails, or does nothing that it would
//! not do without.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM example.com/tools:1
//! RUN sudo mkdir /opt/app
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN mkdir /opt/app
//! ```
//!
//! ## Source
//!
//! hadolint DL3004.

use pithy_image_dockerfile::Span;

use crate::lint::{Edit, Report, Severity, Subject};
use crate::path::base_name;

pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for command in subject.commands() {
        let is_sudo = command.words.first().is_some_and(|word| base_name(&word.value) == "sudo");
        if is_sudo && subject.user_at(command.line).is_none() {
            let message = "The build is root here: `sudo` adds nothing, if it is there at all.";
            match command.words.as_slice() {
                [sudo, program, ..] if command.first_word() == Some(program) => {
                    let span = Span { end: program.span.start, ..sudo.span };
                    report.fixable(&command, message, "Leave it out.", Edit { span, replacement: String::new() });
                }
                _ => report.command(&command, message, "Leave it out."),
            }
        }
    }
}
