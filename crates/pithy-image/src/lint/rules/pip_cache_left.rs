//! # What pip downloads stays in the image
//!
//! pip keeps what it downloads and builds, to install it faster the next time. In an image there is no next time: the cache makes it larger,
//! often by as much as what is installed.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM python:3.12-slim
//! RUN pip install requests==2.32.3
//! ```
//!
//! ```dockerfile
//! FROM python:3.12-slim
//! COPY requirements.txt .
//! RUN python -m pip install -r requirements.txt
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM python:3.12-slim
//! RUN pip install --no-cache-dir requests==2.32.3
//! RUN --mount=type=cache,target=/root/.cache/pip pip install idna==3.7
//! RUN pip install idna==3.7 && pip cache purge
//! ENV PIP_NO_CACHE_DIR=1
//! RUN pip install urllib3==2.2.2
//! ```
//!
//! ## Source
//!
//! hadolint DL3042; pip's documentation, "Caching".

use crate::lint::caches::Cache;
use crate::lint::packages::Manager;
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Pedantic;

const CACHE: Cache = Cache {
    manager: Manager::Pip,
    paths: &["/root/.cache", "~/.cache", "$HOME/.cache", "${HOME}/.cache"],
    switches: &["--no-cache-dir", "PIP_NO_CACHE_DIR"],
    cleaner: &["cache", "purge"],
    hint: "Add `--no-cache-dir`, or mount a cache; `pipInstall(…)` does without one.",
};

pub(super) fn check(subject: &Subject, report: &mut Report) {
    CACHE.check(subject, report);
}
