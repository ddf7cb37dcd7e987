//! What crosses into JavaScript: JSON text in, JSON text out, the same for the Node addon and for WebAssembly.
//!
//! Every function answers `{"ok": …}` or `{"problems": […]}` ([`Answer`]); none panics on any text. The types of the
//! answers are the TypeScript types of the package.

use serde::Serialize;

use crate::identity::{ContextHash, SnapshotSpec, snapshot_ref};
use crate::preset::PithyJauntOptions;
use crate::problem::{Code, Problem, Problems};
use crate::resolve::{Context, Piece, Placement, Resolved};
use crate::source::{EntryKind, Ignored, digest_text};
use crate::{Definition, Recipe};

/// The two ways in which a call ends.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Answer<T> {
    /// It worked.
    Ok(T),
    /// It did not, for these reasons.
    Problems(Problems),
}

/// An answer as JSON text.
pub fn answer<T: Serialize>(result: Result<T, Problems>) -> String {
    let answer = result.map_or_else(Answer::Problems, Answer::Ok);
    serde_json::to_string(&answer).unwrap_or_else(|error| internal(&error.to_string()))
}

/// The answer for a defect of ours.
#[must_use]
pub fn internal(message: &str) -> String {
    let problem = Problem::new(Code::Internal, "", message, "This is a defect of pithy-image: please report it.");
    answer::<()>(Err(problem.into()))
}

/// Reads and checks a definition; answers it with all defaults of its envelope written out.
#[must_use]
pub fn check(definition: &str) -> String {
    answer(Definition::from_json(definition))
}

/// The definition of [`crate::pithy_jaunt`].
#[must_use]
pub fn pithy_jaunt(options: &str) -> String {
    answer(PithyJauntOptions::from_json(options).map(|options| crate::pithy_jaunt(&options).definition()))
}

/// The name of a snapshot.
#[must_use]
pub fn snapshot_name(spec: &str) -> String {
    let name = SnapshotSpec::from_json(spec).and_then(|spec| spec.name());
    answer(name.map_err(Problems::from))
}

/// Resolves a definition that names no local files.
#[must_use]
pub fn resolve(definition: &str) -> String {
    answer(Recipe::from_json(definition).and_then(|recipe| recipe.resolve(&[])).map(|resolved| {
        let hashes = resolved.contexts.iter().map(inline_hash).collect();
        ResolvedImage::new(&resolved, None, hashes)
    }))
}

fn inline_hash(context: &Context) -> String {
    let mut hash = ContextHash::new(&context.archive_path);
    for piece in context.pieces() {
        if let Piece::Bytes(bytes) = piece {
            hash.update(&bytes);
        }
    }
    hash.finish()
}

/// A definition whose files are known: what is sent, and the names that it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ResolvedImage {
    /// The Dockerfile, to the byte as Daytona gets it.
    pub dockerfile: String,
    /// SHA-256 of the image, `sha256:…`: equal images have equal digests, on every machine.
    pub image_digest: String,
    /// The key under which Daytona keeps the build.
    pub snapshot_ref: String,
    /// The hashes that the Daytona SDK sends for the contexts, in their order.
    pub context_hashes: Vec<String>,
    /// The files that are sent beside the Dockerfile.
    pub contexts: Vec<ContextRecord>,
    /// Everything that comes into the image, or into a stage of it, from the contexts.
    pub files: Vec<FileRecord>,
    /// What ignore rules leave out of local directories.
    pub ignored: Vec<IgnoredRecord>,
    /// What should be known, though it is no mistake: too many layers, steps that only root can do.
    pub findings: Vec<Problem>,
    /// Absolute path of the root that local paths were looked up in; absent if none were.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional))]
    pub root: Option<String>,
}

/// One file that is sent beside the Dockerfile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ContextRecord {
    /// Its path in the build context, `ctx/<32 digits>/<name>`.
    pub archive_path: String,
    /// SHA-256 of the source, `sha256:…`; the archive path has its first 32 digits.
    pub source_digest: String,
    /// Bytes.
    #[cfg_attr(feature = "types", ts(type = "number"))]
    pub size: u64,
    /// The local path that it was made from; absent if its content is in the definition.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional))]
    pub source: Option<String>,
}

