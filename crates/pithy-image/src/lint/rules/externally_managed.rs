//! # pip where apt manages Python
//!
//! The Python of Debian 12, Ubuntu 23.04 and their successors is marked as managed by apt. Their pip refuses to install beside it:
//! `error: externally-managed-environment`.
//!
//! ## Bad
//!
//! ```json
//! [{ "base": { "image": "debian:12" } }, { "aptInstall": { "packages": ["python-is-python3", "python3-pip"] } }, { "pipInstall": { "packages": ["requests"] } }]
//! ```
//!
//! ## Good
//!
//! ```json
//! [{ "debianSlim": { "python": "3.12" } }, { "pipInstall": { "packages": ["requests"] } }]
//! ```
//!
//! ## Source
//!
//! PEP 668.

use crate::lint::known::{Known, PIP_BREAKS, PYTHON, UV_BREAKS, extra_options};
use crate::lint::{Report, Severity, Subject};
use crate::steps::Step;

pub(super) const SEVERITY: Severity = Severity::Error;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    subject.steps(&mut |path, step, known| {
        if let Some((message, hint)) = refused(step, known) {
            report.step(path, message, hint);
        }
    });
}

fn refused(step: &Step, known: &Known) -> Option<(String, String)> {
    const OPTION: &str = "--break-system-packages";
    let is_on = |name| known.variables.contains(&name);
    let (is_free, permission) = match step {
        // It installs uv with pip first.
        Step::UvPipInstall(step) => {
            let frees_uv = step.extra_options.as_deref().is_some_and(|options| options.contains(OPTION));
            let permission = format!("`env({{ {PIP_BREAKS}: \"1\", {UV_BREAKS}: \"1\" }})` before it");
            (is_on(PIP_BREAKS) && (is_on(UV_BREAKS) || frees_uv), permission)
        }
        Step::Playwright(_) => (is_on(PIP_BREAKS), format!("`env({{ {PIP_BREAKS}: \"1\" }})` before it")),
        _ => (is_on(PIP_BREAKS) || extra_options(step)?.contains(OPTION), format!("`extraOptions: \"{OPTION}\"`")),
    };
    let is_managed = known.is_sure() && known.name != Some(PYTHON) && known.has_python() && known.is_managed();
    (is_managed && !is_free).then(|| {
        let message =
            format!("The Python of `{}` is managed by apt, and its pip refuses to install beside it.", known.base);
        let hint = format!(
            "Begin with `Image.debianSlim()` or an image of Python, such as `python:3.12-slim`; or add {permission}."
        );
        (message, hint)
    })
}
