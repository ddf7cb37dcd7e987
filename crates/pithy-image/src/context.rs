//! Contexts: the files that are sent beside the Dockerfile.

use std::borrow::Cow;

use crate::identity::{Entry, EntryKind, Layout, TAR_END, entry_header, padding, root_header};
use crate::normal_form::LocalSource;

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
        self.pieces()
            .map(|piece| match piece {
                Piece::Bytes(bytes) => bytes.len() as u64,
                Piece::File(entry) => entry.size(),
            })
            .sum()
    }

    /// The bytes of the file to send, in order.
    pub fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        let Layout::Tree(mode) = self.layout else {
            return self.entries.iter().map(|entry| self.content(entry)).collect::<Vec<_>>().into_iter();
        };
        let mut pieces = vec![Piece::Bytes(root_header().into())];
        for entry in &self.entries {
            pieces.push(Piece::Bytes(entry_header(entry, mode).into()));
            if let EntryKind::File { size, .. } = entry.kind {
                pieces.push(self.content(entry));
                pieces.push(Piece::Bytes(padding(size).into()));
            }
        }
        pieces.push(Piece::Bytes(TAR_END[..].into()));
        pieces.into_iter()
    }

    fn content<'a>(&'a self, entry: &'a Entry) -> Piece<'a> {
        if self.source.is_some() { Piece::File(entry) } else { Piece::Bytes(self.inline.as_slice().into()) }
    }
}

/// Written in place of the digits of a source that is not known.
pub(crate) const UNKNOWN: &str = "????????????????????????????????";
