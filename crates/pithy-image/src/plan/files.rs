//! Files and sources that changed.

use super::align::merged;
use super::stages::Stages;
use crate::wire::{Difference, FileChange, FileRecord, Presence, SourceRecord};

pub(super) fn file_changes(before: &[FileRecord], after: &[FileRecord], stages: &Stages) -> Vec<FileChange> {
    let change = |change, file: &FileRecord, stage, differs| FileChange {
        change,
        path: file.path.clone(),
        destination: Some(file.destination.clone()),
        stage,
        differs,
    };
    let partners = file_partners(before, after, stages);
    let mut changes = Vec::new();
    for (old, new) in merged(before.len(), &partners) {
        match (old.map(|old| &before[old]), new.map(|new| &after[new])) {
            (Some(was), Some(is)) => {
                let differs = differences(was, is);
                if !differs.is_empty() {
                    changes.push(change(Presence::Changed, is, is.stage.clone(), differs));
                }
            }
            (None, Some(is)) => changes.push(change(Presence::Added, is, is.stage.clone(), Vec::new())),
            (Some(was), None) => {
                changes.push(change(Presence::Removed, was, stages.name(was.stage.as_ref()), Vec::new()));
            }
            (None, None) => {}
        }
    }
    changes
}

/// For each file, the one that had its place in the image.
fn file_partners(before: &[FileRecord], after: &[FileRecord], stages: &Stages) -> Vec<Option<usize>> {
    let mut next = 0;
    let mut partner = |file: &FileRecord| {
        let stage = stages.was(stage_of(file))?;
        // Nearly all are where they were before.
        let mut indices = (next..before.len()).chain(0..next);
        let is_it = |was: &FileRecord| was.destination == file.destination && stage_of(was) == stage;
        let found = indices.find(|index| is_it(&before[*index]));
        next = found.map_or(next, |index| index + 1);
        found
    };
    after.iter().map(&mut partner).collect()
}

fn stage_of(file: &FileRecord) -> &str {
    file.stage.as_deref().unwrap_or_default()
}

fn differences(a: &FileRecord, b: &FileRecord) -> Vec<Difference> {
    let differs = [
        (a.kind != b.kind, Difference::Kind),
        (a.digest != b.digest, Difference::Content),
        (a.mode != b.mode, Difference::Mode),
        (a.target != b.target, Difference::Target),
    ];
    differs.into_iter().filter(|(differs, _)| *differs).map(|(_, what)| what).collect()
}

pub(super) fn source_changes(before: &[SourceRecord], after: &[SourceRecord]) -> Vec<FileChange> {
    let change = |change, source: &SourceRecord| FileChange {
        change,
        path: source.path.clone(),
        destination: None,
        stage: None,
        differs: Vec::new(),
    };
    let find = |sources: &[SourceRecord], path: &str| -> Option<String> {
        sources.iter().find(|source| source.path == path).map(|source| source.digest.clone())
    };
    let now = after.iter().filter_map(|source| match find(before, &source.path) {
        None => Some(change(Presence::Added, source)),
        Some(digest) => (digest != source.digest).then(|| change(Presence::Changed, source)),
    });
    let gone = before.iter().filter(|source| find(after, &source.path).is_none());
    now.chain(gone.map(|source| change(Presence::Removed, source))).collect()
}
