//! # `apt-get install` without lists of packages
//!
//! The official images of Debian, of Ubuntu and of what is built on them have no lists of packages, and `aptInstall(…)` removes those that it
//! fetched. Without `apt-get update` before it, apt knows no package by name: `Unable to locate package`.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN apt-get install -y git
//! ```
//!
//! ```dockerfile
//! FROM ubuntu:24.04
//! RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*
//! RUN apt-get install -y git
//! ```
//!
//! ```json
//! [
//!   { "base": { "image": "python:3.12-slim" } },
//!   { "aptInstall": { "packages": ["git"] } },
//!   { "runCommands": { "commands": ["apt-get install -y ffmpeg"] } }
//! ]
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN apt-get update && apt-get install -y git
//! RUN apt-get install -y curl
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim
//! COPY tool.deb setup.sh /tmp/
//! RUN apt-get install -y /tmp/tool.deb
//! RUN /tmp/setup.sh && apt-get install -y curl
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim AS base
//! RUN apt-get update && apt-get install -y git
//! FROM base
//! RUN apt-get install -y curl
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN --mount=type=cache,target=/var/lib/apt,sharing=locked apt-get install -y curl
//! RUN apt-get install -qqUy git && rm -f /var/lib/apt/lists/lock
//! RUN apt-get install -y make
//! ```
//!
//! ```dockerfile
//! FROM example.com/base:1
//! RUN apt-get install -y git
//! ```
//!
//! ## Source
//!
//! apt-get(8), `update`; Docker, "Building best practices": apt-get.

use pithy_image_dockerfile::{Joint, Keyword, ShellWord};

use crate::lint::official::Official;
use crate::lint::packages::{APT_LISTS, Install, Manager, apt_subcommand, mounts, package_name};
use crate::lint::subject::{Command, Line};
use crate::lint::system::{Brought, brought_by};
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Error;

/// Packages that small images, and full ones, may have.
const SMALL: [&str; 6] = ["bzip2", "ca-certificates", "netbase", "perl", "procps", "tzdata"];
const FULL: [&str; 21] = [
    "autoconf",
    "automake",
    "curl",
    "default-libmysqlclient-dev",
    "dpkg-dev",
    "file",
    "g++",
    "gcc",
    "git",
    "gnupg",
    "imagemagick",
    "make",
    "mercurial",
    "openssh-client",
    "patch",
    "python3",
    "subversion",
    "unzip",
    "wget",
    "xz-utils",
    "zlib1g-dev",
];

pub(super) fn check(subject: &Subject, report: &mut Report) {
    subject.follow(begin, &mut |(image, has_lists), line| {
        let Some(image) = image else { return };
        *has_lists |= line.is_opaque() || mounts(line, &[APT_LISTS]) || copies_lists(line);
        for command in line.run() {
            let is_missed = !*has_lists && line.is_own() && is_refused(&command, *image);
            if is_missed {
                let message =
                    format!("`{}` has no lists of packages here, and no `apt-get update` has fetched any.", image.base);
                let hint = "Write `apt-get update && apt-get install -y …` in one `RUN`, or use `aptInstall(…)`.";
                report.command(&command, message, hint);
            }
            *has_lists = leaves_lists(&command, *has_lists) || is_missed;
        }
    });
}

/// The image, if it is known to have no lists, and whether a step may have brought some.
fn begin(base: &str) -> (Option<Official<'_>>, bool) {
    (Official::of(base).filter(|image| image.is_debian() && !image.is_oldest()), false)
}

/// Whether there may be lists after a command.
fn leaves_lists(command: &Command, had_lists: bool) -> bool {
    let is_certain = command.pipeline.depth == 0 && command.pipeline.before != Joint::Or;
    match apt_subcommand(command) {
        Some("update") => true,
        Some(_) if updates(command) => true,
        Some("distclean" | "dist-clean") => had_lists && !is_certain,
        Some(_) => had_lists,
        None if removes_all(command) => had_lists && !is_certain,
        None => had_lists || brought_by(command).iter().any(|brought| matches!(brought, Brought::Anything)),
    }
}

/// Whether a command removes all lists.
fn removes_all(command: &Command) -> bool {
    let is_all = |word: &ShellWord| [APT_LISTS, "/var/lib/apt"].contains(&word.value.trim_end_matches(['/', '*']));
    command.program() == "rm" && command.operands().any(is_all)
}

/// Whether a command fetches the lists itself before it installs something.
fn updates(command: &Command) -> bool {
    command.has_option(Some('U'), "--update")
}

/// Whether a command asks for a package that the image does not have.
fn is_refused(command: &Command, image: Official) -> bool {
    let install = Install::of_manager(command, Manager::Apt).filter(|_| command.pipeline.depth == 0);
    let Some(Install { packages, .. }) = install else { return false };
    let is_file = |word: &&ShellWord| word.has_expansion || word.value.starts_with(['/', '.']);
    let is_new = packages.iter().any(|word| is_new(package_name(&word.value), image));
    let is_forgiven = || command.pipeline.before == Joint::Or || command.is_forgiven();
    is_new && !updates(command) && !packages.iter().any(is_file) && !is_forgiven()
}

/// Whether an image certainly does not have a package.
fn is_new(package: &str, image: Official) -> bool {
    !package.starts_with("lib") && !SMALL.contains(&package) && (image.is_small() || !FULL.contains(&package))
}

/// Whether a line may copy lists from somewhere else.
fn copies_lists(line: &Line) -> bool {
    let to = line.destination().filter(|_| matches!(line.keyword, Keyword::Copy | Keyword::Add));
    to.is_some_and(|to| to.value == "/" || to.value.starts_with("/var") || to.value.contains('$'))
}
