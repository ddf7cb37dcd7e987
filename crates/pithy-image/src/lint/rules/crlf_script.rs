//! # A script whose first line ends with CRLF
//!
//! Linux takes the carriage return for a part of the interpreter's name, and says that a file which is there does not exist. Git on
//! Windows checks files out with CRLF unless `.gitattributes` says otherwise.
//!
//! ## Bad
//!
//! ```json
//! [{ "base": { "image": "debian:12-slim" } }, { "addFile": { "destination": "/run.sh", "text": "#!/bin/sh\r\necho hello\r\n" } }]
//! ```
//!
//! ## Good
//!
//! ```json
//! [{ "base": { "image": "debian:12-slim" } }, { "addFile": { "destination": "/run.sh", "text": "#!/bin/sh\necho hello\n" } }]
//! ```
//!
//! ## Source
//!
//! execve(2), "Interpreter scripts"; gitattributes(5), `eol`.

use std::slice;

use crate::context::Placement;
use crate::files::script;
use crate::files::seen::Seen;
use crate::lint::report::named;
use crate::lint::{Report, Severity, Subject};
use crate::steps::Step;

pub(super) const SEVERITY: Severity = Severity::Error;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    subject.steps(&mut |path, step, _| {
        let Step::AddFile(file) = step else { return };
        if file.content().is_some_and(|bytes| script::is_crlf_script(&bytes)) {
            report.step(path, message(slice::from_ref(&file.destination)), HINT);
        }
    });
    for Placement { local, seen, .. } in subject.placements() {
        let scripts = seen.iter().filter(|(_, seen)| seen.has(Seen::CRLF_SCRIPT)).map(|(path, _)| path.clone());
        let scripts: Vec<_> = scripts.collect();
        if let Some(local) = local.as_ref().filter(|_| !scripts.is_empty()) {
            report.step(&local.pointer, message(&scripts), HINT);
        }
    }
}

const HINT: &str =
    "Save it with LF. In a repository, `* text=auto eol=lf` in `.gitattributes` checks files out with LF.";

fn message(paths: &[String]) -> String {
    let verb = if paths.len() == 1 { "has" } else { "have" };
    format!("{} {verb} a `#!` line that ends with CRLF, which Linux takes for part of it.", named(paths))
}
