//! What the steps of pip and uv share.

use std::fmt;

use crate::dockerfile::shell_word;
use crate::files::requirement::bad_requirement;
use crate::normal_form::{Builder, distinct, has_heredoc, one_line};
use crate::problem::Code;

/// What pip caches is useless in an image.
pub(super) const PIP: &str = "python -m pip install --no-cache-dir";

/// A program that installs Python packages.
pub(super) struct Installer {
    command: String,
    pre: &'static str,
}

impl Installer {
    pub(super) fn pip() -> Self {
        Self { command: PIP.to_owned(), pre: "--pre" }
    }

    pub(super) fn uv(version: &str) -> Self {
        let command = format!("{PIP} uv=={version} && python -m uv pip install --system --no-cache");
        Self { command, pre: "--prerelease allow" }
    }
}

/// Where text files for pip lie in the image, under their paths below the root.
pub(super) const DIRECTORY: &str = "/.requirements";

/// The options that the steps share, and two that only a file asks for.
pub(super) struct PipOptions<'a> {
    pub(super) find_links: &'a [String],
    pub(super) no_index: bool,
    pub(super) index_url: Option<&'a str>,
    pub(super) extra_index_urls: &'a [String],
    pub(super) pre: bool,
    /// Path in the image of a file of constraints.
    pub(super) constraints: Option<String>,
    pub(super) extra_options: Option<&'a str>,
}

/// The options of a step that has them.
macro_rules! pip_options {
    ($step:expr) => {
        $crate::steps::pip::PipOptions {
            find_links: &$step.find_links,
            no_index: false,
            index_url: $step.index_url.as_deref(),
            extra_index_urls: &$step.extra_index_urls,
            pre: $step.pre,
            constraints: None,
            extra_options: $step.extra_options.as_deref(),
        }
    };
}

pub(super) use pip_options;

impl PipOptions<'_> {
    /// Whether there is anything to install: options alone may name it.
    pub(super) fn installs(&self, packages: &[String]) -> bool {
        !packages.is_empty() || self.extra_options.is_some_and(|options| !one_line(options).is_empty())
    }
}

/// Adds a line that installs `packages`; none if there is nothing to install.
pub(super) fn install(installer: &Installer, options: &PipOptions, packages: Vec<String>, builder: &mut Builder) {
    let option = |name: &'static str| move |value: &str| format!("{name} {}", shell_word(value));
    let mut words = vec![installer.command.clone()];
    words.extend(options.find_links.iter().map(String::as_str).map(option("--find-links")));
    words.extend(options.no_index.then(|| "--no-index".to_owned()));
    words.extend(options.index_url.map(option("--index-url")));
    words.extend(options.extra_index_urls.iter().map(String::as_str).map(option("--extra-index-url")));
    words.extend(options.pre.then(|| installer.pre.to_owned()));
    words.extend(options.constraints.as_deref().map(option("--constraint")));
    check_urls(options, builder);
    let installs = options.installs(&packages);
    words.extend(packages);
    // Last, as in the Daytona SDK: the shell reads them, and a `#` among them ends the line.
    let extra = options.extra_options.map(|options| extra_options(options, builder));
    words.extend(extra.filter(|extra| !extra.is_empty()));
    if installs {
        builder.run(words.join(" "));
    }
}

fn extra_options(options: &str, builder: &mut Builder) -> String {
    let options = builder.line(&"/extraOptions", options);
    if has_heredoc(&options) {
        let message = "Docker would read `<<` as the beginning of a heredoc.";
        builder.report(Code::InvalidCommand, &"/extraOptions", message, "Put the word in quotes.");
    }
    options
}

fn check_urls(options: &PipOptions, builder: &mut Builder) {
    for (i, url) in options.find_links.iter().enumerate() {
        check_option(&format_args!("/findLinks/{i}"), url, builder);
    }
    for (i, url) in options.extra_index_urls.iter().enumerate() {
        check_option(&format_args!("/extraIndexUrls/{i}"), url, builder);
    }
    if let Some(url) = options.index_url {
        check_option(&"/indexUrl", url, builder);
    }
}

fn check_option(field: &dyn fmt::Display, value: &str, builder: &mut Builder) {
    if value.is_empty() {
        builder.report(Code::Empty, field, "The value is empty.", "Leave the option out, or give it a value.");
    }
    builder.check_one_line(field, value);
}

/// Requirement specifiers as words of a shell line.
pub(super) fn requirements(packages: &[String], builder: &mut Builder) -> Vec<String> {
    for (i, package) in packages.iter().enumerate() {
        if let Some(flaw) = bad_requirement(package.trim()) {
            builder.report(flaw.code, &format_args!("/packages/{i}"), flaw.message, flaw.hint);
        }
    }
    distinct(packages).into_iter().map(shell_word).collect()
}
