//! Reads sources: what is there, and what is in it. Contents are checked twice, when they are hashed and when their
//! bytes are used, so that a file that changes in between is an error and never a wrong image.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use pithy_image::ignore::IgnoreRules;
use pithy_image::{
    Code, Context, Entry, EntryKind, Ignored, Listing, LocalSource, Piece, Problem, Problems, Recipe, SourceKind,
    TextFile, Texts,
};
use sha2::{Digest as _, Sha256};
use walkdir::WalkDir;

use crate::control::{Control, Meter};
use crate::platform::HOST;

/// Bytes read at once.
const CHUNK: usize = 256 * 1024;

/// The recipe once all text files that it needs are read, and those that they name; and why some cannot be read.
pub(crate) fn texts(mut recipe: Recipe, root: &Path) -> Result<(Recipe, Vec<Problem>), Problems> {
    while !recipe.unread().is_empty() {
        let (mut texts, mut problems) = (Texts::new(), Vec::new());
        for file in recipe.unread() {
            match text(root, file) {
                Ok(content) => _ = texts.insert(file.path.clone(), content),
                Err(found) => problems.extend(found.0),
            }
        }
        if !problems.is_empty() {
            return Ok((recipe, problems));
        }
        recipe = recipe.with_texts(texts)?;
    }
    Ok((recipe, Vec::new()))
}

fn text(root: &Path, file: &TextFile) -> Result<Option<Vec<u8>>, Problems> {
    read_text(root, file).map_err(|mut problems| {
        if let Some(by) = &file.named_by {
            problems.0.iter_mut().for_each(|problem| problem.message.insert_str(0, &format!("{by}: ")));
        }
        problems
    })
}

fn read_text(root: &Path, TextFile { path, optional, pointer, .. }: &TextFile) -> Result<Option<Vec<u8>>, Problems> {
    if *optional && fs::symlink_metadata(root.join(path)).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return Ok(None);
    }
    let real = locate(root, path, pointer)?;
    regular(root, path, pointer, &real, "Name a regular file.")?;
    fs::read(&real).map(Some).map_err(|error| unreadable(root, path, pointer, &error).into())
}

/// What each source of a recipe holds, in the order of [`Recipe::sources`]. Problems that are known already are told as
/// well; a missing text file may be a source, too, and is told once.
pub(crate) fn list_and_hash(
    recipe: &Recipe,
    root: &Path,
    control: &Control,
    mut problems: Vec<Problem>,
) -> Result<Vec<Listing>, Problems> {
    let mut listings: Vec<(Vec<Found>, Vec<Ignored>)> = Vec::new();
    for source in recipe.sources() {
        control.cancel.check()?;
        listings.push(list(root, source, control).unwrap_or_else(|found| {
            let is_new = |new: &Problem| !problems.iter().any(|known| is_same(known, new));
            let new: Vec<_> = found.0.into_iter().filter(is_new).collect();
            problems.extend(new);
            Default::default()
        }));
    }
    let found = listings.iter_mut().flat_map(|(found, _)| found);
    let files = found.filter(|found| matches!(found.entry.kind, EntryKind::File { .. }));
    hash_all(files.collect(), control, &mut problems);
    if !problems.is_empty() {
        return Err(Problems(problems));
    }
    let listing = |(found, ignored): (Vec<Found>, _)| {
        let entries = found.into_iter().map(|found| found.entry).collect();
        Listing { entries, ignored }
    };
    Ok(listings.into_iter().map(listing).collect())
}

/// Whether a known problem says what a new one does, though perhaps with more words, and otherwise what to do.
fn is_same(known: &Problem, new: &Problem) -> bool {
    (known.code, &known.path) == (new.code, &new.path) && known.message.ends_with(&new.message)
}

/// An entry, where it lies, and where to report what is wrong with it.
struct Found<'a> {
    entry: Entry,
    path: PathBuf,
    source: &'a LocalSource,
}

fn list<'a>(
    root: &Path,
    source: &'a LocalSource,
    control: &Control,
) -> Result<(Vec<Found<'a>>, Vec<Ignored>), Problems> {
    let path = locate(root, &source.path, &source.pointer)?;
    match &source.kind {
        SourceKind::File => Ok((vec![file(root, source, path)?], Vec::new())),
        SourceKind::Directory { rules } => {
            let real = below_root(root, &path).map_err(|name| not_text(root, source, &name))?;
            directory(root, source, &path, &rules.moved_to(&real), control)
        }
    }
}

