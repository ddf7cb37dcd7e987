//! Copies of files: where they come from and where they go.

use super::Selection;
use crate::identity::Mode;
use crate::ignore::IgnoreRules;
use crate::path::join;

/// Something to bring into the image, where from and where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Copy {
    pub(crate) origin: Origin,
    pub(crate) destination: Destination,
    /// The working directory that a relative destination starts at; itself relative to that of the base image.
    pub(crate) workdir: String,
    pub(crate) mode: Mode,
    pub(crate) chown: Option<String>,
    /// The stage that it goes to; none for the image itself.
    pub(crate) stage: Option<String>,
    /// JSON pointer of the step that asks for it.
    pub(crate) step: String,
    /// The SHA-256 that the file has, where its text decided other steps.
    pub(crate) sha256: Option<[u8; 32]>,
}

impl Copy {
    /// Whether both bring the same to the same place, whatever their steps are.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        let origin = match (&self.origin, &other.origin) {
            (Origin::Local(a), Origin::Local(b)) => a.path == b.path && a.kind.is_same_as(&b.kind),
            (a, b) => a == b,
        };
        origin && (&self.destination, self.mode, &self.chown) == (&other.destination, other.mode, &other.chown)
    }

    /// Where it goes in the image; relative if it is the working directory of the base image that counts.
    pub(crate) fn landing(&self) -> String {
        let (Destination::File { path, .. } | Destination::Directory(path) | Destination::Instruction(path)) =
            &self.destination;
        join(&self.workdir, path)
    }
}

/// Where the bytes of a copy come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    Local(LocalSource),
    Inline(Vec<u8>),
}

/// Where a copy goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    /// A file: its path in the image, and the name under which it is sent. Docker takes that name if the path turns out
    /// to be a directory of the base image.
    File { path: String, source_name: String },
    /// The directory that takes the entries, ending with `/`.
    Directory(String),
    /// What an instruction of a Dockerfile says, as it is written; Docker decides what that is.
    Instruction(String),
}

/// A path of the definition that must be read before the Dockerfile can be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalSource {
    /// Path below the root, clean, with `/`; `.` for the root itself.
    pub path: String,
    /// Whether a file or a directory is meant.
    pub kind: SourceKind,
    /// JSON pointer to the path in the definition, for problems.
    pub pointer: String,
}

impl LocalSource {
    /// Whether it takes what is at a path below the root, if the source itself is at another, both with every link followed.
    #[must_use]
    pub fn takes(&self, real: &str, path: &str) -> bool {
        let inside =
            if real == "." { Some(path) } else { path.strip_prefix(real).and_then(|path| path.strip_prefix('/')) };
        inside.is_some_and(|path| match &self.kind {
            SourceKind::File => false,
            SourceKind::Directory { rules } => rules.moved_to(real).ignored_by(path).is_none(),
            SourceKind::Context(selection) => selection.takes(path),
        })
    }
}

/// What a [`LocalSource`] must be on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceKind {
    /// A regular file, or a link to one below the root.
    File,
    /// A directory, of which some entries may be left out.
    Directory {
        /// Entries that are left out: paths are relative to the directory.
        rules: IgnoreRules,
    },
    /// A directory, of which an instruction of a Dockerfile takes some entries.
    Context(Selection),
}

impl SourceKind {
    fn is_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File, Self::File) => true,
            (Self::Directory { rules }, Self::Directory { rules: others }) => rules.is_same_as(others),
            (Self::Context(selection), Self::Context(other)) => selection.is_same_as(other),
            _ => false,
        }
    }
}
