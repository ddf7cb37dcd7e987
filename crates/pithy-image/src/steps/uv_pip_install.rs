//! Installs Python packages with uv.

use super::pip::{Installer, install, pip_options, requirements};
use super::{Image, StepKind, strings};
use crate::normal_form::Builder;

step! {
    /// Installs Python packages by uv, in your order, without exact duplicates: `RUN python -m pip install
    /// --no-cache-dir uv==… && python -m uv pip install --system --no-cache …`. Nothing is emitted if there are neither
    /// packages nor `extraOptions`.
    pub struct UvPipInstall {
        /// Requirement specifiers, such as `numpy<2` or `uvicorn[standard]`.
        packages: Vec<String>,
        /// Version of uv; `0.13.9` when not given.
        uv_version: Option<String> = default,
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
    call "uvPipInstall(packages, { uvVersion, … })";
    emits "`RUN` _pip_, where `python -m pip install --no-cache-dir uv==<version, trimmed> && python -m uv pip install --system --no-cache` is the beginning, and `--prerelease allow` for `--pre`; uv 0.13.9 when none is given";
}

impl Image {
    /// Installs Python packages by uv, in your order, without exact duplicates: [`UvPipInstall`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("python:3.12-slim").uv_pip_install(["torch"]);
    /// assert_eq!(
    ///     lines(&image),
    ///     [
    ///         "FROM python:3.12-slim",
    ///         "RUN python -m pip install --no-cache-dir uv==0.13.9 && \
    ///          python -m uv pip install --system --no-cache torch",
    ///     ],
    /// );
    /// ```
    #[must_use]
    pub fn uv_pip_install<S: Into<String>>(&self, packages: impl IntoIterator<Item = S>) -> Self {
        self.with(UvPipInstall { packages: strings(packages), ..UvPipInstall::default() })
    }
}

/// Frozen with the edition.
const UV: &str = "0.13.9";

impl StepKind for UvPipInstall {
    fn build(&self, builder: &mut Builder) {
        let version = builder.version(&"/uvVersion", self.uv_version.as_deref().unwrap_or(UV));
        let packages = requirements(&self.packages, builder);
        install(&Installer::uv(&version), &pip_options!(self), packages, builder);
    }
}
