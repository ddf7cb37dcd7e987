//! # A secret in a command
//!
//! A command is kept with the image, in its history and in Daytona's record of the build, and its text is in the source of the
//! definition. Everybody who can use a sandbox of the image can read it.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM python:3.12
//! RUN git clone https://bot:q8Zr2LkV9mXw4TnB@git.example.org/team/app
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM python:3.12
//! COPY app /app
//! RUN git ls-remote https://git@git.example.org/team/app && echo "https://$USER:$TOKEN@git.example.org"
//! ```
//!
//! ## Source
//!
//! Docker, "Build secrets"; CWE-798.

use pithy_image_dockerfile::Keyword;

use crate::lint::subject::Line;
use crate::lint::{Report, Severity, Subject};
use crate::secret::secrets;

pub(super) const SEVERITY: Severity = Severity::Error;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    let is_variable = |keyword| matches!(keyword, Keyword::Env | Keyword::Arg | Keyword::Label);
    for line in subject.lines.iter().filter(|line| !is_variable(line.keyword)) {
        let hint =
            "Fetch it before the build and copy it from the build context; and replace the secret if it was published.";
        report_secrets(subject, line, hint, report);
    }
}

/// Reports the secrets in the text of an instruction.
pub(super) fn report_secrets(subject: &Subject, line: &Line, hint: &str, report: &mut Report) {
    let text = line.span.of(subject.dockerfile.text());
    for secret in secrets(text) {
        let holder =
            name_before(&text[..secret.hidden.start]).map_or("This is".into(), |name| format!("`{name}` holds"));
        let message = format!("{holder} {}, which everybody who uses the image can read.", secret.what);
        report.at(line.span.start + secret.hidden.start, message, hint);
    }
}

/// What a value is given to, before its quote: `API_KEY=`, `--token=`.
fn name_before(text: &str) -> Option<&str> {
    let assigned = text.trim_end_matches(['"', '\'']).strip_suffix('=')?;
    let name = assigned.rsplit(|letter: char| !(letter.is_ascii_alphanumeric() || "_-.".contains(letter))).next()?;
    // The letter of an escape, as in `"set -e\nTOKEN=…"`, is not part of it.
    let is_escape = assigned[..assigned.len() - name.len()].ends_with('\\');
    let name = if is_escape { name.get(1..)? } else { name };
    (!name.is_empty()).then_some(name)
}
