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
    let (was, is, sources) = (hosts(before, |_| true), hosts(after, |_| true), hosts(after, names_packages));
    let gone = was.keys().find(|host| !is.contains_key(*host));
    for (host, at) in is.iter().filter(|(host, _)| !was.contains_key(*host)) {
        if let Some(at) = sources.get(host) {
            report.at(*at, format!("`{host}` is a new host to get packages from."), HINT);
        } else if let Some(gone) = gone {
            report.at(*at, format!("`{host}` is a new host to download from, and `{gone}` is gone."), HINT);
        }
    }
}

/// The hosts in the URLs of instructions, and where each stands first; of those behind a text that is meant.
fn hosts<'a>(subject: &Subject<'a>, is_meant: fn(&str) -> bool) -> BTreeMap<&'a str, usize> {
    let text = subject.dockerfile.text();
    let urls = text.match_indices("://").filter_map(|(at, colon)| {
        let start = at + colon.len();
        let rest = &text[start..];
        let end = rest.find(|c: char| c.is_whitespace() || "/?#\"'\\`)>,;".contains(c)).unwrap_or(rest.len());
        let host = rest[..end].rsplit('@').next()?.split(':').next()?;
        (!host.is_empty() && !host.contains(['$', '{']) && is_meant(&text[..at])).then_some((host, start))
    });
    // Of several, the first counts, so they are entered from the last one on.
    let urls: Vec<_> =
        urls.filter(|(_, at)| subject.lines.iter().any(|line| line.span.start <= *at && *at < line.span.end)).collect();
    ordered::map(urls.into_iter().rev())
}

/// Whether the URL whose scheme is at the end of a text is one that packages come from: as an option, a variable or a line of a
/// file tells `pip`, `uv`, `npm`, `cargo` or `apt`.
fn names_packages(text: &str) -> bool {
    let text = text.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '+');
    let text = text.trim_end_matches([' ', '=', '"', '\'', ':']);
    let text = text.rsplit_once(" [").filter(|_| text.ends_with(']')).map_or(text, |(deb, _)| deb);
    ["index-url", "INDEX_URL", " -i", "registry", "REGISTRY", "deb", "URIs"].iter().any(|end| text.ends_with(end))
}
