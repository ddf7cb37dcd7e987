//! The disk as a [`Reader`]: lists directories and reads files, many at a time.
//!
//! | to change | look in |
//! |---|---|
//! | how files and directories are opened | `unix`, `other` |
//! | when a file counts as unchanged | `stamp` |
//! | what is remembered of files that were hashed | `index` |
//! | how files are read in order by several threads | `pipeline` |

mod index;
#[cfg(not(unix))]
mod other;
mod pipeline;
mod stamp;
#[cfg(unix)]
mod unix;

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::SystemTime;

use pithy_image::reader::{ContentHash, FileToRead, Hashed, Node, Part, Progress, Reader, Stamp};
use unicode_normalization::UnicodeNormalization as _;

use crate::control::{Cancel, Control, Meter, Reporter};
use crate::platform::HOST;

#[cfg(not(unix))]
pub(crate) use other::Root;
use stamp::{Facts, Moment};
#[cfg(unix)]
pub(crate) use unix::Root;

pub(crate) use index::{Index, known_files};

/// What is known of a file of the cache, whenever it changed: nobody else writes there.
pub(crate) fn file_stamp(facts: &Facts) -> Stamp {
    facts.stamp(".", "", Moment::UNKNOWN)
}

/// Bytes read at once.
const CHUNK: usize = 256 * 1024;

/// The files below a directory.
pub(crate) struct Disk<'a> {
    /// The real path of the directory; empty for work that needs none.
    path: &'a Path,
    root: OnceLock<Root>,
    control: &'a Control,
    reporter: Reporter<'a>,
    index: Index<'a>,
    /// The file that was last read from, until its end.
    open: Mutex<Option<Open>>,
}

impl<'a> Disk<'a> {
    pub(crate) fn new(path: &'a Path, control: &'a Control, index: Index<'a>) -> Self {
        let reporter = Reporter::new(control);
        Self { path, root: OnceLock::new(), control, reporter, index, open: Mutex::default() }
    }

    pub(crate) fn into_index(self) -> Index<'a> {
        self.index
    }

    fn root(&self) -> io::Result<&Root> {
        if let Some(root) = self.root.get() {
            return Ok(root);
        }
        let root = Root::open(self.path)?;
        Ok(self.root.get_or_init(|| root))
    }

    fn now(&self) -> Moment {
        self.control.now.unwrap_or_else(SystemTime::now).into()
    }

    fn list(&self, directory: &str) -> Result<Vec<Node>, String> {
        self.root().and_then(|root| root.list(directory, self.now())).map_err(|error| reason(&error))
    }

    fn read_on(&self, file: &str, offset: u64) -> io::Result<Vec<u8>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let mut current = match open.take().filter(|open| open.path == file && open.offset == offset) {
            Some(current) => current,
            None => Open::at(self.root()?, file, offset)?,
        };
        let bytes = current.next()?;
        *open = Some(current).filter(|_| !bytes.is_empty());
        Ok(bytes)
    }

    /// What a file holds, as the index has it, or else as it is read.
    fn hash(&self, file: &FileToRead, asks: bool, buffer: &mut Vec<u8>, meter: &Meter) -> io::Result<Hashed> {
        let hashed = match Some(file).filter(|_| asks).and_then(|file| self.index.get(file)) {
            Some(hashed) => {
                meter.add_bytes(hashed.size);
                hashed
            }
            None => self.read_whole(file, buffer, &mut |bytes| {
                meter.add_bytes(bytes.len() as u64);
                true
            })?,
        };
        if !self.is_cancelled() {
            meter.add_file();
        }
        Ok(hashed)
    }

    /// Reads a file from start to end, unless `take` returns false or the work is cancelled; the index notes what it holds. Of a
    /// file that grows, no more is read than shows it.
    fn read_whole(
        &self,
        file: &FileToRead,
        buffer: &mut Vec<u8>,
        take: &mut dyn FnMut(&[u8]) -> bool,
    ) -> io::Result<Hashed> {
        let path = file.path();
        let (mut open, facts) = self.root()?.file(&path)?;
        // One byte more shows that there is no more.
        let length = usize::try_from(file.size.saturating_add(1)).unwrap_or(CHUNK).min(CHUNK);
        if buffer.len() < length {
            buffer.resize(length, 0);
        }
        let (mut hash, mut size) = (ContentHash::default(), 0);
        while size <= file.size && !self.is_cancelled() {
            let read = open.read(&mut buffer[..length])?;
            size += read as u64;
            hash.update(&buffer[..read]);
            let is_end = read == 0 || (size == file.size && read < length);
            if !take(&buffer[..read]) || is_end {
                break;
            }
        }
        let hashed = hash.finish();
        if !self.is_cancelled() && facts.stamp(".", &path, self.now()) == file.stamp {
            self.index.note(file, &hashed);
        }
        Ok(hashed)
    }
}

