//! # A download from another host
//!
//! A host that was downloaded from is gone, and another one takes its place; or packages come from a host that nothing came from
//! before. Whoever controls it chooses what is in the image.
//!
//! ## Bad
//!
//! ```dockerfile before
//! FROM debian:12-slim
//! RUN curl -fsSLo tool https://github.com/acme/tool/releases/download/v1/tool
//! ```
//!
//! ```dockerfile after
//! FROM debian:12-slim
//! RUN curl -fsSLo tool https://githud.com/acme/tool/releases/download/v1/tool
//! ```
//!
//! ```dockerfile before
//! FROM python:3.12-slim
//! RUN pip install --no-cache-dir requests==2.32.3
//! ```
//!
//! ```dockerfile after
//! FROM python:3.12-slim
//! RUN pip install --no-cache-dir --extra-index-url https://packages.example.com/simple requests==2.32.3
//! ```
//!
//! ## Good
//!
//! ```dockerfile before
//! FROM debian:12-slim
//! RUN curl -fsSLo tool https://github.com/acme/tool/releases/download/v1/tool
//! ```
//!
//! ```dockerfile after
//! FROM debian:12-slim
//! RUN curl -fsSLo tool https://github.com/acme/tool/releases/download/v2/tool
//! RUN curl -fsSLo other https://example.com/other
//! ```
//!
//! ## Source
//!
//! SLSA, "Threats": dependencies; typosquatting; dependency confusion.

use std::collections::BTreeMap;

use crate::lint::{Report, Severity, Subject};
use crate::ordered;

pub(super) const SEVERITY: Severity = Severity::Warning;

const HINT: &str = "Make sure that this host is the one that is meant.";

pub(super) fn check(before: &Subject, after: &Subject, report: &mut Report) {
    let [was, is] = [before, after].map(|subject| hosts(subject, is_downloaded));
    let sources = hosts(after, names_packages);
    let gone = was.keys().find(|host| !is.contains_key(*host));
    for (host, at) in is.iter().filter(|(host, _)| !was.contains_key(*host)) {
        if let Some(at) = sources.get(host).filter(|_| !USUAL.contains(host)) {
            report.at(*at, format!("`{host}` is a new host to get packages from."), HINT);
        } else if let Some(gone) = gone {
            report.at(*at, format!("`{host}` is a new host to download from, and `{gone}` is gone."), HINT);
        }
    }
}

/// The hosts of the URLs in instructions, and where each stands first. `is_meant` gets the text before `://`.
fn hosts<'a>(subject: &Subject<'a>, is_meant: fn(&str) -> bool) -> BTreeMap<&'a str, usize> {
    let text = subject.dockerfile.text();
    let is_instruction = |at: usize| {
        let next = subject.lines.partition_point(|line| line.span.end <= at);
        subject.lines.get(next).is_some_and(|line| line.span.start <= at)
    };
    let urls = text.rmatch_indices("://").filter_map(|(at, colon)| {
        let start = at + colon.len();
        let rest = &text[start..];
        let end = rest.find(|c: char| c.is_whitespace() || "/?#\"'\\`)>,;|&<[".contains(c)).unwrap_or(rest.len());
        let host = rest[..end].rsplit('@').next()?.split(':').next()?;
        let is_named = !host.is_empty() && !host.contains(['$', '{']);
        (is_named && is_instruction(start) && is_meant(&text[..at])).then_some((host, start))
    });
    ordered::map(urls) // from the last to the first, which counts
}

/// Whether a text ends with the scheme of a URL to download from.
fn is_downloaded(text: &str) -> bool {
    ["http", "https", "ftp", "git"].iter().any(|scheme| text.ends_with(scheme))
}

/// Words before a URL that are looked at.
const WORDS: usize = 16;

/// Whether a text ends with the scheme of a URL to get packages from, as an option, a variable or a line of a file tells pip, uv,
/// npm, Yarn, Go or apt.
fn names_packages(text: &str) -> bool {
    let text = text.trim_end_matches(|c: char| c.is_ascii_alphanumeric());
    let words = text.rsplit(|c: char| c.is_whitespace() || "=\"'/[]\\".contains(c)).take(WORDS);
    let mut words = words.filter(|word| !word.is_empty());
    let last = words.next().unwrap_or_default();
    let mut others = words.take_while(|word| !word.contains([':', '&', ';', '|'])); // up to another URL or command
    match last {
        "-i" => others.any(|word| word.starts_with("pip")),
        _ => NAMES.contains(&last) || others.any(|word| word == "deb"),
    }
}

const NAMES: [&str; 17] = [
    "--index-url",
    "--extra-index-url",
    "--index",
    "--default-index",
    "--registry",
    "registry",
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "UV_INDEX_URL",
    "UV_EXTRA_INDEX_URL",
    "UV_INDEX",
    "UV_DEFAULT_INDEX",
    "npm_config_registry",
    "NPM_CONFIG_REGISTRY",
    "GOPROXY",
    "deb",
    "URIs:",
];

/// Where the tools get packages from if nothing is said, and the machine itself.
const USUAL: [&str; 5] = ["pypi.org", "registry.npmjs.org", "proxy.golang.org", "deb.debian.org", "localhost"];
