//! Reads the sources of a recipe through whoever has the files: a browser, a list in memory, any disk.
//!
//! ```text
//!  Recipe ──resolve──> Read ──pieces──> the bytes of a context
//!           asks a Reader to list directories and for the bytes of files
//! ```
//!
//! A [`Reader`] may answer at once or later: [`resolve`] is a future without a runtime, and [`at_once`] ends one whose
//! reader never waits. The crate `pithy-image-fs` reads a disk by itself, on all processors and off the event loop; both
//! must find the same, to the byte.

use std::cell::RefCell;
use std::collections::{BTreeMap, BinaryHeap};
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::ContextHash;
use crate::context::{Context, Piece};
use crate::identity::{Entry, EntryKind, Ignored, Listing, Mode};
use crate::ignore::IgnoreRules;
use crate::normal_form::{Copy, LocalSource, Origin, SourceKind, TextFile, Texts};
use crate::problem::{Code, Problem, Problems};
use crate::recipe::Recipe;
use crate::resolve::Resolved;

/// Whoever has the files below a root. Paths are those of the root's directory, with `/`; the root itself is `.`.
#[expect(async_fn_in_trait, reason = "what waits on JavaScript stays on its thread")]
pub trait Reader {
    /// Absolute path of the root with every link followed, if it has one.
    fn root(&self) -> Option<String>;

    /// Everything that is in a directory, in any order.
    ///
    /// # Errors
    ///
    /// Why it cannot be listed, in words.
    async fn list(&self, directory: &str) -> Result<Vec<Node>, String>;

    /// Bytes of a file from an offset on, as many as are at hand; none at its end.
    ///
    /// # Errors
    ///
    /// Why it cannot be read, in words.
    async fn read(&self, file: &str, offset: u64) -> Result<Vec<u8>, String>;

    /// Told of every chunk that is hashed.
    fn report(&self, progress: Progress);

    /// Whether the work is to be stopped.
    fn is_cancelled(&self) -> bool;
}

/// What is in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its name; if that is no text, with replacement characters.
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
        /// Whether its owner may run it; absent where nobody can know.
        executable: Option<bool>,
    },
    /// A directory.
    Directory,
    /// A symbolic link.
    Link {
        /// Where it points, as it is written in the link.
        target: String,
    },
    /// A device, a pipe, a socket.
    Special,
    /// Something whose name, or whose target, is not UTF-8.
    NotText,
}

/// A node as JSON has it.
#[derive(Deserialize)]
struct WrittenNode {
    name: String,
    kind: String,
    #[serde(default)]
    size: u64,
    #[serde(default)]
    executable: Option<bool>,
    #[serde(default)]
    target: String,
}

/// Reads a list of nodes: objects with `name`, `kind` (`file`, `directory`, `link`, `special` or `notText`), and as that wants
/// it `size`, `executable` and `target`.
///
/// # Errors
///
/// Why it is none, in words.
pub fn nodes_from_json(text: &str) -> Result<Vec<Node>, String> {
    let nodes: Vec<WrittenNode> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Ok(nodes.into_iter().map(Node::from).collect())
}

impl From<WrittenNode> for Node {
    fn from(WrittenNode { name, kind, size, executable, target }: WrittenNode) -> Self {
        let kind = match kind.as_str() {
            "file" => NodeKind::File { size, executable },
            "directory" => NodeKind::Directory,
            "link" => NodeKind::Link { target },
            "special" => NodeKind::Special,
            _ => NodeKind::NotText,
        };
        Self { name, kind }
    }
}

/// How far the reading of sources is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Files that were read.
    pub files: u64,
    /// Files to be read.
    pub total_files: u64,
    /// Bytes that were read.
    pub bytes: u64,
    /// Bytes to be read.
    pub total_bytes: u64,
}

/// A recipe whose sources were read.
#[derive(Debug, Clone)]
pub struct Read {
    /// The Dockerfile, the digest and the contexts.
    pub resolved: Resolved,
    /// The hash that the Daytona SDK gives each context, in their order.
    pub context_hashes: Vec<String>,
}

