//! # Something that a build on Daytona does not have
//!
//! Daytona builds for `linux/amd64`, without build secrets and without an SSH agent. A command that needs one fails there, or does
//! something else, though it builds with Docker.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN --mount=type=secret,id=token cat /run/secrets/token
//! ```
//!
//! ```dockerfile
//! FROM --platform=linux/arm64 debian:12-slim
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM --platform=linux/arm64 debian:12-slim AS base-arm64
//! FROM debian:12-slim AS base-amd64
//! FROM base-${TARGETARCH}
//! RUN --mount=type=cache,target=/root/.cache true
//! RUN --mount=type=secret,id=token if [ -s /run/secrets/token ]; then echo authenticated; fi
//! ```
//!
//! ## Source
//!
//! Daytona's runner, which passes neither `secrets` nor `ssh` to the build; Docker's reference of `RUN --mount`: a secret that is not
//! required is not mounted.

use pithy_image_dockerfile::Mount;

use crate::import::{is_secret, mounts};
use crate::lint::subject::Line;
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for line in subject.of_image() {
        let platform = line.flag("platform").and_then(|flag| flag.value.as_deref());
        if let Some(platform) = platform.filter(|it| !it.contains('$') && !it.starts_with("linux/amd64")) {
            let message = format!("Daytona builds for `linux/amd64`, and this stage is for `{platform}`.");
            report.line(line, message, "Leave `--platform` out.");
        }
    }
    for line in &subject.lines {
        let needed = mounts(line).find(|(_, mount)| is_secret(mount) && (is_required(mount) || !copes(line)));
        if let Some((_, mount)) = needed {
            let kind = mount.value(&["type"]).unwrap_or_default();
            let what = mount.value(&["id"]).map_or_else(|| format!("no {kind}"), |id| format!("no {kind} `{id}`"));
            let message = format!("Daytona gives a build neither secrets nor an SSH agent: there is {what} to mount.");
            report.line(line, message, "Fetch what it is for before the build, and copy it from the build context.");
        }
    }
}

fn is_required(mount: &Mount) -> bool {
    mount.value(&["required"]) == Some("true")
}

/// Whether a command looks whether a secret is there, or takes it as a variable that may be empty.
fn copes(line: &Line) -> bool {
    let is_test = |program: &str| ["[", "[[", "test"].contains(&program);
    let takes_variable = mounts(line).any(|(_, mount)| mount.value(&["env"]).is_some());
    takes_variable || line.commands().any(|command| is_test(command.program()))
}
