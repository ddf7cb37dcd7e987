//! The contexts of copies, once it is known what their sources hold.

use crate::context::{Context, UNKNOWN};
use crate::files::seen::Seen;
use crate::identity::{Entry, EntryKind, Layout, Listing, Mode, hex, normalize, sha256, source_digest};
use crate::normal_form::{Copy, DOCKERIGNORE, Destination, LocalSource, Origin, Selection, SourceKind};
use crate::path::{base_name, below, join};
use crate::problem::{Code, Problem, Problems};

/// A context for each copy; `local` makes those of local sources.
pub(super) fn contexts(
    copies: &[Copy],
    mut local: impl FnMut(&Copy, &mut Vec<Problem>) -> Context,
) -> Result<Vec<Context>, Problems> {
    let mut problems = Vec::new();
    let contexts = copies.iter().map(|copy| match &copy.origin {
        Origin::Local(_) => local(copy, &mut problems),
        Origin::Inline(bytes) => inline_context(copy, bytes, &mut problems),
    });
    let contexts = contexts.collect();
    Problems::or(problems, contexts)
}

fn inline_context(copy: &Copy, bytes: &[u8], problems: &mut Vec<Problem>) -> Context {
    context(copy, vec![inline_entry(bytes)].into(), problems)
}

/// The context of a copy whose files are not known.
pub(super) fn outlined(copy: &Copy) -> Context {
    let source = match &copy.origin {
        Origin::Inline(bytes) => return inline_context(copy, bytes, &mut Vec::new()),
        Origin::Local(source) => source.clone(),
    };
    let layout = layout(copy);
    let entries = match &copy.destination {
        Destination::File { source_name, .. } => {
            vec![Entry { path: entry_name(source_name), kind: EntryKind::Directory }]
        }
        Destination::Directory(_) | Destination::Instruction(_) => Vec::new(),
    };
    let archive_path = format!("ctx/{UNKNOWN}/{}", archive_name(copy, layout));
    Context { archive_path, source_digest: [0; 32], source: Some(source), entries, layout, inline: Vec::new() }
}

/// The context of a copy whose source holds this.
pub(super) fn context(copy: &Copy, listing: Listing, problems: &mut Vec<Problem>) -> Context {
    if let Origin::Local(LocalSource { kind: SourceKind::Context(selection), path, pointer }) = &copy.origin {
        return taken(path, selection, pointer, &listing, problems);
    }
    let layout = layout(copy);
    problems.extend(nothing_left(copy, &listing));
    let mut entries = listing.entries;
    problems.extend(changed(copy, &entries));
    if let (Destination::File { source_name, .. }, [entry]) = (&copy.destination, entries.as_mut_slice()) {
        entry.path = entry_name(source_name);
    }
    let (source, inline, pointer) = match &copy.origin {
        Origin::Local(source) => (Some(source.clone()), Vec::new(), source.pointer.as_str()),
        Origin::Inline(bytes) => (None, bytes.clone(), ""),
    };
    let entries = normalize(entries, copy.mode, false, pointer, problems);
    if matches!(copy.destination, Destination::Directory(_)) {
        let directory = join("/", &copy.landing());
        problems.extend(entries.iter().filter_map(|entry| unsafe_landing(&directory, &entry.path, pointer)));
    }
    let source_digest = source_digest(layout, &entries);
    let archive_path = format!("ctx/{}/{}", &hex(&source_digest)[..32], archive_name(copy, layout));
    Context { archive_path, source_digest, source, entries, layout, inline }
}

/// The context of what an instruction of a Dockerfile takes. A single file is sent as it is, so that `ADD` can unpack it.
fn taken(path: &str, selection: &Selection, pointer: &str, listing: &Listing, problems: &mut Vec<Problem>) -> Context {
    let local = |path: String, kind| LocalSource { path, kind, pointer: pointer.to_owned() };
    let is_archive = |entry: &&Entry| selection.unpacks && is_archive(listing, entry);
    let entries = normalize(listing.entries.clone(), Mode::FromFile, true, pointer, problems);
    let files: Vec<_> = entries.iter().filter(|entry| selection.names(&entry.path)).collect();
    if let [file @ Entry { kind: EntryKind::File { .. }, .. }] = files[..]
        && let Some(name) = sent_name(base_name(&file.path), is_archive(&file), selection)
    {
        let entries = vec![Entry { path: name.to_owned(), kind: file.kind.clone() }];
        let source = local(below(path, &file.path), SourceKind::File);
        return context_of(Layout::File, name, source, entries);
    }
    if let Some(archive) = linked_archive(listing, selection) {
        let name = files.first().map_or(selection.sources[0].path.as_str(), |link| &link.path);
        let name = Some(base_name(name)).filter(|name| is_safe_name(name)).unwrap_or("archive");
        let source = local(below(path, &archive.path), SourceKind::File);
        let entries = vec![Entry { path: name.to_owned(), kind: archive.kind.clone() }];
        return context_of(Layout::File, name, source, entries);
    }
    if let Some(archive) = files.into_iter().find(is_archive) {
        let message =
            format!("{}`ADD` unpacks `{}`, but the pattern also matches other files.", selection.place, archive.path);
        let hint = "Name each archive, or use `COPY` to keep them packed.";
        problems.push(Problem::new(Code::InvalidDockerfile, pointer, message, hint));
    }
    context_of(Layout::Tree(None), "tree.tar", local(path.to_owned(), SourceKind::Context(selection.clone())), entries)
}

