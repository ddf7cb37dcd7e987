//! # A command whose program the base image does not have
//!
//! Official images have a known set of programs: no `curl` and no `git` in `debian` and in images with `slim` in their tag, no `bash` and
//! no `apt-get` in Alpine, `sudo` in none of them. A command that runs one before anything may have installed it fails with `not found`,
//! and so does pip with a `git+https://…` where there is no `git`. `Image.debianSlim(…)` has a compiler, but no `curl`, `wget` or `git`.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM python:3.12-slim
//! RUN curl -fsSLo /tmp/model.bin https://example.com/model.bin
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates curl
//! WORKDIR /app
//! COPY . .
//! RUN curl -fsSL https://example.com/list && git clone https://example.com/tool.git
//! ```
//!
//! ```dockerfile
//! FROM alpine:3.20
//! RUN apt-get update && apt-get install -y git
//! ```
//!
//! ```dockerfile
//! FROM alpine:3.20
//! SHELL ["/bin/bash", "-c"]
//! RUN touch /tmp/a
//! ```
//!
//! ```dockerfile
//! FROM ubuntu:24.04
//! RUN apt-get update && apt-get install -y python3-pip && python -m venv /venv
//! ```
//!
//! ```dockerfile
//! FROM python:3.12-slim
//! RUN pip install git+https://example.com/library.git@v1.2.3
//! ```
//!
//! ```dockerfile
//! FROM python:3.12-slim AS base
//! FROM base
//! USER nobody
//! RUN sudo mkdir /opt/app
//! ```
//!
//! ```json
//! [
//!   { "debianSlim": { "python": "3.12" } },
//!   { "pipInstall": { "packages": ["requests"] } },
//!   { "nodejs": { "version": "22" } },
//!   { "runCommands": { "commands": ["curl -fsSLo /tmp/model.bin https://example.com/model.bin"] } }
//! ]
//! ```
//!
//! ```json
//! [
//!   { "base": { "image": "node:22-slim" } },
//!   { "aptInstall": { "packages": ["curl"] } },
//!   { "runCommands": { "commands": ["git clone --branch v1 https://example.com/tool.git /tool"] } }
//! ]
//! ```
//!
//! ```json
//! [{ "debianSlim": { "python": "3.12" } }, { "pipInstall": { "packages": ["library @ git+https://example.com/library.git@v1"] } }]
//! ```
//!
//! ```json
//! [{ "base": { "image": "python:3.12-slim" } }, { "uvPipInstall": { "packages": ["library @ git+https://example.com/library.git@v1"] } }]
//! ```
//!
//! ## Good
//!
//! ```json
//! [
//!   { "debianSlim": { "python": "3.12" } },
//!   { "aptInstall": { "packages": ["curl", "git"] } },
//!   { "pipInstall": { "packages": ["library @ git+https://example.com/library.git@v1"] } },
//!   { "runCommands": { "commands": ["git clone --branch v1 https://example.com/tool.git /tool", "gcc --version"] } }
//! ]
//! ```
//!
//! ```json
//! [
//!   { "debianSlim": { "python": "3.12" } },
//!   { "githubCli": {} },
//!   { "runCommands": { "commands": ["git clone --branch v1 https://example.com/tool.git /tool"] } }
//! ]
//! ```
//!
//! ```json
//! [{ "base": { "image": "example.com/own:1" } }, { "pipInstall": { "packages": ["library @ git+https://example.com/library.git@v1"] } }]
//! ```
//!
//! ```dockerfile
//! FROM python:3.12
//! RUN curl -fsSLo /tmp/model.bin https://example.com/model.bin && git --version && make --version
//! ```
//!
//! ```dockerfile
//! FROM alpine:3.20
//! RUN wget -O /tmp/list https://example.com/list && apk add --no-cache bash && bash --version
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim
//! RUN curl --version || true
//! RUN if command -v git; then git --version; fi
//! RUN command -v jq && jq --version
//! RUN apt-get update && apt-get install -y --no-install-recommends build-essential curl git && gcc --version
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim
//! COPY --from=example.com/tools:1 /usr/local /usr/local
//! RUN jq --version
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim
//! COPY setup.sh /tmp/
//! RUN /tmp/setup.sh && git --version
//! ```
//!
//! ## Source
//!
//! The Dockerfiles of the official images.

use std::collections::BTreeSet;

use pithy_image_dockerfile::{Joint, ShellWord};

use crate::lint::official::Official;
use crate::lint::packages::{Install, Manager};
use crate::lint::subject::{Command, Line};
use crate::lint::system::{Brought, OF_PACKAGES, brought_by, brought_by_call, brought_by_line, is_system_workdir};
use crate::lint::{Report, Severity, Subject};
use crate::path::base_name;

pub(super) const SEVERITY: Severity = Severity::Error;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    subject.follow(State::of, &mut |state, line| state.visit(line, report));
}

/// What is known before an instruction.
#[derive(Clone)]
struct State<'a> {
    /// None once anything may have been installed.
    image: Option<Official<'a>>,
    /// Programs that may be there, and those that were reported.
    programs: BTreeSet<&'static str>,
    is_system_workdir: bool,
}