/// The absolute path of something that exists under this very name and, links followed, lies below the root.
fn locate(root: &Path, path: &str, pointer: &str) -> Result<PathBuf, Problems> {
    HOST.refuse(path, pointer)?;
    let real = root.join(path).canonicalize().map_err(|error| missing(root, path, pointer, &error))?;
    if !real.starts_with(root) {
        let message = format!("`{path}` leads out of the root `{}`, to `{}`.", root.display(), real.display());
        let hint = "Take a root that holds both, or copy the file below the root.";
        return Err(Problem::new(Code::SourceOutsideRoot, pointer, message, hint).into());
    }
    if !HOST.is_spelled(root, path) {
        return Err(missing(root, path, pointer, &io::ErrorKind::NotFound.into()).into());
    }
    Ok(real)
}

fn missing(root: &Path, path: &str, pointer: &str, error: &io::Error) -> Problem {
    if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) {
        return unreadable(root, path, pointer, error);
    }
    let message = format!("`{path}` does not exist below the root `{}`.", root.display());
    Problem::new(Code::SourceMissing, pointer, message, HOST.hint(root, path))
}

fn unreadable(root: &Path, path: &str, pointer: &str, error: &io::Error) -> Problem {
    let message = format!("`{path}` below the root `{}` cannot be read: {error}.", root.display());
    Problem::new(Code::SourceUnreadable, pointer, message, "Check its permissions.")
}

fn file<'a>(root: &Path, source: &'a LocalSource, path: PathBuf) -> Result<Found<'a>, Problem> {
    let metadata = regular(root, &source.path, &source.pointer, &path, "Use `addLocalDir`.")?;
    let name = source.path.rsplit('/').next().unwrap_or(&source.path).to_owned();
    Ok(Found { entry: Entry { path: name, kind: unhashed(&metadata) }, path, source })
}

/// What is known of a regular file; nothing else is one. `of_directory` says what to do where there is a directory.
fn regular(root: &Path, path: &str, pointer: &str, real: &Path, of_directory: &str) -> Result<Metadata, Problem> {
    let metadata = fs::metadata(real).map_err(|error| unreadable(root, path, pointer, &error))?;
    if metadata.is_file() {
        return Ok(metadata);
    }
    let (what, hint) =
        if metadata.is_dir() { ("a directory", of_directory) } else { ("not a regular file", "Name a regular file.") };
    let message = format!("`{path}` below the root `{}` is {what}.", root.display());
    Err(Problem::new(Code::SourceWrongKind, pointer, message, hint))
}

fn directory<'a>(
    root: &Path,
    source: &'a LocalSource,
    path: &Path,
    rules: &IgnoreRules,
    control: &Control,
) -> Result<(Vec<Found<'a>>, Vec<Ignored>), Problems> {
    if !path.is_dir() {
        let message = format!("`{}` below the root `{}` is not a directory.", source.path, root.display());
        return Err(Problem::new(Code::SourceWrongKind, &source.pointer, message, "Use `addLocalFile`.").into());
    }
    let (mut found, mut ignored, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    let mut walk = WalkDir::new(path).min_depth(1).into_iter();
    while let Some(item) = walk.next() {
        control.cancel.check()?;
        match item
            .map_err(|error| walk_error(root, source, &error))
            .and_then(|item| visit(root, source, path, rules, item))
        {
            Ok(Visit::Take(entry)) => found.push(entry),
            Ok(Visit::Leave(one)) => ignored.push(one),
            Ok(Visit::LeaveAll(directory)) => {
                walk.skip_current_dir();
                ignored.push(directory);
            }
            Ok(Visit::LookInside) => {}
            Err(problem) => problems.push(problem),
        }
    }
    ignored.sort_by(|a, b| a.path.cmp(&b.path));
    if problems.is_empty() { Ok((found, ignored)) } else { Err(Problems(problems)) }
}

/// Where a source really is, below the root; the lossy text of a place that is not UTF-8.
pub(crate) fn below_root(root: &Path, real: &Path) -> Result<String, String> {
    let real = relative(root, real)?;
    Ok(if real.is_empty() { ".".to_owned() } else { real })
}

/// What becomes of an entry of a directory.
enum Visit<'a> {
    Take(Found<'a>),
    Leave(Ignored),
    /// A directory of which nothing is taken.
    LeaveAll(Ignored),
    /// A directory that is left out, though perhaps not all that is in it.
    LookInside,
}

fn visit<'a>(
    root: &Path,
    source: &'a LocalSource,
    directory: &Path,
    rules: &IgnoreRules,
    item: walkdir::DirEntry,
) -> Result<Visit<'a>, Problem> {
    let path = relative(directory, item.path()).map_err(|name| not_text(root, source, &name))?;
    let Some(rule) = rules.ignored_by(&path).cloned() else {
        let kind = kind(&item).map_err(|problem| problem(root, source, &path))?;
        return Ok(Visit::Take(Found { entry: Entry { path, kind }, path: item.into_path(), source }));
    };
    Ok(match item.file_type().is_dir() {
        false => Visit::Leave(Ignored { path, rule }),
        true if rules.prunes(&path) => Visit::LeaveAll(Ignored { path: format!("{path}/"), rule }),
        true => Visit::LookInside,
    })
}

