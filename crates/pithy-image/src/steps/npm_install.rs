//! Installs packages with npm.

use super::{Image, StepKind, strings};
use crate::dockerfile::shell_word;
use crate::normal_form::{Builder, distinct};
use crate::problem::Code;

step! {
    /// Installs npm packages for the whole image, in your order, without exact duplicates: `RUN npm install
    /// --global …`. Nothing is emitted if there are no packages. The image must have npm: see `nodejs`.
    pub struct NpmInstall {
        /// Package specifiers, such as `typescript@5` or `@openai/codex`.
        packages: Vec<String>,
    }
    call "npmInstall(packages)";
    emits "`RUN npm install --global --no-audit --no-fund <distinct packages as words> && npm cache clean --force`";
}

impl Image {
    /// Installs npm packages for the whole image, in your order, without exact duplicates: [`NpmInstall`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("node:22-slim").npm_install(["typescript@5"]);
    /// assert_eq!(
    ///     lines(&image),
    ///     [
    ///         "FROM node:22-slim",
    ///         "RUN npm install --global --no-audit --no-fund typescript@5 && npm cache clean --force",
    ///     ],
    /// );
    /// ```
    #[must_use]
    pub fn npm_install<S: Into<String>>(&self, packages: impl IntoIterator<Item = S>) -> Self {
        self.with(NpmInstall { packages: strings(packages) })
    }
}

const NPM: &str = "npm install --global --no-audit --no-fund";

impl StepKind for NpmInstall {
    fn build(&self, builder: &mut Builder) {
        for (i, package) in self.packages.iter().enumerate() {
            let package = package.trim();
            if !is_npm_package(package) {
                let message = format!("Invalid npm package: `{}`.", package.escape_debug());
                let hint =
                    "Give each package as an entry of its own: `typescript`, `typescript@5` or `@scope/name@1.2.3`.";
                builder.report(Code::InvalidPackage, &format_args!("/packages/{i}"), message, hint);
            }
        }
        let packages: Vec<_> = distinct(&self.packages).into_iter().map(shell_word).collect();
        if !packages.is_empty() {
            builder.run(format!("{NPM} {} && npm cache clean --force", packages.join(" ")));
        }
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
