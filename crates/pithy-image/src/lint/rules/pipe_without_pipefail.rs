//! # A pipe whose first failure is not seen
//!
//! The status of a pipe is that of its last command. If `curl` fails in `curl … | tar -x`, the build may go on with half of the files, or
//! with none.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM buildpack-deps:bookworm-curl
//! RUN curl -fsSL https://example.com/data.tar.gz | tar -xz -C /srv
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM buildpack-deps:bookworm-curl
//! RUN echo "9f86d0 /bin/sh" | sha256sum -c || true
//! RUN if env | grep -q DEBUG; then touch /debug; fi
//! RUN bash -o pipefail -c "curl -fsSL https://example.com/data.tar.gz | tar -xz -C /srv"
//! SHELL ["/bin/bash", "-o", "pipefail", "-c"]
//! RUN curl -fsSL https://example.com/data.tar.gz | tar -xz -C /srv
//! ```
//!
//! ## Source
//!
//! hadolint DL4006; Docker, "Building best practices": using pipes.

use pithy_image_dockerfile::Keyword;

use crate::lint::subject::Command;
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Pedantic;

/// Commands whose failure nobody expects.
const SAFE: [&str; 6] = ["cat", "echo", "false", "printf", "true", "yes"];

pub(super) fn check(subject: &Subject, report: &mut Report) {
    subject.follow(|_| false, &mut |is_on: &mut bool, line| {
        if line.keyword == Keyword::Shell {
            *is_on = line.words.iter().any(|word| word.value == "pipefail");
        }
        let is_set = *is_on || line.commands().any(|command| command.text().contains("pipefail"));
        let mut commands = line.commands().filter(|_| !is_set);
        if let Some(command) = commands.find(is_unseen) {
            let message = format!("Nothing sees it if `{}` fails: only the last command of a pipe counts.", command.program());
            let hint = "Set `SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]` before it, or use a file instead of the pipe.";
            report.command(&command, message, hint);
        }
    });
}

/// Whether a command may fail, and is not the last of its pipe.
fn is_unseen(command: &Command) -> bool {
    command.piped_into().next().is_some() && !command.is_forgiven() && !SAFE.contains(&command.program())
}
