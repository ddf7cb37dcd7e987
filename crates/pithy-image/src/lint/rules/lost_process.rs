//! # A process that ends with its instruction
//!
//! A build keeps files, not processes: a service that is started while the image is built is not running in a sandbox.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN service postgresql start
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN service postgresql start && su postgres -c "createdb app" && service postgresql stop
//! ```
//!
//! ## Source
//!
//! hadolint DL3001; Docker's reference of `RUN`.

use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for line in &subject.lines {
        let Some(last) = line.commands().last() else { continue };
        let starts = match last.program() {
            "service" => last.arguments().iter().any(|word| ["start", "restart"].contains(&&*word.value)),
            "systemctl" => last.operands().next().is_some_and(|word| ["start", "restart"].contains(&&*word.value)),
            _ => false,
        };
        if starts {
            let message =
                format!("What `{}` starts ends with this `RUN`: the sandbox does not have it.", last.program());
            report.command(&last, message, "Start it in the sandbox, or from the `ENTRYPOINT`.");
        }
    }
}
