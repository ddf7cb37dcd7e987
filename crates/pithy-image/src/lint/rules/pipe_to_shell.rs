//! # A download that is run unseen
//!
//! Whoever controls the host, or the name of the host, chooses what runs as root while the image is built. A download that breaks off
//! half way runs half a script. And since Daytona caches the build by its text, nobody can tell later what was run. A script in base64
//! is hidden from those who review the definition, too.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM buildpack-deps:bookworm-curl
//! RUN curl -fsSL https://get.example.com | sh
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN echo ZWNobyBoaQo= | base64 -d | sh
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM buildpack-deps:bookworm-curl
//! RUN curl -fsSLo install.sh https://get.example.com/v1.2.3.sh \
//!  && echo "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08  install.sh" | sha256sum -c \
//!  && sh install.sh
//! ```
//!
//! ## Source
//!
//! `OpenSSF`, "Don't pipe to a shell"; hadolint DL4006 is about the exit status of the same pipe.

use pithy_image_dockerfile::ShellWord;

use crate::lint::subject::{Command, SHELLS, is_command_option};
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

/// What returns something that nobody reads in the definition.
const SOURCES: [&str; 3] = ["curl", "wget", "base64"];
const INTERPRETERS: [&str; 6] = ["python", "python3", "perl", "ruby", "node", "php"];

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for command in subject.commands() {
        if SOURCES.contains(&command.program())
            && let Some(shell) = command.piped_into().find(reads_program)
        {
            let url = url(&command);
            let what = url.map_or_else(|| format!("what `{}` returns", command.program()), |url| format!("`{url}`"));
            let message = format!("`{}` runs {what} unseen.", shell.program());
            let hint = if command.program() == "base64" { DECODED } else { hint(url.unwrap_or_default()) };
            report.command(&command, message, hint);
        } else if let Some(word) = substituted(&command) {
            let message = format!("`{}` runs what `{}` returns unseen.", command.program(), word.value);
            report.command(&command, message, HINT);
        }
    }
}

/// What to do about a download; where there is a better way than a checksum, that.
fn hint(url: &str) -> &'static str {
    const BETTER: [(&str, &str); 4] = [
        ("deb.nodesource.com", "Use an image of Node.js, or `nodejs(\"22\")`."),
        ("cli.github.com", "Use `githubCli()`, or the packages of a release with a checksum."),
        ("astral.sh/uv", "Copy it from an image: `COPY --from=ghcr.io/astral-sh/uv:<version> /uv /usr/local/bin/`."),
        ("bun.sh", "Copy it from an image: `COPY --from=oven/bun:<version> /usr/local/bin/bun /usr/local/bin/`."),
    ];
    BETTER.iter().find(|(host, _)| url.contains(host)).map_or(HINT, |(_, hint)| hint)
}

const HINT: &str = "Download a fixed version to a file, compare its checksum with `sha256sum -c`, and run that.";

const DECODED: &str = "Write the script as it is, in a file or with `runScript`.";

fn url<'s>(command: &Command<'s>) -> Option<&'s str> {
    command.arguments().iter().map(|word| word.value.as_str()).find(|value| value.contains("://"))
}

/// Whether a command runs what it reads: a shell without a script, or with `-s` or `-`.
fn reads_program(command: &Command) -> bool {
    let program = command.program();
    let mut arguments = command.arguments().iter().map(|word| word.value.as_str());
    let is_shell = SHELLS.contains(&program) && !command.arguments().iter().any(|word| is_command_option(&word.value));
    let reads = |words: &mut dyn Iterator<Item = &str>| {
        words.next().is_none_or(|word| word.starts_with('-') && !["-c", "-m", "-e"].contains(&word))
    };
    (is_shell && (command.arguments().iter().any(|word| word.value == "-s") || reads(&mut arguments)))
        || (INTERPRETERS.contains(&program) && reads(&mut arguments))
}

/// The download in `sh -c "$(curl …)"`, `bash <(curl …)`, `eval "$(curl …)"`.
fn substituted<'s>(command: &Command<'s>) -> Option<&'s ShellWord> {
    let runs = SHELLS.contains(&command.program()) || ["eval", "source", "."].contains(&command.program());
    let downloads = |word: &&ShellWord| {
        let inner = ["$(", "<(", "`"].iter().find_map(|open| word.value.strip_prefix(open));
        let program = inner.map(|inner| inner.trim_start().split(char::is_whitespace).next().unwrap_or_default());
        program.is_some_and(|program| SOURCES.contains(&program))
    };
    command.arguments().iter().find(|word| runs && downloads(word))
}
