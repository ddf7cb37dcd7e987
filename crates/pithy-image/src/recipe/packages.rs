//! Packages: pip and apt.

use std::collections::BTreeSet;
use std::fmt;

use super::Builder;
use super::commands::has_heredoc;
use crate::problem::Code;
use crate::step;
use crate::text::shell_word;

impl Builder {
    pub(super) fn pip_install(&mut self, step: &step::PipInstall) {
        let mut words = vec!["python -m pip install --no-cache-dir".to_owned()];
        let mut option = |name: &str, value: &str| words.push(format!("{name} {}", shell_word(value)));
        step.find_links.iter().for_each(|link| option("--find-links", link));
        step.index_url.iter().for_each(|url| option("--index-url", url));
        step.extra_index_urls.iter().for_each(|url| option("--extra-index-url", url));
        if step.pre {
            words.push("--pre".to_owned());
        }
        self.urls(step);
        let packages = self.requirements(&step.packages);
        words.extend(packages.iter().map(|package| shell_word(package)));
        // Last, as in the Daytona SDK: the shell reads them, and a `#` among them ends the line.
        let options = step.extra_options.as_deref().map(|options| self.pip_options(options)).unwrap_or_default();
        if !packages.is_empty() || !options.is_empty() {
            words.extend(Some(options).filter(|options| !options.is_empty()));
            self.run(words.join(" "));
        }
    }

    fn pip_options(&mut self, options: &str) -> String {
        let options = self.line(&"/extraOptions", options);
        if has_heredoc(&options) {
            let message = "Docker would read `<<` as the beginning of a heredoc.";
            self.report(Code::InvalidCommand, &"/extraOptions", message, "Put the word in quotes.");
        }
        options
    }

    fn urls(&mut self, step: &step::PipInstall) {
        for (i, url) in step.find_links.iter().enumerate() {
            self.option_value(&format_args!("/findLinks/{i}"), url);
        }
        for (i, url) in step.extra_index_urls.iter().enumerate() {
            self.option_value(&format_args!("/extraIndexUrls/{i}"), url);
        }
        if let Some(url) = &step.index_url {
            self.option_value(&"/indexUrl", url);
        }
    }

    fn option_value(&mut self, field: &dyn fmt::Display, value: &str) {
        if value.is_empty() {
            self.report(Code::Empty, field, "The value is empty.", "Leave the option out, or give it a value.");
        }
        self.one_line(field, value);
    }

    fn requirements(&mut self, packages: &[String]) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let mut kept = Vec::with_capacity(packages.len());
        for (i, package) in packages.iter().enumerate() {
            let package = package.trim();
            self.requirement(&format_args!("/packages/{i}"), package);
            if seen.insert(package) {
                kept.push(package.to_owned());
            }
        }
        kept
    }

    fn requirement(&mut self, field: &dyn fmt::Display, package: &str) {
        self.one_line(field, package);
        if package.is_empty() {
            self.report(Code::Empty, field, "The package is empty.", "Name a package, or leave the entry out.");
        } else if package.starts_with('-') {
            let message = format!("`{package}` is an option of pip, not a package.");
            let hint = "Pass options of pip in `extraOptions`; a file that they name must be in the image by then.";
            self.report(Code::InvalidRequirement, field, message, hint);
        } else if !is_one_requirement(package) {
            let message = format!("`{package}` is not one requirement specifier.");
            self.report(Code::InvalidRequirement, field, message, "Give each package as an entry of its own.");
        }
    }

    pub(super) fn apt_install(&mut self, step: &step::AptInstall) {
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

/// Whether a string is one requirement: a name, then a version, marker, extra or URL, but not a second name.
fn is_one_requirement(package: &str) -> bool {
    let name_end = package.find(|c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c)).unwrap_or(package.len());
    let rest = package[name_end..].trim_start();
    name_end == 0
        || rest.is_empty()
        || rest.starts_with(['@', '+', ':', '/'])
        || rest.starts_with(['[', '<', '>', '=', '!', '~', ';', '(']) && !names_another(rest)
}

/// Whether a name follows the end of a version: `==1.0 pandas`. Markers, after `;`, may have words; so may URLs.
fn names_another(rest: &str) -> bool {
    let version = rest.split([';', '@']).next().unwrap_or_default();
    let words: Vec<&str> = version.split_whitespace().collect();
    words.windows(2).any(|pair| {
        pair[0].ends_with(|c: char| c.is_ascii_alphanumeric() || "*])".contains(c))
            && pair[1].starts_with(|c: char| c.is_ascii_alphabetic())
    })
}

/// `name`, `name:architecture`, `name=version`; Debian Policy 5.6.1 and 5.6.12. A `-` at the end would remove it.
fn is_debian_package(package: &str) -> bool {
    let (name, version) = package.split_once('=').unwrap_or((package, "0"));
    let (name, architecture) = name.split_once(':').unwrap_or((name, "any"));
    let of = |text: &str, marks: &str| {
        text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || marks.contains(c))
    };
    of(name, "+-.") && !name.ends_with('-') && of(architecture, "-") && of(version, "+-.~:")
}
