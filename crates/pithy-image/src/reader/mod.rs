//! Reads the sources of a recipe through any holder of files: a disk, a browser, a list in memory.
//!
//! ```text
//!  Recipe ──resolve──> Read ──pack──> Sink, which keeps the packed contexts
//!             │          └──ContextHasher, as the Daytona SDK hashes them
//!             └── a Reader lists directories and reads files
//! ```
//!
//! Start at [`Reader`], which is all that a holder of files implements. What its files mean is decided here, once: links and
//! the root, ignore rules, digests, and the words of every problem.
//!
//! ```
//! use pithy_image::Image;
//! use pithy_image::reader::{Node, NodeKind, Progress, Reader, Stamp, poll_ready, resolve};
//!
//! /// A root with one file.
//! struct OneFile;
//!
//! impl Reader for OneFile {
//!     fn root(&self) -> Option<String> {
//!         None
//!     }
//!
//!     async fn list(&self, _directory: &str) -> Result<Vec<Node>, String> {
//!         let kind = NodeKind::File { size: 2, executable: Some(false), stamp: Stamp::default() };
//!         Ok(vec![Node { name: "greeting".to_owned(), kind }])
//!     }
//!
//!     async fn read(&self, _file: &str, offset: u64) -> Result<Vec<u8>, String> {
//!         Ok(if offset == 0 { b"hi".to_vec() } else { Vec::new() })
//!     }
//!
//!     fn report(&self, _progress: Progress) {}
//!
//!     fn is_cancelled(&self) -> bool {
//!         false
//!     }
//! }
//!
//! let recipe = Image::base("debian:12").add_local_file("greeting", "/greeting").recipe()?;
//! let read = poll_ready(resolve(recipe, &OneFile))?;
//! assert_eq!(read.resolved.contexts[0].size(), 2);
//! # Ok::<(), pithy_image::Problems>(())
//! ```
//!
//! | to change | look in |
//! |---|---|
//! | which files of a recipe are read, and when | `order` |
//! | how a path is followed through links, below the root | `locate` |
//! | names that are alike, and names that Windows gives another meaning | `spelling`, `windows` |
//! | what a source holds, and what rules leave out | `list` |
//! | what an instruction of a Dockerfile takes from its context | `list::select` |
//! | how files are read and hashed | `hash` |
//! | how contexts are written | `pack` |
//! | what is said when something goes wrong | `problems` |
//! | how JavaScript describes a directory | `nodes` |

mod hash;
mod list;
mod locate;
mod nodes;
mod order;
mod pack;
mod problems;
mod spelling;
mod windows;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

pub use crate::files::seen::HEAD;
pub use hash::{ContentHash, ContextHasher, FileToRead, Hashed, Part, one_by_one, parts_of, runs};
pub use nodes::nodes_from_json;
pub use pack::{PackError, Sink, pack};

use problems::only_cancelled;

use crate::context::Context;
use crate::lint::Finding;
use crate::ordered;
use crate::problem::{Problem, Problems};
use crate::recipe::Recipe;
use crate::resolve::Resolved;
use crate::wire::ResolvedImage;

/// A holder of files below a root. Paths are relative to the root, with `/`; the root itself is `.`.
///
/// Its methods may wait: [`resolve`] is a future without a runtime, and [`poll_ready`] runs one whose reader never waits.
#[expect(async_fn_in_trait, reason = "what waits on JavaScript stays on its thread")]
pub trait Reader {
    /// The absolute path of the root with every link followed, if it has one.
    fn root(&self) -> Option<String>;

    /// Everything that is in a directory, in any order.
    ///
    /// # Errors
    ///
    /// Why the directory cannot be listed, as the end of a sentence.
    async fn list(&self, directory: &str) -> Result<Vec<Node>, String>;

    /// Everything that is in each of several directories.
    ///
    /// Lists one after another unless a reader has a faster way.
    async fn list_many(&self, directories: &[String]) -> Vec<Result<Vec<Node>, String>> {
        let mut lists = Vec::with_capacity(directories.len());
        for directory in directories {
            lists.push(self.list(directory).await);
        }
        lists
    }