/// Ends a future that never waits; `None` if it does.
pub fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut std::task::Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// Reads everything that the recipe needs.
///
/// # Errors
///
/// All that is missing, unreadable, of the wrong kind or outside the root; a file that changed while it was read;
/// cancellation.
pub async fn resolve(mut recipe: Recipe, reader: &impl Reader) -> Result<Read, Problems> {
    let files = Files::new(reader);
    let mut problems = Vec::new();
    while !recipe.unread().is_empty() && problems.is_empty() {
        let texts = files.texts(&recipe, &mut problems).await;
        if problems.is_empty() {
            recipe = recipe.with_texts(texts)?;
        }
    }
    let listings = files.listings(&recipe, problems).await?;
    let mut resolved = recipe.resolve(&listings)?;
    resolved.findings.extend(files.unknown_modes(&recipe));
    let mut context_hashes = Vec::with_capacity(resolved.contexts.len());
    for context in &resolved.contexts {
        let mut hash = ContextHash::new(&context.archive_path);
        files.pieces(context, &mut |bytes| hash.update(bytes)).await?;
        context_hashes.push(hash.finish());
    }
    Ok(Read { resolved, context_hashes })
}

/// Feeds the bytes of a context to `sink`, and makes sure that they are those that were hashed. They go to a cache, a path
/// below the root with every link followed if it is there.
///
/// # Errors
///
/// A file that cannot be read, or is no longer what it was; a cache in the source; cancellation.
pub async fn pieces(
    context: &Context,
    reader: &impl Reader,
    cache: Option<&str>,
    sink: &mut dyn FnMut(&[u8]),
) -> Result<(), Problem> {
    let files = Files::new(reader);
    if let (Some(source), Some(cache)) = (&context.source, cache) {
        let real = files.locate(&source.path, &source.pointer).await?.path;
        context.refuse_cache(&real, cache)?;
    }
    files.pieces(context, sink).await
}

/// What a reader has, as far as it was asked for.
struct Files<'a, R> {
    reader: &'a R,
    listed: RefCell<BTreeMap<String, Rc<[Node]>>>,
    /// Files of which nobody can know whether they are executable, by the pointer of their source.
    unknown: RefCell<Vec<(String, usize)>>,
}

/// A path with all links followed, and what is there.
struct Real {
    path: String,
    kind: NodeKind,
}

/// A file of a source that is yet to be hashed.
struct Unhashed<'a> {
    entry: &'a mut Entry,
    path: String,
    pointer: &'a str,
}

impl<'a, R: Reader> Files<'a, R> {
    fn new(reader: &'a R) -> Self {
        Self { reader, listed: RefCell::default(), unknown: RefCell::default() }
    }

    /// Where the root is, in words.
    fn place(&self) -> String {
        self.reader.root().map_or("among the files".to_owned(), |root| format!("below the root `{root}`"))
    }

    async fn texts(&self, recipe: &Recipe, problems: &mut Vec<Problem>) -> Texts {
        let mut texts = Texts::new();
        for file in recipe.unread() {
            match self.text(file).await {
                Ok(content) => _ = texts.insert(file.path.clone(), content),
                Err(mut problem) => {
                    if let Some(by) = &file.named_by {
                        problem.message.insert_str(0, &format!("{by}: "));
                    }
                    problems.push(problem);
                }
            }
        }
        texts
    }

    async fn text(&self, TextFile { path, optional, pointer, .. }: &TextFile) -> Result<Option<Vec<u8>>, Problem> {
        if *optional && !self.exists(path, pointer).await? {
            return Ok(None);
        }
        let real = self.locate(path, pointer).await?;
        let (size, _) = self.regular(path, &real.kind, pointer, "Name a regular file.")?;
        let mut content = Vec::new();
        self.hash(&real.path, size, pointer, &mut |bytes| content.extend_from_slice(bytes)).await?;
        Ok(Some(content))
    }

