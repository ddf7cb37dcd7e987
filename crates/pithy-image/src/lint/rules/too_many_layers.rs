//! # More layers than Docker may build
//!
//! Docker allows 127 layers with those of the base image, which are not known here. A stage with more than 100 of its own is likely to fail,
//! at its very end.
//!
//! ## Bad
//!
//! A definition with 101 calls of `addFile`.
//!
//! ## Good
//!
//! The same files in a directory that is added by one `addLocalDir`, or commands together in one `runScript`.
//!
//! ## Source
//!
//! moby's `layer.MaxLayerDepth`; the legacy builder refuses an ADD after the 125th.

use crate::limits::{MAX_LAYERS, layers};
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Error;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    let stages = subject.image.iter().flat_map(|image| image.form.stages.iter().chain([&image.form.image]));
    for stage in stages {
        let layers = layers(stage);
        if layers > MAX_LAYERS {
            let what = stage.name.as_ref().map_or("image".to_owned(), |name| format!("stage `{name}`"));
            let message =
                format!("The {what} has {layers} layers besides those of its base; Docker allows 127 in all.");
            let hint = "Add whole directories instead of single files, and put commands together in `runScript`.";
            report.whole(message, hint);
        }
    }
}
