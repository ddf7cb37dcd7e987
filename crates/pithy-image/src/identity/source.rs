//! What a source holds, and its digest.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use sha2::{Digest as _, Sha256};

use crate::files::seen::Seen;
use crate::ignore::Rule;
use crate::ordered;
use crate::problem::{Code, Problem};

/// What a source holds, and what ignore rules leave out of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// Everything that is sent, in any order; for a source that is a file, one entry with its name.
    pub entries: Vec<Entry>,
    /// What is left out. Of a directory of which all is, the directory alone.
    pub ignored: Vec<Ignored>,
    /// What was seen in the contents of files, by their paths; of a file that is not here, nothing.
    pub seen: BTreeMap<String, Seen>,
    /// How many of the files may be executable or not.
    pub unknown_modes: usize,
}

impl From<Vec<Entry>> for Listing {
    fn from(entries: Vec<Entry>) -> Self {
        Self { entries, ..Self::default() }
    }
}

/// A path that an ignore rule leaves out of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    /// Path below the source, with `/`, and one at its end for a directory of which all is left out.
    pub path: String,
    /// The rule that decided it.
    pub rule: Rule,
}

/// A file, directory or link of a source: everything about it that counts. Owner, times and other permission bits
/// differ from checkout to checkout and are left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Path below the source, with `/`; for a source that is one file, its name.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
}

impl Entry {
    /// Bytes of the content; 0 for anything but a file.
    #[must_use]
    pub fn size(&self) -> u64 {
        if let EntryKind::File { size, .. } = self.kind { size } else { 0 }
    }

    pub(crate) fn is_file(&self) -> bool {
        matches!(self.kind, EntryKind::File { .. })
    }
}

/// What an [`Entry`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File {
        /// Whether its owner may run it.
        executable: bool,
        /// Bytes.
        size: u64,
        /// SHA-256 of the content.
        sha256: [u8; 32],
    },
    /// A directory; it need not be listed if something is in it.
    Directory,
    /// A symbolic link.
    Link {
        /// Where it points, as it is written in the link.
        target: String,
    },
}

/// The mode of a copied file.
#[derive(Debug, Clone, PartialEq, Eq, Copy)]
pub(crate) enum Mode {
    /// As the file's executable bit says.
    FromFile,
    /// The executable bit is given: 0644 or 0755.
    Executable(bool),
    /// Any other mode, which only a tar can carry through the SDK.
    Other(u32),
}

/// How a source is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// One file under its own name, with mode 0644 or 0755.
    File,
    /// A tar, which keeps what a single file of the SDK cannot; with the mode of its files if that is given.
    Tree(Option<u32>),
}

/// The SHA-256 that names a source in the Dockerfile.
///
/// Every field is written as its length (64 bits, little endian) and its bytes: a domain tag, the layout, the mode asked
/// for in octal digits, then of each entry in the order of the paths' bytes the kind, `x` or nothing, the path, and the
/// content's SHA-256 or the link's target.
pub(crate) fn digest(layout: Layout, entries: &[Entry]) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut field = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    field(b"pithy-image/1/source");
    match layout {
        Layout::File => field(b"file"),
        Layout::Tree(_) => field(b"tree"),
    }
    field(if let Layout::Tree(Some(mode)) = layout { format!("{mode:o}") } else { String::new() }.as_bytes());
    for entry in entries {
        let (kind, executable, content): (_, _, &[u8]) = match &entry.kind {
            EntryKind::File { executable, sha256, .. } => ("file", *executable, sha256),
            EntryKind::Directory => ("directory", false, &[]),
            EntryKind::Link { target } => ("link", false, target.as_bytes()),
        };
        field(kind.as_bytes());
        field(if executable { b"x" } else { b"" });
        field(entry.path.as_bytes());
        field(content);
    }
    hash.finalize().into()
}

