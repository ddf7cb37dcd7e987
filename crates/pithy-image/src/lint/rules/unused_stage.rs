//! # A stage that nothing uses
//!
//! Nothing copies from the stage, mounts it or begins with it, and it is not the last one, which becomes the image. BuildKit leaves it out:
//! what it installs or compiles is not in the image. A `COPY --from` is missing, or the stage can go.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM golang:1.24 AS build
//! RUN go build -o /app
//! FROM debian:12-slim
//! RUN mkdir /data
//! ```
//!
//! ```json
//! [
//!   { "base": { "image": "debian:12-slim" } },
//!   { "stage": { "name": "build", "steps": [{ "base": { "image": "golang:1.24" } }, { "runCommands": { "commands": ["go build -o /app"] } }] } }
//! ]
//! ```
//!
//! ## Good
//!
//! A stage that looks like a target of its own is not reported: its name says so, it begins with another stage, it has a program to start, or
//! its name is the tag of an image that is used.
//!
//! ```dockerfile
//! FROM golang:1.24 AS build
//! RUN go build -o /app
//! FROM golang:1.24 AS lint
//! RUN go vet
//! FROM debian:12-slim AS worker
//! COPY --from=build /app /app
//! CMD ["/app", "worker"]
//! FROM build AS debugger
//! RUN go install github.com/go-delve/delve/cmd/dlv@v1.25.0
//! FROM scratch AS files
//! COPY --from=build /app /app
//! FROM debian:12-slim
//! COPY --from=build /app /app
//! ```
//!
//! ```dockerfile
//! ARG MODE=release
//! FROM golang:1.24 AS build-small
//! RUN go build -ldflags=-s -o /app
//! FROM golang:1.24 AS build-fast
//! RUN go build -o /app
//! FROM build-${MODE} AS build
//! FROM debian:12-slim
//! COPY --from=build /app /app
//! ```
//!
//! ```dockerfile
//! FROM node:22-slim AS slim
//! RUN npm --version
//! FROM example.com/app:slim
//! RUN node --version
//! ```
//!
//! The target of `Image.fromDockerfile` is what the image is built from, wherever it stands:
//!
//! ```json
//! {
//!   "steps": [{ "fromDockerfile": { "source": "Dockerfile", "target": "build" } }],
//!   "files": { "Dockerfile": "FROM golang:1.24 AS build\nRUN go version\nFROM debian:12-slim AS other\nRUN mkdir /data\n" }
//! }
//! ```
//!
//! ## Source
//!
//! Docker, "Multi-stage builds": "Differences between legacy builder and BuildKit".

use std::collections::BTreeSet;

use pithy_image_dockerfile::Keyword;

use crate::lint::stages::references;
use crate::lint::subject::Line;
use crate::lint::{Report, Severity, Subject};
use crate::ordered;

pub(super) const SEVERITY: Severity = Severity::Warning;

/// Words of the names of stages that are built on their own.
const TARGETS: [&str; 23] = [
    "app",
    "artifact",
    "artifacts",
    "bench",
    "ci",
    "debug",
    "dev",
    "development",
    "devcontainer",
    "docs",
    "e2e",
    "export",
    "final",
    "lint",
    "local",
    "prod",
    "production",
    "release",
    "runtime",
    "staging",
    "target",
    "test",
    "tests",
];

pub(super) fn check(subject: &Subject, report: &mut Report) {
    let (references, started) = (references(subject), started(subject));
    let used = ordered::set(references.iter().filter_map(|reference| reference.stage));
    let bases =
        references.iter().filter(|reference| reference.line.keyword == Keyword::From && reference.stage.is_some());
    let chosen: Vec<_> = references.iter().filter_map(|reference| chosen(reference.name)).take(MOST_CHOSEN).collect();
    let tags = ordered::set(references.iter().filter_map(|reference| Some(reference.name.rsplit_once(':')?.1)));
    let derived = ordered::set(bases.map(|reference| reference.line.stage));
    for line in subject.of_kind(Keyword::From) {
        let (stage, base) = (line.stage, line.words.first().map_or("", |word| &word.value));
        let name = subject.stages.get(stage).and_then(|stage| stage.name.as_deref());
        let may_be_target = is_target(name, base) || started.contains(&stage) || derived.contains(&stage);
        let is_target = line.is_text() && may_be_target;
        let is_chosen =
            name.is_some_and(|name| tags.contains(name) || chosen.iter().any(|start| name.starts_with(start)));
        if used.contains(&stage) || is_chosen || stage + 1 == subject.stages.len() || is_target {
            continue;
        }
        let what = name.map_or_else(|| "This stage".to_owned(), |name| format!("The stage `{name}`"));
        let hint = "Take what it is for with `COPY --from` (`copyFrom`), or remove it.";
        report.line(line, format!("{what} is not used: nothing of it is in the image."), hint);
    }
}

/// Names with variables that are looked at.
const MOST_CHOSEN: usize = 20;

/// The beginning of the name of a stage that a variable chooses, such as `build-` of `build-${MODE}`.
fn chosen(name: &str) -> Option<&str> {
    let start = &name[..name.find('$')?];
    let rest = name.rsplit_once('}').map_or("", |(_, rest)| rest);
    (![start, rest].iter().any(|part| part.contains(['/', ':', '@']))).then_some(start)
}

/// Whether a stage may be meant to be built on its own.
fn is_target(name: Option<&str>, base: &str) -> bool {
    let words = || {
        name.into_iter()
            .flat_map(|name| name.split(['-', '_', '.']))
            .map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit()))
    };
    base == "scratch" || words().any(|word| TARGETS.contains(&word))
}

/// The stages that have a program to start.
fn started(subject: &Subject) -> BTreeSet<usize> {
    let starts = |line: &&Line| matches!(line.keyword, Keyword::Cmd | Keyword::Entrypoint);
    ordered::set(subject.lines.iter().filter(starts).map(|line| line.stage))
}