    /// The bytes of a file from an offset on, as many as are at hand; none at its end.
    ///
    /// # Errors
    ///
    /// Why the file cannot be read, as the end of a sentence.
    async fn read(&self, file: &str, offset: u64) -> Result<Vec<u8>, String>;

    /// Hashes files, reporting progress from `before` on. Returns a result for each file, in order; fewer only when cancelled.
    ///
    /// Reads one file after another unless a reader has a faster way.
    async fn hash_many(&self, files: &[FileToRead<'_>], before: Progress) -> Vec<Result<Hashed, String>> {
        one_by_one(self, files, before).await
    }

    /// Reads files from start to end, in order, until `take` returns false or the work is cancelled.
    ///
    /// Reads one after another unless a reader has a faster way.
    async fn read_many(&self, files: &[FileToRead<'_>], take: &mut dyn FnMut(Part<'_>) -> bool) {
        parts_of(self, files, take).await;
    }

    /// A name in the composed form of Unicode (NFC), in which names that look the same are equal. Only hints need it.
    fn composed(&self, name: &str) -> String {
        name.to_owned()
    }

    /// A name in lower case. Only hints need it: JavaScript has the tables of Unicode, which a module need not bring.
    fn lowered(&self, name: &str) -> String {
        name.to_lowercase()
    }

    /// Receives the progress of work on files: after each chunk, and once when it is complete.
    fn report(&self, progress: Progress);

    /// Whether to stop. Once true, it stays true.
    fn is_cancelled(&self) -> bool;
}

/// An entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its name; what is not UTF-8 in it as replacement characters.
    pub name: String,
    /// What it is.
    pub kind: NodeKind,
}

/// What a [`Node`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeKind {
    /// A regular file.
    File {
        /// Bytes.
        size: u64,
        /// Whether its owner may run it; absent where that cannot be known.
        executable: Option<bool>,
        /// What its reader knows it by.
        stamp: Stamp,
    },
    /// A directory.
    Directory,
    /// A symbolic link.
    Link {
        /// Where it points, as it is written in the link.
        target: String,
    },
    /// A device, a pipe or a socket.
    Special,
    /// Anything whose name, or whose target, is not UTF-8.
    NotText {
        /// Whether it is a directory.
        is_directory: bool,
    },
    /// The reader cannot say, for this reason.
    Unreadable {
        /// In words, as the end of a sentence.
        why: String,
    },
}

/// What a reader knows a file by before it is read: another stamp, another content. Zeros say nothing. It comes back with the
/// file in [`Reader::hash_many`].
pub type Stamp = [u8; 32];

/// How much of some work on files has been done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Files done so far.
    pub files: u64,
    /// All files.
    pub total_files: u64,
    /// Bytes done so far.
    pub bytes: u64,
    /// All bytes.
    pub total_bytes: u64,
}

impl Progress {
    /// Nothing done yet of files of these sizes.
    #[must_use]
    pub fn of(sizes: impl Iterator<Item = u64>) -> Self {
        let mut progress = Self::default();
        for size in sizes {
            progress.total_files += 1;
            progress.total_bytes += size;
        }
        progress
    }

    /// Nothing done yet of the files of contexts.
    pub(crate) fn of_contexts(contexts: &[Context]) -> Self {
        Self::of(contexts.iter().flat_map(Context::file_sizes))
    }

    /// Skips a context, whose files need no work.
    pub(crate) fn skip(&mut self, context: &Context) {
        let Self { total_files, total_bytes, .. } = Self::of(context.file_sizes());
        self.files += total_files;
        self.bytes += total_bytes;
    }

    /// Whether nothing is left to do.
    #[must_use]
    pub fn is_complete(self) -> bool {
        self.files == self.total_files
    }

    /// Adds what was read of a file.
    fn add(&mut self, part: &Part<'_>) {
        match part {
            Part::Bytes(bytes) => self.bytes += bytes.len() as u64,
            Part::End(_) => self.files += 1,
        }
    }

