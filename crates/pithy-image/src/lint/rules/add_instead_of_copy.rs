//! # `ADD` where `COPY` does
//!
//! `ADD` also unpacks archives and downloads. For files and directories of the build context it does what `COPY` does, and its reader has
//! to find out that it does nothing else.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM debian:12-slim
//! ADD settings.json /etc/app/
//! ```
//!
//! ```dockerfile
//! FROM eclipse-temurin:21
//! ADD build/libs/*.jar /app.jar
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM debian:12-slim
//! COPY settings.json /etc/app/
//! ADD root.tar.xz /
//! ADD releases/* /releases/
//! ADD https://example.com/data.json /data.json
//! ADD git@github.com:acme/tool.git#v1 /tool
//! ADD --unpack=true bundle /bundle/
//! ADD ${FILE:-root.tar} /
//! ```
//!
//! ## Source
//!
//! hadolint DL3020; Docker, "Building best practices": ADD or COPY.

use pithy_image_dockerfile::{CopySource, Keyword};

use crate::lint::subject::Line;
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Pedantic;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for line in subject.of_kind(Keyword::Add).filter(|line| line.is_text() && does_as_copy(line)) {
        let message = "`ADD` neither unpacks nor downloads anything here.";
        report.line(line, message, "Use `COPY`; in a definition, `addLocalFile(…)` or `addLocalDir(…)`.");
    }
}

fn does_as_copy(line: &Line) -> bool {
    let is_plain = |source| match source {
        CopySource::Path(word) => !may_be_special(&word.value),
        CopySource::Inline(..) => true,
    };
    ["unpack", "checksum", "keep-git-dir"].iter().all(|flag| line.flag(flag).is_none()) && line.sources().all(is_plain)
}

/// Whether a source may be an archive, a URL or a Git repository.
fn may_be_special(source: &str) -> bool {
    const ARCHIVES: [&str; 11] =
        [".tar", ".tgz", ".gz", ".tbz", ".tbz2", ".bz2", ".txz", ".xz", ".tzst", ".zst", ".lzma"];
    let is_archive = ARCHIVES.iter().any(|end| source.ends_with(end));
    is_archive
        || source.ends_with(['*', '?', ']'])
        || source.contains(['$', '#'])
        || source.contains("://")
        || source.starts_with("git@")
}
