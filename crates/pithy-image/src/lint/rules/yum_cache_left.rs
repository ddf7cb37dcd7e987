//! # What yum or dnf downloads stays in the image
//!
//! yum and dnf keep the metadata of their repositories, hundreds of megabytes for some. In an image they are stale the next day.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM fedora:40
//! RUN dnf install -y git
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM fedora:40
//! RUN dnf install -y git && dnf clean all
//! RUN yum -y install jq && yum -y clean all && rm -rf /var/cache/yum
//! RUN --mount=type=cache,target=/var/cache/dnf dnf install -y make
//! ```
//!
//! ## Source
//!
//! hadolint DL3032 and DL3040; dnf(8), `clean`.

use crate::lint::caches::Cache;
use crate::lint::packages::Manager;
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Pedantic;

const CACHE: Cache = Cache {
    manager: Manager::Yum,
    paths: &["/var/cache", "/var/cache/dnf", "/var/cache/yum"],
    switches: &[],
    cleaner: &["clean", "all"],
    hint: "Add `&& dnf clean all`, or `yum clean all`, to the same `RUN`.",
};

pub(super) fn check(subject: &Subject, report: &mut Report) {
    CACHE.check(subject, report);
}
