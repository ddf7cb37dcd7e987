//! Installs the dependencies of a `pyproject.toml`. The project itself is not installed, and never fetched by its name.

use super::pip::{DIRECTORY, Installer, PipOptions, install, pip_options};
use super::{Image, StepKind};
use crate::dockerfile::shell_word;
use crate::files::indexes::Indexes;
use crate::files::pyproject::{Kind, Project, Selection};
use crate::files::requirement::{Flaw, bad_constraint};
use crate::identity::Mode;
use crate::normal_form::{Builder, Copy, Destination, Origin, TextFile, distinct};
use crate::path::base_name;
use crate::problem::Code;

step! {
    /// Installs the dependencies that a `pyproject.toml` lists, and not the project itself: `RUN python -m pip install
    /// --no-cache-dir …`. The indexes of uv, Poetry and PDM, and uv's constraints, are passed to pip as far as it has
    /// options for them; what it has none for is a problem. An option of the call takes the place of what the file says, and
    /// `indexUrl` that of all its indexes.
    pub struct PipInstallFromPyproject {
        /// Path below the root, with `/`.
        source: String,
        /// Groups of `[project.optional-dependencies]` to install as well.
        optional_dependencies: Vec<String> = default,
        /// Groups of `[dependency-groups]` to install as well; with one, the file needs no `[project]`.
        dependency_groups: Vec<String> = default,
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
    call "pipInstallFromPyproject(source, { optionalDependencies, dependencyGroups, … })";
    emits "a `COPY` if there are constraints (see below), then as `pipInstall`, with the dependencies of the file (see below)";
}

impl Image {
    /// Installs the dependencies that a `pyproject.toml` lists, and not the project itself:
    /// [`PipInstallFromPyproject`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("python:3.12-slim").pip_install_from_pyproject("pyproject.toml");
    /// assert_eq!(lines(&image), ["FROM python:3.12-slim", "RUN python -m pip install --no-cache-dir httpx"]);
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
        match Project::read(content, !self.dependency_groups.is_empty()) {
            Ok(project) => self.install(&path, project, builder),
            Err(flaw) => report(&path, flaw, builder),
        }
    }
}

impl PipInstallFromPyproject {
    fn install(&self, path: &str, project: Project, builder: &mut Builder) {
        let packages = self.dependencies(path, &project, builder);
        let Indexes { find_links, index_url, extra_index_urls, no_index, constraints, flaws, .. } = project.indexes;
        for flaw in flaws {
            report(path, flaw, builder);
        }
        let find_links = chosen(&self.find_links, find_links, path, builder);
        let index_url = chosen(self.index_url.as_slice(), index_url.into_iter().collect(), path, builder);
        // Who names the index wants no other one beside it.
        let extra_index_urls = if self.index_url.is_some() { Vec::new() } else { extra_index_urls };
        let extra_index_urls = chosen(&self.extra_index_urls, extra_index_urls, path, builder);
        let packages: Vec<_> = packages.iter().map(|word| shell_word(word)).collect();
        let mut options = PipOptions {
            find_links: &find_links,
            no_index: no_index && self.index_url.is_none() && self.extra_index_urls.is_empty(),
            index_url: index_url.first().map(String::as_str),
            extra_index_urls: &extra_index_urls,
            ..pip_options!(self)
        };
        if !constraints.is_empty() && options.installs(&packages) {
            options.constraints = Some(copy_constraints(path, &constraints, builder));
        }
        install(&Installer::pip(), &options, packages, builder);
    }

    /// What the file lists, each once, in its order.
    fn dependencies(&self, path: &str, project: &Project, builder: &mut Builder) -> Vec<String> {
        let mut selection = Selection::default();
        project.select_dependencies(&mut selection);
        let groups = [
            (Kind::Optional, "optionalDependencies", "optional dependencies", &self.optional_dependencies),
            (Kind::Dependency, "dependencyGroups", "dependency group", &self.dependency_groups),
        ];
        for (kind, field, words, names) in groups {
            for (i, name) in names.iter().enumerate() {
                if !project.select_group(kind, name, &mut selection) {
                    let message = format!("`{path}` has no {words} `{name}`.");
                    let field = format_args!("/{field}/{i}");
                    builder.report(Code::UnknownGroup, &field, message, &project.known_groups(kind));
                }
            }
        }
        let Selection { packages, flaws, .. } = selection;
        for flaw in flaws {
            report(path, flaw, builder);
        }
        packages
    }
}

fn report(path: &str, Flaw { code, message, hint }: Flaw, builder: &mut Builder) {
    builder.report(code, &SOURCE, format!("`{path}`: {message}"), hint);
}

/// What the call gives, or else what the file says.
fn chosen(given: &[String], places: Vec<Result<String, Flaw>>, path: &str, builder: &mut Builder) -> Vec<String> {
    if !given.is_empty() {
        return given.to_vec();
    }
    let kept = places.into_iter().map(|place| place.map_err(|flaw| report(path, flaw, builder)));
    kept.filter_map(Result::ok).collect()
}

/// Copies a file with the constraints beside the copies of requirements files; returns its path in the image.
fn copy_constraints(path: &str, constraints: &[String], builder: &mut Builder) -> String {
    let constraints = distinct(constraints);
    for constraint in &constraints {
        if let Some(flaw) = bad_constraint(constraint) {
            report(path, flaw, builder);
        }
    }
    let file = format!("{DIRECTORY}/{path}.constraints.txt");
    builder.check_layer_name(&SOURCE, &file);
    let text = constraints.iter().fold(String::new(), |text, line| text + line + "\n");
    let copy = Copy {
        origin: Origin::Inline(text.into_bytes()),
        destination: Destination::File { source_name: base_name(&file).to_owned(), path: file.clone() },
        mode: Mode::Executable(false),
        ..builder.empty_copy()
    };
    builder.copy(copy);
    file
}