/// Puts entries into the order of their paths' bytes, with every directory on the way, and applies the mode.
/// Problems are reported at `pointer`; `keeps_links` says whether links may lead out of the source.
pub(crate) fn normalize(
    mut entries: Vec<Entry>,
    mode: Mode,
    keeps_links: bool,
    pointer: &str,
    problems: &mut Vec<Problem>,
) -> Vec<Entry> {
    for entry in &mut entries {
        problems.extend(bad_path(&entry.path, pointer));
        problems.extend(Some(&*entry).filter(|_| !keeps_links).and_then(|entry| leading_out(entry, pointer)));
        if let EntryKind::File { executable, .. } = &mut entry.kind {
            *executable = match mode {
                Mode::FromFile => *executable,
                Mode::Executable(given) => given,
                Mode::Other(_) => false,
            };
        }
    }
    sort(&mut entries);
    let missing = missing_directories(&entries);
    if !missing.is_empty() {
        entries.extend(missing.into_iter().map(|path| Entry { path, kind: EntryKind::Directory }));
        sort(&mut entries);
    }
    entries
}

/// Sorts by the paths' bytes; of several entries with one path, the last one counts.
fn sort(entries: &mut Vec<Entry>) {
    let order = ordered::places(&mut entries.iter().map(|entry| &*entry.path));
    let mut unsorted: Vec<_> = entries.drain(..).map(Some).collect();
    entries.extend(order.into_iter().filter_map(|place| unsorted[place].take()));
    entries.dedup_by(|next, kept| {
        next.path == kept.path && {
            mem::swap(next, kept);
            true
        }
    });
}

/// The directories that sorted entries lie in, and that are not among them.
fn missing_directories(entries: &[Entry]) -> BTreeSet<String> {
    let mut missing = BTreeSet::new();
    let mut before = "";
    for Entry { path, .. } in entries {
        let (directory, _) = path.rsplit_once('/').unwrap_or_default();
        if directory == before {
            continue;
        }
        let above = directory.match_indices('/').map(|(slash, _)| &directory[..slash]).chain([directory]);
        for path in above.filter(|path| !path.is_empty()) {
            if entries.binary_search_by(|entry| entry.path.as_str().cmp(path)).is_err() {
                missing.insert(path.to_owned());
            }
        }
        before = directory;
    }
    missing
}

/// A path that no image layer can hold.
fn bad_path(path: &str, pointer: &str) -> Option<Problem> {
    let reason = bad_name(path)?;
    let message = format!("No image can hold `{path}`: {reason}.");
    Some(Problem::new(Code::InvalidFileName, pointer, message, "Rename it, or leave it out with `exclude`."))
}

/// A link that would lead out of what is copied.
fn leading_out(Entry { path, kind }: &Entry, pointer: &str) -> Option<Problem> {
    let EntryKind::Link { target } = kind else { return None };
    leaves(path, target).then(|| {
        let message = format!("The link `{path}` points out of its source: `{target}`.");
        let hint = "Leave it out with `exclude`, or add what it points to.";
        Problem::new(Code::LinkOutsideSource, pointer, message, hint)
    })
}

fn bad_name(path: &str) -> Option<&'static str> {
    path.split('/').find_map(|part| match part {
        "" | "." | ".." => Some("it is not a path below its source"),
        _ if part.contains('\0') => Some("a name has a NUL character"),
        _ => bad_layer_name(part),
    })
}

/// Why no image layer can hold a name.
pub(crate) fn bad_layer_name(name: &str) -> Option<&'static str> {
    match name {
        _ if name.starts_with(".wh.") => Some("names that start with `.wh.` mark deleted files in image layers"),
        _ if name.len() > 255 => Some("a name has more than 255 bytes"),
        _ => None,
    }
}

/// Whether a link, followed by its text from where it lies, leaves its source.
fn leaves(path: &str, target: &str) -> bool {
    let mut depth = path.matches('/').count();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." if depth == 0 => return true,
            ".." => depth -= 1,
            _ => depth += 1,
        }
    }
    target.starts_with('/')
}
