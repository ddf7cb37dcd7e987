//! Installs Debian packages.

use std::collections::{BTreeMap, BTreeSet};

use super::{Image, StepKind, strings};
use crate::dockerfile::shell_word;
use crate::normal_form::Builder;
use crate::ordered;
use crate::problem::Code;

step! {
    /// Installs Debian packages, sorted and without duplicates, in one layer that leaves no package lists behind: `RUN
    /// apt-get update && … apt-get install -y --no-install-recommends … && rm -rf /var/lib/apt/lists/*`. Nothing is
    /// emitted if there are no packages. One package with two versions or suites is a problem; a name alone adds nothing to
    /// the same one with a version.
    pub struct AptInstall {
        /// Package names, each with an optional `=version`, `/suite` or `:architecture`; or paths of `.deb` files in the
        /// image.
        packages: Vec<String>,
        /// Whether recommended packages are installed too; `false` when not given.
        recommends: bool = default,
    }
    call "aptInstall(packages, { recommends })";
    emits "`RUN` _apt_, the packages trimmed, sorted by their bytes, each once, without a name (perhaps with `:amd64`) that another has with a version or suite, as words; _clean_";
}

impl Image {
    /// Installs Debian packages, sorted and without duplicates, in one layer that leaves no package lists behind:
    /// [`AptInstall`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").apt_install(["git", "curl"]);
    /// assert_eq!(
    ///     lines(&image),
    ///     [
    ///         "FROM debian:12-slim",
    ///         "RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    ///          curl git && rm -rf /var/lib/apt/lists/*",
    ///     ],
    /// );
    /// ```
    #[must_use]
    pub fn apt_install<S: Into<String>>(&self, packages: impl IntoIterator<Item = S>) -> Self {
        self.with(AptInstall { packages: strings(packages), recommends: false })
    }
}

impl StepKind for AptInstall {
    fn build(&self, builder: &mut Builder) {
        if self.packages.is_empty() {
            return;
        }
        for (i, package) in self.packages.iter().enumerate() {
            let package = package.trim();
            if !is_debian_package(package) {
                let message = format!("Invalid Debian package: `{package}`.");
                let hint =
                    "Give each package as an entry of its own: `git`, `git=1:2.39.5-0+deb12u2` or `libc6:amd64`.";
                builder.report(Code::InvalidPackage, &format_args!("/packages/{i}"), message, hint);
            }
        }
        let packages = self.distinct(builder);
        builder.run(install_line(packages.into_iter().map(shell_word), self.recommends) + CLEAN);
    }
}

impl AptInstall {
    /// The packages, sorted, each once. Of two versions of one package apt takes the last, which sorting would decide, and
    /// not the caller. A name alone is content with any version.
    fn distinct(&self, builder: &mut Builder) -> BTreeSet<&str> {
        let packages = || self.packages.iter().map(|package| package.trim());
        let mut pinned = BTreeMap::new();
        for (i, package) in packages().enumerate() {
            let name = name_of(package);
            if name == package || !is_debian_package(package) {
                continue;
            }
            let known = *pinned.entry(without_amd64(name)).or_insert(package);
            if known != package {
                let message = format!("`{known}` and `{package}` are one package.");
                let hint = "Name it once, with the version or suite that you want.";
                builder.report(Code::InvalidPackage, &format_args!("/packages/{i}"), message, hint);
            }
        }
        let is_needed = |package: &&str| name_of(package) != *package || !pinned.contains_key(without_amd64(package));
        ordered::set(packages().filter(is_needed))
    }
}

/// A package without its version or suite.
fn name_of(package: &str) -> &str {
    let end = package.find(['=', '/']).filter(|end| *end > 0);
    end.map_or(package, |end| &package[..end])
}

/// A name without the architecture that all sandboxes have.
fn without_amd64(name: &str) -> &str {
    name.strip_suffix(":amd64").unwrap_or(name)
}

/// Ends an apt layer: the package lists are useless in an image.
pub(super) const CLEAN: &str = " && rm -rf /var/lib/apt/lists/*";

/// The beginning of an apt layer, without [`CLEAN`].
pub(super) fn install_line<S: AsRef<str>>(packages: impl IntoIterator<Item = S>, recommends: bool) -> String {
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
