//! What crosses into JavaScript: JSON text in, plain values out, the same for the Node addon and for WebAssembly.
//!
//! Every function answers `{"ok": …}` or `{"problems": […]}` ([`Answer`]); none panics on any text. The types of the
//! answers are the TypeScript types of the package.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::EDITION;
use crate::identity::{SnapshotSpec, snapshot_ref};
use crate::json::{Found, Place, record};
use crate::plan::{Plan, PlanRequest};
use crate::preset::PithyJauntOptions;
use crate::problem::{Code, Problem, Problems};
use crate::recipe::SourceKind;
use crate::resolve::{Context, InstructionRecord, Placement, Resolved, StepRecord};
use crate::source::{Entry, EntryKind, Ignored, digest_text, sha256};
use crate::{Definition, Recipe};

/// The two ways in which a call ends.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Answer<T> {
    /// It worked.
    Ok(T),
    /// It did not, for these reasons.
    Problems(Problems),
}

impl<T: Serialize> Answer<T> {
    /// As JSON text.
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|error| internal(&error.to_string()).json())
    }
}

impl<T> From<Result<T, Problems>> for Answer<T> {
    fn from(result: Result<T, Problems>) -> Self {
        result.map_or_else(Self::Problems, Self::Ok)
    }
}

/// The answer for a defect of ours.
#[must_use]
pub fn internal(message: &str) -> Answer<()> {
    let problem = Problem::new(Code::Internal, "", message, "This is a defect of pithy-image: please report it.");
    Answer::Problems(problem.into())
}

/// Reads and checks a definition.
#[must_use]
pub fn check(definition: &str) -> Answer<()> {
    Recipe::from_json(definition).map(drop).into()
}

/// What is known of a definition before its files are.
#[must_use]
pub fn outline(definition: &str) -> Answer<Outline> {
    Recipe::from_json(definition).and_then(|recipe| recipe.outline()).map(Outline::from).into()
}

/// The definition of [`crate::pithy_jaunt`].
#[must_use]
pub fn pithy_jaunt(options: &str) -> Answer<Definition> {
    PithyJauntOptions::from_json(options).map(|options| crate::pithy_jaunt(&options).definition()).into()
}

/// The name of a snapshot.
#[must_use]
pub fn snapshot_name(spec: &str) -> Answer<String> {
    let name = SnapshotSpec::from_json(spec).and_then(|spec| spec.name());
    name.map_err(Problems::from).into()
}

/// What a change of an image does.
#[must_use]
pub fn plan(request: &str) -> Answer<Plan> {
    PlanRequest::from_json(request).map(|request| request.plan()).map_err(Problems::from).into()
}

/// A definition whose files are known: what is sent, and the names that it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ResolvedImage {
    /// Which rules made the Dockerfile.
    #[cfg_attr(feature = "types", ts(type = "Definition[\"edition\"]"))]
    pub edition: String,
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
    /// Which step made which lines of the Dockerfile, in their order.
    pub instructions: Vec<InstructionRecord>,
    /// Every step of the definition, in order, those of a stage behind the step that declares it.
    pub steps: Vec<StepRecord>,
    /// The local files and directories that are sent, sorted by their paths; each once.
    pub sources: Vec<SourceRecord>,
    /// Absolute path of the root that local paths were looked up in; absent if none were.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional))]
    pub root: Option<String>,
}

/// What a local file or directory holds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct SourceRecord {
    /// Path below the root.
    pub path: String,
    /// SHA-256 of all that counts of it, `sha256:…`; if several steps take different parts of it, over theirs.
    pub digest: String,
    /// Bytes of the files that are taken of it, once for each part.
    #[cfg_attr(feature = "types", ts(type = "number"))]
    pub size: u64,
}

/// What is known of an image before its files are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Outline {
    /// The Dockerfile, with 32 question marks for the digits of a source that is not known.
    pub dockerfile: String,
    /// Which step made which lines of the Dockerfile, in their order.
    pub instructions: Vec<InstructionRecord>,
    /// Every step of the definition, in order, with fingerprints in which files that are not known do not count.
    pub steps: Vec<StepRecord>,
    /// The local files and directories that the image is made of, in the order of the definition; each once.
    pub needs: Vec<NeedRecord>,
    /// What should be known, though it is no mistake.
    pub findings: Vec<Problem>,
}

