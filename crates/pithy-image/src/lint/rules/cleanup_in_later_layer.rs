//! # A cleanup that comes a layer too late
//!
//! A layer keeps what was in it when its instruction ended. A later `RUN` that removes caches or files hides them: the image stays as large
//! as it was, and whoever has it can still read them.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN apt-get update && apt-get install -y git
//! RUN apt-get clean && rm -rf /var/lib/apt/lists/*
//! ```
//!
//! ```dockerfile
//! FROM python:3.12
//! COPY sources /tmp/sources
//! RUN make -C /tmp/sources install
//! RUN rm -rf /tmp/sources
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN apt-get update && apt-get install -y git && apt-get clean && rm -rf /var/lib/apt/lists/*
//! RUN rm -rf /etc/update-motd.d
//! RUN apt-get purge -y git
//! COPY app.conf /tmp/
//! RUN rm -rf /tmp/other
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim AS build
//! COPY . /app
//! RUN rm -rf /app/test
//! FROM debian:12-slim
//! COPY --from=build /app /app
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN mkdir -p /usr/share/nginx
//! RUN rm -rf /usr/share/nginx/html/*
//! COPY site /usr/share/nginx/html
//! ```
//!
//! ## Source
//!
//! Docker, "Building best practices": apt-get; the OCI image specification, "Whiteouts".

use std::collections::BTreeSet;

use pithy_image_dockerfile::{Keyword, ShellWord};

use crate::lint::packages::{PIP, YUM, apt_subcommand};
use crate::lint::subject::{Command, Line};
use crate::lint::{Report, Severity, Subject};
use crate::path::base_name;

pub(super) const SEVERITY: Severity = Severity::Warning;

/// Directories that hold what commands leave behind.
const CACHES: [&str; 8] = [
    "/var/lib/apt",
    "/var/cache",
    "/root/.cache",
    "/root/.npm",
    "/root/.m2",
    "/root/.cargo/registry",
    "~/.cache",
    "~/.npm",
];

pub(super) fn check(subject: &Subject, report: &mut Report) {
    let mut lines = subject.of_image();
    lines.reverse();
    let mut copied = BTreeSet::new();
    let mut has_run = false;
    for line in lines {
        if has_run && cleans(line, &copied) {
            let message = "What this `RUN` removes stays in the layers before it: the image gets no smaller.";
            report.line(line, message, "Remove it in the `RUN` that makes it, or do not copy it.");
        }
        has_run |= line.keyword == Keyword::Run;
        copied.extend(copied_to(line));
    }
}

/// The absolute paths that a line copies to. A directory at the top, such as `/tmp`, may have more in it than what was copied.
fn copied_to(line: &Line) -> impl Iterator<Item = String> {
    let to = line.destination().map_or("", |word| word.value.as_str());
    let to = if to.starts_with('/') { to } else { "" };
    let is_own = to.trim_end_matches('/').matches('/').count() > 1;
    let inside =
        line.words.iter().filter(move |_| to.ends_with('/')).map(move |word| format!("{to}{}", base_name(&word.value)));
    inside.chain(is_own.then(|| to.trim_end_matches('/').to_owned()))
}

/// Whether a line does nothing else than removing what others left.
fn cleans(line: &Line, copied: &BTreeSet<String>) -> bool {
    let mut commands = line.commands().peekable();
    let has_any = line.keyword == Keyword::Run && commands.peek().is_some() && line.mounted().next().is_none();
    let mut removes_any = false;
    let is_clean = commands.all(|command| {
        let is_cleanup = is_cleanup(&command, copied);
        removes_any |= is_cleanup;
        is_cleanup || command.pipeline.depth == 0 && ["set", "true", ":", "echo"].contains(&command.program())
    });
    has_any && is_clean && removes_any
}

fn is_cleanup(command: &Command, copied: &BTreeSet<String>) -> bool {
    let first = command.operands().next().map_or("", |word| word.value.as_str());
    match command.program() {
        "rm" => removes_left(command, copied),
        "apk" | "npm" | "yarn" | "conda" => ["cache", "clean"].contains(&first),
        program if YUM.contains(&program) => command.operands().any(|word| word.value == "all"),
        program if PIP.contains(&program) => first == "cache",
        _ => matches!(apt_subcommand(command), Some("clean" | "autoclean" | "autoremove" | "distclean" | "dist-clean")),
    }
}

/// Whether all that `rm -r` removes is in a cache, or was copied.
fn removes_left(command: &Command, copied: &BTreeSet<String>) -> bool {
    let is_cached = |path: &str| CACHES.iter().any(|top| path.starts_with(top));
    let is_left = |word: &ShellWord| is_cached(&word.value) || is_below(&word.value, copied);
    let is_deep = command.has_option(Some('r'), "--recursive") || command.has_option(Some('R'), "--recursive");
    let mut paths = command.operands().peekable();
    is_deep && paths.peek().is_some() && paths.all(|word| !word.value.contains('$') && is_left(word))
}

/// Whether a path is one of these, or below one.
fn is_below(path: &str, tops: &BTreeSet<String>) -> bool {
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    ends.into_iter().any(|end| tops.contains(&path[..end]))
}
