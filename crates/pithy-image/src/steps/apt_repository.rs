//! Adds a repository of Debian packages.
//!
//! ```
//! # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
//! # use {doc::lines, pithy_image::Image};
//! use pithy_image::steps::AptRepository;
//!
//! let image = Image::base("debian:12-slim").with(AptRepository {
//!     name: "docker".into(),
//!     key_url: "https://download.docker.com/linux/debian/gpg".into(),
//!     uri: "https://download.docker.com/linux/debian".into(),
//!     suite: "bookworm".into(),
//!     components: vec!["stable".into()],
//! });
//! assert!(lines(&image)[1].contains("> /etc/apt/sources.list.d/docker.sources"));
//! ```

use std::fmt;

use super::StepKind;
use super::apt_install::{CLEAN, install_line};
use crate::dockerfile::shell_word;
use crate::normal_form::Builder;
use crate::problem::Code;

step! {
    /// Adds a repository of Debian packages for the following `aptInstall`: a layer that fetches its key to
    /// `/etc/apt/keyrings/`, with curl, which is installed for it, and writes `/etc/apt/sources.list.d/<name>.sources`.
    pub struct AptRepository {
        /// Name of the file: lower-case letters, digits and `-`.
        name: String,
        /// URL of the key that signs the repository, armored or not.
        key_url: String,
        /// URL of the repository.
        uri: String,
        /// Suite, such as `stable` or `bookworm`; one that ends with `/` is a path and has no components.
        suite: String,
        /// Components, such as `main`.
        components: Vec<String> = default,
    }
    call "aptRepository({ name, keyUrl, uri, suite, components })";
    emits "`RUN` _repository_ _clean_";
}

impl StepKind for AptRepository {
    fn build(&self, builder: &mut Builder) {
        let Self { name, key_url, uri, suite, components } = self;
        if !is_repository_name(name) {
            let message = format!("Invalid repository name: `{}`.", name.escape_debug());
            builder.report(Code::InvalidName, &"/name", message, "Use lower-case letters, digits, `-` and `_`.");
        }
        check_url(&"/keyUrl", key_url, builder);
        check_url(&"/uri", uri, builder);
        check_word(&"/suite", suite, builder);
        for (i, component) in components.iter().enumerate() {
            check_word(&format_args!("/components/{i}"), component, builder);
        }
        if suite.ends_with('/') != components.is_empty() {
            let message = "A suite has components, and one that ends with `/` has none.";
            let hint = "Give components such as `main`, or leave them out.";
            builder.report(Code::InvalidName, &"/components", message, hint);
        }
        builder.run(self.add_line() + CLEAN);
    }
}

impl AptRepository {
    /// The beginning of an apt layer that adds the repository. Its key is named by its form, which is how apt knows it.
    pub(super) fn add_line(&self) -> String {
        let Self { name, key_url, uri, suite, components } = self;
        let mut fields = vec!["Types: deb".to_owned(), format!("URIs: {uri}"), format!("Suites: {suite}")];
        if !components.is_empty() {
            fields.push(format!("Components: {}", components.join(" ")));
        }
        let fields: Vec<_> = fields.iter().map(|field| shell_word(field)).collect();
        let curl = install_line(["ca-certificates", "curl"], false);
        let (fields, key_url) = (fields.join(" "), shell_word(key_url));
        format!(
            "{curl} && mkdir -p /etc/apt/keyrings && key=/etc/apt/keyrings/{name} && curl -fsSL --retry 3 -o $key {key_url} && \
             if grep -q 'BEGIN PGP PUBLIC KEY BLOCK' $key; then mv $key $key.asc && key=$key.asc; \
             else mv $key $key.gpg && key=$key.gpg; fi && chmod 0644 $key && \
             printf '%s\\n' {fields} \"Signed-By: $key\" > /etc/apt/sources.list.d/{name}.sources"
        )
    }
}

fn check_url(field: &dyn fmt::Display, url: &str, builder: &mut Builder) {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    if rest.is_none_or(str::is_empty) || !is_word(url) {
        let message = format!("Invalid URL: `{}`.", url.escape_debug());
        builder.report(Code::InvalidUrl, field, message, "Give one that begins with `https://`.");
    }
}

fn check_word(field: &dyn fmt::Display, word: &str, builder: &mut Builder) {
    if !is_word(word) {
        let message = format!("Expected one word, got `{}`.", word.escape_debug());
        builder.report(Code::InvalidName, field, message, "Give one word, such as `stable` or `main`.");
    }
}

fn is_repository_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte))
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}
