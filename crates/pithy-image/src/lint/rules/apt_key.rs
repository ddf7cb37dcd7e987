//! # A key added with `apt-key`
//!
//! `apt-key` is deprecated, and Debian 13 and Ubuntu 25.04 no longer have it. What it adds is trusted for every repository: whoever has the key
//! of one can replace packages of all others.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM debian:12
//! RUN apt-key adv --keyserver keyserver.ubuntu.com --recv-keys 0123456789ABCDEF
//! ```
//!
//! ```dockerfile
//! FROM buildpack-deps:bookworm-curl
//! RUN curl -fsSL https://example.com/key.asc | apt-key add -
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM buildpack-deps:bookworm-curl
//! RUN curl -fsSLo /etc/apt/keyrings/example.asc https://example.com/key.asc \
//!  && echo "deb [signed-by=/etc/apt/keyrings/example.asc] https://example.com/debian bookworm main" > /etc/apt/sources.list.d/example.list
//! ```
//!
//! ## Source
//!
//! apt-key(8), "Deprecation".

use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for command in subject.commands().filter(|command| command.is(&["apt-key"], &["add", "adv"])) {
        let message = "`apt-key` trusts this key for every repository, and newer releases do not have it.";
        let hint = "Save the key in `/etc/apt/keyrings`, and name it in the source with `signed-by=`; or use `aptRepository(…)`.";
        report.command(&command, message, hint);
    }
}
