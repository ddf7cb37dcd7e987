//! # A program that the base image does not have
//!
//! A base image that is known by its name has a known set of programs: no `python` in `debian`, no `apt-get` in Alpine, no npm outside
//! images of Node.js. A step that needs one fails. The rule is silent once a step may have installed anything.
//!
//! ## Bad
//!
//! ```json
//! [{ "base": { "image": "debian:12-slim" } }, { "npmInstall": { "packages": ["tsx"] } }]
//! ```
//!
//! ## Good
//!
//! ```json
//! [{ "base": { "image": "debian:12-slim" } }, { "nodejs": { "version": "22" } }, { "npmInstall": { "packages": ["tsx"] } }]
//! ```
//!
//! ## Source
//!
//! The pages of the official images.

use crate::lint::known::{Known, NODE, runs_apt, runs_pip};
use crate::lint::{Report, Severity, Subject};
use crate::steps::Step;

pub(super) const SEVERITY: Severity = Severity::Error;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    subject.steps(&mut |path, step, known| {
        for (message, hint) in [no_python, no_npm, no_apt, no_glibc].into_iter().filter_map(|rule| rule(step, known)) {
            report.step(path, message, hint);
        }
    });
}

type Said = (String, &'static str);

fn no_python(step: &Step, known: &Known) -> Option<Said> {
    (runs_pip(step) && known.is_sure() && !known.has_python()).then(|| {
        let message = format!("`{}` runs `python`, and `{}` has none.", step.name(), known.base);
        (message, "Begin with `Image.debianSlim()` or an image of Python, such as `python:3.12-slim`.")
    })
}

fn no_npm(step: &Step, known: &Known) -> Option<Said> {
    let has_npm = known.may_have_npm || ["npm", "nodejs"].iter().any(|name| known.packages.contains(name));
    (matches!(step, Step::NpmInstall(_)) && known.is_sure() && known.name != Some(NODE) && !has_npm).then(|| {
        let message = format!("`npmInstall` runs `npm`, and `{}` has none.", known.base);
        (message, "Add Node.js before it, with `nodejs(22)`.")
    })
}

fn no_apt(step: &Step, known: &Known) -> Option<Said> {
    (runs_apt(step) && known.is_alpine()).then(|| {
        let message = format!("`{}` runs `apt-get`, and `{}` has none.", step.name(), known.base);
        let hint =
            "Begin with an image on Debian, such as one with `slim` in its tag, or use `runCommands(\"apk add …\")`.";
        (message, hint)
    })
}

fn no_glibc(step: &Step, known: &Known) -> Option<Said> {
    (matches!(step, Step::Nodejs(_)) && known.is_alpine()).then(|| {
        let message = format!("`nodejs` adds a Node.js that needs glibc, and `{}` has none.", known.base);
        (message, "Begin with an image on Debian, such as one with `slim` in its tag.")
    })
}
