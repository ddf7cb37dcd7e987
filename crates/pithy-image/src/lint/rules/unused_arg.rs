//! # A build argument that nothing can use
//!
//! An `ARG` counts from its line to the end of its stage, in commands and in words such as `COPY $NAME`. Where neither follows, it does
//! nothing: it stands in the wrong place, or is left over.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN echo "$VERSION" > /version
//! ARG VERSION=1
//! COPY app /app
//! ```
//!
//! ```dockerfile
//! ARG VERSION=1
//! FROM debian:12-slim
//! RUN mkdir /data
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! ARG SUITE=12
//! ARG VERSION=1
//! ARG BUILDKIT_INLINE_CACHE=1
//! FROM debian:${SUITE:-12}-slim AS base
//! ARG VERSION
//! RUN echo "$VERSION" > /version
//! ARG OWNER=app
//! COPY --chown=$OWNER app /app
//! ARG LATER=1
//! FROM base
//! RUN echo "$LATER"
//! ```
//!
//! ## Source
//!
//! Docker's reference of `ARG`, "Scope".

use std::collections::BTreeSet;

use pithy_image_dockerfile::Keyword;

use crate::lint::stages::parents;
use crate::lint::subject::Line;
use crate::lint::variables::uses;
use crate::lint::{Report, Severity, Subject};
use crate::ordered;

pub(super) const SEVERITY: Severity = Severity::Pedantic;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    let inherited = ordered::set(parents(subject).into_iter().flatten());
    let start = subject.lines.iter().position(|line| line.keyword == Keyword::From).unwrap_or(subject.lines.len());
    let (before, stages) = subject.lines.split_at(start);
    let mut needed = BTreeSet::new();
    for stage in stages.chunk_by(|a, b| a.stage == b.stage) {
        let is_open = stage.first().is_some_and(|line| inherited.contains(&line.stage));
        look_at(subject, stage, &mut BTreeSet::new(), is_open, report);
        let arguments = stage.iter().filter(|line| line.keyword == Keyword::Arg).flat_map(|line| &line.pairs);
        needed.extend(arguments.map(|pair| pair.name.value.clone()));
        let from = stage.first().map(|line| uses(line, subject.dockerfile.escape)).unwrap_or_default();
        needed.extend(from.into_iter().map(|used| used.name));
    }
    look_at(subject, before, &mut needed, false, report);
}

/// Looks at lines from the last one on, with the names that are used behind them.
fn look_at(subject: &Subject, lines: &[Line], used: &mut BTreeSet<String>, is_open: bool, report: &mut Report) {
    let mut is_open = is_open;
    for line in lines.iter().rev() {
        is_open |= matches!(line.keyword, Keyword::Run | Keyword::Onbuild) || !line.heredocs.is_empty();
        let is_own = line.keyword == Keyword::Arg && (line.is_text() || line.call == "arg");
        for pair in line.pairs.iter().filter(|_| is_own && !is_open) {
            let name = pair.name.value.as_str();
            if !used.contains(name) && !is_special(name) {
                report.at(pair.name.span.start, format!("Nothing after it can use the build argument `{name}`."), HINT);
            }
        }
        used.extend(uses(line, subject.dockerfile.escape).into_iter().map(|used| used.name));
    }
}

const HINT: &str = "Move it before what needs it, in the same stage, or remove it.";

/// Whether BuildKit itself reads an argument.
fn is_special(name: &str) -> bool {
    name.starts_with("BUILDKIT_") || name == "SOURCE_DATE_EPOCH" || name.to_ascii_uppercase().ends_with("_PROXY")
}
