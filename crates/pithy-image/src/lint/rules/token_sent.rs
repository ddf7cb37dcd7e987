//! # A token in a file that is sent
//!
//! The file becomes a part of the image: whoever can use a sandbox of it, also an agent that runs there, can read the token and act with
//! it. Removing the file in a later step leaves it in the layer below. The first 512 bytes of each file are looked at: more would cost
//! as much as its digest.
//!
//! ## Bad
//!
//! ```json
//! {
//!   "steps": [{ "base": { "image": "debian:12-slim" } }, { "addLocalDir": { "source": "app", "destination": "/app" } }],
//!   "files": { "app/deploy.json": "{ \"token\": \"ghp_q8Zr2LkV9mXw4TnB7cJd5HsF6gPyAeUi3oKv\" }\n" }
//! }
//! ```
//!
//! ## Good
//!
//! ```json
//! {
//!   "steps": [{ "base": { "image": "debian:12-slim" } }, { "addLocalDir": { "source": "app", "destination": "/app" } }],
//!   "files": { "app/deploy.json": "{ \"token\": \"ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\" }\n" }
//! }
//! ```
//!
//! ## Source
//!
//! GitHub's documentation of secret scanning: supported patterns; CWE-538.

use crate::files::seen::Seen;
use crate::lint::report::named;
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Error;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    let has_token = |seen: Seen| seen.has(Seen::TOKEN) && !seen.has(Seen::PRIVATE_KEY);
    for (pointer, paths) in subject.sent_by_source(&|sent| sent.is_local() && has_token(sent.seen())) {
        let verb = if paths.len() == 1 { "has" } else { "have" };
        let message = format!("{} {verb} a token, which everybody in the sandbox can read.", named(&paths));
        let hint = "Leave the file out with `exclude` or an ignore file, and pass the token with `envVars`; replace it if it was published.";
        report.step(pointer, message, hint);
    }
}
