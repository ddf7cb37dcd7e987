//! # A blank line inside an instruction
//!
//! A backslash at the end of a line continues the instruction, and Docker skips blank lines on the way. It warns that a future version will
//! not: the instruction will end there.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN mkdir /data && \
//!
//!     touch /data/ready
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN mkdir /data && \
//!     # Comments may stand here.
//!     touch /data/ready
//! ```
//!
//! ## Source
//!
//! Docker's build check `NoEmptyContinuation`.

use crate::lint::subject::Line;
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Pedantic;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for warning in &subject.dockerfile.warnings {
        let at = warning.span.start;
        let after = subject.lines.partition_point(|line| line.span.start <= at);
        if after.checked_sub(1).and_then(|index| subject.lines.get(index)).is_some_and(Line::is_text) {
            report.at(at, "A blank line stands inside this instruction.", "Remove the line, or write a comment there.");
        }
    }
}