    /// What each source holds. Problems that are known already are told as well; a missing text file may be a source,
    /// too, and is told once.
    async fn listings(&self, recipe: &Recipe, mut problems: Vec<Problem>) -> Result<Vec<Listing>, Problems> {
        let mut found = Vec::new();
        for source in recipe.sources() {
            match self.list(source).await {
                Ok(listing) => found.push((source, listing)),
                Err(new) => problems.extend(
                    new.0
                        .into_iter()
                        .filter(|new| {
                            let same = |known: &Problem| (known.code, &known.path) == (new.code, &new.path);
                            !problems.iter().any(|known| same(known) && known.message.ends_with(&new.message))
                        })
                        .collect::<Vec<_>>(),
                ),
            }
        }
        self.hash_all(&mut found, &mut problems).await?;
        Problems::or(problems, found.into_iter().map(|(_, (_, listing))| listing).collect())
    }

    /// The real path of a source, and what is there.
    async fn list(&self, source: &LocalSource) -> Result<(String, Listing), Problems> {
        let LocalSource { path, kind, pointer } = source;
        let real = self.locate(path, pointer).await?;
        match kind {
            SourceKind::File => {
                let (size, executable) = self.regular(path, &real.kind, pointer, "Use `addLocalDir`.")?;
                let kind = self.unhashed(size, executable, pointer);
                let path = path.rsplit('/').next().unwrap_or(path).to_owned();
                Ok((real.path, vec![Entry { path, kind }].into()))
            }
            SourceKind::Directory { rules } if real.kind == NodeKind::Directory => {
                let listing = self.below(source, &real.path, &rules.moved_to(&real.path)).await?;
                Ok((real.path, listing))
            }
            SourceKind::Directory { .. } => {
                let message = format!("`{path}` {} is not a directory.", self.place());
                Err(Problem::new(Code::SourceWrongKind, pointer, message, "Use `addLocalFile`.").into())
            }
        }
    }

    async fn below(&self, source: &LocalSource, directory: &str, rules: &IgnoreRules) -> Result<Listing, Problems> {
        let (mut listing, mut problems) = (Listing::default(), Vec::new());
        let mut waiting = vec![String::new()];
        while let Some(within) = waiting.pop() {
            let nodes = match self.directory(&or_root(join(directory, &within)), &source.pointer).await {
                Ok(nodes) => nodes,
                Err(problem) => {
                    problems.push(problem);
                    continue;
                }
            };
            for node in &*nodes {
                let path = join(&within, &node.name);
                let is_directory = node.kind == NodeKind::Directory;
                // No rule can be meant for a name that is no text.
                let is_text = node.kind != NodeKind::NotText || !path.contains(char::REPLACEMENT_CHARACTER);
                let rule = if is_text { rules.ignored_by(&path).cloned() } else { None };
                match rule {
                    Some(rule) if is_directory && rules.prunes(&path) => {
                        listing.ignored.push(Ignored { path: format!("{path}/"), rule });
                        continue;
                    }
                    Some(_) if is_directory => {}
                    Some(rule) => listing.ignored.push(Ignored { path: path.clone(), rule }),
                    None => match self.entry(source, node, path.clone()) {
                        Ok(entry) => listing.entries.push(entry),
                        Err(problem) => problems.push(problem),
                    },
                }
                if is_directory {
                    waiting.push(path);
                }
            }
        }
        listing.ignored = ordered(listing.ignored, |ignored| ignored.path.clone());
        Problems::or(problems, listing)
    }

