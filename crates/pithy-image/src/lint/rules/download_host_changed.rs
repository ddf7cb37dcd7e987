//! # A download from another host
//!
//! A host that was downloaded from is gone, and another one takes its place. Whoever controls it chooses what is in the image.
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
//! SLSA, "Threats": dependencies; typosquatting.

use std::collections::BTreeMap;

use crate::lint::{Report, Severity, Subject};
use crate::ordered;

pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn check(before: &Subject, after: &Subject, report: &mut Report) {
    let (was, is) = (hosts(before), hosts(after));
    let gone: Vec<_> = was.keys().filter(|host| !is.contains_key(*host)).collect();
    let Some(gone) = gone.first() else { return };
    for (host, at) in is.iter().filter(|(host, _)| !was.contains_key(*host)) {
        let message = format!("`{host}` is a new host to download from, and `{gone}` is gone.");
        report.at(*at, message, "Make sure that this host is the one that is meant.");
    }
}

/// The hosts in the URLs of instructions, and where each stands first.
fn hosts<'a>(subject: &Subject<'a>) -> BTreeMap<&'a str, usize> {
    let text = subject.dockerfile.text();
    let urls = text.match_indices("://").filter_map(|(at, colon)| {
        let start = at + colon.len();
        let rest = &text[start..];
        let end = rest.find(|c: char| c.is_whitespace() || "/?#\"'\\`)>,;".contains(c)).unwrap_or(rest.len());
        let host = rest[..end].rsplit('@').next()?.split(':').next()?;
        (!host.is_empty() && !host.contains(['$', '{'])).then_some((host, start))
    });
    // Of several, the first counts, so they are entered from the last one on.
    let urls: Vec<_> =
        urls.filter(|(_, at)| subject.lines.iter().any(|line| line.span.start <= *at && *at < line.span.end)).collect();
    ordered::map(urls.into_iter().rev())
}
