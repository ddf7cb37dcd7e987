//! Makes the records of an image from what the core knows of it.

use std::collections::{BTreeMap, BTreeSet};

use super::resolved::{
    Contents, ContextRecord, DaytonaHashes, FileKind, FileRecord, IgnoredRecord, InstructionRecord, NeedRecord,
    Outline, ResolvedImage, SourceRecord, StepRecord,
};
use crate::context::{Context, Placement};
use crate::dockerfile::WrittenInstruction;
use crate::identity::{Entry, EntryKind, Ignored, digest_text, sha256, snapshot_ref};
use crate::normal_form::SourceKind;
use crate::path::below;

use crate::resolve::{self, BuiltStep, Resolved};
use crate::steps::EDITION;

impl ResolvedImage {
    /// Describes an image whose files were found below a root.
    #[must_use]
    pub fn new(resolved: &Resolved, root: Option<String>) -> Self {
        Self {
            edition: EDITION.to_owned(),
            steps: resolved.steps.iter().map(StepRecord::from).collect(),
            sources: source_records(resolved),
            contexts: context_records(resolved),
            instructions: resolved.instructions.iter().map(InstructionRecord::from).collect(),
            dockerfile: resolved.dockerfile.clone(),
            image_digest: resolved.image_digest.clone(),
            root,
        }
    }
}

impl Contents {
    /// Describes what an image is made of.
    #[must_use]
    pub fn new(Resolved { placements, contexts, .. }: &Resolved) -> Self {
        Self {
            files: placements.iter().flat_map(|placement| file_records(contexts, placement)).collect(),
            ignored: placements.iter().flat_map(ignored_records).collect(),
        }
    }
}

impl DaytonaHashes {
    /// Those of an image, from the hashes of its contexts, in their order.
    #[must_use]
    pub fn new(resolved: &Resolved, context_hashes: Vec<String>) -> Self {
        Self { snapshot_ref: snapshot_ref(&resolved.dockerfile, &context_hashes), context_hashes }
    }
}

impl From<resolve::Outline> for Outline {
    fn from(outline: resolve::Outline) -> Self {
        let needs = outline.needs.into_iter().map(|source| NeedRecord {
            kind: if source.kind == SourceKind::File { FileKind::File } else { FileKind::Directory },
            step: step_of(&source.pointer).to_owned(),
            path: source.path,
        });
        Self {
            needs: needs.collect(),
            instructions: outline.instructions.iter().map(InstructionRecord::from).collect(),
            steps: outline.steps.iter().map(StepRecord::from).collect(),
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
    let mut parts: BTreeMap<&str, Vec<&Context>> = BTreeMap::new();
    for Placement { source, context, .. } in &resolved.placements {
        if let Some(path) = source {
            parts.entry(path).or_default().push(&resolved.contexts[*context]);
        }
    }
    parts.into_iter().map(|(path, parts)| source_record(path, parts)).collect()
}

fn source_record(path: &str, mut parts: Vec<&Context>) -> SourceRecord {
    let mut seen = BTreeSet::new();
    parts.retain(|part| seen.insert(part.name()));
    let digests: Vec<_> = parts.iter().map(|part| part.source_digest).collect();
    let size = parts.iter().flat_map(|part| &part.entries).map(Entry::size).sum();
    let digest = if let [digest] = digests[..] { digest } else { sha256(&digests.concat()) };
    SourceRecord { path: path.to_owned(), digest: digest_text(&digest), size }
}

fn context_records(resolved: &Resolved) -> Vec<ContextRecord> {
    let mut records: Vec<_> = resolved.contexts.iter().map(context_record).collect();
    for Placement { context, step, .. } in &resolved.placements {
        records[*context].steps.push(step.clone());
    }
    records
}

/// A context, without the steps that it is for.
fn context_record(context: &Context) -> ContextRecord {
    ContextRecord {
        steps: Vec::new(),
        archive_path: context.archive_path.clone(),
        source_digest: digest_text(&context.source_digest),
        size: context.size(),
        source: context.source.as_ref().map(|source| source.path.clone()),
    }
}

fn file_records<'a>(contexts: &'a [Context], placement: &'a Placement) -> impl Iterator<Item = FileRecord> {
    let context = &contexts[placement.context];
    context.entries.iter().map(move |entry| {
        let (path, destination) = placement.places(context, entry);
        let (kind, mode, digest, target) = match &entry.kind {
            EntryKind::File { executable, sha256, .. } => {
                (FileKind::File, context.file_mode(*executable), Some(digest_text(sha256)), None)
            }
            EntryKind::Directory => (FileKind::Directory, 0o755, None, None),
            EntryKind::Link { target } => (FileKind::Link, 0o777, None, Some(target.clone())),
        };
        let stage = placement.stage.clone();
        let inline = placement.source.is_none().then_some(true);
        FileRecord { path, destination, stage, kind, mode, size: entry.size(), digest, target, inline }
    })
}

fn ignored_records(placement: &Placement) -> impl Iterator<Item = IgnoredRecord> {
    let source = placement.local.as_ref().map_or(".", |local| &local.path);
    placement.ignored.iter().map(move |Ignored { path, rule }| IgnoredRecord {
        path: below(source, path),
        file: rule.file().map(str::to_owned),
        line: rule.line(),
        pattern: rule.pattern().to_owned(),
        step: placement.step.clone(),
    })
}

impl From<&BuiltStep> for StepRecord {
    fn from(step: &BuiltStep) -> Self {
        Self {
            step: step.step.clone(),
            call: step.name.to_owned(),
            stage: step.stage.clone(),
            fingerprint: step.fingerprint.clone(),
            takes_from: step.takes_from.clone(),
        }
    }
}

impl From<&WrittenInstruction> for InstructionRecord {
    fn from(WrittenInstruction { line, lines, step, source }: &WrittenInstruction) -> Self {
        let source = source.as_ref().map(ToString::to_string);
        Self { line: *line, lines: *lines, step: step.clone(), source }
    }
}
