//! # Instructions in different cases
//!
//! Docker reads `from`, `From` and `FROM` alike. Readers do not: in a file that mixes them, instructions are easily overlooked. Daytona
//! finds an `ENTRYPOINT` only in capitals.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM debian:12-slim
//! Run mkdir /data
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim as build
//! RUN mkdir /data
//! FROM debian:12-slim
//! COPY --from=build /data /data
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim
//! run mkdir /data
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! from debian:12-slim as build
//! run mkdir /data
//! from debian:12-slim
//! copy --from=build /data /data
//! ```
//!
//! ## Source
//!
//! Docker's build checks `ConsistentInstructionCasing` and `FromAsCasing`.

use pithy_image_dockerfile::Keyword;

use crate::lint::subject::Line;
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Pedantic;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    let is_upper = |line: &&Line| !line.name.value.bytes().any(|byte| byte.is_ascii_lowercase());
    let texts = || subject.lines.iter().filter(|line| line.is_text());
    let has_upper = texts().filter(is_upper).count() * 2 >= texts().count();
    for line in texts() {
        let name = line.name.value.as_str();
        let expected = if has_upper { name.to_ascii_uppercase() } else { name.to_ascii_lowercase() };
        let join = if has_upper { "AS" } else { "as" };
        let joining = line.words.get(1).map(|word| word.value.as_str()).filter(|_| line.keyword == Keyword::From);
        if name != expected {
            let message = format!("`{name}` is written in another case than the other instructions.");
            report.line(line, message, format!("Write `{expected}`."));
        } else if let Some(joining) = joining.filter(|joining| *joining != join) {
            report.line(
                line,
                format!("`{joining}` is written in another case than `{name}`."),
                format!("Write `{join}`."),
            );
        }
    }
}
