//! # A step that only root can do, after another user was set
//!
//! The calls for packages and tools write to directories of the system. After `user("node")` they run as `node`, and the build fails.
//!
//! ## Bad
//!
//! ```json
//! [{ "base": { "image": "node:22-slim" } }, { "user": { "user": "node" } }, { "aptInstall": { "packages": ["git"] } }]
//! ```
//!
//! ## Good
//!
//! ```json
//! [{ "base": { "image": "node:22-slim" } }, { "aptInstall": { "packages": ["git"] } }, { "user": { "user": "node" } }]
//! ```
//!
//! ## Source
//!
//! Docker's reference of `USER`; hadolint DL3002 is its counterpart.

use crate::lint::known::runs_apt;
use crate::lint::{Report, Severity, Subject};
use crate::steps::Step;

pub(super) const SEVERITY: Severity = Severity::Error;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    subject.steps(&mut |path, step, known| {
        let writes = runs_apt(step) || matches!(step, Step::Nodejs(_));
        let may_write = |user: &str| ["", "root", "0"].contains(&user.split(':').next().unwrap_or_default());
        if let Some(user) = known.user.as_deref().filter(|user| writes && !may_write(user)) {
            let message = format!("`{}` runs as `{user}`, who may not write where it does.", step.name());
            report.step(path, message, "Put it before `user`, or switch back with `user(\"root\")` before it.");
        }
    });
}
