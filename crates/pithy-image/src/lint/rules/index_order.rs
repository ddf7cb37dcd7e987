//! # Indexes whose order pip does not keep
//!
//! uv and Poetry ask the indexes of a project in order, and take a package from the first that has it. pip takes the newest of all of
//! them: whoever can publish a package of a private name to a public index chooses what is installed.
//!
//! ## Bad
//!
//! ```json
//! {
//!   "steps": [{ "debianSlim": { "python": "3.12" } }, { "pipInstallFromPyproject": { "source": "pyproject.toml" } }],
//!   "files": { "pyproject.toml": "[project]\nname = \"a\"\nversion = \"1\"\ndependencies = [\"inhouse\"]\n[[tool.uv.index]]\nname = \"own\"\nurl = \"https://pypi.example.com/simple\"\n" }
//! }
//! ```
//!
//! ## Good
//!
//! ```json
//! {
//!   "steps": [{ "debianSlim": { "python": "3.12" } }, { "pipInstallFromPyproject": { "source": "pyproject.toml", "indexUrl": "https://pypi.example.com/simple" } }],
//!   "files": { "pyproject.toml": "[project]\nname = \"a\"\nversion = \"1\"\ndependencies = [\"inhouse\"]\n[[tool.uv.index]]\nname = \"own\"\nurl = \"https://pypi.example.com/simple\"\n" }
//! }
//! ```
//!
//! ## Source
//!
//! uv's documentation of package indexes; Alex Birsan, "Dependency Confusion".

use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    subject.projects(&mut |path, step, project, _| {
        let indexes = &project.indexes;
        let is_chosen = step.index_url.is_some() || !step.extra_index_urls.is_empty();
        if indexes.is_ordered && !indexes.extra_index_urls.is_empty() && !is_chosen {
            let message = format!(
                "uv asks the indexes of `{}` in order, and pip takes the newest package of all of them.",
                step.source
            );
            let hint = "If a package must not come from another index, pass `indexUrl` of one that has them all.";
            report.step(format!("{path}/source"), message, hint);
        }
    });
}
