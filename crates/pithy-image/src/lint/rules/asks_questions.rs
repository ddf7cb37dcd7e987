//! # A package that asks questions while it is installed
//!
//! Some packages ask for a time zone, a keyboard or a mail server when they are installed. A build has nobody to answer: it waits for ever, or
//! takes what it reads for an answer. With `DEBIAN_FRONTEND=noninteractive` they take their defaults.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM ubuntu:24.04
//! RUN apt-get update && apt-get install -y tzdata
//! ```
//!
//! ```dockerfile
//! FROM debian:12
//! RUN apt-get update && apt-get install -y postfix
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM ubuntu:24.04
//! RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y tzdata
//! ```
//!
//! ```dockerfile
//! FROM ubuntu:24.04
//! ARG DEBIAN_FRONTEND=noninteractive
//! RUN apt-get update && apt-get install -y tzdata keyboard-configuration
//! ```
//!
//! ```dockerfile
//! FROM ubuntu:24.04
//! RUN export DEBIAN_FRONTEND=noninteractive && apt-get update && apt-get install -y tzdata
//! ```
//!
//! ```dockerfile
//! FROM ubuntu:24.04
//! ENV TZ=Europe/Berlin
//! RUN ln -snf /usr/share/zoneinfo/$TZ /etc/localtime && echo $TZ > /etc/timezone
//! RUN apt-get update && apt-get install -y tzdata
//! ```
//!
//! ```dockerfile
//! FROM debian:12
//! RUN apt-get update && apt-get install -y tzdata
//! ```
//!
//! ## Source
//!
//! debconf(7), "Frontends"; Docker's FAQ on `DEBIAN_FRONTEND`.

use pithy_image_dockerfile::Keyword;

use crate::lint::official::Official;
use crate::lint::packages::{Install, Manager, package_name};
use crate::lint::subject::{Command, Line};
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

const FRONTEND: &str = "DEBIAN_FRONTEND";

pub(super) fn check(subject: &Subject, report: &mut Report) {
    subject.follow(|base| Official::of(base).filter(Official::is_debian), &mut |image, line| {
        if sets_frontend(line) {
            *image = None;
        }
        for command in line.commands() {
            let Some(known) = *image else { return };
            if answers(&command) {
                *image = None;
            } else if let Some(package) = asking(&command, known) {
                let message = format!("`{package}` asks questions when it is installed, and nobody answers.");
                report.command(&command, message, HINT);
            }
        }
    });
}

const HINT: &str = "Write `DEBIAN_FRONTEND=noninteractive apt-get install -y …`, as `aptInstall(…)` does, or set it with `ARG` before it.";

/// A package that asks. Debian has tzdata in its base image, and asks nothing.
fn asking<'s>(command: &Command<'s>, image: Official) -> Option<&'s str> {
    const ASKING: [&str; 12] = [
        "console-setup",
        "iptables-persistent",
        "jackd2",
        "keyboard-configuration",
        "krb5-user",
        "lightdm",
        "postfix",
        "slapd",
        "ttf-mscorefonts-installer",
        "ubuntu-desktop",
        "wireshark",
        "xserver-xorg",
    ];
    let packages = Install::of_manager(command, Manager::Apt)?.packages;
    let names = packages.into_iter().map(|word| package_name(&word.value));
    let asks = |name: &&str| ASKING.contains(name) || *name == "tzdata" && image.is_ubuntu();
    let is_answered =
        command.pipeline.commands.len() > 1 || command.redirections.iter().any(|from| from.operator.contains('<'));
    names.filter(|_| !is_answered).find(asks)
}

/// Whether questions are answered from this command on, or only for it.
fn answers(command: &Command) -> bool {
    const ANSWERS: [&str; 4] = [FRONTEND, "debconf", "/etc/timezone", "/etc/localtime"];
    let mut words = command.assignments.iter().chain(&command.words);
    let targets = command.redirections.iter().filter_map(|to| to.target.as_ref());
    let is_answer = |value: &str| ANSWERS.iter().any(|answer| value.contains(answer));
    words.any(|word| is_answer(&word.value)) || targets.into_iter().any(|word| is_answer(&word.value))
}

fn sets_frontend(line: &Line) -> bool {
    let sets = matches!(line.keyword, Keyword::Env | Keyword::Arg);
    sets && line.pairs.iter().any(|pair| pair.name.value == FRONTEND)
}
