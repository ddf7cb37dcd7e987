//! # A change of a volume after `VOLUME`
//!
//! BuildKit keeps what is written to a volume after its `VOLUME`; the legacy builder, which a runner of Daytona can be set to, throws it
//! away without a word. Before `VOLUME`, both keep it.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM debian:12-slim
//! VOLUME /data
//! RUN mkdir -p /data/cache
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim
//! VOLUME ["/data", "/logs"]
//! COPY seed.json /data/
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN mkdir -p /data/cache
//! COPY seed.json /data/
//! VOLUME /data
//! RUN mkdir -p /database && ls /data
//! ```
//!
//! ## Source
//!
//! Docker's reference of `VOLUME`, "Notes about specifying volumes".

use pithy_image_dockerfile::Keyword;

use crate::lint::subject::{Command, Line};
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Pedantic;

const WRITERS: [&str; 10] = ["chmod", "chown", "cp", "install", "ln", "mkdir", "mv", "rm", "tee", "touch"];

/// Volumes of a stage that are looked at.
const MOST: usize = 20;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for stage in subject.lines.chunk_by(|a, b| a.stage == b.stage) {
        let mut volumes: Vec<&str> = Vec::new();
        for line in stage {
            if line.keyword == Keyword::Volume {
                let paths = line.words.iter().map(|word| word.value.trim_end_matches('/'));
                volumes.extend(
                    paths.filter(|path| path.len() > 1 && path.starts_with('/')).take(MOST - volumes.len().min(MOST)),
                );
            } else if let Some(volume) = volumes.iter().find(|volume| writes(line, volume)) {
                let message = format!("This changes `{volume}` after its `VOLUME`, which the legacy builder undoes.");
                report.line(line, message, "Move the `VOLUME` behind it (`volume(…)`), or leave it out.");
            }
        }
    }
}

/// Whether an instruction writes to a volume.
fn writes(line: &Line, volume: &str) -> bool {
    let is_below = |path: &str| path.strip_prefix(volume).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let writes = |command: Command| {
        let targets =
            command.redirections.iter().filter(|it| it.operator.contains('>')).filter_map(|it| it.target.as_ref());
        let operands = command.operands().filter(|_| WRITERS.contains(&command.program()));
        operands.chain(targets).any(|word| is_below(&word.value))
    };
    line.destination().is_some_and(|word| is_below(&word.value)) || line.commands().any(writes)
}
