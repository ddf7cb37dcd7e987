//! Installs Python packages with pip.

use super::pip::{Installer, install, pip_options, requirements};
use super::{Image, StepKind, strings};
use crate::normal_form::Builder;

step! {
    /// Installs Python packages in your order, without exact duplicates: `RUN python -m pip install --no-cache-dir
    /// …`. Nothing is emitted if there are neither packages nor `extraOptions`.
    pub struct PipInstall {
        /// Requirement specifiers, such as `numpy<2` or `uvicorn[standard]`.
        packages: Vec<String>,
        /// Places to look for archives: `--find-links`.
        find_links: Vec<String> = default,
        /// The package index: `--index-url`.
        index_url: Option<String> = default,
        /// Further package indexes: `--extra-index-url`.
        extra_index_urls: Vec<String> = default,
        /// Whether pre-releases count: `--pre`.
        pre: bool = default,
        /// Further options of pip, added as they are and read by the shell, such as `--no-deps --upgrade`.
        extra_options: Option<String> = default,
    }
    call "pipInstall(packages, { indexUrl, extraIndexUrls, findLinks, pre, extraOptions })";
    emits "`RUN` _pip_ with the distinct packages as words";
}

impl Image {
    /// Installs Python packages in your order, without exact duplicates: [`PipInstall`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("python:3.12-slim").pip_install(["numpy<2", "openai"]);
    /// assert_eq!(
    ///     lines(&image),
    ///     [
    ///         "FROM python:3.12-slim",
    ///         "RUN python -m pip install --no-cache-dir 'numpy<2' openai",
    ///     ],
    /// );
    /// ```
    #[must_use]
    pub fn pip_install<S: Into<String>>(&self, packages: impl IntoIterator<Item = S>) -> Self {
        self.with(PipInstall { packages: strings(packages), ..PipInstall::default() })
    }
}

impl StepKind for PipInstall {
    fn build(&self, builder: &mut Builder) {
        let packages = requirements(&self.packages, builder);
        install(&Installer::pip(), &pip_options!(self), packages, builder);
    }
}
