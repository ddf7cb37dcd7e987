//! # A checksum is no longer compared
//!
//! What was downloaded was compared with a checksum, and is not any more: from now on the host decides what is in the image.
//!
//! ## Bad
//!
//! ```dockerfile before
//! FROM debian:12-slim
//! RUN curl -fsSLo tool https://example.com/tool && echo "9f86d081884c7d65  tool" | sha256sum -c
//! ```
//!
//! ```dockerfile after
//! FROM debian:12-slim
//! RUN curl -fsSLo tool https://example.com/tool
//! ```
//!
//! ## Good
//!
//! ```dockerfile before
//! FROM debian:12-slim
//! RUN curl -fsSLo tool https://example.com/tool && echo "9f86d081884c7d65  tool" | sha256sum -c
//! ```
//!
//! ```dockerfile after
//! FROM debian:12-slim
//! ADD --checksum=sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 https://example.com/tool tool
//! ```
//!
//! ## Source
//!
//! CWE-494.

use pithy_image_dockerfile::Keyword;

use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn check(before: &Subject, after: &Subject, report: &mut Report) {
    let downloads =
        |subject: &Subject| subject.commands().filter(|command| DOWNLOADERS.contains(&command.program())).count();
    if checks(after) >= checks(before) || (downloads(after) < downloads(before) && downloads(after) <= checks(after)) {
        return;
    }
    let unchecked = after.lines.iter().find(|line| {
        let downloads = line.commands().any(|command| DOWNLOADERS.contains(&command.program()));
        downloads && !line.commands().any(|command| CHECKERS.contains(&command.program()))
    });
    if let Some(line) = unchecked {
        let message = "A checksum that was compared before is not any more.";
        report.line(line, message, "Compare it with `sha256sum -c`, or say why it is not needed.");
    }
}

const DOWNLOADERS: [&str; 2] = ["curl", "wget"];
const CHECKERS: [&str; 6] = ["sha256sum", "sha512sum", "sha1sum", "shasum", "gpg", "cosign"];

/// How many downloads are compared with something.
fn checks(subject: &Subject) -> usize {
    let commands = subject.commands().filter(|command| CHECKERS.contains(&command.program()));
    let added = subject.of_kind(Keyword::Add).filter(|line| line.flag("checksum").is_some());
    commands.count() + added.count()
}
