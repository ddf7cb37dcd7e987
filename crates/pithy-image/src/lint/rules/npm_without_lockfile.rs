//! # `npm install` where `npm ci` is meant
//!
//! `npm install` may choose other versions than the lock file, and writes a new one into the image. `npm ci` installs what is locked, or fails
//! when the lock file does not fit.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM node:22-slim
//! WORKDIR /app
//! COPY package.json package-lock.json ./
//! RUN npm install
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM node:22-slim
//! WORKDIR /app
//! COPY package.json package-lock.json ./
//! RUN npm ci && npm install -g typescript@5.6.3
//! ```
//!
//! ## Source
//!
//! npm's documentation, "npm-ci".

use crate::lint::packages::{Install, Manager};
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Pedantic;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for command in subject.commands() {
        let is_global = command.arguments().iter().any(|word| ["-g", "--global"].contains(&&*word.value));
        let install = Install::of_manager(&command, Manager::Npm).filter(|_| !is_global);
        if install.is_some_and(|install| install.packages.is_empty()) {
            let message = "`npm install` may install other versions than those of the lock file.";
            report.command(&command, message, "Copy `package-lock.json` beside `package.json`, and use `npm ci`.");
        }
    }
}
