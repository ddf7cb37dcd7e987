//! # Owners or modes changed in a layer of their own
//!
//! To change the owner or the mode of a file, a layer has to hold all of it again: `chown -R` after `COPY` stores, and downloads, everything
//! twice. `COPY` can give files an owner and a mode itself.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM node:22-slim
//! COPY . /app
//! RUN chown -R node:node /app
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim
//! WORKDIR /app
//! COPY . .
//! RUN useradd app
//! RUN chmod -R 755 /app
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM node:22-slim
//! COPY --chown=node:node . /app
//! COPY --chmod=755 scripts /scripts
//! RUN chown node:node /app
//! ```
//!
//! ```dockerfile
//! FROM node:22-slim
//! COPY . /app
//! COPY tools /usr/local/bin
//! RUN chmod -R u+rwX /app && chown -R node:node /usr/local/bin
//! RUN /app/install.sh
//! RUN chown -R node:node /app
//! ```
//!
//! ## Source
//!
//! Docker's reference of `COPY`, `--chown` and `--chmod`.

use pithy_image_dockerfile::Keyword;

use crate::lint::subject::{Command, Line};
use crate::lint::{Report, Severity, Subject};
use crate::path::join;

pub(super) const SEVERITY: Severity = Severity::Warning;

/// An instruction that copies, and the directory or the file that it copies to.
struct Copied<'s> {
    line: &'s Line<'s>,
    to: String,
}

/// Commands that write to no directory of an application.
const OTHERS: [&str; 9] = ["adduser", "addgroup", "apk", "apt-get", "groupadd", "set", "useradd", "usermod", "rm"];

pub(super) fn check(subject: &Subject, report: &mut Report) {
    let mut copies: Vec<Copied> = Vec::new();
    let mut workdir = "/".to_owned();
    let mut lines = subject.of_image();
    lines.reverse();
    for line in lines {
        match line.keyword {
            Keyword::From => copies.clear(),
            Keyword::Workdir => {
                workdir = line.words.first().map(|word| join(&workdir, &word.value)).unwrap_or_default();
            }
            Keyword::Copy | Keyword::Add => {
                let to = line.destination().map(|to| join(&workdir, &to.value)).unwrap_or_default();
                copies.push(Copied { line, to: to.trim_end_matches(['/', '.']).to_owned() });
            }
            Keyword::Run => match changed(line, &copies) {
                Some(command) => report_change(&command, report),
                None if line.run().all(|command| OTHERS.contains(&command.program())) && !line.is_opaque() => {}
                None => copies.clear(),
            },
            _ => {}
        }
    }
}

fn report_change(command: &Command, report: &mut Report) {
    let flag = command.program();
    let message = format!("`{flag} -R` stores in a second layer all that was copied.");
    let hint = format!(
        "Use `COPY --{flag}=…`, or the option of the call. A directory that was there before needs a `{flag}` without `-R`."
    );
    report.command(command, message, hint);
}

/// The first command of a line that only changes owners or modes of what was copied.
fn changed<'s>(line: &'s Line, copies: &[Copied]) -> Option<Command<'s>> {
    let mut commands = line.commands();
    let first = line.commands().next()?;
    commands.all(|command| changes(&command, copies)).then_some(first)
}

fn changes(command: &Command, copies: &[Copied]) -> bool {
    let program = command.program();
    let is_deep = command.has_option(Some('R'), "--recursive")
        && command.operands().next().is_some_and(|word| can_copy(&word.value));
    let mut paths = command.operands().skip(1).peekable();
    let is_copied = |path: &str| {
        let path = path.trim_end_matches('/');
        copies.iter().any(|copy| copy.line.flag(program).is_none() && copy.to == path && is_own(path))
    };
    ["chown", "chmod"].contains(&program)
        && is_deep
        && paths.peek().is_some()
        && paths.all(|word| is_copied(&word.value))
}

/// Whether an owner, or a mode, can be given to `COPY`: a mode that depends on the one before cannot.
fn can_copy(value: &str) -> bool {
    ["+x", "a+x", "u+x"].contains(&value) || !value.contains(['+', '-', '=', ',', '$'])
}

/// Whether a directory is one that holds what was copied, and nothing else.
fn is_own(path: &str) -> bool {
    const SHARED: [&str; 8] = ["/bin", "/etc", "/home", "/lib", "/opt", "/tmp", "/usr", "/var"];
    let is_system = ["/bin/", "/etc/", "/lib/", "/usr/", "/var/"].iter().any(|top| path.starts_with(top));
    let is_home = path.strip_prefix("/home/").is_some_and(|rest| !rest.contains('/'));
    path.len() > 1 && path.starts_with('/') && !path.contains('$') && !SHARED.contains(&path) && !is_system && !is_home
}
