//! From a recipe and what its sources hold to the Dockerfile and the contexts, without reading anything.

use std::borrow::Cow;

use crate::dockerfile;
use crate::identity::image_digest;
use crate::problem::{Code, Problem, Problems};
use crate::recipe::{Copy, Destination, LocalSource, Mode, Origin, Recipe, base_name};
use crate::source::{self, Entry, EntryKind, Layout};
use crate::tar;
use crate::text::hex;

/// A recipe whose sources are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The Dockerfile, to the byte as it is sent.
    pub dockerfile: String,
    /// `sha256:…` over the Dockerfile: the identity of the image.
    pub image_digest: String,
    /// Everything that is sent beside the Dockerfile, in order of first use.
    pub contexts: Vec<Context>,
}

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
    /// Where the entries land: a directory with a `/` at its end, or a file.
    pub destination: String,
    pub(crate) layout: Layout,
    inline: Vec<u8>,
}

/// A run of a context's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'a> {
    /// These bytes.
    Bytes(Cow<'a, [u8]>),
    /// The whole content of this file of the source.
    File(&'a Entry),
}

impl Recipe {
    /// Makes the Dockerfile and the contexts.
    ///
    /// `listings` has, for each of [`Recipe::sources`] and in the same order, what the source holds: for a file one entry
    /// with its name. The order of entries does not matter.
    ///
    /// # Errors
    ///
    /// Names that no image can hold, and links out of their source.
    pub fn resolve(&self, listings: Vec<Vec<Entry>>) -> Result<Resolved, Problems> {
        let mut problems = Vec::new();
        let mut listings = listings.into_iter();
        let mut contexts: Vec<Context> = Vec::with_capacity(self.copies.len());
        for copy in &self.copies {
            let listing = match &copy.origin {
                Origin::Local(_) => listings.next(),
                Origin::Inline(bytes) => Some(vec![inline_entry(bytes)]),
            };
            match listing {
                Some(entries) => contexts.push(context(copy, entries, &mut problems)),
                None => problems.push(unlisted(copy)),
            }
        }
        let dockerfile = if problems.is_empty() { dockerfile::write(self, &contexts) } else { String::new() };
        let mut unique: Vec<Context> = Vec::with_capacity(contexts.len());
        for context in contexts {
            if !unique.iter().any(|other| other.archive_path == context.archive_path) {
                unique.push(context);
            }
        }
        let image_digest = image_digest(&dockerfile);
        Problems::or(problems, Resolved { dockerfile, image_digest, contexts: unique })
    }
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
        let mut pieces = vec![Piece::Bytes(tar::root_header().into())];
        for entry in &self.entries {
            pieces.push(Piece::Bytes(tar::entry_header(entry, mode).into()));
            if let EntryKind::File { size, .. } = entry.kind {
                pieces.push(self.content(entry));
                pieces.push(Piece::Bytes(tar::padding(size).into()));
            }
        }
        pieces.push(Piece::Bytes(tar::END[..].into()));
        pieces.into_iter()
    }

    fn content<'a>(&'a self, entry: &'a Entry) -> Piece<'a> {
        if self.source.is_some() { Piece::File(entry) } else { Piece::Bytes(self.inline.as_slice().into()) }
    }
}

impl Entry {
    /// Bytes of the content; 0 for anything but a file.
    #[must_use]
    pub fn size(&self) -> u64 {
        if let EntryKind::File { size, .. } = self.kind { size } else { 0 }
    }
}

fn context(copy: &Copy, mut entries: Vec<Entry>, problems: &mut Vec<Problem>) -> Context {
    let layout = layout(copy);
    if let (Destination::File { path, source_name }, [entry]) = (&copy.destination, entries.as_mut_slice()) {
        let name = if layout == Layout::File { source_name } else { base_name(path) };
        name.clone_into(&mut entry.path);
    }
    let (source, inline, pointer) = match &copy.origin {
        Origin::Local(source) => (Some(source.clone()), Vec::new(), source.pointer.as_str()),
        Origin::Inline(bytes) => (None, bytes.clone(), ""),
    };
    let entries = source::normalize(entries, copy.mode, pointer, problems);
    let source_digest = source::digest(layout, &entries);
    let name = match (&copy.destination, layout) {
        (Destination::File { source_name, .. }, Layout::File) => source_name,
        _ => "tree.tar",
    };
    let archive_path = format!("ctx/{}/{name}", &hex(&source_digest)[..32]);
    let destination = match &copy.destination {
        Destination::File { path, .. } | Destination::Directory(path) => path.clone(),
    };
    Context { archive_path, source_digest, source, entries, destination, layout, inline }
}

/// Only a plain file with a usual mode and a name that is no pattern can be sent as it is.
fn layout(copy: &Copy) -> Layout {
    match (&copy.destination, copy.mode) {
        (_, Mode::Other(mode)) => Layout::Tree(Some(mode)),
        (Destination::File { source_name, .. }, _) if is_safe_name(source_name) => Layout::File,
        _ => Layout::Tree(None),
    }
}

/// Neither a pattern nor a variable to Docker, nor anything that a shell, S3 or tar treats as special.
fn is_safe_name(name: &str) -> bool {
    name.len() <= 100
        && !name.starts_with('.')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte))
}

fn inline_entry(bytes: &[u8]) -> Entry {
    let kind = EntryKind::File { executable: false, size: bytes.len() as u64, sha256: source::sha256(bytes) };
    Entry { path: String::new(), kind }
}

fn unlisted(copy: &Copy) -> Problem {
    let (path, pointer) = match &copy.origin {
        Origin::Local(source) => (source.path.as_str(), source.pointer.as_str()),
        Origin::Inline(_) => ("", ""),
    };
    Problem::new(
        Code::SourceMissing,
        pointer,
        format!("`{path}` is not among the files given."),
        "Give the files that the definition names.",
    )
}
