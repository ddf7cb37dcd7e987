//! # A step that only root can do, as another user
//!
//! The calls for packages and tools write to directories of the system. After `user("node")` they run as `node`, and the build fails.
//! Some base images end with such a user, too: `daytonaio/sandbox` with `daytona`, `mambaorg/micromamba` with `mambauser`.
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
//! ```dockerfile
//! FROM daytonaio/sandbox:0.9.0
//! RUN apt-get update && apt-get install -y jq
//! ```
//!
//! ```dockerfile
//! FROM quay.io/jupyter/base-notebook:2025-03-14 AS base
//! FROM base
//! RUN apt-get update && apt-get install -y git
//! ```
//!
//! ```json
//! [{ "base": { "image": "docker.io/mambaorg/micromamba:2.1.0" } }, { "aptInstall": { "packages": ["git"] } }]
//! ```
//!
//! ## Good
//!
//! ```json
//! [{ "base": { "image": "node:22-slim" } }, { "aptInstall": { "packages": ["git"] } }, { "user": { "user": "node" } }]
//! ```
//!
//! ```dockerfile
//! FROM daytonaio/sandbox:0.9.0
//! RUN sudo apt-get update && sudo apt-get install -y jq
//! USER root
//! RUN apt-get update && apt-get install -y git
//! USER daytona
//! ```
//!
//! ## Source
//!
//! Docker's reference of `USER`; hadolint DL3002 is its counterpart. The users of images are those of their Dockerfiles, such as
//! `images/sandbox/Dockerfile` of daytonaio/daytona.

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
        if let Some(user) = command.line.user.filter(|user| !is_sudo && !user.contains('$')) {
            let message = format!("`{}` runs as `{user}`, who may not write where it does.", command.program());
            report.command(&command, message, "Put `USER root` before it, and the other user after it.");
        }
    }
    subject.steps(&mut |path, step, known| {
        let writes = runs_apt(step) || matches!(step, Step::Nodejs(_));
        let may_write = |user: &str| ["", "root", "0"].contains(&user.split(':').next().unwrap_or_default());
        if let Some(user) = known.user.as_deref().filter(|user| writes && !may_write(user)) {
            let message = format!("`{}` runs as `{user}`, who may not write where it does.", step.name());
            report.step(path, message, "Put `user(\"root\")` before it, and the other user after it.");
        }
    });
}
