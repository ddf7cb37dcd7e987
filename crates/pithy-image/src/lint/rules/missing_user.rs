//! # A user that nothing creates
//!
//! `USER` takes a name that `/etc/passwd` of the image must have. If neither the base image nor a command before it creates the user, the
//! next `RUN` fails with `unable to find user`, or the sandbox does not start.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM python:3.12-slim
//! USER app
//! ```
//!
//! ```dockerfile
//! FROM scratch
//! COPY server /server
//! USER nobody
//! ```
//!
//! ```json
//! [{ "base": { "image": "debian:12-slim" } }, { "user": { "user": "node" } }]
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM debian:12-slim AS base
//! RUN useradd -m app
//! FROM base
//! USER app
//! RUN whoami
//! USER www-data
//! ```
//!
//! ```dockerfile
//! FROM node:22-alpine
//! USER node:node
//! RUN whoami
//! USER 1000:1000
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim AS base
//! RUN useradd -m app
//! FROM scratch
//! COPY --from=base /etc/passwd /etc/passwd
//! USER app
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim
//! COPY setup.sh /
//! RUN sh /setup.sh
//! USER app
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim
//! ARG NAME=app
//! RUN useradd -m "$NAME"
//! USER app
//! ```
//!
//! ```dockerfile
//! FROM acme/base:1
//! USER app
//! ```
//!
//! ## Source
//!
//! Docker's reference of `USER`.

use pithy_image_dockerfile::Keyword;

use crate::lint::known::{Known, NODE, shown, variables_of};
use crate::lint::stages::parents;
use crate::lint::subject::{Command, Line, SHELLS};
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

/// Users of Debian, Ubuntu and Alpine.
const SYSTEM: &str = "_apt adm at backup bin cron cyrus daemon dnsmasq ftp games gnats guest halt http irc list lp mail man messagebus \
    news nobody ntp operator postmaster proxy root shutdown smmsp squid sshd sync sys systemd-network systemd-resolve systemd-timesync \
    ubuntu utmp uucp uuidd vpopmail www-data xfs";

pub(super) fn check(subject: &Subject, report: &mut Report) {
    let parents = parents(subject);
    // What each stage says before the line, as far as it may create users; none if anything may have created any.
    let mut texts: Vec<Option<String>> = vec![Some(String::new()); subject.stages.len()];
    let mut bases = vec![""; subject.stages.len()];
    for line in subject.lines.iter().filter(|line| line.stage < parents.len()) {
        match line.keyword {
            Keyword::From => {
                let own = line.words.first().map_or("", |word| &word.value);
                bases[line.stage] = parents[line.stage].map_or(own, |parent| bases[parent]);
                if let Some(parent) = parents[line.stage] {
                    texts[line.stage] = texts[parent].clone().filter(|text| text.len() <= MOST_TEXT);
                }
            }
            Keyword::User => {
                look_up(line, bases[line.stage], texts[line.stage].as_deref(), report);
            }
            _ => note(subject, line, &mut texts[line.stage]),
        }
    }
}

/// Bytes of what is handed on to other stages at most: a chain of stages would add it up.
const MOST_TEXT: usize = 16 * 1024;

/// Notes what may create users.
fn note(subject: &Subject, line: &Line, text: &mut Option<String>) {
    let is_open = match line.keyword {
        Keyword::Run => line.is_own() && (line.commands().next().is_none() || line.commands().any(|it| is_opaque(&it))),
        Keyword::Add | Keyword::Copy => line.destination().is_none_or(|word| may_hold_users(&word.value)),
        Keyword::Arg | Keyword::Env => false,
        _ => return,
    };
    if is_open {
        *text = None;
    } else if let Some(said) = text
        && !matches!(line.keyword, Keyword::Add | Keyword::Copy)
    {
        said.push_str(line.span.of(subject.dockerfile.text()));
        if said.len() > MOST_SAID {
            *text = None;
        }
    }
}

/// Bytes of a stage that users are looked for in, at most.
const MOST_SAID: usize = 256 * 1024;

/// Whether a copy may bring `/etc/passwd`.
fn may_hold_users(destination: &str) -> bool {
    let path = destination.trim_end_matches(['/', '.']);
    ["", "/etc", "/etc/passwd", "etc"].contains(&path) || path.contains('$')
}

/// Whether nobody can see what a command does.
fn is_opaque(command: &Command) -> bool {
    const RUNNERS: [&str; 12] = [
        ".",
        "ansible-playbook",
        "eval",
        "just",
        "make",
        "node",
        "perl",
        "python",
        "python3",
        "ruby",
        "source",
        "xargs",
    ];
    let is_path =
        |word: &str| word.contains('/') && !["/bin/", "/sbin/", "/usr/"].iter().any(|start| word.starts_with(start));
    let is_script = |word: &str| word.rsplit_once('.').is_some_and(|(_, end)| end == "sh");
    let word = command.first_word();
    word.is_some_and(|word| is_path(&word.value) || word.has_expansion || is_script(&word.value))
        || SHELLS.contains(&command.program())
        || RUNNERS.contains(&command.program())
}

fn look_up(line: &Line, base: &str, text: Option<&str>, report: &mut Report) {
    let Some(text) = text else { return };
    let word = line.words.first().map_or("", |word| word.value.trim_matches(['"', '\'']));
    let user = word.split(':').next().unwrap_or_default();
    let is_name =
        user.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && !user.contains(['$', '"', '\'', '\\']);
    if is_name && variables_of(base).is_some() && !is_known(base, user) && !text.contains(user) {
        let message = format!("`{}` has no user `{user}`, and no command before creates one.", shown(base));
        report.line(
            line,
            message,
            format!("Create it first, with `useradd -m {user}`, or on Alpine with `adduser -D {user}`."),
        );
    }
}

/// Whether a base image has a user.
fn is_known(base: &str, user: &str) -> bool {
    let is_system = SYSTEM.split(' ').any(|known| known == user);
    user == "root" || (base != "scratch" && (is_system || (user == NODE && Known::of(base).name == Some(NODE))))
}
