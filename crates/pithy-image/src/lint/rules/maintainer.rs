//! # The instruction `MAINTAINER`
//!
//! `MAINTAINER` has been deprecated since 2017. Tools that list who is responsible for an image read the label of the Open Containers
//! Initiative.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM debian:12-slim
//! MAINTAINER ada@example.com
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM debian:12-slim
//! LABEL org.opencontainers.image.authors="ada@example.com"
//! ```
//!
//! ## Source
//!
//! Docker's build check `MaintainerDeprecated`; hadolint DL4000.

use pithy_image_dockerfile::Keyword;

use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Pedantic;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for line in subject.of_kind(Keyword::Maintainer) {
        let hint = "Write `LABEL org.opencontainers.image.authors=\"…\"`, or call `label(…)`.";
        report.line(line, "`MAINTAINER` is deprecated.", hint);
    }
}
