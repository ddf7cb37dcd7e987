//! # A secret in a file of the definition
//!
//! The content of `addFile` is part of the definition and of the image: everybody who reads the source or uses a sandbox of the image
//! has it.
//!
//! ## Bad
//!
//! ```json
//! [
//!   { "base": { "image": "node:22-slim" } },
//!   { "addFile": { "destination": "/root/.npmrc", "text": "//registry.example.com/:_authToken=q8Zr2LkV9mXw4TnB7cJd5HsF\n" } }
//! ]
//! ```
//!
//! ## Good
//!
//! ```json
//! [
//!   { "base": { "image": "node:22-slim" } },
//!   { "addFile": { "destination": "/root/.npmrc", "text": "//registry.example.com/:_authToken=${NPM_TOKEN}\n" } }
//! ]
//! ```
//!
//! ## Source
//!
//! npm's documentation of `.npmrc`: environment variables; CWE-798.

use crate::lint::{Report, Severity, Subject};
use crate::secret::secrets;
use crate::steps::Step;

pub(super) const SEVERITY: Severity = Severity::Error;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    subject.steps(&mut |path, step, _| {
        let Step::AddFile(file) = step else { return };
        let content = file.content();
        let text = content.as_deref().and_then(|bytes| str::from_utf8(bytes).ok()).unwrap_or_default();
        for secret in secrets(text) {
            let line = text[..secret.hidden.start].matches('\n').count() + 1;
            let message =
                format!("Line {line} of `{}` contains {}, which the image gives away.", file.destination, secret.what);
            report.step(path, message, "Write the file when the sandbox starts, from a variable that only it has.");
        }
    });
}
