//! # Packages are installed after everything was copied
//!
//! A change of any file makes the cache of the copy, and of all that follows it, useless: packages are installed again for each change of
//! the code. Copy the list of packages first, install, and then copy the rest.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM node:22-slim
//! WORKDIR /app
//! COPY . .
//! RUN npm ci
//! ```
//!
//! ```dockerfile
//! FROM python:3.12-slim
//! COPY . /app/
//! RUN cd /app && python -m pip install --no-cache-dir -r requirements.txt
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM node:22-slim AS build
//! WORKDIR /app
//! COPY package*.json ./
//! RUN npm ci
//! COPY . .
//! RUN npm run build
//! FROM node:22-slim
//! COPY --from=build /app .
//! RUN npm ci --omit=dev
//! ```
//!
//! ## Source
//!
//! Docker, "Optimize cache usage in builds": order your layers.

use pithy_image_dockerfile::Keyword;

use crate::lint::subject::{Command, Line};
use crate::lint::{Report, Severity, Subject};
use crate::normal_form::FILES_STAGE;

pub(super) const SEVERITY: Severity = Severity::Pedantic;

const HINT: &str = "Copy the files that list the packages before it, and the others after it.";

pub(super) fn check(subject: &Subject, report: &mut Report) {
    let mut copied = None;
    for line in &subject.lines {
        if copied == Some(line.stage) {
            if let Some(command) = line.commands().find(installs) {
                let message = format!("`{}` installs packages again after each change of any file.", command.program());
                report.command(&command, message, HINT);
                copied = None;
            }
        } else if copies_all(line) {
            copied = Some(line.stage);
        }
    }
}

/// Whether an instruction copies the whole build context.
fn copies_all(line: &Line) -> bool {
    let from = line.flag("from").and_then(|flag| flag.value.as_deref());
    let is_whole = |source: &str| match from {
        None => [".", "./"].contains(&source),
        Some(stage) => stage == FILES_STAGE && (source.ends_with("/.") || source.ends_with("/./")),
    };
    let is_copy = matches!(line.keyword, Keyword::Add | Keyword::Copy);
    is_copy && line.is_text() && line.words.len() > 1 && line.words.first().is_some_and(|word| is_whole(&word.value))
}

/// Whether a command installs all that a file lists.
fn installs(command: &Command) -> bool {
    let operands: Vec<_> = command.operands().map(|word| word.value.as_str()).collect();
    match (command.program(), operands.as_slice()) {
        ("npm" | "pnpm" | "bun", ["ci" | "i" | "install"])
        | ("yarn", [] | ["install"])
        | ("go", ["mod", "download"])
        | ("bundle" | "composer" | "poetry" | "pdm" | "pipenv", ["install" | "sync"])
        | ("uv", ["sync"]) => true,
        ("pip" | "pip3" | "uv" | "python" | "python3", words) => words.contains(&"install") && reads_list(command),
        _ => false,
    }
}

/// Whether pip is given a file of requirements.
fn reads_list(command: &Command) -> bool {
    let is_option = |word: &str| word == "-r" || word.starts_with("--requirement") || word.starts_with("-r");
    command.arguments().iter().any(|word| is_option(&word.value))
}
