//! Contexts: the files that are sent beside the Dockerfile.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::files::seen::Seen;
use crate::identity::{
    Entry, EntryKind, Ignored, Layout, TAR_END, entry_header, entry_header_size, padding, root_header,
};
use crate::normal_form::{LocalSource, SourceKind};
use crate::path::{below, part_below};

/// One file to send: a local or inline file as it is, or a tar of several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// Where the Dockerfile expects it: `ctx/<32 digits>/<name>`.
    pub archive_path: String,
    /// SHA-256 over all that decides its bytes; its first 32 hexadecimal digits are in the archive path.
    pub source_digest: [u8; 32],
    /// The local source that its bytes come from; none if they are in the definition.
    pub source: Option<LocalSource>,
    /// What it holds, sorted by the bytes of the paths.
    pub entries: Vec<Entry>,
    pub(crate) layout: Layout,
    pub(crate) inline: Vec<u8>,
}

/// A place in the image that a context is copied to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// Which of [`Resolved::contexts`](crate::Resolved::contexts).
    pub context: usize,
    /// The path of a file, or that of the directory which takes the entries, with a `/` at its end.
    pub destination: String,
    /// The local path that this copy is of; none if its content is in the definition.
    pub source: Option<String>,
    /// The build stage that it goes to; none for the image itself.
    pub stage: Option<String>,
    /// JSON pointer to the step that asks for it.
    pub step: String,
    /// What ignore rules left out of it.
    pub ignored: Vec<Ignored>,
    /// What was seen in the contents of its files, by their paths below the root.
    pub(crate) seen: BTreeMap<String, Seen>,
    /// How many of its files may be executable or not, where that decides what they are in the image.
    pub(crate) unknown_modes: usize,
    /// What the definition says of the source.
    pub(crate) local: Option<LocalSource>,
}

impl Placement {
    /// Where an entry of its context comes from, and where it goes.
    pub(crate) fn places(&self, context: &Context, entry: &Entry) -> (String, String) {
        let source = self.source.as_deref();
        if let (Some(LocalSource { path, kind: SourceKind::Context(selection), .. }), Some(source)) =
            (&self.local, source)
        {
            let source = if context.is_tree() { below(source, &entry.path) } else { source.to_owned() };
            let is_directory = entry.kind == EntryKind::Directory;
            let destination = selection.landing(&self.destination, part_below(path, &source), is_directory);
            return (source, destination);
        }
        let is_directory = self.destination.ends_with('/');
        let destination = format!("{}{}", self.destination, if is_directory { &entry.path } else { "" });
        let path = match source {
            None => destination.clone(),
            Some(source) if !is_directory => source.to_owned(),
            Some(source) => below(source, &entry.path),
        };
        (path, destination)
    }
}

/// A run of a context's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'a> {
    /// These bytes.
    Bytes(Cow<'a, [u8]>),
    /// The whole content of this file of the source.
    File(&'a Entry),
}

impl Context {
    /// Whether it is a tar of several entries, rather than a file as it is.
    #[must_use]
    pub fn is_tree(&self) -> bool {
        matches!(self.layout, Layout::Tree(_))
    }

    /// The mode of the file to send: a tar's is 0644.
    #[must_use]
    pub fn mode(&self) -> u32 {
        let executable = |entry: &Entry| matches!(entry.kind, EntryKind::File { executable: true, .. });
        if !self.is_tree() && self.entries.iter().any(executable) { 0o755 } else { 0o644 }
    }

    /// The mode that a file of it has in the image.
    #[must_use]
    pub fn file_mode(&self, executable: bool) -> u32 {
        match self.layout {
            Layout::Tree(Some(mode)) => mode,
            _ if executable => 0o755,
            _ => 0o644,
        }
    }

    /// The 32 digits that name the source in the Dockerfile.
    pub(crate) fn name(&self) -> &str {
        self.archive_path.split('/').nth(1).unwrap_or_default()
    }

    /// Whether it is known to have nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty() && !self.is_unknown()
    }

    /// Whether its files are not known.
    pub(crate) fn is_unknown(&self) -> bool {
        self.name() == UNKNOWN
    }

    /// Bytes of the file to send.
    #[must_use]
    pub fn size(&self) -> u64 {
        let content = |entry: &Entry| entry.size();
        if !self.is_tree() {
            return self.entries.iter().map(content).sum();
        }
        let in_tar = |entry: &Entry| entry_header_size(entry) + entry.size() + padding(entry.size()).len() as u64;
        (root_header().len() + TAR_END.len()) as u64 + self.entries.iter().map(in_tar).sum::<u64>()
    }

    /// Bytes of each file that is read for it: none if its content is in the definition.
    pub(crate) fn file_sizes(&self) -> impl Iterator<Item = u64> {
        let read = self.entries.iter().filter(|entry| self.source.is_some() && entry.is_file());
        read.map(Entry::size)
    }

    /// The bytes of the file to send, in order.
    pub fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        let around = |bytes: Vec<u8>| Some(Piece::Bytes(bytes.into())).filter(|_| self.is_tree());
        let entries = self.entries.iter().flat_map(|entry| self.pieces_of(entry));
        around(root_header()).into_iter().chain(entries).chain(around(TAR_END.to_vec()))
    }

    fn pieces_of<'a>(&'a self, entry: &'a Entry) -> impl Iterator<Item = Piece<'a>> {
        let Layout::Tree(mode) = self.layout else {
            return [None, Some(self.content(entry)), None].into_iter().flatten();
        };
        let header = Some(Piece::Bytes(entry_header(entry, mode).into()));
        let content = if let EntryKind::File { size, .. } = entry.kind {
            [Some(self.content(entry)), Some(Piece::Bytes(padding(size).into()))]
        } else {
            [None, None]
        };
        let [content, padding] = content;
        [header, content, padding].into_iter().flatten()
    }

    fn content<'a>(&'a self, entry: &'a Entry) -> Piece<'a> {
        if self.source.is_some() { Piece::File(entry) } else { Piece::Bytes(self.inline.as_slice().into()) }
    }
}

/// Written in place of the digits of a source that is not known.
pub(crate) const UNKNOWN: &str = "????????????????????????????????";
