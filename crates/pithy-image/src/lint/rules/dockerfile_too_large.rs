//! # A Dockerfile that Daytona's API may not accept
//!
//! Daytona's API takes requests of about 100 kB, with the whole Dockerfile in them. A larger one is refused with a status that says nothing
//! of the reason.
//!
//! ## Bad
//!
//! A definition whose Dockerfile has more than 90,000 bytes as JSON, such as one with a long text in `env`.
//!
//! ## Good
//!
//! The text in a file, with `addFile` or `addLocalFile`: its content is sent beside the Dockerfile.
//!
//! ## Source
//!
//! Daytona's API, whose body parser has the default limit of Express.

use crate::limits::{is_too_large, json_length};
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Error;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    let text = subject.dockerfile.text();
    if is_too_large(text) {
        let size = json_length(text);
        let message =
            format!("The Dockerfile has {size} bytes as JSON, and Daytona's API accepts about 100,000 in all.");
        let hint = "Put long values into files, with `addFile` or `addLocalFile`: their content is sent beside it.";
        report.whole(message, hint);
    }
}