/// A local file or directory that an image is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct NeedRecord {
    /// Path below the root.
    pub path: String,
    /// Whether it is a file or a directory.
    pub kind: FileKind,
    /// JSON pointer to the step that needs it.
    pub step: String,
}

/// One file that is sent beside the Dockerfile.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
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
    /// JSON pointers to the steps that it is for.
    pub steps: Vec<String>,
}

/// A file, directory or link that comes into the image.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum FileKind {
    /// A regular file.
    #[default]
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
}

record!(SourceRecord { path, digest, size });
record!(ContextRecord { archive_path, source_digest, size, source default, steps });
record!(FileRecord { path, destination, stage default, kind, mode, size, digest default, target default });

impl Place for FileKind {
    fn blank() -> Self {
        Self::File
    }

    fn wanted(&self) -> &'static str {
        "`file`, `directory` or `link`"
    }

    fn scalar<'t>(&mut self, value: Found<'t>) -> Result<(), Found<'t>> {
        let Found::Text(text) = &value else { return Err(value) };
        *self = match text.as_ref() {
            "file" => Self::File,
            "directory" => Self::Directory,
            "link" => Self::Link,
            _ => return Err(value),
        };
        Ok(())
    }
}

impl ResolvedImage {
    /// Describes an image whose context hashes are known, in the order of its contexts.
    #[must_use]
    pub fn new(resolved: &Resolved, root: Option<String>, context_hashes: Vec<String>) -> Self {
        Self {
            edition: EDITION.to_owned(),
            steps: resolved.steps.clone(),
            sources: source_records(resolved),
            snapshot_ref: snapshot_ref(&resolved.dockerfile, &context_hashes),
            contexts: (0..resolved.contexts.len()).map(|index| context_record(resolved, index)).collect(),
            files: resolved
                .placements
                .iter()
                .flat_map(|placement| file_records(&resolved.contexts, placement))
                .collect(),
            ignored: resolved.placements.iter().flat_map(ignored_records).collect(),
            findings: resolved.findings.clone(),
            instructions: resolved.instructions.clone(),
            dockerfile: resolved.dockerfile.clone(),
            image_digest: resolved.image_digest.clone(),
            context_hashes,
            root,
        }
    }
}

impl From<crate::Outline> for Outline {
    fn from(outline: crate::Outline) -> Self {
        let needs = outline.needs.into_iter().map(|source| NeedRecord {
            kind: if source.kind == SourceKind::File { FileKind::File } else { FileKind::Directory },
            step: step_of(&source.pointer).to_owned(),
            path: source.path,
        });
        Self {
            needs: needs.collect(),
            instructions: outline.instructions,
            steps: outline.steps,
            dockerfile: outline.dockerfile,
            findings: outline.findings,
        }
    }
}

/// The pointer to the step of a field: `/steps/4` of `/steps/4/addLocalFile/source`.
fn step_of(pointer: &str) -> &str {
    let slashes = pointer.rfind("/steps/").map_or(0, |at| at + "/steps/".len());
    let end = pointer[slashes..].find('/').map_or(pointer.len(), |at| slashes + at);
    &pointer[..end]
}

fn source_records(resolved: &Resolved) -> Vec<SourceRecord> {
    let mut paths = BTreeSet::new();
    paths.extend(resolved.placements.iter().filter_map(|placement| placement.source.as_deref()));
    paths.into_iter().map(|path| source_record(path, resolved)).collect()
}

fn source_record(path: &str, resolved: &Resolved) -> SourceRecord {
    let placements = resolved.placements.iter().filter(|placement| placement.source.as_deref() == Some(path));
    let (mut digests, mut size) = (Vec::new(), 0);
    for context in placements.map(|placement| &resolved.contexts[placement.context]) {
        if !digests.contains(&context.source_digest) {
            digests.push(context.source_digest);
            size += context.entries.iter().map(Entry::size).sum::<u64>();
        }
    }
    let digest = if let [digest] = digests[..] { digest } else { sha256(&digests.concat()) };
    SourceRecord { path: path.to_owned(), digest: digest_text(&digest), size }
}

fn context_record(resolved: &Resolved, index: usize) -> ContextRecord {
    let context = &resolved.contexts[index];
    let placements = resolved.placements.iter().filter(|placement| placement.context == index);
    ContextRecord {
        steps: placements.map(|placement| placement.step.clone()).collect(),
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
