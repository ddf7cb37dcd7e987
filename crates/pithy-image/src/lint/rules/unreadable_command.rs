//! # A command that no shell can read
//!
//! A quote, a parenthesis or a compound command without an end: the shell stops with a syntax error when the build comes to it, which may
//! be minutes later. Often the end is there, but a comment hides it, or a quote in a text ends what it should be part of.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN echo 'it's done' > /etc/motd
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN if [ ! -d /srv ]; then mkdir /srv fi
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN <<EOF
//! set -e
//! for name in a b; do
//!   mkdir "/srv/$name"
//! EOF
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim
//! SHELL ["/bin/bash", "-c"]
//! RUN mkdir "/srv/$(date +%Y" && touch /srv/a
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN ["sh", "-c", "echo \"a"]
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN if [ ! -e /etc/motd ]; then cat <<EOF > /etc/motd
//! done
//! EOF
//! ```
//!
//! ```json
//! [{ "base": { "image": "debian:12-slim" } }, { "runCommands": { "commands": ["(cd /srv && touch a # ) the end"] } }]
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN echo "it's done" > /etc/motd && echo it\'s '"' "$(echo ")")" # isn't it
//! RUN if [ ! -d /srv ]; then mkdir /srv; fi && case a in a) echo ';;' ;; esac
//! RUN cat <<EOF > /etc/motd
//! it's done $(
//! EOF
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim
//! SHELL ["/usr/bin/python3", "-c"]
//! RUN print("it's done")
//! ```
//!
//! ```dockerfile
//! # escape=`
//! FROM mcr.microsoft.com/windows/servercore:ltsc2022
//! RUN echo it's done
//! ```
//!
//! ## Source
//!
//! POSIX.1-2024, "Shell Command Language"; `ShellCheck` SC1009, SC1072 and SC1073.

use pithy_image_dockerfile::{Escape, Span};

use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Error;

/// Shells with the language that is read.
const SHELLS: [&str; 4] = ["ash", "bash", "dash", "sh"];

pub(super) fn check(subject: &Subject, report: &mut Report) {
    if subject.dockerfile.escape != Escape::Backslash {
        return; // Windows
    }
    for line in subject.lines.iter().filter(|line| line.is_own() && SHELLS.contains(&line.interpreter())) {
        let Some(unclosed) = line.unclosed() else { continue };
        let (open, close) = (unclosed.open, unclosed.close);
        let message = format!("No shell can read this: `{open}` is not closed.");
        let hint = match close {
            "fi" | "done" | "esac" | "}" if open != "${" => format!("End it with `{close}`, as a command of its own."),
            _ => format!("Close it with `{close}`, or quote what is meant as text."),
        };
        report.at(subject.place_of(line, Span { start: unclosed.at, end: unclosed.at + open.len() }), message, hint);
    }
}
