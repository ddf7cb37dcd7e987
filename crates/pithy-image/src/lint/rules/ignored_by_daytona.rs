//! # A program that Daytona does not start
//!
//! Daytona starts a sandbox with the last text of the Dockerfile that looks like an `ENTRYPOINT`, and with `sleep infinity` where there is
//! none. `CMD` has no effect, nor has what the base image starts. What looks like an `ENTRYPOINT` may be part of a command or a comment.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM python:3.12-slim
//! CMD ["python", "-m", "http.server"]
//! ```
//!
//! ```dockerfile
//! FROM nginx:1.27@sha256:2c605dbeab79a6b2a63340474fe58119d0ef95bdc4b1f41df0aa689659b3d13b
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM python:3.12-slim
//! ENTRYPOINT ["python", "-m", "http.server"]
//! ```
//!
//! ## Source
//!
//! Daytona's API, which searches the Dockerfile for `ENTRYPOINT\s+(.*)`.

use pithy_image_dockerfile::{Form, Keyword};

use crate::dockerfile::entrypoint;
use crate::json::shortened;
use crate::lint::known::{Known, SERVICES};
use crate::lint::subject::Line;
use crate::lint::{Report, Severity, Subject};
use crate::path::base_name;

pub(super) const SEVERITY: Severity = Severity::Warning;

const START: &str = "Start the program with `entrypoint`, or in the sandbox once it runs.";

pub(super) fn check(subject: &Subject, report: &mut Report) {
    let lines = subject.of_image();
    let last = |keyword| lines.iter().copied().find(|line| line.keyword == keyword);
    match entrypoint(subject.dockerfile.text()) {
        Some((at, taken)) => stray(last(Keyword::Entrypoint), at, taken, report),
        None => ignored(subject, last(Keyword::Entrypoint).or(last(Keyword::Cmd)), report),
    }
}

/// What Daytona takes for the entrypoint, if that is not what the image says.
fn stray(said: Option<&Line>, at: usize, taken: &str, report: &mut Report) {
    let said = said.filter(|said| said.span.start <= at && at < said.span.end);
    if said.is_some_and(|said| said.form != Form::Json) {
        return; // `shell_form_entrypoint`
    }
    if said.is_none() || !taken.trim_end().ends_with(']') {
        let taken = shortened(taken.trim_end());
        let message = format!("Daytona takes this for the entrypoint, and would start `{taken}`.");
        report.at(at, message, "Write one `ENTRYPOINT [\"…\"]` on a line of its own, the last one with this word.");
    }
}

/// What the image would start, and Daytona does not.
fn ignored(subject: &Subject, said: Option<&Line>, report: &mut Report) {
    let what = match said {
        Some(line) if waits(line) => return,
        Some(line) if line.call == "cmd" => "cmd",
        Some(line) => &line.name.value,
        None => return service(subject, report),
    };
    let message = format!("Daytona ignores `{what}`: without an `{}`, the sandbox runs `sleep infinity`.", entry(said));
    if let Some(line) = said {
        report.line(line, message, START);
    }
}

/// What is missing, in the user's own language.
fn entry(said: Option<&Line>) -> &'static str {
    if said.is_some_and(|line| line.call == "cmd") { "entrypoint" } else { "ENTRYPOINT" }
}

/// A base image that starts a program.
fn service(subject: &Subject, report: &mut Report) {
    let Some(from) = subject.of_image().into_iter().rfind(|line| line.keyword == Keyword::From) else { return };
    let Known { base, name, .. } = Known::of(from.words.first().map_or("", |word| &word.value));
    if name.is_some_and(|name| SERVICES.contains(&name)) {
        let message = format!(
            "Daytona ignores what `{base}` starts: without an `entrypoint`, the sandbox runs `sleep infinity`."
        );
        report.line(from, message, START);
    }
}

/// What images start for somebody at a terminal.
const PROMPTS: [&str; 9] = ["ash", "bash", "irb", "jshell", "node", "php -a", "python", "python3", "sh"];

/// Whether a command does what Daytona does without one, or what nobody misses in a sandbox.
fn waits(cmd: &Line) -> bool {
    let words: Vec<_> = cmd.words.iter().map(|word| word.value.as_str()).collect();
    let words = words.join(" ");
    cmd.keyword == Keyword::Cmd && (words == "sleep infinity" || PROMPTS.contains(&base_name(&words)))
}
