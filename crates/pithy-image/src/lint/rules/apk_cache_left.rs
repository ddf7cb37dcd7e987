//! # The index of `apk` stays in the image
//!
//! `apk add` without `--no-cache` downloads an index of some megabytes, and keeps it in the layer. Nothing uses it later.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM alpine:3.20
//! RUN apk update && apk add git
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM alpine:3.20
//! RUN apk add --no-cache git
//! RUN apk add -U curl && rm -rf /var/cache/apk/*
//! RUN --mount=type=cache,target=/var/cache/apk apk add jq
//! ```
//!
//! ## Source
//!
//! hadolint DL3019; the wiki of Alpine, "Apk".

use crate::lint::caches::Cache;
use crate::lint::packages::Manager;
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Pedantic;

const CACHE: Cache = Cache {
    manager: Manager::Apk,
    paths: &["/var/cache/apk"],
    switches: &["--no-cache"],
    cleaner: &["cache", "clean"],
    hint: "Add `--no-cache`.",
};

pub(super) fn check(subject: &Subject, report: &mut Report) {
    CACHE.check(subject, report);
}
