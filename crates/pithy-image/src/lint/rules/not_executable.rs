//! # A script without its executable bit
//!
//! The entrypoint, or a command, starts a file that is sent without its executable bit: `permission denied`. Git keeps the bit, many
//! editors and archives do not, and Windows has none.
//!
//! ## Bad
//!
//! ```json
//! {
//!   "steps": [
//!     { "base": { "image": "debian:12-slim" } },
//!     { "addLocalFile": { "source": "run.sh", "destination": "/run.sh" } },
//!     { "entrypoint": { "command": ["/run.sh"] } }
//!   ],
//!   "files": { "run.sh": "#!/bin/sh\n" }
//! }
//! ```
//!
//! ## Good
//!
//! ```json
//! {
//!   "steps": [
//!     { "base": { "image": "debian:12-slim" } },
//!     { "addLocalFile": { "source": "run.sh", "destination": "/run.sh", "mode": 493 } },
//!     { "addLocalFile": { "source": "other.sh", "destination": "/other.sh" } },
//!     { "runCommands": { "commands": ["chmod +x /other.sh && /other.sh"] } },
//!     { "entrypoint": { "command": ["/run.sh"] } }
//!   ],
//!   "files": { "run.sh": "#!/bin/sh\n", "other.sh": "#!/bin/sh\n" }
//! }
//! ```
//!
//! ## Source
//!
//! execve(2), `EACCES`.

use std::collections::BTreeMap;

use pithy_image_dockerfile::{Form, Keyword};

use crate::identity::EntryKind;
use crate::lint::{Report, Severity, Subject};
use crate::ordered;

pub(super) const SEVERITY: Severity = Severity::Error;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    let started = started(subject);
    if started.is_empty() {
        return;
    }
    for sent in subject.sent() {
        let EntryKind::File { executable: false, .. } = sent.entry.kind else { continue };
        let destination = sent.destination();
        if sent.mode() & 0o111 != 0 {
            continue;
        }
        if let Some(byte) = started.get(destination.as_str()) {
            let message = format!("`{destination}` is started here, and `{}` is not executable.", sent.path());
            report.at(
                *byte,
                message,
                "Make it executable (`chmod +x`, `git update-index --chmod=+x`), or give the call `mode: 0o755`.",
            );
        }
    }
}

/// The absolute paths that are started, and where; none if a command changes modes.
fn started<'s>(subject: &'s Subject) -> BTreeMap<&'s str, usize> {
    if subject.commands().any(|command| ["chmod", "install"].contains(&command.program())) {
        return BTreeMap::new();
    }
    let is_start = |keyword| matches!(keyword, Keyword::Entrypoint | Keyword::Cmd);
    let lines = subject.lines.iter().filter(|line| is_start(line.keyword) && line.form == Form::Json);
    let programs = lines.filter_map(|line| line.words.first()).map(|word| (word.value.as_str(), word.span.start));
    let commands = subject.commands().filter_map(|command| {
        let word = command.first_word()?;
        Some((word.value.as_str(), subject.place_of(command.line, word.span)))
    });
    ordered::map(programs.chain(commands).filter(|(path, _)| path.starts_with('/')))
}