/// Whether `ADD` would unpack a file.
fn is_archive(listing: &Listing, file: &Entry) -> bool {
    listing.seen.get(&file.path).is_some_and(|seen| seen.has(Seen::ARCHIVE))
}

/// The archive that a source is a link to, or that lies behind one.
fn linked_archive<'l>(listing: &'l Listing, selection: &Selection) -> Option<&'l Entry> {
    let is_file = |entry: &&Entry| matches!(entry.kind, EntryKind::File { .. });
    let mut files = listing.entries.iter().filter(is_file);
    let archive = files.next().filter(|file| selection.unpacks && is_archive(listing, file))?;
    let is_alone = files.next().is_none() && !listing.entries.iter().any(|entry| entry.kind == EntryKind::Directory);
    is_alone.then_some(archive)
}

fn context_of(layout: Layout, name: &str, source: LocalSource, entries: Vec<Entry>) -> Context {
    let source_digest = source_digest(layout, &entries);
    let archive_path = format!("ctx/{}/{name}", &hex(&source_digest)[..32]);
    Context { archive_path, source_digest, source: Some(source), entries, layout, inline: Vec::new() }
}

/// The name under which a single file is sent as it is; none if it is sent in a tar. That of an archive does not matter.
fn sent_name<'n>(name: &'n str, is_archive: bool, selection: &Selection) -> Option<&'n str> {
    match is_safe_name(name) {
        true if !selection.is_tree => Some(name),
        false if is_archive => Some("archive"),
        _ => None,
    }
}

/// The name under which a context is sent.
fn archive_name(copy: &Copy, layout: Layout) -> &str {
    match (&copy.destination, layout) {
        (Destination::File { source_name, .. }, Layout::File) => source_name,
        _ => "tree.tar",
    }
}

/// The name of a single file within its tree.
fn entry_name(source_name: &str) -> String {
    if is_literal_name(source_name) { source_name } else { "file" }.to_owned()
}

/// Naming a directory of which the root's ignore file leaves nothing is a mistake. One that has `.git` alone may be empty.
fn nothing_left(copy: &Copy, listing: &Listing) -> Option<Problem> {
    let Origin::Local(source) = &copy.origin else { return None };
    let mut rules = listing.ignored.iter().map(|ignored| &ignored.rule);
    let rule = rules.find(|rule| rule.file() == Some(DOCKERIGNORE)).filter(|_| listing.entries.is_empty())?;
    let (path, line, pattern) = (&source.path, rule.line()?, rule.pattern());
    let message = format!("`{DOCKERIGNORE}`, line {line} (`{pattern}`), leaves nothing of `{path}`.");
    let hint = "Include everything with `exclude: [\"!**\"]`, name another `ignoreFile`, or leave the call out.";
    Some(Problem::new(Code::SourceIgnored, &source.pointer, message, hint))
}

/// A file whose text was read before its content was hashed must not have changed.
fn changed(copy: &Copy, entries: &[Entry]) -> Option<Problem> {
    let Origin::Local(source) = &copy.origin else { return None };
    let differs = |entry: &Entry| !matches!(entry.kind, EntryKind::File { sha256, .. } if copy.sha256 == Some(sha256));
    (copy.sha256.is_some() && entries.iter().any(differs)).then(|| {
        let message = format!("`{}` changed while it was read.", source.path);
        Problem::new(Code::SourceChanged, &source.pointer, message, "Resolve the image again.")
    })
}

/// Only a plain file with a usual mode and a name that is not a pattern can be sent as it is.
fn layout(copy: &Copy) -> Layout {
    match (&copy.destination, copy.mode) {
        (_, Mode::Other(mode)) => Layout::Tree(Some(mode)),
        (Destination::File { source_name, .. }, _) if is_safe_name(source_name) => Layout::File,
        _ => Layout::Tree(None),
    }
}

/// Directories that are links in Debian's images, or have modes of their own. A directory of a tree takes the place of
/// such a link, and the image has no shell any more (legacy engine), or the build fails (BuildKit); or it resets the
/// mode, and nobody but root can write to `/tmp`. As the destination of a tree they are safe.
const TAKEN: [&str; 11] =
    ["/bin", "/lib", "/lib32", "/lib64", "/libx32", "/root", "/sbin", "/tmp", "/var/lock", "/var/run", "/var/tmp"];

fn unsafe_landing(directory: &str, path: &str, pointer: &str) -> Option<Problem> {
    // Most paths need no closer look.
    if TAKEN.iter().all(|taken| taken.len() <= path.len()) {
        return None;
    }
    let landing = join(directory, path);
    TAKEN.contains(&landing.as_str()).then(|| {
        let message = format!("`{path}` would replace `{landing}` of the image, or its mode.");
        let hint =
            "Leave it out with `exclude`, and add it in a call of its own, with the whole path as the destination.";
        Problem::new(Code::UnsafeDestination, pointer, message, hint)
    })
}

/// Whether Docker reads a name as itself where a pattern is allowed.
fn is_literal_name(name: &str) -> bool {
    !name.contains(|c: char| c.is_control() || "*?[]\\\"'$".contains(c))
}

/// Whether a name is neither a pattern nor a variable to Docker, nor special to a shell, S3 or tar.
fn is_safe_name(name: &str) -> bool {
    name.len() <= 100
        && !name.starts_with('.')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte))
}

fn inline_entry(bytes: &[u8]) -> Entry {
    let kind = EntryKind::File { executable: false, size: bytes.len() as u64, sha256: sha256(bytes) };
    Entry { path: String::new(), kind }
}
