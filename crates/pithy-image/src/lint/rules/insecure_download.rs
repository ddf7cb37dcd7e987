//! # A download whose origin is not checked
//!
//! Without the check of the certificate, or over plain HTTP, anybody on the way can replace what is downloaded, and with it what is
//! in the image.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM buildpack-deps:bookworm-curl
//! RUN curl -k -o /usr/local/bin/tool https://example.com/tool
//! ```
//!
//! ```dockerfile
//! FROM buildpack-deps:bookworm-curl
//! RUN wget http://example.com/tool.tar.gz
//! ```
//!
//! ```dockerfile
//! FROM node:22-slim
//! ENV NODE_TLS_REJECT_UNAUTHORIZED=0
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM buildpack-deps:bookworm-curl
//! RUN curl -fo /usr/local/bin/tool https://example.com/tool && curl http://localhost:8080/health
//! ```
//!
//! ## Source
//!
//! curl(1), `--insecure`; pip's documentation of `--trusted-host`; CWE-295.

use pithy_image_dockerfile::Keyword;

use crate::lint::subject::Command;
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for command in subject.commands() {
        if let Some(option) = unchecked(&command) {
            let message = format!("`{option}` takes whatever answers for the host.");
            report.command(&command, message, "Leave it out; install `ca-certificates` if certificates are missing.");
        } else if let Some(url) = plain(&command) {
            let message = format!("`{url}` is fetched over plain HTTP, which anybody on the way can change.");
            report.command(&command, message, "Use `https:`, or compare a checksum.");
        }
        for word in &command.assignments {
            variable(word.value.split_once('='), &mut |message| report.part(&command, word.span, message, UNSET));
        }
    }
    for line in subject.lines.iter().filter(|line| matches!(line.keyword, Keyword::Env | Keyword::Arg)) {
        for pair in &line.pairs {
            let value = pair.value.as_ref().map_or("", |value| value.value.trim_matches(['"', '\'']));
            variable(Some((&pair.name.value, value)), &mut |message| report.at(pair.name.span.start, message, UNSET));
        }
    }
}

const UNSET: &str = "Leave it out; add the certificate that is missing to the image.";

/// Variables that switch the check of certificates off.
fn variable(pair: Option<(&str, &str)>, report: &mut dyn FnMut(String)) {
    let is_off = match pair {
        Some(("NODE_TLS_REJECT_UNAUTHORIZED" | "PYTHONHTTPSVERIFY", value)) => value == "0",
        Some(("GIT_SSL_NO_VERIFY", value)) => !["", "0", "false"].contains(&value),
        Some(("npm_config_strict_ssl" | "NPM_CONFIG_STRICT_SSL", value)) => value == "false",
        _ => false,
    };
    if let Some((name, value)) = pair.filter(|_| is_off) {
        report(format!("`{name}={value}` takes whatever answers for a host."));
    }
}

/// The option that switches the check of certificates off.
fn unchecked<'s>(command: &Command<'s>) -> Option<&'s str> {
    let has = |names: &[&str]| {
        let mut words = command.arguments().iter().map(|word| word.value.as_str());
        words.find(|word| names.contains(&word.split('=').next().unwrap_or_default()))
    };
    match command.program() {
        "curl" => has(&["-k", "--insecure"]).or_else(|| {
            let clusters = command.arguments().iter().map(|word| word.value.as_str());
            let mut clusters = clusters.filter(|word| word.starts_with('-') && !word.starts_with("--"));
            clusters.find(|word| word[1..].split(['o', 'H', 'd', 'u', 'X']).next().unwrap_or_default().contains('k'))
        }),
        "wget" => has(&["--no-check-certificate"]),
        "pip" | "pip3" => has(&["--trusted-host"]),
        "apt-get" | "apt" => has(&["--allow-unauthenticated", "--force-yes"]),
        "apk" => has(&["--allow-untrusted"]),
        "git" => {
            let mut words = command.arguments().iter().map(|word| word.value.as_str());
            words.find(|word| word.eq_ignore_ascii_case("http.sslVerify=false"))
        }
        _ => None,
    }
}

/// A URL that is fetched over plain HTTP, from another machine.
fn plain<'s>(command: &Command<'s>) -> Option<&'s str> {
    const OWN: [&str; 4] = ["localhost", "127.", "0.0.0.0", "[::1]"];
    let is_download = ["curl", "wget"].contains(&command.program());
    let mut urls = command.arguments().iter().map(|word| word.value.as_str()).filter(|_| is_download);
    urls.find(|url| url.strip_prefix("http://").is_some_and(|host| !OWN.iter().any(|own| host.starts_with(own))))
}