/// A file, directory or link that comes into the image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct FileRecord {
    /// Path below the root; for a file whose content is in the definition, its path in the image.
    pub path: String,
    /// Path in the image.
    pub destination: String,
    /// The build stage that it goes to; absent for the image itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional))]
    pub stage: Option<String>,
    /// What it is.
    pub kind: FileKind,
    /// Mode in the image.
    pub mode: u32,
    /// Bytes.
    #[cfg_attr(feature = "types", ts(type = "number"))]
    pub size: u64,
    /// SHA-256 of a file's content, `sha256:…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional))]
    pub digest: Option<String>,
    /// Where a link points.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional))]
    pub target: Option<String>,
}

/// A file, link or directory that an ignore rule leaves out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct IgnoredRecord {
    /// Path below the root, with a `/` at its end for a directory of which all is left out.
    pub path: String,
    /// The ignore file of the rule, below the root; absent if it is an entry of `exclude`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional))]
    pub file: Option<String>,
    /// The line of that file, or the entry of `exclude`; the first is 1.
    pub line: usize,
    /// The pattern there.
    pub pattern: String,
}

/// What a [`FileRecord`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
}

impl ResolvedImage {
    /// Describes an image whose context hashes are known, in the order of its contexts.
    #[must_use]
    pub fn new(resolved: &Resolved, root: Option<String>, context_hashes: Vec<String>) -> Self {
        Self {
            snapshot_ref: snapshot_ref(&resolved.dockerfile, &context_hashes),
            contexts: resolved.contexts.iter().map(context_record).collect(),
            files: resolved
                .placements
                .iter()
                .flat_map(|placement| file_records(&resolved.contexts, placement))
                .collect(),
            ignored: resolved.placements.iter().flat_map(ignored_records).collect(),
            findings: resolved.findings.clone(),
            dockerfile: resolved.dockerfile.clone(),
            image_digest: resolved.image_digest.clone(),
            context_hashes,
            root,
        }
    }
}

fn context_record(context: &Context) -> ContextRecord {
    ContextRecord {
        archive_path: context.archive_path.clone(),
        source_digest: digest_text(&context.source_digest),
        size: context.size(),
        source: context.source.as_ref().map(|source| source.path.clone()),
    }
}

fn file_records<'a>(contexts: &'a [Context], placement: &'a Placement) -> impl Iterator<Item = FileRecord> {
    let context = &contexts[placement.context];
    let is_directory = placement.destination.ends_with('/');
    context.entries.iter().map(move |entry| {
        let destination = format!("{}{}", placement.destination, if is_directory { &entry.path } else { "" });
        let path = match placement.source.as_deref() {
            None => destination.clone(),
            Some(source) if !is_directory => source.to_owned(),
            Some(source) => below(source, &entry.path),
        };
        let (kind, mode, digest, target) = match &entry.kind {
            EntryKind::File { executable, sha256, .. } => {
                (FileKind::File, context.file_mode(*executable), Some(digest_text(sha256)), None)
            }
            EntryKind::Directory => (FileKind::Directory, 0o755, None, None),
            EntryKind::Link { target } => (FileKind::Link, 0o777, None, Some(target.clone())),
        };
        let stage = placement.stage.clone();
        FileRecord { path, destination, stage, kind, mode, size: entry.size(), digest, target }
    })
}

fn ignored_records(placement: &Placement) -> impl Iterator<Item = IgnoredRecord> {
    let source = placement.source.as_deref().unwrap_or(".");
    placement.ignored.iter().map(move |Ignored { path, rule }| IgnoredRecord {
        path: below(source, path),
        file: rule.file().map(str::to_owned),
        line: rule.line(),
        pattern: rule.pattern().to_owned(),
    })
}

/// The path below the root of what is below a source.
fn below(source: &str, path: &str) -> String {
    if source == "." { path.to_owned() } else { format!("{source}/{path}") }
}
