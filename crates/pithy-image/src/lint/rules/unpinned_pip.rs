//! # A Python package without a version
//!
//! pip installs the newest version: the same definition becomes another image, and a release that breaks something breaks the next build.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM python:3.12-slim
//! RUN pip install --no-cache-dir requests "flask>=3"
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM python:3.12-slim
//! COPY . .
//! RUN pip install --no-cache-dir requests==2.32.3 "flask~=3.0.3" && pip install -r requirements.txt && pip install . -c constraints.txt
//! RUN pip install --upgrade pip setuptools wheel && pip install ./tool.whl https://example.com/tool-1.0.tar.gz
//! ```
//!
//! ## Source
//!
//! hadolint DL3013; pip's documentation, "Repeatable Installs".

use crate::lint::packages::{Manager, report_unpinned};
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Pedantic;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    report_unpinned(
        subject,
        report,
        Manager::Pip,
        is_pinned,
        "Name a version, such as `requests==2.32.3`, or use a lock file.",
    );
}

/// Whether a requirement names a version, a file or a directory, or is a tool that installs others.
fn is_pinned(word: &str) -> bool {
    const FILES: [&str; 4] = [".whl", ".tar.gz", ".zip", ".txt"];
    let has_version = ["==", "~=", "@", "/", "$"].iter().any(|mark| word.contains(mark));
    has_version
        || word.starts_with('.')
        || ["pip", "setuptools", "wheel"].contains(&word)
        || FILES.iter().any(|end| word.ends_with(end))
}
