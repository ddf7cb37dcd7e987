//! # `ENV` or `LABEL` without `=`
//!
//! In `ENV NAME value` all that follows the name is the value, also what looks like another pair: `ENV A 1 B=2` sets `A` to `1 B=2`. Docker
//! calls the form deprecated, and warns.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM debian:12-slim
//! ENV LANG C.UTF-8
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim
//! LABEL version 1.0
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM debian:12-slim
//! ENV LANG=C.UTF-8 GREETING="hello world"
//! ARG VERSION
//! ```
//!
//! ## Source
//!
//! Docker's build check `LegacyKeyValueFormat`.

use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Pedantic;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for line in &subject.lines {
        for pair in line.pairs.iter().filter(|pair| pair.is_legacy) {
            let (instruction, name) = (line.keyword.name(), &pair.name.value);
            let message = format!("`{instruction} {name}` has no `=` before its value.");
            report.at(
                pair.name.span.start,
                message,
                format!("Write `{instruction} {name}=…`, with quotes around a value with blanks."),
            );
        }
    }
}
