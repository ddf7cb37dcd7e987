//! # Credentials in the image
//!
//! Tools keep passwords and tokens in files such as `.netrc`. In an image, everybody who can use a sandbox of it has them, also the agent
//! that runs in it, and a later step that removes the file leaves it in the layer below.
//!
//! ## Bad
//!
//! ```json
//! {
//!   "steps": [{ "base": { "image": "node:22-slim" } }, { "addLocalDir": { "source": "app", "destination": "/app" } }],
//!   "files": { "app/.npmrc": "//registry.npmjs.org/:_authToken=npm_…\n", "app/index.js": "\n" }
//! }
//! ```
//!
//! ```json
//! {
//!   "steps": [{ "base": { "image": "debian:12-slim" } }, { "addLocalDir": { "source": "home", "destination": "/root" } }],
//!   "files": { "home/.aws/credentials": "[default]\n", "home/.docker/config.json": "{}", "home/.git-credentials": "\n", "home/.ssh/id_ed25519": "…" }
//! }
//! ```
//!
//! ```json
//! {
//!   "steps": [{ "base": { "image": "debian:12-slim" } }, { "addLocalFile": { "source": "service-account-prod.json", "destination": "/key.json" } }],
//!   "files": { "service-account-prod.json": "{}" }
//! }
//! ```
//!
//! ## Good
//!
//! Settings without a secret, examples, and what is only there for tests:
//!
//! ```json
//! {
//!   "steps": [{ "base": { "image": "node:22-slim" } }, { "addLocalDir": { "source": "app", "destination": "/app", "exclude": ["*.p12"] } }],
//!   "files": {
//!     "app/.npmrc": "registry=https://registry.example.com\n//registry.example.com/:_authToken=${NPM_TOKEN}\n",
//!     "app/ca.pem": "-----BEGIN CERTIFICATE-----\n",
//!     "app/client.p12": "…",
//!     "app/debug.keystore": "…",
//!     "app/id_rsa.pub": "ssh-rsa …\n",
//!     "app/keys.pem": "-----BEGIN PUBLIC KEY-----\n",
//!     "app/service-account.example.json": "{}",
//!     "app/tests/fixtures/server.p12": "…"
//!   }
//! }
//! ```
//!
//! ## Source
//!
//! CWE-538; Docker, "Build secrets".

use crate::files::seen::Seen;
use crate::lint::report::{is_or_are, named};
use crate::lint::subject::Sent;
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

const NAMES: [&str; 9] = [
    ".git-credentials",
    ".netrc",
    ".pgpass",
    ".pypirc",
    "application_default_credentials.json",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "id_rsa",
];

/// Files whose names say little without that of their directory.
const PATHS: [&str; 3] = [".aws/credentials", ".docker/config.json", ".kube/config"];

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for (pointer, paths) in subject.sent_by_source(&is_credential) {
        let message = format!("{} {} sent, with the credentials that are in there.", named(&paths), is_or_are(&paths));
        report.step(
            pointer,
            message,
            "Leave it out with `exclude` or an ignore file; pass secrets to the sandbox with `envVars`.",
        );
    }
}

fn is_credential(sent: &Sent) -> bool {
    let (name, path) = (sent.name().to_ascii_lowercase(), sent.path());
    // What is a private key, `private_key_sent` reports.
    let is_other = sent.is_local() && sent.entry.is_file() && !sent.seen().has(Seen::PRIVATE_KEY);
    let has_token = name == ".npmrc" && sent.seen().has(Seen::NPM_TOKEN);
    let is_at = |end: &str| path == end || path.strip_suffix(end).is_some_and(|start| start.ends_with('/'));
    let is_named =
        NAMES.contains(&name.as_str()) || is_store(&name) || is_account(&name) || PATHS.iter().any(|end| is_at(end));
    is_other && (has_token || (is_named && !is_for_tests(&path)))
}

/// Whether a file holds a private key with its certificate.
fn is_store(name: &str) -> bool {
    const ENDS: [&str; 4] = [".jks", ".keystore", ".p12", ".pfx"];
    let is_public = ["debug.", "trust", "cacerts"].iter().any(|part| name.contains(part));
    ENDS.iter().any(|end| name.ends_with(end)) && !is_public
}

/// Whether a file is the key of a service account.
fn is_account(name: &str) -> bool {
    const EXAMPLES: [&str; 4] = ["example", "sample", "schema", "template"];
    let Some((plain, "json")) = name.rsplit_once('.') else { return false };
    let plain = plain.replace(['-', '_'], "");
    plain.starts_with("serviceaccount") && !EXAMPLES.iter().any(|part| plain.contains(part))
}

/// Whether a path leads through a directory of tests, or of what others published.
fn is_for_tests(path: &str) -> bool {
    const DIRECTORIES: [&str; 8] =
        ["__tests__", "examples", "fixtures", "node_modules", "site-packages", "test", "testdata", "tests"];
    path.split('/').any(|part| DIRECTORIES.contains(&part))
}
