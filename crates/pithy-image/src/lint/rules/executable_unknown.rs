//! # Files whose executable bit cannot be known
//!
//! A browser sees the content of files, and not whether they are executable. An image that is resolved there has another digest than on
//! a disk if one of them is.
//!
//! ## Bad
//!
//! ```json
//! {
//!   "steps": [{ "base": { "image": "debian:12-slim" } }, { "addLocalFile": { "source": "run.sh", "destination": "/run.sh" } }],
//!   "files": { "run.sh": { "text": "#!/bin/sh\n", "executable": null } }
//! }
//! ```
//!
//! ## Good
//!
//! ```json
//! {
//!   "steps": [{ "base": { "image": "debian:12-slim" } }, { "addLocalFile": { "source": "run.sh", "destination": "/run.sh", "mode": 493 } }],
//!   "files": { "run.sh": { "text": "#!/bin/sh\n", "executable": null } }
//! }
//! ```
//!
//! ## Source
//!
//! The File API of browsers, which has no modes.

use crate::context::Placement;
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    let unknown = subject.placements().iter().filter(|placement| placement.unknown_modes > 0);
    for Placement { local, unknown_modes, .. } in unknown {
        let Some(local) = local else { continue };
        let files = if *unknown_modes == 1 { "file is" } else { "files are" };
        let message = format!(
            "Whether {unknown_modes} {files} executable cannot be known here; `{}` is treated as having no executable \
             files.",
            local.path
        );
        let hint = "List those that are in `executable`, or give the call a `mode`: otherwise the image may differ from \
                    one that is resolved on a disk.";
        report.step(&local.pointer, message, hint);
    }
}