impl Reader for Disk<'_> {
    fn root(&self) -> Option<String> {
        let root = self.path.display().to_string();
        (!root.is_empty()).then(|| HOST.root(&root))
    }

    async fn list(&self, directory: &str) -> Result<Vec<Node>, String> {
        self.list(directory)
    }

    async fn list_many(&self, directories: &[String]) -> Vec<Result<Vec<Node>, String>> {
        on_all_processors(directories, &self.control.cancel, || |directory: &String| self.list(directory))
    }

    async fn read(&self, file: &str, offset: u64) -> Result<Vec<u8>, String> {
        self.read_on(file, offset).map_err(|error| reason(&error))
    }

    async fn hash_many(&self, files: &[FileToRead<'_>], before: Progress) -> Vec<Result<Hashed, String>> {
        let (meter, asks) = (Meter::new(&self.reporter, before), self.index.is_for(before));
        on_all_processors(files, &self.control.cancel, || {
            let (mut buffer, meter) = (Vec::new(), &meter);
            move |file: &FileToRead| self.hash(file, asks, &mut buffer, meter).map_err(|error| reason(&error))
        })
    }

    async fn read_many(&self, files: &[FileToRead<'_>], take: &mut dyn FnMut(Part<'_>) -> bool) {
        pipeline::read_in_order(self, files, take);
    }

    fn report(&self, progress: Progress) {
        self.reporter.report(progress);
    }

    fn composed(&self, name: &str) -> String {
        name.nfc().collect()
    }

    fn is_cancelled(&self) -> bool {
        self.control.cancel.is_cancelled()
    }
}

/// Items that a thread takes at a time: taking them one by one would have all threads wait for the same memory.
const RUN: usize = 16;

/// Does the same work on each item, on every processor that there is work for, and returns the results in order; fewer if
/// cancelled. `worker` makes what one thread works with.
fn on_all_processors<Item: Sync, Output: Send + Sync, Work: FnMut(&Item) -> Output>(
    items: &[Item],
    cancel: &Cancel,
    worker: impl Fn() -> Work + Sync,
) -> Vec<Output> {
    let runs: Vec<_> = items.chunks(RUN).map(|items| (items, OnceLock::new())).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut work = worker();
        while let Some((items, outputs)) = runs.get(next.fetch_add(1, Ordering::Relaxed))
            && !cancel.is_cancelled()
        {
            let _ = outputs.set(items.iter().map(&mut work).collect::<Vec<_>>());
        }
    };
    // Finding out the number of processors takes longer than hashing a small file.
    let workers = if runs.len() < 2 { 1 } else { processors().min(runs.len()) };
    thread::scope(|scope| {
        for _ in 1..workers {
            // If no thread can be started, this one does all the work.
            let _ = thread::Builder::new().spawn_scoped(scope, work);
        }
        work();
    });
    runs.into_iter().map_while(|(_, outputs)| outputs.into_inner()).flatten().collect()
}

/// How many threads work at a time. More would not be faster on one disk, and each has a file open.
fn processors() -> usize {
    thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS)
}

const MAX_THREADS: usize = 16;

/// A file, and how far it has been read.
struct Open {
    path: String,
    file: File,
    offset: u64,
    length: u64,
}

impl Open {
    fn at(root: &Root, path: &str, offset: u64) -> io::Result<Self> {
        let (mut file, Facts { size: length, .. }) = root.file(path)?;
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
