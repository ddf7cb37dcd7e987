//! # Something that a build on Daytona does not have
//!
//! Daytona builds for `linux/amd64`, without build secrets and without an SSH agent; and a `# syntax=` line makes the build download a
//! frontend, which its builders may not reach. An instruction that needs one of these fails there, though it builds with Docker.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN --mount=type=secret,id=token cat /run/secrets/token
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN --mount=type=cache,target=/root/.cache true
//! ```
//!
//! ## Source
//!
//! Daytona's runner, which passes neither `secrets` nor `ssh` to the build.

use crate::import::{is_secret, mounts};
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Error;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    if let Some(directive) = subject.dockerfile.directives.iter().find(|directive| directive.name == "syntax") {
        let message = format!(
            "`# syntax={}` makes the build download a Dockerfile frontend, which may fail on Daytona.",
            directive.value
        );
        report.at(directive.span.start, message, "Leave the line out, unless something in the file needs it.");
    }
    for line in &subject.lines {
        let platform = line.flag("platform").and_then(|flag| flag.value.as_deref());
        if let Some(platform) = platform.filter(|it| !it.contains('$') && !it.starts_with("linux/amd64")) {
            let message = format!("Daytona builds for `linux/amd64`, and this stage is for `{platform}`.");
            report.line(line, message, "Leave `--platform` out.");
        }
        let secrets = mounts(line).filter(|(_, mount)| is_secret(mount));
        for kind in secrets.filter_map(|(_, mount)| mount.value(&["type"])) {
            let message =
                format!("Daytona gives a build neither secrets nor an SSH agent: there is no `{kind}` to mount.");
            report.line(line, message, "Fetch it before the build, and copy it from the build context.");
        }
    }
}
