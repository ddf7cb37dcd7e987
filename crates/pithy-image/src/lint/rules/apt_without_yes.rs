//! # `apt-get install` without `-y`
//!
//! apt asks before it installs what it was not told to, and a build has nobody to answer: it ends with `Abort`.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN apt-get update && apt-get install git
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN apt-get update && apt-get install -y --no-install-recommends git
//! ```
//!
//! ## Source
//!
//! hadolint DL3014; apt-get(8), `--yes`.

use crate::lint::packages::APT;
use crate::lint::{Edit, Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Error;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    let subcommands =
        ["install", "upgrade", "dist-upgrade", "full-upgrade", "remove", "purge", "autoremove", "build-dep"];
    for command in subject.commands().filter(|command| command.is(&APT, &subcommands)) {
        let answers = |word: &str| {
            let is_cluster = word.starts_with('-') && !word.starts_with("--");
            (is_cluster && word.contains('y')) || word.starts_with("-qq") || YES.contains(&word)
        };
        let is_told = command.arguments().iter().any(|word| answers(&word.value) || word.has_expansion);
        let is_answered =
            command.pipeline.commands.iter().any(|other| ["yes", "echo", "printf"].contains(&other.program()));
        if !is_told && !is_answered {
            let program = command.program();
            let message = format!("`{program}` may ask before it goes on, and nobody answers.");
            let subcommand = command.operands().next().map_or(command.span, |word| word.span);
            let replacement = format!("{} -y", command.operands().next().map_or("", |word| &word.value));
            report.fixable(&command, message, "Add `-y`.", Edit { span: subcommand, replacement });
        }
    }
}

const YES: [&str; 5] = ["--yes", "--assume-yes", "--quiet=2", "--force-yes", "--trivial-only"];
