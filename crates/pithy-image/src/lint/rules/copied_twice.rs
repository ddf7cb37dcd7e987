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

use std::collections::BTreeMap;

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
    let mut earlier = Copies::new();
    for placement in subject.placements() {
        check_one(subject, placement, &earlier, report);
        if let Some(source) = &placement.source {
            earlier.entry((placement.stage.as_deref(), source)).or_default().push(placement);
        }
    }
}

/// Copies by their stages and their sources, in order.
type Copies<'a> = BTreeMap<(Option<&'a str>, &'a str), Vec<&'a Placement>>;

fn check_one<'a>(subject: &Subject<'a>, placement: &'a Placement, earlier: &Copies, report: &mut Report) {
    let Some(local) = &placement.local else { return };
    if !CALLS.iter().any(|call| local.pointer.contains(call)) {
        return;
    }
    let files = subject.sent_of(placement).filter(|sent| sent.entry.is_file());
    // The first file that is new ends the search: a directory of many files is looked through only where all are there.
    let again: Option<Vec<_>> = files.map(|sent| is_there(subject, earlier, &sent).then(|| sent.path())).collect();
    if let Some(again) = again.filter(|again| !again.is_empty()) {
        let message = format!("An earlier step has copied {} to the same place.", named(&again));
        report.step(local.pointer.as_str(), message, "Remove one of the two steps.");
    }
}

/// Whether an earlier copy brings the same file to the place of a file.
fn is_there(subject: &Subject, earlier: &Copies, file: &Sent) -> bool {
    let (path, destination, stage) = (file.path(), file.destination(), file.placement.stage.as_deref());
    let directories = path.match_indices('/').map(|(end, _)| &path[..end]);
    let of_stage = directories.chain(["."]).chain([path.as_str()]).filter_map(|source| earlier.get(&(stage, source)));
    let mut same = of_stage.flat_map(|copies| copies.iter().rev().take(MOST_COPIES));
    same.any(|other| {
        let sent = subject.sent_at(other, &path);
        sent.is_some_and(|sent| sent.destination() == destination && sent.mode() == file.mode())
    })
}

/// Copies of one source that a copy is compared with, from the last on.
const MOST_COPIES: usize = 50;
