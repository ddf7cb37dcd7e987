//! # A name that is not one of a stage
//!
//! `COPY --from`, `FROM` and mounts take the name of a stage or of an image. A name that no stage has is looked for on Docker Hub, where a
//! name of one word is that of an official image: after a slip of the keyboard, the build fails with `pull access denied`.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM golang:1.24 AS builder
//! RUN go build -o /app
//! FROM debian:12-slim
//! COPY --from=biulder /app /app
//! COPY --from=builder /etc/passwd /etc/passwd
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim AS base
//! FROM bsae AS build
//! FROM base
//! COPY --from=build /app /app
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM golang:1.24 AS Builder
//! RUN go build -o /app
//! FROM debian:12-slim
//! COPY --from=builder /app /app
//! COPY --from=0 /etc/passwd /etc/passwd
//! COPY --from=composer /usr/bin/composer /usr/bin/composer
//! COPY --from=ghcr.io/astral-sh/uv:0.8 /uv /bin/
//! COPY --from=acme/tool /tool /bin/
//! RUN --mount=type=bind,from=artifacts,target=/mnt cp /mnt/app /usr/local/bin/
//! ```
//!
//! ## Source
//!
//! Docker's reference of `COPY --from`; hadolint DL3022.

use crate::lint::stages::misspelt;
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for found in misspelt(subject) {
        let name = found.name;
        let hint = match found.meant {
            Some(meant) => format!("Did you mean `{meant}`?"),
            None => "Name a stage of this Dockerfile, or an image with its owner or tag.".to_owned(),
        };
        report.line(
            found.line,
            format!("No stage is called `{name}`, and Docker Hub has no official image of that name."),
            hint,
        );
    }
}
