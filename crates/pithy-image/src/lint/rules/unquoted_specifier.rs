//! # A version that the shell takes for a redirection
//!
//! To a shell, `>` begins the name of a file: `pip install requests>=2.31` installs any version of `requests`, and writes what pip says to
//! a file that is called `=2.31`.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM python:3.12-slim
//! RUN pip install requests>=2.31
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM python:3.12-slim
//! RUN pip install "requests>=2.31"
//! ```
//!
//! ## Source
//!
//! pip's documentation of requirement specifiers: "quote the argument".

use pithy_image_dockerfile::{Quoting, Span};

use crate::lint::{Edit, Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Error;

const INSTALLERS: [&str; 12] =
    ["pip", "pip3", "uv", "pipx", "poetry", "conda", "mamba", "npm", "pnpm", "yarn", "gem", "python"];

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for command in subject.commands().filter(|command| INSTALLERS.contains(&command.program())) {
        for redirection in &command.redirections {
            let Some(target) = &redirection.target else { continue };
            let is_version =
                target.value.strip_prefix('=').unwrap_or(&target.value).starts_with(|c: char| c.is_ascii_digit());
            let is_file = redirection.operator.ends_with('&') || !redirection.operator.contains(['>', '<']);
            if is_version && !is_file && !target.value.contains('/') {
                let message = format!(
                    "The shell takes `{}{}` for a redirection: any version is installed.",
                    redirection.operator, target.value
                );
                let name =
                    command.words.iter().find(|word| word.span.end + redirection.operator.len() == target.span.start);
                let edit = name.filter(|name| name.quoting == Quoting::None).map(|name| Edit {
                    span: Span { start: name.span.start, end: target.span.end },
                    replacement: format!("\"{}{}{}\"", name.value, redirection.operator, target.value),
                });
                report.fixable(&command, message, "Put the requirement into quotes.", edit);
            }
        }
    }
}
