//! # Files that everybody may change
//!
//! With a mode of 777 or 666, every process in the sandbox may replace the file: also one that was meant to have few rights, such as an
//! agent's tool that runs as another user.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN chmod -R 777 /app
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim
//! COPY --chmod=0666 settings.json /etc/app/
//! ```
//!
//! ```json
//! [{ "base": { "image": "debian:12-slim" } }, { "addFile": { "destination": "/srv/settings.json", "text": "{}", "mode": 438 } }]
//! ```
//!
//! ```json
//! [{ "base": { "image": "debian:12-slim" } }, { "makeDir": { "path": "/data", "mode": 511 } }]
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN chown -R app /app && chmod 1777 /scratch
//! ```
//!
//! ```json
//! [{ "base": { "image": "debian:12-slim" } }, { "makeDir": { "path": "/scratch", "mode": 1023 } }]
//! ```
//!
//! ## Source
//!
//! CWE-732.

use crate::lint::report::named;
use crate::lint::subject::Line;
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

const HINT: &str = "Give the files to the user who needs them, with `chown` or `COPY --chown`.";

pub(super) fn check(subject: &Subject, report: &mut Report) {
    let commands = subject.lines.iter().flat_map(Line::run); // those of a call, too: its mode is the user's
    for command in commands.filter(|command| command.program() == "chmod") {
        if let Some(mode) = command.operands().next().filter(|mode| is_open(&mode.value)) {
            let message = format!("`chmod {}` lets everybody change these files.", mode.value);
            report.command(&command, message, HINT);
        }
    }
    for (pointer, paths) in subject.sent_by_source(&|sent| sent.entry.is_file() && sent.mode() & 0o2 != 0) {
        report.step(pointer, format!("The mode lets everybody change {}.", named(&paths)), HINT);
    }
    for line in &subject.lines {
        let mode = line.flag("chmod").and_then(|flag| flag.value.as_deref());
        if let Some(mode) = mode.filter(|mode| is_open(mode)) {
            report.line(line, format!("`--chmod={mode}` lets everybody change these files."), HINT);
        }
    }
}

/// Whether a mode lets others write. With the sticky bit, as `/tmp` has it, they cannot replace what is not theirs.
fn is_open(mode: &str) -> bool {
    if !mode.is_empty() && mode.bytes().all(|digit| (b'0'..=b'7').contains(&digit)) {
        let bits = u32::from_str_radix(mode, 8).unwrap_or_default();
        return bits & 0o2 != 0 && bits & 0o1000 == 0;
    }
    mode.split(',').any(|clause| {
        let Some(at) = clause.find(['+', '=']) else { return false };
        let (who, what) = clause.split_at(at);
        who.contains(['o', 'a']) && what.contains('w') && !what.contains('t')
    })
}
