//! What an image begins with.

use std::fmt;

use super::packages::{APT_CLEAN, apt_install};
use super::{Builder, Instruction};
use crate::problem::Code;
use crate::step;

impl Builder<'_> {
    pub(super) fn misplaced_base(&mut self, is_base: bool) {
        if is_base {
            let message = "A second base image.";
            self.report(Code::BaseNotFirst, &"", message, "Name the base once, in the first call.");
        } else {
            let message = "The definition does not begin with a base image.";
            self.report(Code::MissingBase, &"", message, "Begin with `Image.base(\"…\")` or `Image.debianSlim()`.");
        }
    }

    pub(super) fn base(&mut self, step: &step::Base) {
        let image = self.image(&"/image", &step.image);
        if self.is_declared(&image) {
            self.taken_name(&"/image", &image);
        }
        self.bases.push(image.clone());
        self.scope.stage.base = image;
    }

    pub(super) fn image(&mut self, field: &dyn fmt::Display, image: &str) -> String {
        const HINT: &str = "Give a name with a tag or digest, such as `debian:12-slim`.";
        let image = image.trim();
        if image.is_empty() {
            self.report(Code::Empty, field, "The image is empty.", HINT);
        } else if image == crate::dockerfile::FILES_STAGE || image.starts_with("scratch:") {
            let message = format!("`{image}` is a reserved name.");
            self.report(Code::InvalidImage, field, message, "Take an image of another name.");
        } else if container_image_dist_ref::ImgRef::new(image).is_err() {
            let message = format!("Not an image reference: `{}`.", image.escape_debug());
            let hint = if image.contains(char::is_whitespace) {
                "Give one name, without blanks or newlines."
            } else if image.contains("://") {
                "Leave the scheme out."
            } else if image.contains(|c: char| c.is_ascii_uppercase()) {
                "Names are lower case, such as `debian:12-slim`."
            } else {
                HINT
            };
            self.report(Code::InvalidImage, field, message, hint);
        }
        image.to_owned()
    }

    pub(super) fn debian_slim(&mut self, step: &step::DebianSlim) {
        let series = step.python.as_deref().unwrap_or(DEFAULT_PYTHON);
        match PYTHONS.iter().find(|(name, _)| *name == series) {
            Some((_, version)) => self.scope.stage.base = format!("python:{version}-slim-bookworm"),
            None => self.unknown_python(series),
        }
        if step.build_tools != Some(false) {
            self.push(Instruction::Run(format!(
                "{}{APT_CLEAN} && pip install --no-cache-dir --upgrade pip && {DEBCONF}",
                apt_install(["build-essential", "gcc", "gfortran"], false)
            )));
        }
    }

    fn unknown_python(&mut self, series: &str) {
        let known: Vec<_> = PYTHONS.iter().map(|(name, _)| *name).collect();
        self.report(
            Code::UnknownPython,
            &"/python",
            format!("Unknown Python series: `{series}`."),
            &format!("Take one of {}, or name an image with `Image.base(\"python:…\")`.", known.join(", ")),
        );
    }
}

/// The Daytona SDK's own tags for the series it knows, and one for 3.14. Frozen with the edition.
const PYTHONS: [(&str, &str); 6] = [
    ("3.9", "3.9.22"),
    ("3.10", "3.10.17"),
    ("3.11", "3.11.12"),
    ("3.12", "3.12.10"),
    ("3.13", "3.13.3"),
    ("3.14", "3.14.0"),
];

/// What the Daytona SDK takes when no series is given.
const DEFAULT_PYTHON: &str = "3.13";

/// Keeps later `apt-get` calls of the user from asking questions.
const DEBCONF: &str = "echo 'debconf debconf/frontend select Noninteractive' | debconf-set-selections";
