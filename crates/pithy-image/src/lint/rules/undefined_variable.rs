//! # A variable that nothing sets
//!
//! Docker replaces a variable that is not set with nothing: `/opt/$NAME` becomes `/opt/`, and the build goes on. An `ARG` before the first
//! `FROM` counts in `FROM` only, and `TARGETARCH` and its like only after an `ARG` of that name; `HOME` is not set while an image is built.
//!
//! ## Bad
//!
//! ```dockerfile
//! ARG VERSION=1.2
//! FROM acme/base:$VERSION
//! COPY tool-$VERSION /opt/tool
//! ```
//!
//! ```dockerfile
//! FROM acme/base:1
//! COPY bin/tool-$TARGETARCH /usr/local/bin/tool
//! ```
//!
//! ```dockerfile
//! FROM acme/base:1
//! ENV PATH=/opt/bin:$PAHT
//! ```
//!
//! ```dockerfile
//! FROM python:3.12-slim
//! ENV PATH=$HOME/.local/bin:$PATH
//! ```
//!
//! ```dockerfile
//! FROM debian:${SUITE}-slim
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim AS base
//! ENV APP_HOME=/srv/app
//! FROM base
//! WORKDIR $APP_HOEM
//! ```
//!
//! ## Good
//!
//! A base image may set variables of its own. One that is not known by name is trusted, unless the variable looks like a slip.
//!
//! ```dockerfile
//! ARG VERSION=1.2 REGISTRY=docker.io
//! ARG IMAGE=$REGISTRY/acme/base
//! FROM --platform=$BUILDPLATFORM $IMAGE:$VERSION AS base
//! ARG VERSION TARGETARCH
//! ENV APP_HOME=/srv/app LD_LIBRARY_PATH=/opt/lib:$LD_LIBRARY_PATH
//! COPY bin/tool-$VERSION-$TARGETARCH $TOOLS/bin/
//! FROM base
//! WORKDIR $APP_HOME/${DIRECTORY:-data}
//! FROM python:3.12-slim
//! ENV LABEL="$PYTHON_VERSION" PRICE='$NONE' DOLLAR=\$NONE
//! COPY --from=base /srv /srv
//! RUN echo $UNDEFINED
//! ```
//!
//! ## Source
//!
//! Docker's build checks `UndefinedVar` and `UndefinedArgInFrom`.

use std::iter;

use crate::lint::known::{may_be_of_base, variables_of};
use crate::lint::near::near;
use crate::lint::subject::Line;
use crate::lint::variables::{Scopes, Use, uses};
use crate::lint::{Report, Severity, Subject};
use crate::ordered;

pub(super) const SEVERITY: Severity = Severity::Warning;

/// What BuildKit sets where an `ARG` asks for it.
const PLATFORM: [&str; 8] = [
    "BUILDARCH",
    "BUILDOS",
    "BUILDPLATFORM",
    "BUILDVARIANT",
    "TARGETARCH",
    "TARGETOS",
    "TARGETPLATFORM",
    "TARGETVARIANT",
];

/// What is set without an `ARG`.
const ALWAYS: [&str; 11] = [
    "PATH",
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "FTP_PROXY",
    "ftp_proxy",
    "NO_PROXY",
    "no_proxy",
    "ALL_PROXY",
    "all_proxy",
];

/// Names that one is compared with.
const MOST_NAMES: usize = 100;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    let mut scopes = Scopes::new(subject);
    for line in &subject.lines {
        // It adds to what there may be, or `same_instruction_variable` speaks.
        let own = ordered::set(line.pairs.iter().map(|pair| pair.name.value.as_str()));
        for used in uses(line, subject.dockerfile.escape) {
            let name = used.name.as_str();
            if !used.has_default && !ALWAYS.contains(&name) && !own.contains(name) {
                look_up(&scopes, line, &used, report);
            }
        }
        scopes.pass(line);
    }
}

fn look_up(scopes: &Scopes, line: &Line, used: &Use, report: &mut Report) {
    let name = used.name.as_str();
    let is_platform = PLATFORM.contains(&name);
    let found = if scopes.is_global(line) {
        let is_set = is_platform || scopes.globals.contains(name);
        (!is_set).then(|| {
            ("no `ARG` before the first `FROM` sets it".to_owned(), hint(name, scopes.globals.iter().copied()))
        })
    } else if scopes.has(line.stage, name) {
        None
    } else {
        undefined(scopes, line, name)
    };
    if let Some((why, hint)) = found {
        report.at(used.at, format!("`${name}` is replaced with nothing: {why}."), hint);
    }
}

/// Why a variable is not set in a stage, and what to do; none if the base image may set it.
fn undefined(scopes: &Scopes, line: &Line, name: &str) -> Option<(String, String)> {
    let again = || format!("Write `ARG {name}` before it, in this stage.");
    if PLATFORM.contains(&name) {
        return Some(("it needs an `ARG` in this stage".to_owned(), again()));
    }
    let base = scopes.base(line.stage).unwrap_or_default();
    let own = variables_of(base);
    let may_be_set = own.map_or_else(|| may_be_of_base(name), |own| own.iter().any(|start| name.starts_with(start)));
    if may_be_set {
        return None;
    }
    if scopes.globals.contains(name) {
        return Some(("an `ARG` before the first `FROM` does not count in a stage".to_owned(), again()));
    }
    let names = || scopes.names(line.stage).chain(iter::once("PATH"));
    let is_known = own.is_some();
    let is_slip = near(name, names().take(MOST_NAMES)).is_some();
    let why = if is_known {
        format!("neither this stage nor `{base}` sets it")
    } else {
        "this stage does not set it".to_owned()
    };
    (is_known || is_slip).then(|| (why, hint(name, names())))
}

fn hint<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> String {
    match near(name, known.take(MOST_NAMES)) {
        Some(known) => format!("Did you mean `${known}`?"),
        None if name == "HOME" => "Write the path of the home directory, such as `/root`.".to_owned(),
        None => "Set it before with `ARG` or `ENV`; in quotes and for a shell, write `\\$`.".to_owned(),
    }
}