/// A path below a directory, with `/`; the lossy text of one that is not UTF-8.
fn relative(directory: &Path, path: &Path) -> Result<String, String> {
    let path = path.strip_prefix(directory).unwrap_or(path);
    let text = path.to_str().ok_or_else(|| path.to_string_lossy().into_owned())?;
    Ok(HOST.name(text))
}

fn not_text(root: &Path, source: &LocalSource, name: &str) -> Problem {
    let message = format!("A name in `{}` below the root `{}` is not UTF-8: `{name}`.", source.path, root.display());
    Problem::new(Code::InvalidFileName, &source.pointer, message, "Rename it, or leave its directory out.")
}

fn walk_error(root: &Path, source: &LocalSource, error: &walkdir::Error) -> Problem {
    let path = error.path().map(|path| path.display().to_string()).unwrap_or_default();
    let cause = error.io_error().map(ToString::to_string).unwrap_or_default();
    let message =
        format!("`{path}`, in `{}` below the root `{}`, cannot be read: {cause}.", source.path, root.display());
    Problem::new(Code::SourceUnreadable, &source.pointer, message, "Check its permissions.")
}

/// Makes the problem of an entry from where it is.
type EntryProblem = Box<dyn FnOnce(&Path, &LocalSource, &str) -> Problem>;

fn kind(item: &walkdir::DirEntry) -> Result<EntryKind, EntryProblem> {
    let kind = item.file_type();
    if kind.is_dir() {
        return Ok(EntryKind::Directory);
    }
    if kind.is_file() {
        return item.metadata().map(|metadata| unhashed(&metadata)).map_err(|error| {
            let error = error.into_io_error().unwrap_or_else(|| io::ErrorKind::Other.into());
            Box::new(move |root: &Path, source: &LocalSource, name: &str| {
                unreadable(root, &format!("{}/{name}", source.path), &source.pointer, &error)
            }) as EntryProblem
        });
    }
    let is_link = kind.is_symlink();
    let target = if is_link { fs::read_link(item.path()).ok() } else { None };
    match target.as_deref().and_then(Path::to_str) {
        Some(target) => Ok(EntryKind::Link { target: HOST.target(target) }),
        None => Err(Box::new(move |root, source, name| {
            let place = format!("`{}/{name}` below the root `{}`", source.path, root.display());
            if is_link {
                let message = format!("{place} is a link whose target is not UTF-8.");
                return Problem::new(Code::InvalidFileName, &source.pointer, message, "Leave it out with `exclude`.");
            }
            let message = format!("{place} is neither a file nor a directory nor a link.");
            Problem::new(Code::SourceWrongKind, &source.pointer, message, "Leave it out with `exclude`.")
        })),
    }
}

/// A file whose content was not read yet.
fn unhashed(metadata: &Metadata) -> EntryKind {
    EntryKind::File { executable: is_executable(metadata), size: metadata.len(), sha256: [0; 32] }
}

/// Only the owner's bit counts: the others are the umask's.
#[cfg(unix)]
fn is_executable(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o100 != 0
}

/// Windows has no such bit: the definition's `mode` says it.
#[cfg(not(unix))]
fn is_executable(_: &Metadata) -> bool {
    false
}

