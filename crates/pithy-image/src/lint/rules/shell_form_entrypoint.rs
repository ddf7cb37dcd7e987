//! # An entrypoint that is not a JSON array
//!
//! Daytona takes a text that is not a JSON array as the name of one program, with its blanks and quotes: for `ENTRYPOINT node server.js`
//! the sandbox tries to start a program called `node server.js`. Docker has a shell run it, which does not pass signals on.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM node:22-slim
//! ENTRYPOINT node server.js
//! ```
//!
//! ```dockerfile
//! FROM node:22-slim
//! ENTRYPOINT ['node', 'server.js']
//! ```
//!
//! ```dockerfile
//! FROM node:22-slim
//! ENTRYPOINT exec node \
//!   $OPTIONS server.js
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim
//! ENTRYPOINT "/start.sh"
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim
//! ENTRYPOINT /start.sh
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM node:22-slim AS build
//! ENTRYPOINT npm test
//! FROM node:22-slim
//! COPY --from=build /app /app
//! ENTRYPOINT ["sh", "-c", "exec node $OPTIONS server.js"]
//! ```
//!
//! ## Source
//!
//! Daytona's API; Docker's build check `JSONArgsRecommended`.

use pithy_image_dockerfile::{Form, Keyword};

use crate::dockerfile::entrypoint;
use crate::json::shortened;
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    let Some((at, _)) = entrypoint(subject.dockerfile.text()) else { return };
    // `ignored_by_daytona` is about what Daytona takes instead of it.
    let is_taken = subject.of_image().into_iter().find(|line| line.keyword == Keyword::Entrypoint);
    let is_taken = is_taken.filter(|line| line.span.start <= at && at < line.span.end && line.form != Form::Json);
    let Some(line) = is_taken else { return };
    let text = shortened(&line.rest.value);
    let message = if text.starts_with('[') {
        format!("`{text}` is not a JSON array, whose strings have double quotes.")
    } else if text.contains(|c: char| c.is_whitespace() || "\"'$`".contains(c)) {
        let quotes = if text.contains(['"', '\'']) { ", quotes included" } else { "" };
        format!("Daytona takes all of `{text}` as the name of one program{quotes}, and the sandbox cannot start that.")
    } else {
        format!("`{text}` is not a JSON array: with Docker, signals do not reach the program.")
    };
    report.line(line, message, format!("Write `ENTRYPOINT {}` on one line.", array(&text)));
}

/// A command as a JSON array: its words, or a shell for what only a shell understands.
fn array(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || " -_./:=@,+".contains(c);
    let text = text.trim_matches(['[', ']']).replace('\'', "\"");
    match text {
        text if text.starts_with('"') => format!("[{text}]"),
        text if text.chars().all(is_plain) => {
            format!("[\"{}\"]", text.split_whitespace().collect::<Vec<_>>().join("\", \""))
        }
        _ => "[\"sh\", \"-c\", \"exec …\"]".to_owned(),
    }
}
