//! # A feature of bash in another shell
//!
//! The shell of `RUN` is `/bin/sh`: dash on Debian and Ubuntu, that of `BusyBox` on Alpine. They do not know everything that bash knows, and
//! fail with `not found` or a syntax error, or do something else than bash.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN source /etc/os-release && echo "$VERSION_ID" > /etc/base
//! ```
//!
//! ```dockerfile
//! FROM ubuntu:24.04
//! ARG TARGETARCH
//! RUN if [[ "$TARGETARCH" = arm64 ]]; then touch /arm; fi
//! RUN if [ "$TARGETARCH" == arm64 ]; then touch /arm; fi
//! RUN echo a &> /var/log/build
//! RUN files=(a b); touch "${files[@]}"
//! RUN set -o pipefail; cat /etc/passwd | sort > /tmp/users
//! ```
//!
//! ```dockerfile
//! FROM alpine:3.20
//! RUN pushd /tmp && touch a && popd
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN . /etc/os-release && echo "$VERSION_ID" > /etc/base && bash -c 'source /etc/os-release'
//! RUN <<EOF
//! #!/bin/bash
//! [[ -e /etc/passwd ]] && touch /tmp/a
//! EOF
//! SHELL ["/bin/bash", "-o", "pipefail", "-c"]
//! RUN [[ -e /etc/passwd ]] && cat /etc/passwd | sort > /tmp/users
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim AS base
//! SHELL ["/bin/bash", "-c"]
//! FROM base
//! RUN ["/bin/bash", "-c", "source /etc/os-release && pushd /tmp && popd"]
//! RUN [[ -e /etc/passwd ]] && touch /tmp/a
//! ```
//!
//! ```dockerfile
//! FROM alpine:3.20
//! RUN set -eo pipefail; [[ -e /etc/passwd ]] && source /etc/os-release && touch /tmp/a
//! ```
//!
//! ```dockerfile
//! FROM ubuntu:24.04
//! RUN ln -sf /bin/bash /bin/sh
//! RUN source /etc/os-release && touch /tmp/a
//! ```
//!
//! ```dockerfile
//! FROM fedora:40
//! RUN source /etc/os-release && touch /tmp/a
//! ```
//!
//! ## Source
//!
//! dash(1); the shell of `BusyBox`, whose configuration on Alpine has `ASH_BASH_COMPAT`; `ShellCheck` SC3000 to SC3062.

use pithy_image_dockerfile::{Quoting, ShellWord};

use crate::lint::official::Official;
use crate::lint::subject::Command;
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Error;

const HINT: &str =
    "Write it as POSIX has it, set `SHELL [\"/bin/bash\", \"-c\"]` before it, or run the commands with `bash -c`.";

pub(super) fn check(subject: &Subject, report: &mut Report) {
    subject.follow(Official::of, &mut |image, line| {
        for command in line.run() {
            let Some(known) = *image else { return };
            if relinks(&command) {
                *image = None;
            } else if line.is_own()
                && ["sh", "dash", "ash"].contains(&line.interpreter())
                && let Some((what, instead)) = bashism(&command, known)
            {
                let shell = if known.is_alpine() { "BusyBox" } else { "dash" };
                let message = format!("`{what}` is not known to `/bin/sh`, which is {shell} in `{}`.", known.base);
                report.command(&command, message, hint(instead));
            }
        }
    });
}

fn hint(instead: &str) -> String {
    if instead.is_empty() { HINT.to_owned() } else { format!("Use {instead}, or run the commands with bash.") }
}

/// Whether a command may make `/bin/sh` another shell.
fn relinks(command: &Command) -> bool {
    const CHANGES: [&str; 7] = ["ln", "mv", "cp", "dpkg-reconfigure", "dpkg-divert", "update-alternatives", "rm"];
    let is_shell = |word: &ShellWord| word.value.ends_with("bin/sh") || ["sh", "dash"].contains(&&*word.value);
    CHANGES.contains(&command.program()) && command.arguments().iter().any(is_shell)
}

/// What the shell does not know, and what to use instead; nothing if that depends.
type Found = (&'static str, &'static str);

fn bashism(command: &Command, image: Official) -> Option<Found> {
    called(command, image).or_else(|| written(command, image))
}

/// A builtin of bash.
fn called(command: &Command, image: Official) -> Option<Found> {
    let is_dash = image.is_debian();
    let name = command.words.first().map_or("", |word| word.value.as_str());
    let has =
        |operand: &str| command.arguments().iter().any(|word| word.value == operand && word.quoting == Quoting::None);
    let found = match name {
        "[[" if is_dash => return Some(("[[", "`[`")),
        "[" | "test" if is_dash && has("==") => return Some(("==", "`=`")),
        "source" if is_dash && command.words.len() > 1 => ("source", "`.`"),
        "pushd" => ("pushd", "`cd` in a subshell"),
        "popd" => ("popd", "`cd` in a subshell"),
        "shopt" => ("shopt", ""),
        "declare" => ("declare", ""),
        "set" if image.is_before_pipefail() && has("pipefail") => {
            ("pipefail", "`SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]`")
        }
        _ => return None,
    };
    (!command.is_forgiven()).then_some(found)
}

/// Syntax of bash.
fn written(command: &Command, image: Official) -> Option<Found> {
    let is_dash = image.is_debian();
    let is_array = |word: &ShellWord| word.quoting == Quoting::None && word.value.contains("=(");
    let is_substitution = |word: &&ShellWord| {
        word.quoting == Quoting::None && ["<(", ">("].iter().any(|open| word.value.starts_with(open))
    };
    let targets = || command.redirections.iter().filter_map(|to| to.target.as_ref());
    let has = |operator: &str| command.redirections.iter().any(|to| to.operator.starts_with(operator));
    if command.assignments.iter().any(is_array) {
        Some(("=(…)", ""))
    } else if has("<<<") {
        Some(("<<<", "a pipe"))
    } else if is_dash && has("&>") {
        Some(("&>", "`> file 2>&1`"))
    } else if is_dash && command.words.iter().chain(targets()).any(|word| is_substitution(&word)) {
        Some(("<(…)", "a file or a pipe"))
    } else if is_dash && command.words.is_empty() && command.text().starts_with("function ") {
        Some(("function", "`name() { …; }`"))
    } else {
        None
    }
}
