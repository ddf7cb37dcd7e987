//! # A stage with a reserved name
//!
//! `scratch` is the empty image and `context` the build context. A stage of that name hides them, or is hidden by them: which of the two
//! depends on the instruction and on the version of the builder.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM debian:12-slim AS scratch
//! RUN mkdir /data
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim AS context
//! RUN mkdir /data
//! FROM debian:12-slim
//! COPY --from=context /data /data
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM scratch AS files
//! COPY data /data
//! FROM debian:12-slim
//! COPY --from=files /data /data
//! ```
//!
//! ## Source
//!
//! Docker's build check `ReservedStageName`.

use pithy_image_dockerfile::Keyword;

use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

const RESERVED: [&str; 2] = ["context", "scratch"];

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for line in subject.of_kind(Keyword::From) {
        let name = subject.stages.get(line.stage).and_then(|stage| stage.name.as_deref());
        if let Some(name) = name.filter(|name| RESERVED.contains(name)) {
            report.line(line, format!("`{name}` is a reserved name."), "Give the stage another name.");
        }
    }
}
