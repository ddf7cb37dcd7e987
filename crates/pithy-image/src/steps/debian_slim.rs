//! Begins with the official slim Python image.

use super::apt_install::install_line;
use super::{Image, StepKind};
use crate::normal_form::{Builder, Instruction};
use crate::problem::Code;

step! {
    /// Begins with the official slim Python image on Debian 12: `FROM python:3.12.10-slim-bookworm` and the like, then
    /// one layer with all that the Daytona SDK's `debianSlim` leaves: gcc, gfortran and build-essential with what Debian
    /// recommends beside them, the newest pip, a debconf that does not ask, and apt's package lists, so that later
    /// commands can `apt-get install`.
    pub struct DebianSlim {
        /// Python series from `3.9` to `3.14`; `3.13` when not given, as in the Daytona SDK.
        python: Option<String> = default,
        /// `false` leaves that layer out, with the package lists; `true` when not given.
        build_tools: Option<bool> = default,
    }
    call "Image.debianSlim(series?, { buildTools })";
    emits r"the base `python:<version>-slim-bookworm` of the series, trimmed: 3.9.22, 3.10.17, 3.11.12, 3.12.10, 3.13.3 (when none is given), 3.14.0; unless `buildTools` is false `RUN` _apt_ `gcc gfortran build-essential`, with `recommends`, ` && pip install --no-cache-dir --upgrade pip && echo 'debconf debconf/frontend select Noninteractive' \| debconf-set-selections`";
}

impl Image {
    /// Begins with the official slim Python image on Debian 12: [`DebianSlim`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::debian_slim("3.12");
    /// assert_eq!(lines(&image)[0], "FROM python:3.12.10-slim-bookworm");
    /// assert!(lines(&image)[1].starts_with("RUN apt-get update && "));
    /// ```
    pub fn debian_slim(python: impl Into<String>) -> Self {
        Self::from_steps([DebianSlim { python: Some(python.into()), build_tools: None }.into()])
    }
}

impl StepKind for DebianSlim {
    fn build(&self, builder: &mut Builder) {
        let series = self.python.as_deref().unwrap_or(DEFAULT_PYTHON).trim();
        match PYTHONS.iter().find(|(name, _)| *name == series) {
            Some((_, version)) => builder.set_base(format!("python:{version}-slim-bookworm")),
            None => report_unknown(series, builder),
        }
        if self.build_tools != Some(false) {
            let install = install_line(["gcc", "gfortran", "build-essential"], true);
            let line = format!("{install} && pip install --no-cache-dir --upgrade pip && {DEBCONF}");
            builder.push(Instruction::Run(line));
        }
    }
}

fn report_unknown(series: &str, builder: &mut Builder) {
    let known: Vec<_> = PYTHONS.iter().map(|(name, _)| *name).collect();
    let hint = format!("Use one of {}, or name an image with `Image.base(\"python:…\")`.", known.join(", "));
    builder.report(Code::UnknownPython, &"/python", format!("Unknown Python series: `{series}`."), &hint);
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