    fn entry(&self, source: &LocalSource, node: &Node, path: String) -> Result<Entry, Problem> {
        let place = || format!("`{}` {}", join(&source.path, &path), self.place());
        let (code, what) = match &node.kind {
            NodeKind::File { size, executable } => {
                return Ok(Entry { path, kind: self.unhashed(*size, *executable, &source.pointer) });
            }
            NodeKind::Directory => return Ok(Entry { path, kind: EntryKind::Directory }),
            NodeKind::Link { target } => return Ok(Entry { path, kind: EntryKind::Link { target: target.clone() } }),
            NodeKind::Special => (Code::SourceWrongKind, "is neither a file nor a directory nor a link"),
            NodeKind::NotText => (Code::InvalidFileName, "has a name, or is a link with a target, that is not UTF-8"),
        };
        Err(Problem::new(
            code,
            &source.pointer,
            format!("{} {what}.", place()),
            "Rename it, or leave it out with `exclude`.",
        ))
    }

    async fn hash_all(
        &self,
        found: &mut [(&LocalSource, (String, Listing))],
        problems: &mut Vec<Problem>,
    ) -> Result<(), Problem> {
        let files = found.iter_mut().flat_map(|(source, (real, listing))| {
            let is_file = source.kind == SourceKind::File;
            listing.entries.iter_mut().map(move |entry| {
                let path = if is_file { real.clone() } else { join(real, &entry.path) };
                Unhashed { entry, path, pointer: &source.pointer }
            })
        });
        let files: Vec<_> = files.filter(|file| matches!(file.entry.kind, EntryKind::File { .. })).collect();
        let mut progress = Progress {
            total_files: files.len() as u64,
            total_bytes: files.iter().map(|file| file.entry.size()).sum(),
            ..Progress::default()
        };
        let mut failed = Vec::new();
        for Unhashed { entry, path, pointer } in files {
            let mut read = |bytes: &[u8]| {
                progress.bytes += bytes.len() as u64;
                self.reader.report(progress);
            };
            match (self.hash(&path, entry.size(), pointer, &mut read).await, &mut entry.kind) {
                (Ok(hash), EntryKind::File { sha256, .. }) => *sha256 = hash,
                (Err(problem), _) if problem.code == Code::Cancelled => return Err(problem),
                (Err(problem), _) => failed.push(problem),
                _ => {}
            }
            progress.files += 1;
        }
        self.reader.report(progress);
        problems.extend(ordered(failed, |problem| format!("{}\0{}", problem.message, problem.path)));
        Ok(())
    }

    async fn pieces(&self, context: &Context, sink: &mut dyn FnMut(&[u8])) -> Result<(), Problem> {
        for piece in context.pieces() {
            match (piece, &context.source) {
                (Piece::File(entry), Some(source)) => {
                    let path = match source.kind {
                        SourceKind::File => source.path.clone(),
                        SourceKind::Directory { .. } => join(&source.path, &entry.path),
                    };
                    let real = self.locate(&path, &source.pointer).await?;
                    let hash = self.hash(&real.path, entry.size(), &source.pointer, sink).await?;
                    if !matches!(entry.kind, EntryKind::File { sha256, .. } if sha256 == hash) {
                        return Err(self.changed(&path, &source.pointer));
                    }
                }
                (Piece::Bytes(bytes), _) => sink(&bytes),
                (Piece::File(_), None) => {}
            }
        }
        Ok(())
    }

    /// Reads a whole file of a known size; answers its SHA-256.
    async fn hash(
        &self,
        path: &str,
        size: u64,
        pointer: &str,
        sink: &mut dyn FnMut(&[u8]),
    ) -> Result<[u8; 32], Problem> {
        let (mut hash, mut offset) = (Sha256::new(), 0);
        loop {
            self.go_on()?;
            let bytes = self.reader.read(path, offset).await.map_err(|why| self.unreadable(path, pointer, &why))?;
            if bytes.is_empty() {
                break;
            }
            offset += bytes.len() as u64;
            hash.update(&bytes);
            sink(&bytes);
        }
        if offset == size { Ok(hash.finalize().into()) } else { Err(self.changed(path, pointer)) }
    }

    fn go_on(&self) -> Result<(), Problem> {
        if !self.reader.is_cancelled() {
            return Ok(());
        }
        let hint = "Call it again without aborting its signal.";
        Err(Problem::new(Code::Cancelled, "", "The work was cancelled.", hint))
    }

