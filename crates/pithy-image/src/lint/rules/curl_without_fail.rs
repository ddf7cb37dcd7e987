//! # `curl` that saves error pages
//!
//! Without `-f`, curl takes the page that says `404 Not Found` for the file: it saves it, or pipes it on, and succeeds. The build goes on with
//! a file that is something else.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM buildpack-deps:bookworm-curl
//! RUN curl -sSLo /tmp/tool.tar.gz https://example.com/tool.tar.gz
//! ```
//!
//! ```dockerfile
//! FROM buildpack-deps:bookworm-curl
//! RUN curl https://example.com/tool.tar.gz | tar -xz
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM buildpack-deps:bookworm-curl
//! RUN curl -fsSLo /tmp/tool.tar.gz https://example.com/tool.tar.gz && curl --fail-with-body -O https://example.com/a
//! RUN curl -sI https://example.com/ && curl -s -o /dev/null -w '%{http_code}' https://example.com/
//! ```
//!
//! ## Source
//!
//! curl(1), `--fail`.

use crate::lint::downloads::Download;
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Pedantic;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for command in subject.commands().filter(|command| command.program() == "curl") {
        let is_told = command.has_option(Some('f'), "--fail")
            || ["--fail-with-body", "--write-out", "--fail-early"]
                .iter()
                .any(|option| command.has_option(None, option))
            || command.has_option(Some('w'), "--write-out");
        if let Some(download) = Download::of(&command).filter(|download| download.is_saved && !is_told) {
            let message =
                format!("If `{}` is not found, `curl` takes the page that says so for the file.", download.url);
            report.command(&command, message, "Add `-f`.");
        }
    }
}
