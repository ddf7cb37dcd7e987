//! # A setting of the shell that ends with its instruction
//!
//! Every `RUN` has a shell of its own. A variable that it exports, an environment that it activates, an alias or an option of the
//! shell is gone when it ends.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM python:3.12-slim
//! RUN python -m venv /venv && . /venv/bin/activate
//! RUN pip install requests
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM python:3.12-slim
//! RUN python -m venv /venv
//! ENV PATH="/venv/bin:$PATH"
//! RUN pip install requests
//! ```
//!
//! ## Source
//!
//! Docker's reference of `RUN` and `ENV`.

use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

/// Commands whose effect is on the shell that runs them.
const SETTINGS: [&str; 7] = ["export", "source", ".", "alias", "set", "unset", "ulimit"];

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for line in &subject.lines {
        let Some(last) = line.commands().last().filter(|last| last.pipeline.depth == 0) else { continue };
        if SETTINGS.contains(&last.program()) && last.pipeline.commands.len() == 1 {
            let message = format!(
                "`{}` has no effect on the instructions after it: this is the end of its `RUN`.",
                last.program()
            );
            report.command(&last, message, "Use `ENV`, or `env(…)`, or put the commands that need it behind it.");
        }
    }
}