    /// What is in a directory, asked for once.
    async fn directory(&self, path: &str, pointer: &str) -> Result<Rc<[Node]>, Problem> {
        self.go_on()?;
        if let Some(known) = self.listed.borrow().get(path) {
            return Ok(Rc::clone(known));
        }
        let nodes = self.reader.list(path).await.map_err(|why| self.unreadable(path, pointer, &why))?;
        let nodes: Rc<[Node]> = nodes.into();
        self.listed.borrow_mut().insert(path.to_owned(), Rc::clone(&nodes));
        Ok(nodes)
    }

    /// Whether there is anything at a path, be it a link to nowhere.
    async fn exists(&self, path: &str, pointer: &str) -> Result<bool, Problem> {
        let (parent, name) = path.rsplit_once('/').unwrap_or((".", path));
        match self.locate(parent, pointer).await {
            Ok(Real { path, kind: NodeKind::Directory }) => {
                Ok(self.directory(&path, pointer).await?.iter().any(|node| node.name == name))
            }
            Err(problem) if problem.code != Code::SourceMissing => Err(problem),
            _ => Ok(false),
        }
    }

    /// The real path of something that exists and, links followed, lies below the root.
    async fn locate(&self, path: &str, pointer: &str) -> Result<Real, Problem> {
        let rooted = self.reader.root();
        let root = rooted.as_deref().unwrap_or_default();
        // Only on Windows, where no root begins with `/`, is the other one no part of a name.
        let separator = if root.starts_with('/') { '/' } else { '\\' };
        let root: Vec<String> = names(&root.replace(separator, "/")).filter(|name| !goes_nowhere(name)).collect();
        let (mut at, mut kind) = (root.clone(), NodeKind::Directory);
        let mut waiting: Vec<String> = names(path).rev().collect();
        let mut links = 0;
        while let Some(name) = waiting.pop() {
            // Systems look for what follows a `/`, be it nothing, in directories alone.
            if kind != NodeKind::Directory {
                return Err(self.missing(path, pointer));
            }
            if goes_nowhere(&name) {
                continue;
            }
            if name == ".." {
                at.pop().ok_or_else(|| self.outside(path, pointer))?;
                continue;
            }
            let Some(below) = at.strip_prefix(root.as_slice()) else {
                at.push(name);
                continue;
            };
            let nodes = self.directory(&or_root(below.join("/")), pointer).await?;
            let node = nodes.iter().find(|node| node.name == name).ok_or_else(|| self.missing(path, pointer))?;
            if let NodeKind::Link { target } = &node.kind {
                links += 1;
                if links > MAX_LINKS {
                    return Err(self.unreadable(path, pointer, "too many links"));
                }
                if target.starts_with('/') {
                    rooted.as_ref().ok_or_else(|| self.outside(path, pointer))?;
                    at.clear();
                }
                waiting.extend(names(target).rev());
            } else {
                at.push(name);
                kind = node.kind.clone();
            }
        }
        let below = at.strip_prefix(root.as_slice()).ok_or_else(|| self.outside(path, pointer))?;
        Ok(Real { path: or_root(below.join("/")), kind })
    }

    /// Size and executable bit of a regular file; nothing else is one. `of_directory` says what to do where there is a directory.
    fn regular(
        &self,
        path: &str,
        kind: &NodeKind,
        pointer: &str,
        of_directory: &str,
    ) -> Result<(u64, Option<bool>), Problem> {
        let (what, hint) = match kind {
            NodeKind::File { size, executable } => return Ok((*size, *executable)),
            NodeKind::Directory => ("a directory", of_directory),
            _ => ("not a regular file", "Name a regular file."),
        };
        let message = format!("`{path}` {} is {what}.", self.place());
        Err(Problem::new(Code::SourceWrongKind, pointer, message, hint))
    }

