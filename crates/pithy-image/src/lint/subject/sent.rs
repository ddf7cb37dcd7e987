//! The files that are sent, and where they go.

use super::Subject;
use crate::context::{Context, Placement};
use crate::files::seen::{HEAD, Seen};
use crate::identity::{Entry, EntryKind};
use crate::path::base_name;

/// A file, directory or link that is sent.
#[derive(Clone, Copy)]
pub(crate) struct Sent<'a> {
    pub(in crate::lint) placement: &'a Placement,
    context: &'a Context,
    pub(in crate::lint) entry: &'a Entry,
}

impl<'a> Sent<'a> {
    /// Its name, without directories.
    pub(in crate::lint) fn name(&self) -> &'a str {
        base_name(&self.entry.path)
    }

    /// Its path below the root; of a file whose content is in the definition, that in the image.
    pub(in crate::lint) fn path(&self) -> String {
        self.placement.places(self.context, self.entry).0
    }

    /// Its path in the image.
    pub(in crate::lint) fn destination(&self) -> String {
        self.placement.places(self.context, self.entry).1
    }

    /// The mode that it gets in the image.
    pub(in crate::lint) fn mode(&self) -> u32 {
        match self.entry.kind {
            EntryKind::File { executable, .. } => self.context.file_mode(executable),
            EntryKind::Directory | EntryKind::Link { .. } => 0o777,
        }
    }

    /// Whether it is local, rather than in the definition.
    pub(in crate::lint) fn is_local(&self) -> bool {
        self.placement.local.is_some()
    }

    /// What was seen in its content; that of a file in the definition is looked at here.
    pub(in crate::lint) fn seen(&self) -> Seen {
        match &self.placement.local {
            Some(_) if self.placement.seen.is_empty() => Seen::default(),
            Some(_) => self.placement.seen.get(&self.path()).copied().unwrap_or_default(),
            None => Seen::of(&self.context.inline[..self.context.inline.len().min(HEAD)]),
        }
    }

    /// JSON pointer to the field that names its source, or to the step.
    pub(in crate::lint) fn pointer(&self) -> &'a str {
        self.placement.local.as_ref().map_or(&self.placement.step, |local| &local.pointer)
    }
}

impl<'a> Subject<'a> {
    /// Whether it is known what is sent.
    pub(in crate::lint) fn knows_files(&self) -> bool {
        self.image.is_some_and(|image| image.knows_files)
    }

    /// Everything that is sent, and copied to the image or a stage of it; nothing while the files are unknown.
    pub(in crate::lint) fn sent(&self) -> impl Iterator<Item = Sent<'a>> {
        self.placements().iter().flat_map(|placement| self.sent_of(placement))
    }

    /// What is sent for one copy.
    pub(in crate::lint) fn sent_of(
        &self,
        placement: &'a Placement,
    ) -> impl Iterator<Item = Sent<'a>> + Clone + use<'a> {
        let contexts = self.image.map_or(&[][..], |image| image.contexts);
        let context = &contexts[placement.context];
        context.entries.iter().map(move |entry| Sent { placement, context, entry })
    }

    /// What is sent of a local path for one copy.
    pub(in crate::lint) fn sent_at(&self, placement: &'a Placement, path: &str) -> Option<Sent<'a>> {
        let context = self.image?.contexts.get(placement.context)?;
        let source = placement.source.as_deref()?;
        let entry = if context.is_tree() {
            let inner = if source == "." { path } else { path.strip_prefix(source)?.strip_prefix('/')? };
            context.entries.binary_search_by(|entry| entry.path.as_str().cmp(inner)).ok()
        } else {
            (path == source).then_some(0)
        };
        Some(Sent { placement, context, entry: context.entries.get(entry?)? })
    }

    /// The paths of what is sent and is meant, by the JSON pointers of the sources, in order.
    pub(in crate::lint) fn sent_by_source(&self, is_meant: &dyn Fn(&Sent) -> bool) -> Vec<(&'a str, Vec<String>)> {
        let mut found: Vec<(&str, Vec<String>)> = Vec::new();
        for sent in self.sent().filter(|sent| is_meant(sent)) {
            match found.last_mut() {
                Some((pointer, paths)) if *pointer == sent.pointer() => paths.push(sent.path()),
                _ => found.push((sent.pointer(), vec![sent.path()])),
            }
        }
        found
    }

    /// Where the files go that are sent; none while they are unknown.
    pub(in crate::lint) fn placements(&self) -> &'a [Placement] {
        self.image.map_or(&[], |image| image.placements)
    }
}
