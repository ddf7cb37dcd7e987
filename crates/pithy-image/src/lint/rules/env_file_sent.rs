//! # A file of variables in the image
//!
//! `.env` files are for the machine that they are on: they hold the keys of its user. In an image, everybody who can use a sandbox of it has
//! them, and they stay in its layers when a later step removes them.
//!
//! ## Bad
//!
//! ```json
//! {
//!   "steps": [{ "base": { "image": "node:22-slim" } }, { "addLocalDir": { "source": "app", "destination": "/app" } }],
//!   "files": { "app/.env.local": "OPENAI_API_KEY=…\n", "app/index.js": "\n" }
//! }
//! ```
//!
//! ## Good
//!
//! ```json
//! {
//!   "steps": [{ "base": { "image": "node:22-slim" } }, { "addLocalDir": { "source": "app", "destination": "/app", "exclude": [".env"] } }],
//!   "files": { "app/.env.example": "OPENAI_API_KEY=\n", "app/.env": "OPENAI_API_KEY=…\n" }
//! }
//! ```
//!
//! ## Source
//!
//! The Twelve-Factor App, "Config"; Docker's documentation of `.dockerignore`.

use crate::lint::report::{is_or_are, named};
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for (pointer, paths) in
        subject.sent_by_source(&|sent| sent.is_local() && sent.entry.is_file() && is_env(sent.name()))
    {
        let message = format!("{} {} sent, with what is in there.", named(&paths), is_or_are(&paths));
        report.step(
            pointer,
            message,
            "Leave it out with `exclude` or an ignore file; pass variables to the sandbox with `envVars`.",
        );
    }
}

/// Whether a name is that of a file of variables, other than an example.
fn is_env(name: &str) -> bool {
    const EXAMPLES: [&str; 7] = ["example", "sample", "template", "dist", "defaults", "test", "schema"];
    let rest = name.strip_prefix(".env");
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.') && !EXAMPLES.iter().any(|end| rest.ends_with(end)))
}