    /// A file whose content was not read yet.
    fn unhashed(&self, size: u64, executable: Option<bool>, pointer: &str) -> EntryKind {
        if executable.is_none() {
            let mut unknown = self.unknown.borrow_mut();
            match unknown.iter_mut().find(|(known, _)| known == pointer) {
                Some((_, count)) => *count += 1,
                None => unknown.push((pointer.to_owned(), 1)),
            }
        }
        EntryKind::File { executable: executable.unwrap_or_default(), size, sha256: [0; 32] }
    }

    /// Files that would have another key where their executable bit is known.
    fn unknown_modes(&self, recipe: &Recipe) -> Vec<Problem> {
        let unknown = self.unknown.borrow();
        let copies = recipe.form.copies.iter().filter(|copy| copy.mode == Mode::FromFile);
        let finding = |copy: &Copy| {
            let Origin::Local(source) = &copy.origin else { return None };
            let (_, count) = unknown.iter().find(|(pointer, _)| *pointer == source.pointer)?;
            let files = if *count == 1 { "file is" } else { "files are" };
            let message = format!(
                "Whether {count} {files} executable is not known here; `{}` is taken to have no executable files.",
                source.path
            );
            let hint = "Say which are, with `executable`, or give the call a `mode`: else the image may differ from that of a disk.";
            Some(Problem::new(Code::ExecutableUnknown, &source.pointer, message, hint))
        };
        copies.filter_map(finding).collect()
    }

    fn missing(&self, path: &str, pointer: &str) -> Problem {
        let hint = if path.contains('\\') {
            "Write the path with `/`."
        } else if self.reader.root().is_some() {
            "Correct the path, make the file, or give the right `root`."
        } else {
            "Correct the path, or give the file along with the others."
        };
        let message = format!("`{path}` does not exist {}.", self.place());
        Problem::new(Code::SourceMissing, pointer, message, hint)
    }

    fn outside(&self, path: &str, pointer: &str) -> Problem {
        let message = format!("`{path}`, {}, leads out of it.", self.place());
        let hint = "Take a root that holds both, or copy the file below the root.";
        Problem::new(Code::SourceOutsideRoot, pointer, message, hint)
    }

    fn unreadable(&self, path: &str, pointer: &str, why: &str) -> Problem {
        let message = format!("`{path}` {} cannot be read: {why}.", self.place());
        let hint = match self.reader.root() {
            Some(_) => "Check its permissions.",
            None => "Give it along with the others, to `resolveFiles`.",
        };
        Problem::new(Code::SourceUnreadable, pointer, message, hint)
    }

    fn changed(&self, path: &str, pointer: &str) -> Problem {
        let path = join(&self.reader.root().unwrap_or_default(), path);
        let message = format!("`{path}` changed since it was first read for this image.");
        Problem::new(Code::SourceChanged, pointer, message, "Resolve the image again.")
    }
}

/// As many as Linux follows.
const MAX_LINKS: usize = 40;

/// In the order of texts. The sort of the standard library is compiled to 4 kB of WebAssembly for each type.
fn ordered<T>(items: Vec<T>, text: impl Fn(&T) -> String) -> Vec<T> {
    let order: BinaryHeap<_> = items.iter().enumerate().map(|(index, item)| (text(item), index)).collect();
    let mut items: Vec<_> = items.into_iter().map(Some).collect();
    order.into_sorted_vec().into_iter().filter_map(|(_, index)| items[index].take()).collect()
}

fn names(path: &str) -> impl DoubleEndedIterator<Item = String> {
    path.split('/').map(str::to_owned)
}

fn goes_nowhere(name: &str) -> bool {
    matches!(name, "" | ".")
}

/// A path below a directory, either of which may be the root or empty.
fn join(directory: &str, path: &str) -> String {
    match (directory, path) {
        ("" | ".", _) => path.to_owned(),
        (_, "") => directory.to_owned(),
        _ => format!("{directory}/{path}"),
    }
}

fn or_root(path: String) -> String {
    if path.is_empty() { ".".to_owned() } else { path }
}
