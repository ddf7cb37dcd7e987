//! # An entrypoint that ends at once
//!
//! The entrypoint is the program that works while the sandbox runs. One that only prints something, or an interpreter that gets no script,
//! is over before anybody connects, and the sandbox goes on without it. Daytona does not pass `CMD` to the entrypoint, as Docker does.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM python:3.12-slim
//! ENTRYPOINT ["python"]
//! CMD ["app.py"]
//! ```
//!
//! ```dockerfile
//! FROM node:22-slim
//! ENTRYPOINT ["tini", "-g", "--"]
//! CMD ["node", "server.js"]
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim
//! ENTRYPOINT ["/bin/sh", "-c"]
//! ```
//!
//! ```json
//! [{ "base": { "image": "debian:12-slim" } }, { "entrypoint": { "command": ["/bin/bash", "--login"] } }]
//! ```
//!
//! ```json
//! [{ "base": { "image": "node:22-slim" } }, { "entrypoint": { "command": ["node", "--version"] } }]
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim
//! ENTRYPOINT ["/usr/bin/env", "echo", "ready"]
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM python:3.12-slim
//! ENTRYPOINT ["tini", "--", "python", "-u", "app.py"]
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim
//! ENTRYPOINT ["/bin/bash", "-c", "exec /start"]
//! ```
//!
//! ```json
//! [{ "base": { "image": "debian:12-slim" } }, { "entrypoint": { "command": ["sleep", "infinity"] } }]
//! ```
//!
//! ## Source
//!
//! Daytona's runner, which starts the entrypoint without a terminal and without `CMD`.

use pithy_image_dockerfile::{Form, Keyword};

use crate::lint::subject::{Line, SHELLS, is_command_option};
use crate::lint::{Report, Severity, Subject};
use crate::path::base_name;

pub(super) const SEVERITY: Severity = Severity::Warning;

/// Programs that start what stands behind their options.
const WRAPPERS: [&str; 5] = ["catatonit", "dumb-init", "env", "exec", "tini"];

const PRINTERS: [&str; 11] =
    ["date", "echo", "false", "hostname", "id", "ls", "printenv", "printf", "pwd", "true", "uname"];

/// Programs that read commands unless they get a script.
const INTERPRETERS: [&str; 10] = ["bun", "deno", "ipython", "irb", "node", "perl", "php", "python", "python3", "ruby"];

/// Options that give an interpreter nothing to run.
const IDLE: [&str; 7] = ["--", "--login", "-i", "-il", "-l", "-li", "-u"];

pub(super) fn check(subject: &Subject, report: &mut Report) {
    let lines = subject.of_image();
    let last = lines.iter().find(|line| line.keyword == Keyword::Entrypoint && line.form == Form::Json);
    let Some(line) = last.copied() else { return };
    let words: Vec<_> = line.words.iter().map(|word| word.value.as_str()).collect();
    let why = match started(&words) {
        [] if words.is_empty() => return,
        [] => "gets no program to start".to_owned(),
        [program, ..] if PRINTERS.contains(&base_name(program)) => "is over at once".to_owned(),
        [_, "--help" | "--version"] => "is over at once".to_owned(),
        [program, options @ ..] if is_idle(base_name(program), options) => "gets no script to run".to_owned(),
        _ => return,
    };
    let message = format!("`{}` {why}{}.", words.join(" "), cmd(&lines));
    report.line(
        line,
        message,
        "Start a program that goes on, or leave the entrypoint out: the sandbox then runs `sleep infinity`.",
    );
}

fn cmd(lines: &[&Line]) -> &'static str {
    let has_cmd = lines.iter().any(|line| line.keyword == Keyword::Cmd);
    if has_cmd { ": Daytona does not pass `CMD` to it" } else { "" }
}

/// What the wrappers at the beginning start.
fn started<'w, 's>(mut words: &'w [&'s str]) -> &'w [&'s str] {
    while let [program, rest @ ..] = words
        && WRAPPERS.contains(&base_name(program))
    {
        let skipped = rest.iter().take_while(|word| word.starts_with('-') || word.contains('=')).count();
        words = rest.get(skipped..).unwrap_or_default();
    }
    words
}

/// Whether a shell or an interpreter gets nothing to run.
fn is_idle(program: &str, options: &[&str]) -> bool {
    let options = match options {
        [rest @ .., last] if SHELLS.contains(&program) && is_command_option(last) => rest,
        options => options,
    };
    (SHELLS.contains(&program) || INTERPRETERS.contains(&program)) && options.iter().all(|word| IDLE.contains(word))
}
