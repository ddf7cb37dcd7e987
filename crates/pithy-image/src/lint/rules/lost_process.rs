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
//! ```dockerfile
//! FROM python:3.12-slim
//! COPY . /app
//! RUN cd /app && nohup python server.py > /var/log/server.log 2>&1 &
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN sleep 1 & wait
//! RUN echo "a &" && echo b '&'
//! RUN service postgresql start && su postgres -c "createdb app" && service postgresql stop
//! ```
//!
//! ## Source
//!
//! hadolint DL3001; Docker's reference of `RUN`.

use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

const HINT: &str = "Start it in the sandbox, or from the `ENTRYPOINT`.";

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
            report.command(&last, message, HINT);
        } else if line.after_commands().trim() == "&" {
            let message = format!("`{}` is left in the background, and ends with this `RUN`.", last.program());
            report.command(&last, message, HINT);
        }
    }
}
