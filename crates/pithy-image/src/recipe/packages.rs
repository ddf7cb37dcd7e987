//! Packages: pip, uv, npm and apt.

use std::collections::BTreeSet;
use std::fmt;

use super::commands::has_heredoc;
use super::{Builder, distinct};
use crate::problem::Code;
use crate::step::{self, PipOptions};
use crate::text::shell_word;

/// A front of pip, or of what is called like it.
pub(super) struct Installer {
    pub(super) command: String,
    pub(super) pre: &'static str,
}

impl Installer {
    pub(super) fn pip() -> Self {
        Self { command: PIP.to_owned(), pre: "--pre" }
    }

    fn uv(version: &str) -> Self {
        let command = format!("{PIP} uv=={version} && python -m uv pip install --system --no-cache");
        Self { command, pre: "--prerelease allow" }
    }
}

impl Builder<'_> {
    pub(super) fn pip_install(&mut self, step: &step::PipInstall) {
        let packages = self.requirements(&step.packages);
        self.install(&Installer::pip(), &step.pip(), packages);
    }

    pub(super) fn uv_pip_install(&mut self, step: &step::UvPipInstall) {
        let version = step.uv_version.as_deref().unwrap_or(UV);
        self.version(&"/uvVersion", version);
        let packages = self.requirements(&step.packages);
        self.install(&Installer::uv(version), &step.pip(), packages);
    }

    /// A line that installs `packages`; none if there is nothing to install.
    pub(super) fn install(&mut self, installer: &Installer, options: &PipOptions, packages: Vec<String>) {
        let mut words = vec![installer.command.clone()];
        let mut option = |name: &str, value: &str| words.push(format!("{name} {}", shell_word(value)));
        options.find_links.iter().for_each(|link| option("--find-links", link));
        options.index_url.iter().for_each(|url| option("--index-url", url));
        options.extra_index_urls.iter().for_each(|url| option("--extra-index-url", url));
        if options.pre {
            words.push(installer.pre.to_owned());
        }
        self.urls(options);
        let is_empty = packages.is_empty();
        words.extend(packages);
        // Last, as in the Daytona SDK: the shell reads them, and a `#` among them ends the line.
        let extra = options.extra_options.map(|options| self.extra_options(options)).unwrap_or_default();
        if !is_empty || !extra.is_empty() {
            words.extend(Some(extra).filter(|extra| !extra.is_empty()));
            self.run(words.join(" "));
        }
    }

    fn extra_options(&mut self, options: &str) -> String {
        let options = self.line(&"/extraOptions", options);
        if has_heredoc(&options) {
            let message = "Docker would read `<<` as the beginning of a heredoc.";
            self.report(Code::InvalidCommand, &"/extraOptions", message, "Put the word in quotes.");
        }
        options
    }

    fn urls(&mut self, options: &PipOptions) {
        for (i, url) in options.find_links.iter().enumerate() {
            self.option_value(&format_args!("/findLinks/{i}"), url);
        }
        for (i, url) in options.extra_index_urls.iter().enumerate() {
            self.option_value(&format_args!("/extraIndexUrls/{i}"), url);
        }
        if let Some(url) = options.index_url {
            self.option_value(&"/indexUrl", url);
        }
    }

    fn option_value(&mut self, field: &dyn fmt::Display, value: &str) {
        if value.is_empty() {
            self.report(Code::Empty, field, "The value is empty.", "Leave the option out, or give it a value.");
        }
        self.one_line(field, value);
    }

    /// Requirement specifiers as words of a shell line.
    fn requirements(&mut self, packages: &[String]) -> Vec<String> {
        for (i, package) in packages.iter().enumerate() {
            if let Some(flaw) = bad_requirement(package.trim()) {
                self.report(flaw.code, &format_args!("/packages/{i}"), flaw.message, flaw.hint);
            }
        }
        distinct(packages).into_iter().map(shell_word).collect()
    }

    pub(super) fn npm_install(&mut self, step: &step::NpmInstall) {
        for (i, package) in step.packages.iter().enumerate() {
            let package = package.trim();
            if !is_npm_package(package) {
                let message = format!("Not a package of npm: `{}`.", package.escape_debug());
                let hint =
                    "Give each package as an entry of its own: `typescript`, `typescript@5` or `@scope/name@1.2.3`.";
                self.report(Code::InvalidPackage, &format_args!("/packages/{i}"), message, hint);
            }
        }
        let packages: Vec<_> = distinct(&step.packages).into_iter().map(shell_word).collect();
        if !packages.is_empty() {
            self.run(format!("{NPM} {} && npm cache clean --force", packages.join(" ")));
        }
    }

    /// A version, as it stands after `==` or in a tag.
    pub(super) fn version(&mut self, field: &dyn fmt::Display, version: &str) {
        let valid = version.starts_with(|c: char| c.is_ascii_digit())
            && version.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".+-_".contains(&byte));
        if !valid {
            let message = format!("Not a version: `{}`.", version.escape_debug());
            self.report(Code::InvalidVersion, field, message, "Give one such as `1.2.3`.");
        }
    }

    pub(super) fn apt_install(&mut self, step: &step::AptInstall) {
        if !step.packages.is_empty() {
            self.needs_root();
        }
        let mut packages = BTreeSet::new();
        for (i, package) in step.packages.iter().enumerate() {
            let package = package.trim();
            if !is_debian_package(package) {
                let message = format!("Not a Debian package: `{package}`.");
                let hint =
                    "Give each package as an entry of its own: `git`, `git=1:2.39.5-0+deb12u2` or `libc6:amd64`.";
                self.report(Code::InvalidPackage, &format_args!("/packages/{i}"), message, hint);
            }
            packages.insert(package);
        }
        if !packages.is_empty() {
            let install = apt_install(packages.into_iter().map(shell_word), step.recommends);
            self.run(install + APT_CLEAN);
        }
    }
}

