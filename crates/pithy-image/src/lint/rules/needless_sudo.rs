//! # `sudo` in a build
//!
//! A build on an official image runs as root unless `USER` says otherwise: `sudo` does nothing that the command would not do without.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN apt-get update && apt-get install -y sudo && sudo mkdir /opt/app
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

use crate::lint::known::Known;
use crate::lint::subject::Line;
use crate::lint::{Edit, Report, Severity, Subject};
use crate::path::base_name;

pub(super) const SEVERITY: Severity = Severity::Pedantic;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    let is_known = |line: &Line| Known::of(subject.base_of(line.stage)).name.is_some();
    for command in subject.commands().filter(|command| is_known(command.line)) {
        let is_sudo = command.words.first().is_some_and(|word| base_name(&word.value) == "sudo");
        if is_sudo && command.line.user.is_none() {
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
