//! # `$(…)` in single quotes
//!
//! Single quotes keep everything as it is: the command in `$(…)` is not run, and its text is used instead of what it would print.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN echo 'built on $(date)' > /etc/built
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN echo "built on $(date)" > /etc/built && awk '{ print $(NF) }' /etc/passwd
//! ```
//!
//! ## Source
//!
//! `ShellCheck` SC2016.

use pithy_image_dockerfile::Quoting;

use crate::lint::{Edit, Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

/// Programs that print their arguments, or keep them, as they are.
const PRINTERS: [&str; 5] = ["echo", "printf", "export", "curl", "wget"];

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for command in subject.commands().filter(|command| PRINTERS.contains(&command.program())) {
        let is_quoted = |value: &str| value.contains("$(") && !value.contains("#!") && !value.contains('\n');
        let found = command.arguments().iter().find(|word| word.quoting == Quoting::Single && is_quoted(&word.value));
        // What is written to a profile or a script is run later.
        let is_kept =
            command.redirections.iter().any(|to| to.target.as_ref().is_some_and(|file| is_script(&file.value)));
        if let Some(word) = found.filter(|_| !is_kept) {
            let message = format!("`{}` stays as it is: nothing in single quotes is run.", word.value);
            let is_same = !word.value.contains(['"', '\\', '`', '!'])
                && word.value.matches('$').count() == word.value.matches("$(").count();
            let edit = Edit { span: word.span, replacement: format!("\"{}\"", word.value) };
            report.fixable(&command, message, "Use double quotes.", Some(edit).filter(|_| is_same));
        }
    }
}

fn is_script(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    path.contains("/bin/") || path.contains("profile") || name.contains("rc") || name.ends_with("sh")
}