impl<'a> State<'a> {
    fn of(base: &'a str) -> Self {
        Self { image: Official::of(base), programs: BTreeSet::new(), is_system_workdir: true }
    }

    fn visit(&mut self, line: &Line, report: &mut Report) {
        if let Some(is_system) = is_system_workdir(line) {
            self.is_system_workdir = is_system;
        }
        let by_call = brought_by_call(line);
        self.learn(by_call.as_ref().unwrap_or(&brought_by_line(line, self.is_system_workdir)));
        if line.is_own() && line.interpreter() == "bash" {
            self.ask("bash", true, &mut |message, hint| report.line(line, message, hint));
        }
        let mut is_guarded = false;
        for command in line.run() {
            is_guarded = command.pipeline.before != Joint::Sequence && is_guarded || asks(&command);
            if let Some(program) = needed(&command) {
                // Of the calls, only those for packages run what a user may have forgotten.
                let is_of_user = line.is_own() || program == "git";
                let is_certain = is_of_user && !is_guarded && is_certain(&command);
                self.ask(program, is_certain, &mut |message, hint| report.command(&command, message, hint));
            }
            if by_call.is_none() {
                for brought in brought_by(&command) {
                    self.learn(&brought);
                }
            }
        }
    }

    /// Reports a program that is not there, once.
    fn ask(&mut self, program: &'static str, is_certain: bool, report: &mut dyn FnMut(String, String)) {
        let Some(image) = self.image.filter(|image| image.lacks(program)) else { return };
        if is_certain && !self.programs.contains(program) {
            report(format!("`{}` has no `{program}`.", image.base), hint(image, program));
        }
        self.programs.insert(program);
    }

    fn learn(&mut self, brought: &Brought) {
        match brought {
            Brought::Nothing => {}
            Brought::Programs(programs) => self.programs.extend(*programs),
            Brought::Packages => self.programs.extend(OF_PACKAGES),
            Brought::Anything => self.image = None,
        }
    }
}

/// Programs that a rule asks for.
const PROGRAMS: [&str; 23] = [
    "apk", "apt", "apt-get", "bash", "cc", "curl", "dnf", "g++", "gcc", "git", "gpg", "jq", "make", "node", "npm",
    "npx", "pip", "pip3", "python", "python3", "sudo", "unzip", "wget",
];

/// The program that a command runs, by its name alone.
fn needed(command: &Command) -> Option<&'static str> {
    let first =
        command.words.first().filter(|word| ["sudo", "command"].contains(&&*word.value)).or(command.first_word())?;
    // Alone, after the name of a package, or after an option.
    let is_git = |word: &ShellWord| {
        word.value.match_indices("git+").any(|(at, _)| at == 0 || word.value[..at].ends_with(['@', ' ', '=']))
    };
    let installs = Install::of_manager(command, Manager::Pip).is_some() || runs_uv(command);
    if installs && command.arguments().iter().any(is_git) {
        return Some("git");
    }
    PROGRAMS.into_iter().find(|program| *program == first.value)
}

/// Whether a command is one of uv, also as `python -m uv`.
fn runs_uv(command: &Command) -> bool {
    let words = command.arguments().iter().map(|word| word.value.as_str());
    command.program() == "uv" || words.take(2).eq(["-m", "uv"])
}

/// Whether a command asks whether a program, or a file, is there.
fn asks(command: &Command) -> bool {
    let first = command.words.first().map_or("", |word| base_name(&word.value));
    ["command", "which", "type", "hash", "test", "[", "[["].contains(&first)
}

/// Whether a command runs in any case, and the build fails if it does.
fn is_certain(command: &Command) -> bool {
    command.pipeline.depth == 0 && command.pipeline.before != Joint::Or && !command.is_forgiven()
}

fn hint(image: Official, program: &str) -> String {
    let package = match program {
        "apt" | "apt-get" => return "Use `apk add --no-cache …`, or a base image on Debian.".to_owned(),
        "apk" | "yum" | "dnf" => return "Use `apt-get`, or `aptInstall(…)`.".to_owned(),
        "sudo" => return "Leave `sudo` out, and switch to `USER root` for what only root may do.".to_owned(),
        "node" | "npm" | "npx" if image.is_debian() => {
            return "Begin with an image of Node.js, copy it from one, or add it with `nodejs(22)`.".to_owned();
        }
        "node" | "npm" | "npx" => "nodejs npm",
        "gpg" => "gnupg",
        "cc" | "gcc" | "g++" | "make" if image.is_debian() => "build-essential",
        "cc" | "gcc" | "g++" | "make" => "build-base",
        "pip" | "pip3" | "python" | "python3" => {
            return "Begin with an image of Python, such as `python:3.12-slim`.".to_owned();
        }
        _ => program,
    };
    let command = if image.is_alpine() { "apk add --no-cache" } else { "apt-get update && apt-get install -y" };
    let call = if image.is_alpine() { String::new() } else { format!(", or `aptInstall(\"{package}\")`") };
    format!("Install it first: `{command} {package}`{call}.")
}
