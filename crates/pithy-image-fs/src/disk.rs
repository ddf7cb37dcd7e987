//! The disk as a [`Reader`]: it lists directories and reads files, and hashes many files on all processors.

use std::fs::{self, DirEntry, File, Metadata};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;

use pithy_image::reader::{ContentHash, FileToHash, Hashed, Node, NodeKind, Progress, Reader};
use unicode_normalization::UnicodeNormalization as _;

use crate::control::{Control, Meter};
use crate::platform::HOST;

/// Bytes read at once.
const CHUNK: usize = 256 * 1024;

/// The files below a directory.
pub(crate) struct Disk<'a> {
    /// The real path of the directory; empty for work that needs none.
    root: &'a Path,
    control: &'a Control,
    /// The file that was last read from, until its end.
    open: Mutex<Option<Open>>,
}

impl<'a> Disk<'a> {
    pub(crate) fn new(root: &'a Path, control: &'a Control) -> Self {
        Self { root, control, open: Mutex::default() }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    fn read_on(&self, file: &str, offset: u64) -> io::Result<Vec<u8>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let mut current = match open.take().filter(|open| open.path == file && open.offset == offset) {
            Some(current) => current,
            None => Open::at(file, File::open(self.path(file))?, offset)?,
        };
        let bytes = current.next()?;
        *open = Some(current).filter(|_| !bytes.is_empty());
        Ok(bytes)
    }

    fn hash(&self, file: &FileToHash, buffer: &mut Vec<u8>, meter: &Meter) -> io::Result<Hashed> {
        let mut open = File::open(self.path(&file.path))?;
        let length = chunk_for(open.metadata()?.len());
        buffer.resize(length.max(buffer.len()), 0);
        let mut hash = ContentHash::default();
        while !self.is_cancelled() {
            let read = open.read(buffer)?;
            if read == 0 {
                break;
            }
            hash.update(&buffer[..read]);
            meter.add_bytes(read as u64);
        }
        if !self.is_cancelled() {
            meter.add_file();
        }
        Ok(hash.finish())
    }
}

impl Reader for Disk<'_> {
    fn root(&self) -> Option<String> {
        let root = self.root.display().to_string();
        (!root.is_empty()).then(|| HOST.root(&root))
    }

    async fn list(&self, directory: &str) -> Result<Vec<Node>, String> {
        let entries = fs::read_dir(self.path(directory)).map_err(|error| reason(&error))?;
        let entries = entries.collect::<io::Result<Vec<_>>>().map_err(|error| reason(&error))?;
        Ok(entries.iter().filter_map(node).collect())
    }

    async fn read(&self, file: &str, offset: u64) -> Result<Vec<u8>, String> {
        self.read_on(file, offset).map_err(|error| reason(&error))
    }

    async fn hash_many(&self, files: &[FileToHash]) -> Vec<Result<Hashed, String>> {
        let (meter, next) = (Meter::new(self.control, files), AtomicUsize::new(0));
        let results: Vec<_> = files.iter().map(|_| OnceLock::new()).collect();
        on_all_processors(files.len(), || {
            let mut buffer = Vec::new();
            let take = || next.fetch_add(1, Ordering::Relaxed);
            while let Some((file, slot)) = at(take(), files, &results)
                && !self.is_cancelled()
            {
                let _ = slot.set(self.hash(file, &mut buffer, &meter).map_err(|error| reason(&error)));
            }
        });
        if !self.is_cancelled() {
            meter.report();
        }
        results.into_iter().map_while(OnceLock::into_inner).collect()
    }

    fn report(&self, progress: Progress) {
        self.control.report(progress);
    }

    fn composed(&self, name: &str) -> String {
        name.nfc().collect()
    }

    fn is_cancelled(&self) -> bool {
        self.control.cancel.is_cancelled()
    }
}

fn at<'a, A, B>(index: usize, a: &'a [A], b: &'a [B]) -> Option<(&'a A, &'a B)> {
    a.get(index).zip(b.get(index))
}

/// Runs the same work on every processor that there is work for.
fn on_all_processors(items: usize, work: impl Fn() + Sync) {
    // Finding out the number of processors takes longer than hashing a small file.
    let workers = if items < 2 { 1 } else { thread::available_parallelism().map_or(1, usize::from).min(items) };
    thread::scope(|scope| {
        for _ in 1..workers {
            // If no thread can be started, this one does all the work.
            let _ = thread::Builder::new().spawn_scoped(scope, &work);
        }
        work();
    });
}

/// A file, and how far it has been read.
struct Open {
    path: String,
    file: File,
    offset: u64,
    length: u64,
}

impl Open {
    fn at(path: &str, mut file: File, offset: u64) -> io::Result<Self> {
        let length = file.metadata()?.len();
        if offset > 0 {
            file.seek(SeekFrom::Start(offset))?;
        }
        Ok(Self { path: path.to_owned(), file, offset, length })
    }

    fn next(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; chunk_for(self.length.saturating_sub(self.offset))];
        let read = self.file.read(&mut bytes)?;
        bytes.truncate(read);
        self.offset += read as u64;
        Ok(bytes)
    }
}

/// Bytes to read at once where so many are left. At least one, to notice a file that has grown.
fn chunk_for(left: u64) -> usize {
    usize::try_from(left).unwrap_or(CHUNK).clamp(1, CHUNK)
}

/// An entry; none if it has gone since its directory was read.
fn node(entry: &DirEntry) -> Option<Node> {
    let name = entry.file_name();
    let kind = match kind(entry) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => NodeKind::Unreadable { why: reason(&error) },
        Ok(kind) => kind,
    };
    Some(match name.to_str() {
        Some(name) => Node { name: HOST.name(name), kind },
        None => Node {
            name: name.to_string_lossy().into_owned(),
            kind: NodeKind::NotText { is_directory: matches!(kind, NodeKind::Directory) },
        },
    })
}

fn kind(entry: &DirEntry) -> io::Result<NodeKind> {
    let metadata = entry.metadata()?;
    let kind = metadata.file_type();
    Ok(if kind.is_dir() {
        NodeKind::Directory
    } else if kind.is_file() {
        NodeKind::File { size: metadata.len(), executable: Some(is_executable(&metadata)) }
    } else if kind.is_symlink() {
        let target = fs::read_link(entry.path())?;
        target
            .to_str()
            .map_or(NodeKind::NotText { is_directory: false }, |target| NodeKind::Link { target: HOST.target(target) })
    } else {
        NodeKind::Special
    })
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

/// What a system says, as the end of a sentence and in the words of Node.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error ").next().unwrap_or(&text);
    match text {
        "Is a directory" => "illegal operation on a directory".to_owned(),
        "Input/output error" => "i/o error".to_owned(),
        "Too many levels of symbolic links" => "too many symbolic links encountered".to_owned(),
        "File name too long" => "name too long".to_owned(),
        _ => {
            let mut letters = text.chars();
            letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
        }
    }
}
