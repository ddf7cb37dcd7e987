//! # A project for another Python
//!
//! `requires-python` of the project's `pyproject.toml` leaves the Python of the base image out: pip refuses to install the project, and its
//! code may not run.
//!
//! ## Bad
//!
//! ```json
//! {
//!   "steps": [{ "base": { "image": "python:3.9-slim" } }, { "pipInstallFromPyproject": { "source": "pyproject.toml" } }],
//!   "files": { "pyproject.toml": "[project]\nname = \"a\"\nversion = \"1\"\nrequires-python = \">=3.11\"\ndependencies = [\"requests\"]\n" }
//! }
//! ```
//!
//! ## Good
//!
//! ```json
//! {
//!   "steps": [{ "base": { "image": "python:3.12-slim" } }, { "pipInstallFromPyproject": { "source": "pyproject.toml" } }],
//!   "files": { "pyproject.toml": "[project]\nname = \"a\"\nversion = \"1\"\nrequires-python = \">=3.11\"\ndependencies = [\"requests\"]\n" }
//! }
//! ```
//!
//! ## Source
//!
//! The Python Packaging User Guide, "Core metadata specifications": `Requires-Python`.

use crate::lint::known::{Known, PYTHON};
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    subject.projects(&mut |path, _, project, known| {
        if let Some(wanted) = project.requires_python.as_deref().filter(|wanted| is_left_out(wanted, known)) {
            let message = format!("The project requires Python `{wanted}`, and `{}` has another one.", known.base);
            report.step(format!("{path}/source"), message, "Begin with a Python that it runs on.");
        }
    });
}

/// Whether the Python of the base is known, and not wanted. What else may have installed one is left to the user.
fn is_left_out(wanted: &str, known: &Known) -> bool {
    let digits = known.tag.and_then(|tag| tag.split(|c: char| !c.is_ascii_digit() && c != '.').next());
    let Some(python) = digits.and_then(numbers) else { return false };
    let is_sure = known.is_sure() && known.name == Some(PYTHON) && python.len() > 1;
    is_sure && !wanted.split(',').all(|clause| admits(clause.trim(), &python))
}

/// Whether a clause of `requires-python` may admit a version, of which only the first numbers may be known.
fn admits(clause: &str, python: &[u32]) -> bool {
    let digits = clause.trim_start_matches(|c: char| !c.is_ascii_digit());
    let operator = clause[..clause.len() - digits.len()].trim();
    let Some(whole) = numbers(digits.trim_end_matches(".*")) else { return true };
    let common = whole.len().min(python.len());
    let (bound, known, rest) = (&whole[..common], &python[..common], &python[common..]);
    match operator {
        ">=" | ">" | "~=" => known >= bound,
        "<" => known < bound || (known == bound && python.len() < whole.len()),
        "<=" => known < bound || (known == bound && rest.iter().all(|number| *number == 0)),
        "==" => known == bound,
        _ => true,
    }
}

/// The numbers of a version that has nothing else.
fn numbers(version: &str) -> Option<Vec<u32>> {
    version.split('.').map(|number| number.trim().parse().ok()).collect()
}
