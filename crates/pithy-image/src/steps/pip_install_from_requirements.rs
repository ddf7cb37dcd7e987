//! Installs what a requirements file lists.
//!
//! pip looks for what a requirements file includes beside that file, and for local projects in the working directory of
//! the build, where they are not: so includes are followed and copied along, and local projects are problems.

use std::collections::BTreeSet;

use super::pip::{DIRECTORY, Installer, install, pip_options};
use super::{Image, StepKind};
use crate::dockerfile::shell_word;
use crate::files::requirements::{Include, includes};
use crate::identity::{Mode, sha256};
use crate::normal_form::{Builder, Copy, Destination, SourceKind, TextFile};
use crate::path::base_name;
use crate::problem::Code;

step! {
    /// Installs what a requirements file lists: the file and those that it includes (`-r`, `-c`) are copied to
    /// `/.requirements/`, under their paths below the root, then `RUN python -m pip install --no-cache-dir -r …`. What
    /// pip would look for beside the file (`-e .`, `./package`, a wheel) is a problem, since it is not in the image; so is
    /// a file that includes itself.
    pub struct PipInstallFromRequirements {
        /// Path below the root, with `/`; with `inImage`, a path in the image.
        source: String,
        /// Whether the file is in the image already, with everything it includes; `false` when not given.
        in_image: bool = default,
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
    call "pipInstallFromRequirements(source, { inImage, … })";
    emits "a `COPY` for each file (see below), then `RUN` _pip_ with ` -r <path as a word>` in place of packages";
}

impl Image {
    /// Installs what a requirements file lists: [`PipInstallFromRequirements`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("python:3.12-slim").pip_install_from_requirements("requirements.txt");
    /// assert_eq!(
    ///     lines(&image),
    ///     [
    ///         "FROM python:3.12-slim",
    ///         r#"COPY ["ctx/<digest>/requirements.txt", "/.requirements/requirements.txt"]"#,
    ///         "RUN python -m pip install --no-cache-dir -r /.requirements/requirements.txt",
    ///     ],
    /// );
    /// ```
    #[must_use]
    pub fn pip_install_from_requirements(&self, source: impl Into<String>) -> Self {
        let step = PipInstallFromRequirements { source: source.into(), ..PipInstallFromRequirements::default() };
        self.with(step)
    }
}

/// The pointer to the file's path.
const SOURCE: &str = "/source";

impl StepKind for PipInstallFromRequirements {
    fn build(&self, builder: &mut Builder) {
        let path = if self.in_image {
            builder.literal_path(&SOURCE, &self.source)
        } else {
            copy_with_includes(&self.source, builder)
        };
        let file = vec!["-r".to_owned(), shell_word(&path)];
        install(&Installer::pip(), &pip_options!(self), file, builder);
    }
}

/// Copies a requirements file and everything that it includes; returns its path in the image.
fn copy_with_includes(source: &str, builder: &mut Builder) -> String {
    if source.starts_with('/') {
        let message = format!("`{source}` is not relative, and would differ on another machine.");
        let hint = "Give the path below the root; for a file that is in the image already, add the option \
                    `inImage: true`.";
        builder.report(Code::InvalidPath, &SOURCE, message, hint);
        return source.to_owned();
    }
    let source = builder.local_path(&SOURCE, source);
    // The files that were copied, and those that were copied with all that they include.
    let (mut copied, mut finished) = (BTreeSet::new(), BTreeSet::new());
    let mut waiting = vec![Visit::Enter(Include { path: source.clone(), named_by: None })];
    while let Some(visit) = waiting.pop() {
        match visit {
            Visit::Enter(include) if copied.contains(&include.path) && !finished.contains(&include.path) => {
                report_circle(&include, builder);
                break;
            }
            Visit::Enter(include) => {
                if copied.insert(include.path.clone()) {
                    waiting.push(Visit::Leave(include.path.clone()));
                    waiting.extend(copy_file(include, builder).into_iter().rev().map(Visit::Enter));
                }
            }
            Visit::Leave(path) => _ = finished.insert(path),
        }
    }
    format!("{DIRECTORY}/{source}")
}

/// A step of the way through the files that include each other.
enum Visit {
    Enter(Include),
    Leave(String),
}

fn report_circle(Include { path, named_by }: &Include, builder: &mut Builder) {
    let place = named_by.as_deref().unwrap_or_default();
    let message = format!("{place}: `{path}` includes itself, which pip refuses.");
    builder.report(Code::InvalidRequirement, &SOURCE, message, "Remove one of the lines that lead back to it.");
}

/// Copies one requirements file, under its path below the root; returns what it includes, as far as that is known.
fn copy_file(Include { path, named_by }: Include, builder: &mut Builder) -> Vec<Include> {
    let pointer = builder.pointer(&SOURCE);
    let file = TextFile { path: path.clone(), optional: false, named_by, pointer, is_requirements: true };
    let content = builder.text(file, &SOURCE);
    copy(&path, content.map(sha256), builder);
    let Some(content) = content else { return Vec::new() };
    let (included, flaws) = includes(&path, content);
    for flaw in flaws {
        builder.report(flaw.code, &SOURCE, flaw.message, flaw.hint);
    }
    included
}

fn copy(path: &str, sha256: Option<[u8; 32]>, builder: &mut Builder) {
    let destination = format!("{DIRECTORY}/{path}");
    if path.contains('\n') {
        builder.check_one_line(&SOURCE, path); // the path is in a line for the shell too
    }
    builder.check_layer_name(&SOURCE, &destination);
    let copy = Copy {
        origin: builder.local(&SOURCE, path.to_owned(), SourceKind::File),
        destination: Destination::File { path: destination, source_name: base_name(path).to_owned() },
        mode: Mode::Executable(false),
        sha256,
        ..builder.empty_copy()
    };
    builder.copy(copy);
}
