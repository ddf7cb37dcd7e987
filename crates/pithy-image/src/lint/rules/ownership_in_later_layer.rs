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
//! WORKDIR /app
//! COPY package.json package-lock.json ./
//! RUN npm ci
//! COPY . .
//! RUN chown -R node:node /app
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

use std::collections::{BTreeMap, BTreeSet};

use pithy_image_dockerfile::Keyword;

use crate::lint::subject::{Command, Line};
use crate::lint::{Report, Severity, Subject};
use crate::path::join;

pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    let mut lines = subject.of_image();
    lines.reverse();
    let mut state = State::default();
    for line in lines {
        match line.keyword {
            // Other images than the official ones may have files there already.
            Keyword::From if subject.parent(line.stage).is_none() && line.rest.value.contains(['/', '$']) => return,
            Keyword::From => state.copies.clear(),
            Keyword::Workdir => {
                state.workdir = line.words.first().map(|word| join(&state.workdir, &word.value)).unwrap_or_default();
            }
            Keyword::Copy | Keyword::Add => {
                let flags = FLAGS.iter().map(|(flag, bit)| if line.flag(flag).is_some() { *bit } else { 0 }).sum();
                state.copies.extend(line.destination().map(|to| (join(&state.workdir, &to.value), flags)));
            }
            // It may have written files that no `COPY` can give an owner.
            Keyword::Run if line.is_opaque() => return,
            Keyword::Run => match state.changed(line) {
                Some(command) => report_change(&command, report),
                None => state.learn(line),
            },
            _ => {}
        }
    }
}

/// The flags that do what a later command does, each with a bit.
const FLAGS: [(&str, usize); 2] = [("chown", 1), ("chmod", 2)];

/// What is known before an instruction.
#[derive(Default)]
struct State {
    workdir: String,
    /// The [`FLAGS`] of the last instructions that copied, by the directory or the file that they copied to.
    copies: BTreeMap<String, usize>,
    /// Paths where commands may have written.
    written: BTreeSet<String>,
}

impl State {
    /// Notes where commands may write: to their directory, and to every path that they name.
    fn learn(&mut self, line: &Line) {
        const OTHERS: [&str; 7] = ["adduser", "addgroup", "apk", "apt-get", "groupadd", "useradd", "usermod"];
        for command in line.run().filter(|command| !OTHERS.contains(&command.program())) {
            let targets = command.redirections().iter().filter_map(|to| to.target.as_ref());
            let words = command.arguments().iter().chain(targets).map(|word| word.value.as_str());
            let parts = words.flat_map(|word| word.split([' ', '\t', '\n', '=', ':', ';', '"', '\'']));
            let paths = parts.chain([self.workdir.as_str()]).map(|part| part.trim_end_matches(['/', '*', '.']));
            self.written.extend(paths.filter(|path| path.starts_with('/')).map(str::to_owned));
        }
    }

    /// The first command of a line that only changes owners or modes of what was copied.
    fn changed<'s>(&self, line: &'s Line) -> Option<Command<'s>> {
        let first = line.commands().next()?;
        line.commands().all(|command| self.changes(&command)).then_some(first)
    }

    fn changes(&self, command: &Command) -> bool {
        let program = command.program();
        let is_change = ["chown", "chmod"].contains(&program) && command.has_option(Some('R'), "--recursive");
        let mut operands = command.operands();
        let can_copy = operands.next().is_some_and(|word| can_copy(&word.value));
        let mut paths = operands.map(|word| word.value.trim_end_matches('/')).peekable();
        is_change && can_copy && paths.peek().is_some() && paths.all(|path| self.is_copied(path, program))
    }

    /// Whether all that a path holds was copied, without this flag.
    fn is_copied(&self, path: &str, flag: &str) -> bool {
        let bits = FLAGS.iter().filter(|(name, _)| *name == flag).map(|(_, bit)| bit).sum::<usize>();
        let copy = self.copies.get(path).filter(|flags| *flags & bits == 0);
        copy.is_some() && is_own(path) && !self.may_be_written(path)
    }

    /// Whether a command may have written above, at, or below a path.
    fn may_be_written(&self, path: &str) -> bool {
        let below = self.written.range(path.to_owned()..).next();
        let mut ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        below.is_some_and(|below| below.starts_with(path)) || ends.any(|end| self.written.contains(&path[..end]))
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
