//! # Files that are already there
//!
//! All that this step copies, an earlier step of the same stage has copied to the same place. It makes another layer with the same bytes,
//! and whoever changes one of the two steps has to find the other.
//!
//! ## Bad
//!
//! ```json
//! {
//!   "steps": [
//!     { "base": { "image": "node:22-slim" } },
//!     { "addLocalDir": { "source": ".", "destination": "/app" } },
//!     { "addLocalFile": { "source": "config.json", "destination": "/app/config.json" } }
//!   ],
//!   "files": { "config.json": "{}", "index.js": "\n" }
//! }
//! ```
//!
//! ## Good
//!
//! What is needed earlier may come again with the rest, and a copy with another mode or owner is another one:
//!
//! ```json
//! {
//!   "steps": [
//!     { "base": { "image": "node:22-slim" } },
//!     { "addLocalFile": { "source": "package.json", "destination": "/app/package.json" } },
//!     { "runCommands": { "commands": ["cd /app && npm install"] } },
//!     { "addLocalDir": { "source": ".", "destination": "/app" } },
//!     { "addLocalFile": { "source": "run.sh", "destination": "/app/run.sh", "mode": 493 } },
//!     { "addLocalFile": { "source": "index.js", "destination": "/srv/index.js" } }
//!   ],
//!   "files": { "package.json": "{}", "index.js": "\n", "run.sh": "#!/bin/sh\n" }
//! }
//! ```
//!
//! ```json
//! {
//!   "steps": [
//!     { "base": { "image": "node:22-slim" } },
//!     { "addLocalDir": { "source": ".", "destination": "/app" } },
//!     { "addLocalDir": { "source": "data", "destination": "/app/data", "chown": "node" } }
//!   ],
//!   "files": { "data/a.json": "{}", "index.js": "\n" }
//! }
//! ```
//!
//! ## Source
//!
//! Docker's reference of `COPY`: each makes a layer.

use pithy_image_dockerfile::Flag;

use crate::context::Placement;
use crate::lint::report::named;
use crate::lint::subject::Sent;
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

/// The calls whose copies are the user's.
const CALLS: [&str; 5] = ["/addLocalDir/", "/addLocalFile/", "/dockerfileCommands", "/fromDockerfile", "/raw"];

pub(super) fn check(subject: &Subject, report: &mut Report) {
    let gives_away = |flag: &Flag| ["chmod", "chown"].contains(&flag.name.as_str());
    if subject.lines.iter().any(|line| line.destination().is_some() && line.flags.iter().any(gives_away)) {
        return; // a copy may be there for its owner
    }
    for (number, placement) in subject.placements().iter().enumerate() {
        let (Some(local), earlier) = (&placement.local, &subject.placements()[..number]) else { continue };
        let files = subject.sent_of(placement).filter(|sent| sent.entry.is_file());
        let mut again = files.map(|sent| is_there(subject, earlier, &sent).then(|| sent.path())).peekable();
        if again.peek().is_none() || !CALLS.iter().any(|call| local.pointer.contains(call)) {
            continue;
        }
        // The first file that is new ends the search: a directory of many files is looked through only where all are there.
        if let Some(again) = again.collect::<Option<Vec<_>>>() {
            let message = format!("An earlier step has copied {} to the same place.", named(&again));
            report.step(local.pointer.as_str(), message, "Remove one of the two steps.");
        }
    }
}

/// Whether the last of earlier copies that brings something to the place of a file brings the same file.
fn is_there(subject: &Subject, earlier: &[Placement], file: &Sent) -> bool {
    let (path, destination) = (file.path(), file.destination());
    let of_stage = earlier.iter().rev().filter(|other| other.stage == file.placement.stage);
    let mut same = of_stage.filter_map(|other| subject.sent_at(other, &path));
    same.any(|sent| sent.destination() == destination && sent.mode() == file.mode())
}
