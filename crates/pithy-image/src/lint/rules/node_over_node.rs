//! # A second Node.js
//!
//! The image has Node.js and npm already. Another one beside it makes a mixture: which one runs depends on `PATH`, and global packages of one
//! are not found by the other. One that is copied over it leaves files of both npms in one directory.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM node:22-slim
//! RUN apt-get update && apt-get install -y nodejs npm
//! ```
//!
//! ```dockerfile
//! FROM node:20-slim
//! COPY --from=node:22-slim /usr/local/bin/node /usr/local/bin/node
//! ```
//!
//! ```json
//! [{ "base": { "image": "node:20-slim" } }, { "nodejs": { "version": "22" } }]
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM node:22-slim
//! RUN apt-get update && apt-get install -y git
//! COPY --from=node:22-slim /usr/local/LICENSE /app/
//! ```
//!
//! ```dockerfile
//! FROM python:3.12-slim
//! COPY --from=node:22-slim /usr/local/bin/node /usr/local/bin/node
//! ```
//!
//! ```json
//! [{ "debianSlim": { "python": "3.12" } }, { "nodejs": { "version": "22" } }]
//! ```
//!
//! ## Source
//!
//! The Dockerfiles of the official image of Node.js, which puts it in `/usr/local`.

use pithy_image_dockerfile::{CopySource, Keyword};

use crate::lint::official::Official;
use crate::lint::packages::{Install, Manager, package_name};
use crate::lint::subject::{Command, Line};
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    let begin = |base| Official::of(base).filter(Official::is_node);
    subject.follow(begin, &mut |image: &mut Option<Official>, line| {
        let Some(known) = *image else { return };
        let message = format!("`{}` has a Node.js already: this is another one.", known.base);
        let hint = "Begin with the version of `node` that is needed, or with an image without Node.js.";
        let installs = line.commands().find(installs_node);
        if let Some(command) = &installs {
            report.command(command, message, hint);
        } else if line.call == "nodejs" || copies_node(line) {
            report.line(line, message, hint);
        } else {
            return;
        }
        *image = None;
    });
}

fn installs_node(command: &Command) -> bool {
    let is_node = |name: &str| ["nodejs", "npm", "nodejs-current"].contains(&package_name(name));
    let install = Install::of(command).filter(|install| matches!(install.manager, Manager::Apt | Manager::Apk));
    let is_repository =
        |value: &str| value.contains("://deb.nodesource.com/") || value.contains("://rpm.nodesource.com/");
    install.is_some_and(|install| install.packages.iter().any(|word| is_node(&word.value)))
        || command.program() == "curl" && command.arguments().iter().any(|word| is_repository(&word.value))
}

/// Whether a line copies the files of Node.js from another image to where they are in this one.
fn copies_node(line: &Line) -> bool {
    const FILES: [&str; 4] = ["/usr/local/bin/node", "/usr/local/bin", "/usr/local/lib/node_modules", "/usr/local"];
    let trim = |path: &str| path.trim_end_matches('/').to_owned();
    let is_node = |source: CopySource| matches!(source, CopySource::Path(word) if FILES.contains(&&*trim(&word.value)));
    let from = line.flag("from").and_then(|flag| flag.value.as_deref()).and_then(Official::of);
    let to = line.destination().map(|word| trim(&word.value)).unwrap_or_default();
    line.keyword == Keyword::Copy
        && from.is_some_and(|from| from.is_node())
        && line.sources().any(is_node)
        && FILES.contains(&&*to)
}