/// What pip leaves behind otherwise is of no use in an image.
pub(super) const PIP: &str = "python -m pip install --no-cache-dir";

/// Frozen with the edition.
const UV: &str = "0.13.9";

const NPM: &str = "npm install --global --no-audit --no-fund";

/// Ends an apt layer: the package lists are of no use in an image.
pub(super) const APT_CLEAN: &str = " && rm -rf /var/lib/apt/lists/*";

/// The front of an apt layer, without its end.
pub(super) fn apt_install<S: AsRef<str>>(packages: impl IntoIterator<Item = S>, recommends: bool) -> String {
    let mut line = String::from("apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y");
    if !recommends {
        line.push_str(" --no-install-recommends");
    }
    for package in packages {
        line.push(' ');
        line.push_str(package.as_ref());
    }
    line
}

/// What is wrong with something, and what to do; where it is, says who asked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Flaw {
    pub(super) code: Code,
    pub(super) message: String,
    pub(super) hint: &'static str,
}

impl Flaw {
    pub(super) fn requirement(message: String, hint: &'static str) -> Self {
        Self { code: Code::InvalidRequirement, message, hint }
    }
}

/// What is wrong with a requirement specifier.
pub(super) fn bad_requirement(package: &str) -> Option<Flaw> {
    const ONE_EACH: &str = "Give each package as an entry of its own.";
    if let Some(c) = package.chars().find(|c| matches!(c, '\0' | '\n')) {
        let message = format!("The package has {}.", if c == '\n' { "a newline" } else { "a NUL character" });
        Some(Flaw { code: Code::ForbiddenCharacter, message, hint: ONE_EACH })
    } else if package.is_empty() {
        let message = "The package is empty.".to_owned();
        Some(Flaw { code: Code::Empty, message, hint: "Name a package, or leave the entry out." })
    } else if package.starts_with('-') {
        let hint = "Pass options of pip in `extraOptions`, and a file of requirements to `pipInstallFromRequirements`.";
        Some(Flaw::requirement(format!("`{package}` is an option of pip, not a package."), hint))
    } else if !is_one_requirement(package) {
        Some(Flaw::requirement(format!("`{package}` is not one requirement specifier."), ONE_EACH))
    } else {
        None
    }
}

/// One word, or a name and a range of versions with blanks: `typescript@>=5 <6`. A path starts at the working directory.
fn is_npm_package(package: &str) -> bool {
    let range = package.char_indices().skip(1).find(|(_, c)| *c == '@').map_or(package.len(), |(at, _)| at);
    !package.is_empty()
        && !package.starts_with('-')
        && !package[..range].contains(char::is_whitespace)
        && !package.contains(char::is_control)
}

/// Whether a string is one requirement (PEP 508), a URL or a path: a name with extras, and then a list of versions, a URL,
/// a marker, or nothing.
fn is_one_requirement(package: &str) -> bool {
    let name_end = package.find(|c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c)).unwrap_or(package.len());
    let rest = package[name_end..].trim_start();
    if name_end == 0 || rest.starts_with(['/', '+']) || rest.starts_with("://") || package.starts_with("file:") {
        return true; // a path, a URL of a version control system, any other URL
    }
    let rest = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((_, rest)) => rest.trim_start(),
        None => rest,
    };
    let (versions, _marker) = rest.split_once(';').unwrap_or((rest, ""));
    match rest.strip_prefix('@') {
        Some(place) => place.contains([':', '/']),
        None => is_version_list(versions.trim()),
    }
}

/// `>=1, <2`, in parentheses or not; also none.
fn is_version_list(versions: &str) -> bool {
    let inner = versions.strip_prefix('(').and_then(|versions| versions.strip_suffix(')')).unwrap_or(versions);
    inner.trim().is_empty() || inner.split(',').all(|version| is_version_clause(version.trim()))
}

fn is_version_clause(clause: &str) -> bool {
    let version =
        ["===", "==", "!=", "<=", ">=", "~=", "<", ">"].iter().find_map(|operator| clause.strip_prefix(operator));
    version.map(str::trim).is_some_and(|version| {
        !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".*+!_-".contains(&byte))
    })
}

/// `name`, `name:architecture`, `name=version`, `name/suite`, or the path of a package in the image; Debian Policy 5.6.1 and
/// 5.6.12. A version may be a pattern. A `-` at the end would remove it.
fn is_debian_package(package: &str) -> bool {
    if package.starts_with('/') {
        return package.strip_suffix(".deb").is_some_and(|path| !path.contains(char::is_control));
    }
    let (package, suite) = package.split_once('/').unwrap_or((package, "any"));
    let (name, version) = package.split_once('=').unwrap_or((package, "0"));
    let (name, architecture) = name.split_once(':').unwrap_or((name, "any"));
    let of = |text: &str, marks: &str| {
        text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || marks.contains(c))
    };
    of(name, "+-.") && !name.ends_with('-') && of(architecture, "-") && of(version, "+-.~:*") && of(suite, "-")
}
