//! # A download whose content is not compared
//!
//! What a URL returns may change: by a new release, a moved tag, or somebody who took over the host. A checksum in the definition makes the
//! build fail instead of using something else.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM buildpack-deps:bookworm-curl
//! RUN curl -fsSLo /usr/local/bin/tool https://example.com/tool && chmod +x /usr/local/bin/tool
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim
//! ADD https://example.com/tool-1.2.3.tar.gz /tmp/
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM buildpack-deps:bookworm-curl
//! RUN curl -fsSLo /usr/local/bin/tool https://example.com/tool \
//!  && echo "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08  /usr/local/bin/tool" | sha256sum -c
//! RUN curl -fsSLo /etc/apt/keyrings/example.asc https://example.com/key.asc
//! ADD --checksum=sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 https://example.com/tool-1.2.3.tar.gz /tmp/
//! ADD https://example.com/tool.git#v1.2.3 /src
//! ```
//!
//! ## Source
//!
//! Docker's reference of `ADD`, `--checksum`; SLSA, "Dependency threats".

use pithy_image_dockerfile::{CopySource, Keyword};

use crate::lint::downloads::Download;
use crate::lint::subject::{Command, SHELLS};
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Pedantic;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for line in &subject.lines {
        if line.keyword == Keyword::Add && line.call != "addGit" && line.flag("checksum").is_none() {
            let urls = line.sources().filter_map(|source| match source {
                CopySource::Path(word) => Some(word.value.as_str()),
                CopySource::Inline(..) => None,
            });
            if let Some(url) = urls.filter(|_| line.is_own()).find(|url| is_file(url)) {
                report.line(line, format!("Nothing compares what `{url}` returns."), "Add `--checksum=sha256:…`.");
            }
        }
        let is_compared = line.commands().any(|command| compares(&command));
        for command in line.commands().filter(|_| !is_compared) {
            let is_run = command.piped_into().any(|next| SHELLS.contains(&next.program())); // `pipe_to_shell`
            if let Some(download) = Download::of(&command).filter(|download| is_used(download) && !is_run) {
                let message = format!("Nothing compares what `{}` returns.", download.url);
                report.command(&command, message, "Compare its checksum with `sha256sum -c` in the same `RUN`.");
            }
        }
    }
}

/// Whether a URL is that of a file rather than of a repository, which has commits.
fn is_file(url: &str) -> bool {
    let path = url.split(['#', '?']).next().unwrap_or(url);
    (url.starts_with("https://") || url.starts_with("http://"))
        && path.rsplit_once('.').is_none_or(|(_, extension)| extension != "git")
}

/// Whether a file is saved that is not itself a key, to check others with.
fn is_used(download: &Download) -> bool {
    const KEYS: [&str; 6] = [".asc", ".gpg", ".key", ".pub", ".sha256", ".sig"];
    let is_key = |path: &str| KEYS.iter().any(|end| path.ends_with(end));
    download.is_saved && !is_key(download.url) && !download.file.is_some_and(is_key)
}

fn compares(command: &Command) -> bool {
    const PROGRAMS: [&str; 9] =
        ["cosign", "gpgv", "md5sum", "minisign", "sha1sum", "sha256sum", "sha512sum", "shasum", "apt-key"];
    let verifies =
        || command.arguments().iter().any(|word| ["--verify", "dgst", "--dearmor", "--import"].contains(&&*word.value));
    PROGRAMS.contains(&command.program()) || ["gpg", "openssl"].contains(&command.program()) && verifies()
}
