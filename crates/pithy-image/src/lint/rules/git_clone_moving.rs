//! # `git clone` of whatever is newest
//!
//! A clone without a tag or a commit has what the default branch has on the day of the build. Docker, and Daytona, cache the layer by its text: it is
//! not cloned again when the branch moves, and nobody can tell which commit is in the image.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM python:3.12
//! RUN git clone --depth 1 https://example.com/tool.git /opt/tool
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM python:3.12
//! RUN git clone --depth 1 --branch v1.2.3 https://example.com/tool.git /opt/tool
//! RUN git clone https://example.com/other.git /opt/other && git -C /opt/other checkout 4f5a1c2
//! RUN git clone https://example.com/third.git && cd third && git reset --hard 4f5a1c2
//! ```
//!
//! ## Source
//!
//! git-clone(1), `--branch`.

use crate::lint::subject::Command;
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Pedantic;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for line in &subject.lines {
        let is_fixed = line.commands().any(|command| runs(&command, &["checkout", "reset", "switch"]));
        for command in line.commands().filter(|_| !is_fixed) {
            let mut options = command.arguments().iter().map(|word| word.value.as_str());
            let names =
                |word: &str| word.starts_with("-b") || word.starts_with("--branch") || word.starts_with("--revision");
            if runs(&command, &["clone"]) && !options.any(names) {
                let message = "This clones what the default branch has on the day of the build.";
                report.command(&command, message, "Add `--branch <tag>`, or check a commit out in the same `RUN`.");
            }
        }
    }
}

/// Whether a command runs a subcommand of git, also in another directory.
fn runs(command: &Command, subcommands: &[&str]) -> bool {
    let mut operands = command.operands().take(2);
    command.program() == "git" && operands.any(|word| subcommands.contains(&&*word.value))
}
