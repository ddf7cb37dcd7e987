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
//! ```dockerfile
//! FROM node:22-slim
//! USER node
//! RUN apt-get update && apt-get install -y git
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
use crate::lint::subject::Command;
use crate::lint::{Report, Severity, Subject};
use crate::steps::Step;

/// Whether a command installs packages of the system.
fn installs(command: &Command) -> bool {
    const PROGRAMS: [&str; 6] = ["apt-get", "apt", "apk", "yum", "dnf", "microdnf"];
    command.is(&PROGRAMS, &["update", "install", "add", "upgrade"])
}

pub(super) const SEVERITY: Severity = Severity::Error;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for command in subject.commands().filter(|command| installs(command)) {
        let is_sudo = command.words.first() != command.first_word();
        if let Some(user) = subject.user_at(command.line).filter(|user| !is_sudo && !user.contains('$')) {
            let message = format!("`{}` runs as `{user}`, who may not write where it does.", command.program());
            report.command(&command, message, "Put it before `USER`, or switch back with `USER root` before it.");
        }
    }
    subject.steps(&mut |path, step, known| {
        let writes = runs_apt(step) || matches!(step, Step::Nodejs(_));
        let may_write = |user: &str| ["", "root", "0"].contains(&user.split(':').next().unwrap_or_default());
        if let Some(user) = known.user.as_deref().filter(|user| writes && !may_write(user)) {
            let message = format!("`{}` runs as `{user}`, who may not write where it does.", step.name());
            report.step(path, message, "Put it before `user`, or switch back with `user(\"root\")` before it.");
        }
    });
}
