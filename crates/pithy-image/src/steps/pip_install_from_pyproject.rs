//! Installs the dependencies of a `pyproject.toml`. The project itself is not installed, and never fetched by its name.

use super::pip::{Installer, install, pip_options};
use super::{Image, StepKind};
use crate::dockerfile::shell_word;
use crate::files::pyproject::{Project, Selection};
use crate::files::requirement::Flaw;
use crate::normal_form::{Builder, TextFile};
use crate::problem::Code;

step! {
    /// Installs the dependencies that a `pyproject.toml` lists, and not the project itself: `RUN python -m pip install
    /// --no-cache-dir …`.
    pub struct PipInstallFromPyproject {
        /// Path below the root, with `/`.
        source: String,
        /// Groups of `[project.optional-dependencies]` to install as well.
        optional_dependencies: Vec<String> = default,
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
    call "pipInstallFromPyproject(source, { optionalDependencies, … })";
    emits "as `pipInstall`, with the dependencies of the file (see below)";
}

impl Image {
    /// Installs the dependencies that a `pyproject.toml` lists, and not the project itself:
    /// [`PipInstallFromPyproject`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").pip_install_from_pyproject("pyproject.toml");
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", "RUN python -m pip install --no-cache-dir httpx"]);
    /// ```
    #[must_use]
    pub fn pip_install_from_pyproject(&self, source: impl Into<String>) -> Self {
        let step = PipInstallFromPyproject { source: source.into(), ..PipInstallFromPyproject::default() };
        self.with(step)
    }
}

/// The pointer to the file's path.
const SOURCE: &str = "/source";

impl StepKind for PipInstallFromPyproject {
    fn build(&self, builder: &mut Builder) {
        let path = builder.local_path(&SOURCE, &self.source);
        let pointer = builder.pointer(&SOURCE);
        let file = TextFile { path: path.clone(), optional: false, named_by: None, pointer, is_requirements: false };
        let Some(content) = builder.text(file, &SOURCE) else { return };
        let packages = self.dependencies(&path, content, builder).iter().map(|word| shell_word(word)).collect();
        install(&Installer::pip(), &pip_options!(self), packages, builder);
    }
}

impl PipInstallFromPyproject {
    /// What the file lists, each once, in its order.
    fn dependencies(&self, path: &str, content: &[u8], builder: &mut Builder) -> Vec<String> {
        let mut report = |Flaw { code, message, hint }: Flaw| {
            builder.report(code, &SOURCE, format!("`{path}`: {message}"), hint);
        };
        let project = match Project::read(content) {
            Ok(project) => project,
            Err(flaw) => {
                report(flaw);
                return Vec::new();
            }
        };
        let mut selection = Selection::default();
        project.select_dependencies(&mut selection);
        let unknown: Vec<_> = (0..self.optional_dependencies.len())
            .filter(|i| !project.select_group(&self.optional_dependencies[*i], &mut selection))
            .collect();
        let Selection { packages, flaws, .. } = selection;
        for i in unknown {
            let message = format!("`{path}` has no optional dependencies `{}`.", self.optional_dependencies[i]);
            let field = format_args!("/optionalDependencies/{i}");
            builder.report(Code::UnknownGroup, &field, message, &project.known_groups());
        }
        for flaw in flaws {
            builder.report(flaw.code, &SOURCE, format!("`{path}`: {}", flaw.message), flaw.hint);
        }
        packages
    }
}