    /// Files, all files, bytes and all bytes, as JavaScript counts.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "JavaScript has no other numbers")]
    pub fn counts(self) -> [f64; 4] {
        [self.files, self.total_files, self.bytes, self.total_bytes].map(|count| count as f64)
    }
}

/// A recipe whose sources have been read.
#[derive(Debug, Clone)]
pub struct Read {
    /// The Dockerfile, the digest and the contexts.
    pub resolved: Resolved,
    /// What it was resolved from.
    pub recipe: Recipe,
    /// The absolute path of the root, if there is one.
    pub root: Option<String>,
}

impl Read {
    /// What JavaScript sees of it.
    #[must_use]
    pub fn describe(&self) -> ResolvedImage {
        ResolvedImage::new(&self.resolved, self.root.clone())
    }

    /// What lint rules find in it.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        self.recipe.findings(&self.resolved)
    }
}

/// Runs a future that never waits, as that of a reader which has everything at hand.
///
/// # Panics
///
/// If the future waits.
pub fn poll_ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut std::task::Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("the reader of a synchronous call has to be waited for"),
    }
}

/// Reads everything that the recipe needs.
///
/// # Errors
///
/// All that is missing, unreadable, of the wrong kind or outside the root; a file that changed while it was read;
/// cancellation, on its own.
pub async fn resolve(recipe: Recipe, reader: &impl Reader) -> Result<Read, Problems> {
    Files::new(reader).resolve(recipe).await.map_err(only_cancelled)
}

/// [`resolve`] for JavaScript: a definition in JSON.
///
/// # Errors
///
/// As [`resolve`]; a definition that is wrong.
pub async fn resolve_json(definition: &str, reader: &impl Reader) -> Result<Read, Problems> {
    resolve(Recipe::from_json(definition)?, reader).await
}

/// The files of a reader, and what is already known of them.
struct Files<'a, R> {
    reader: &'a R,
    root: Option<String>,
    /// The entries of directories, sorted by name.
    listed: RefCell<BTreeMap<String, Rc<[Node]>>>,
    /// The names of directories in which one was missing, as `spelling` looks for those that are alike.
    folded: RefCell<BTreeMap<String, BTreeMap<String, String>>>,
}

impl<'a, R: Reader> Files<'a, R> {
    fn new(reader: &'a R) -> Self {
        Self { reader, root: reader.root(), listed: RefCell::default(), folded: RefCell::default() }
    }

    /// The entries of a directory, sorted by name; the reader is asked only once.
    async fn directory(&self, path: &str, pointer: &str) -> Result<Rc<[Node]>, Problem> {
        self.check_cancelled()?;
        if let Some(known) = self.listed.borrow().get(path) {
            return Ok(Rc::clone(known));
        }
        let nodes = self.reader.list(path).await.map_err(|why| self.unreadable(path, pointer, &why))?;
        // Two names that are not UTF-8 may be the same here.
        let by_name = ordered::map(nodes.into_iter().enumerate().map(|(at, node)| ((node.name.clone(), at), node)));
        let nodes: Rc<[Node]> = by_name.into_values().collect();
        self.listed.borrow_mut().insert(path.to_owned(), Rc::clone(&nodes));
        Ok(nodes)
    }

    fn check_cancelled(&self) -> Result<(), Problem> {
        if self.reader.is_cancelled() { Err(problems::cancelled()) } else { Ok(()) }
    }
}

/// A path below a directory, either of which may be the root or empty.
fn join(directory: &str, path: &str) -> String {
    match (directory, path) {
        ("" | ".", _) => path.to_owned(),
        (_, "") => directory.to_owned(),
        _ => [directory, path].join("/"),
    }
}

/// A path, `.` where it is empty.
fn or_root(path: String) -> String {
    if path.is_empty() { ".".to_owned() } else { path }
}

/// The entry of a name in a sorted directory.
fn find<'a>(nodes: &'a [Node], name: &str) -> Option<&'a Node> {
    let index = nodes.binary_search_by(|node| node.name.as_str().cmp(name)).ok()?;
    nodes.get(index)
}
