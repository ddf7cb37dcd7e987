//! # A package manager that asks before it installs
//!
//! yum, dnf, zypper and pacman ask before they change something, and a build has nobody to answer: they end without it, and the build
//! fails.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM fedora:40
//! RUN dnf install git
//! ```
//!
//! ```dockerfile
//! FROM rockylinux:9
//! RUN yum -q update && yum -y clean all
//! ```
//!
//! ```dockerfile
//! FROM archlinux:base-20240101.0.204074
//! RUN pacman -Syu git
//! ```
//!
//! ```dockerfile
//! FROM opensuse/leap:15.6
//! RUN zypper install git
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM fedora:40
//! RUN dnf -y install git && dnf install -qy jq && dnf clean all && yes | dnf install make
//! ```
//!
//! ```dockerfile
//! FROM centos:7
//! COPY yum.conf /etc/
//! RUN yum install git
//! ```
//!
//! ```dockerfile
//! FROM archlinux:base-20240101.0.204074
//! RUN pacman -Sy && pacman -S --noconfirm git && pacman -Qi git
//! ```
//!
//! ```dockerfile
//! FROM opensuse/leap:15.6
//! RUN zypper --non-interactive install git && zypper install -y jq && zypper search make
//! ```
//!
//! ## Source
//!
//! hadolint DL3030, DL3034 and DL3038; pacman(8), `--noconfirm`; zypper(8), `--non-interactive`.

use crate::lint::subject::{Command, Line};
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Error;

/// Images that ask, the hosts that they are on, and the owners that they have there.
const BASES: [&str; 10] = [
    "almalinux",
    "amazonlinux",
    "archlinux",
    "centos",
    "fedora",
    "leap",
    "oraclelinux",
    "rockylinux",
    "tumbleweed",
    "ubi",
];
const HOSTS: [&str; 5] =
    ["quay.io/", "registry.access.redhat.com/", "registry.fedoraproject.org/", "docker.io/", "registry.opensuse.org/"];
const OWNERS: [&str; 9] =
    ["library", "opensuse", "centos", "fedora", "almalinux", "rockylinux", "ubi7", "ubi8", "ubi9"];

/// Subcommands that ask.
const YUM: [&str; 16] = [
    "autoremove",
    "builddep",
    "dist-sync",
    "distro-sync",
    "downgrade",
    "erase",
    "groupinstall",
    "install",
    "localinstall",
    "reinstall",
    "remove",
    "swap",
    "system-upgrade",
    "update",
    "upgrade",
    "upgrade-minimal",
];
const ZYPPER: [&str; 10] =
    ["dist-upgrade", "dup", "in", "install", "patch", "remove", "rm", "up", "update", "install-new-recommends"];

pub(super) fn check(subject: &Subject, report: &mut Report) {
    subject.follow(asks, &mut |asks, line| {
        *asks &= !is_configured(line);
        for command in line.commands().filter(|_| *asks) {
            let Some(option) = missing(&command).filter(|_| !is_answered(&command)) else { continue };
            let message = format!("`{}` asks before it goes on, and nobody answers.", command.program());
            report.command(&command, message, format!("Add `{option}`."));
        }
    });
}

/// Whether the package manager of an image asks: others may have a configuration of their own.
fn asks(base: &str) -> bool {
    let path = HOSTS.iter().find_map(|host| base.strip_prefix(host)).unwrap_or(base);
    let path = path.split([':', '@']).next().unwrap_or(path);
    match path.split_once('/') {
        None => BASES.contains(&path),
        Some((owner, name)) => OWNERS.contains(&owner) && (BASES.contains(&name) || name.starts_with("ubi")),
    }
}

/// Whether a line may change the configuration.
fn is_configured(line: &Line) -> bool {
    let copies = line.destination().is_some_and(|to| to.value == "/" || to.value.starts_with("/etc"));
    copies || line.rest.value.contains("assumeyes") || line.run().any(|command| command.text().contains("/etc/"))
}

fn is_answered(command: &Command) -> bool {
    let is_told = command.arguments().iter().any(|word| word.has_expansion || tells(command.program(), &word.value));
    let is_fed = command.redirections.iter().any(|from| from.operator.contains('<'));
    is_told || is_fed || command.pipeline.commands.len() > 1 || command.is_forgiven()
}

/// The option that a command which asks needs.
fn missing(command: &Command) -> Option<&'static str> {
    match command.program() {
        "yum" | "dnf" if command.is(&["yum", "dnf"], &YUM) => Some("-y"),
        "zypper" if command.is(&["zypper"], &ZYPPER) => Some("--non-interactive"),
        "pacman" => command.arguments().iter().any(|word| changes(&word.value, command)).then_some("--noconfirm"),
        _ => None,
    }
}

/// Whether an option of pacman makes it change something: `-S`, `-R` and `-U`, except for those that search, list or refresh.
fn changes(option: &str, command: &Command) -> bool {
    let Some(letters) = option.strip_prefix('-').filter(|letters| !letters.starts_with('-')) else { return false };
    let Some(rest) = letters.strip_prefix('S') else { return letters.starts_with(['R', 'U']) };
    !rest.contains(['s', 'i', 'l', 'g', 'p', 'c', 'h']) && (rest.contains('u') || command.operands().next().is_some())
}

/// Whether a word answers every question.
fn tells(program: &str, word: &str) -> bool {
    const YES: [&str; 7] = [
        "--assumeyes",
        "--assumeno",
        "--downloadonly",
        "--no-confirm",
        "--non-interactive",
        "--noconfirm",
        "--dry-run",
    ];
    let letters = word.strip_prefix('-').filter(|letters| !letters.starts_with('-') && program != "pacman");
    letters.is_some_and(|letters| letters.contains('y') || letters == "n")
        || YES.contains(&word)
        || word.contains("assumeyes")
}
