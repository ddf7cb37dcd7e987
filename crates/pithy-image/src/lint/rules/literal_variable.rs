//! # A variable that no shell expands
//!
//! A command that is given as an array is run without a shell: `$HOME` in it stays these five characters. The Daytona SDK writes arrays as
//! lines of the shell, where it would be expanded.
//!
//! ## Bad
//!
//! ```json
//! [{ "base": { "image": "debian:12-slim" } }, { "runCommands": { "commands": [["mkdir", "-p", "$HOME/work"]] } }]
//! ```
//!
//! ## Good
//!
//! ```json
//! [{ "base": { "image": "debian:12-slim" } }, { "runCommands": { "commands": ["mkdir -p \"$HOME/work\""] } }]
//! ```
//!
//! ## Source
//!
//! Docker's reference of `RUN`, "Exec form".

use crate::lint::{Report, Severity, Subject};
use crate::normal_form::has_variable;
use crate::path::base_name;
use crate::steps::{Command, Step};

pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    subject.steps(&mut |path, step, _| {
        let Step::RunCommands(step) = step else { return };
        for (index, command) in step.commands.iter().enumerate() {
            let Command::Argv(argv) = command else { continue };
            let found = argv.iter().enumerate().find(|(_, argument)| has_variable(argument));
            let Some((at, argument)) = found.filter(|(at, _)| !argv[..*at].iter().any(|word| expands_next(word)))
            else {
                continue;
            };
            let message =
                format!("`{argument}` stays as it is: no shell reads an array, and no variable in it is expanded.");
            let hint = "If its value is meant, write the command as one string; if not, there is nothing to do.";
            report.step(format!("{path}/commands/{index}/{at}"), message, hint);
        }
    });
}

/// Whether a word may be followed by one whose variables are expanded: an option for a line of a shell, or a program whose
/// own language has a `$`.
fn expands_next(word: &str) -> bool {
    const PROGRAMS: [&str; 18] = [
        "awk", "egrep", "envsubst", "find", "gawk", "grep", "jq", "make", "mawk", "mongosh", "perl", "php", "pwsh",
        "rg", "ruby", "sed", "tclsh", "yq",
    ];
    let is_line = word.starts_with('-') && !word.starts_with("--") && word.ends_with('c');
    is_line || word == "--command" || PROGRAMS.contains(&base_name(word))
}