/// Hashes every file, on all processors.
fn hash_all(found: Vec<&mut Found>, control: &Control, problems: &mut Vec<Problem>) {
    let meter = Meter::new(control, found.len() as u64, found.iter().map(|found| found.entry.size()).sum());
    // Asking for the processors costs more than to hash a small file.
    let workers =
        if found.len() < 2 { 1 } else { thread::available_parallelism().map_or(1, usize::from).min(found.len()) };
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let slots: Vec<_> = found.into_iter().map(Mutex::new).collect();
    let work = || {
        while let Some(slot) = slots.get(next.fetch_add(1, Ordering::Relaxed)) {
            let Ok(mut found) = slot.lock() else { return };
            if let Err(problem) = hash(&mut found, &meter) {
                let stop = problem.code == Code::Cancelled;
                failed.lock().map(|mut failed| failed.push(problem)).unwrap_or_default();
                if stop {
                    return;
                }
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..workers {
            // Where no thread can be had, this one does it all.
            let _ = thread::Builder::new().spawn_scoped(scope, work);
        }
        work();
    });
    meter.report();
    problems.extend(in_order(failed.into_inner().unwrap_or_default()));
}

/// What went wrong, the same whichever thread was faster; cancellation alone if it was that.
fn in_order(mut failed: Vec<Problem>) -> Vec<Problem> {
    if let Some(cancelled) = failed.iter().position(|problem| problem.code == Code::Cancelled) {
        return vec![failed.swap_remove(cancelled)];
    }
    failed.sort_by(|a, b| a.message.cmp(&b.message));
    failed
}

fn hash(found: &mut Found, meter: &Meter) -> Result<(), Problem> {
    let EntryKind::File { size, sha256, .. } = &mut found.entry.kind else { return Ok(()) };
    let read = read_file(&found.path, &mut |bytes| meter.read(bytes.len() as u64).map_err(Stop::Problem));
    let (digest, read) = read.map_err(|stop| stop.at(&found.path, &found.source.pointer))?;
    if read != *size {
        return Err(changed(&found.path, &found.source.pointer));
    }
    *sha256 = digest;
    meter.file_done();
    Ok(())
}

/// Why a file was not read to its end.
pub(crate) enum Stop {
    Read(io::Error),
    Problem(Problem),
}

impl Stop {
    fn at(self, path: &Path, pointer: &str) -> Problem {
        match self {
            Self::Problem(problem) => problem,
            Self::Read(error) => {
                let message = format!("`{}` cannot be read: {error}.", path.display());
                Problem::new(Code::SourceUnreadable, pointer, message, "Check its permissions.")
            }
        }
    }
}

fn changed(path: &Path, pointer: &str) -> Problem {
    let message = format!("`{}` changed since it was first read for this image.", path.display());
    Problem::new(Code::SourceChanged, pointer, message, "Resolve the image again.")
}

/// Takes the next bytes of a context.
pub(crate) type Sink<'a> = dyn FnMut(&[u8]) -> Result<(), Stop> + 'a;

/// Reads a whole file; answers its SHA-256 and size.
fn read_file(path: &Path, sink: &mut Sink) -> Result<([u8; 32], u64), Stop> {
    let mut file = File::open(path).map_err(Stop::Read)?;
    let length = file.metadata().map_err(Stop::Read)?.len();
    let mut buffer = vec![0; usize::try_from(length + 1).unwrap_or(CHUNK).min(CHUNK)];
    let (mut hash, mut size) = (Sha256::new(), 0);
    loop {
        let read = file.read(&mut buffer).map_err(Stop::Read)?;
        if read == 0 {
            return Ok((hash.finalize().into(), size));
        }
        hash.update(&buffer[..read]);
        size += read as u64;
        sink(&buffer[..read])?;
    }
}

/// Feeds the bytes of a context to `sink`, and makes sure that they are those that were hashed.
pub(crate) fn pieces(root: &Path, context: &Context, control: &Control, sink: &mut Sink) -> Result<(), Problem> {
    let pointer = context.source.as_ref().map_or("", |source| &source.pointer);
    for piece in context.pieces() {
        control.cancel.check()?;
        match piece {
            Piece::Bytes(bytes) => sink(&bytes).map_err(|stop| stop.at(root, pointer))?,
            Piece::File(entry) => {
                let path = path_of(root, context, entry);
                let mut until_cancelled = |bytes: &[u8]| {
                    control.cancel.check().map_err(Stop::Problem)?;
                    sink(bytes)
                };
                let read = read_file(&path, &mut until_cancelled).map_err(|stop| stop.at(&path, pointer))?;
                if !matches!(entry.kind, EntryKind::File { size, sha256, .. } if (sha256, size) == read) {
                    return Err(changed(&path, pointer));
                }
            }
        }
    }
    Ok(())
}

/// Where an entry of a local context lies.
fn path_of(root: &Path, context: &Context, entry: &Entry) -> PathBuf {
    match &context.source {
        Some(LocalSource { path, kind: SourceKind::File, .. }) => root.join(path),
        Some(LocalSource { path, .. }) => root.join(path).join(&entry.path),
        None => root.to_path_buf(),
    }
}
