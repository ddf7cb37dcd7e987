//! Reads files from start to end, and hashes them. A file must have the size that was listed, and the same content each time.
//! What else is to be known of a content is seen on the way: nothing is read twice for it.

use std::convert::Infallible;
use std::iter;

use sha2::{Digest as _, Sha256};

use super::list::{Found, entry_path};
use super::{Files, PackError, Progress, Reader};
use crate::ContextHash;
use crate::context::{Context, Piece};
use crate::files::archive::is_archive;
use crate::files::script::is_crlf_script;
use crate::identity::{Entry, EntryKind};
use crate::normal_form::{LocalSource, SourceKind};
use crate::problem::{Code, Problem};

/// A file to be hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileToHash {
    /// Its path below the root, with every link followed.
    pub path: String,
    /// Bytes, as they were listed.
    pub size: u64,
}

/// The content of a file, as far as it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hashed {
    /// SHA-256 of the content.
    pub sha256: [u8; 32],
    /// Bytes that were read.
    pub size: u64,
    /// Whether it is a script whose first line ends with CRLF, so that no system finds its interpreter.
    pub is_crlf_script: bool,
    /// Whether `ADD` would unpack it.
    pub is_archive: bool,
}

/// How many bytes show what a file is: a block of a tar.
const MAX_HEAD: usize = 512;

/// The content of a file while it is read.
///
/// ```
/// use pithy_image::reader::ContentHash;
///
/// let mut hash = ContentHash::default();
/// hash.update(b"#!/bin/sh\r");
/// hash.update(b"\necho hello\r\n");
/// assert!(hash.finish().is_crlf_script);
/// ```
#[derive(Debug, Clone, Default)]
pub struct ContentHash {
    sha256: Sha256,
    size: u64,
    /// The first bytes, by which scripts and archives are known.
    head: Vec<u8>,
}

impl ContentHash {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        self.size += bytes.len() as u64;
        let missing = MAX_HEAD.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..missing]);
    }

    /// The content, all of whose bytes were taken.
    #[must_use]
    pub fn finish(self) -> Hashed {
        Hashed {
            sha256: self.sha256.finalize().into(),
            size: self.size,
            is_crlf_script: is_crlf_script(&self.head),
            is_archive: is_archive(&self.head),
        }
    }
}

/// A file while it is read.
struct Stream<'a, R: ?Sized> {
    reader: &'a R,
    path: &'a str,
    hash: ContentHash,
}

impl<'a, R: Reader + ?Sized> Stream<'a, R> {
    fn new(reader: &'a R, path: &'a str) -> Self {
        Self { reader, path, hash: ContentHash::default() }
    }

    /// The next bytes; none at the end.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, String> {
        let bytes = self.reader.read(self.path, self.hash.size).await?;
        self.hash.update(&bytes);
        Ok(Some(bytes).filter(|bytes| !bytes.is_empty()))
    }

    fn finish(self) -> Hashed {
        self.hash.finish()
    }
}

/// Hashes one file after another.
pub(super) async fn one_by_one<R: Reader + ?Sized>(reader: &R, files: &[FileToHash]) -> Vec<Result<Hashed, String>> {
    let mut progress = Progress::of(files);
    let mut results = Vec::with_capacity(files.len());
    for file in files {
        let result = hash_one(reader, &file.path, &mut progress).await;
        if reader.is_cancelled() {
            return results;
        }
        results.push(result);
        progress.files += 1;
    }
    reader.report(progress);
    results
}

async fn hash_one<R: Reader + ?Sized>(reader: &R, path: &str, progress: &mut Progress) -> Result<Hashed, String> {
    let mut stream = Stream::new(reader, path);
    while !reader.is_cancelled()
        && let Some(bytes) = stream.next().await?
    {
        progress.bytes += bytes.len() as u64;
        reader.report(*progress);
    }
    Ok(stream.finish())
}

impl<R: Reader> Files<'_, R> {
    /// Hashes every file of the sources. Returns what went wrong with any of them.
    pub(super) async fn hash_all(&self, found: &mut [Found<'_>]) -> Result<Vec<Problem>, Problem> {
        let files: Vec<_> = found.iter().flat_map(files_of).collect();
        let results = self.reader.hash_many(&files).await;
        self.check_cancelled()?;
        let results = results.into_iter().chain(iter::repeat_with(|| Err("it was not hashed".to_owned())));
        let mut results = files.iter().zip(results);
        let mut problems = Vec::new();
        for Found { source, listing, crlf_scripts, .. } in found {
            for entry in listing.entries.iter_mut().filter(|entry| is_file(entry)) {
                let Some((file, result)) = results.next() else { break };
                match self.checked(&source.pointer, file, result) {
                    Ok(hashed) => {
                        crlf_scripts.extend(hashed.is_crlf_script.then(|| entry_path(source, &source.path, entry)));
                        if hashed.is_archive && unpacks(source) {
                            listing.archives.insert(entry.path.clone());
                        }
                        note(&mut entry.kind, &hashed);
                    }
                    Err(problem) => problems.push(problem),
                }
            }
        }
        Ok(problems)
    }

    /// The content of a file that has the size that was listed.
    fn checked(&self, pointer: &str, file: &FileToHash, result: Result<Hashed, String>) -> Result<Hashed, Problem> {
        let FileToHash { path, size } = file;
        let hashed = result.map_err(|why| self.unreadable(path, pointer, &why))?;
        if hashed.size == *size { Ok(hashed) } else { Err(self.changed(path, pointer)) }
    }

    /// The whole content of a file that is known to have this size.
    pub(super) async fn content(&self, path: &str, size: u64, pointer: &str) -> Result<Vec<u8>, Problem> {
        let mut content = Vec::new();
        let mut take = |bytes: &[u8]| {
            content.extend_from_slice(bytes);
            Ok(())
        };
        let hashed = self.read(path, pointer, &mut take).await.map_err(never)?;
        if hashed.size == size { Ok(content) } else { Err(self.changed(path, pointer)) }
    }

    /// The hash that the Daytona SDK gives a context.
    pub(super) async fn context_hash(&self, context: &Context) -> Result<String, Problem> {
        let mut hash = ContextHash::new(&context.archive_path);
        let mut take = |bytes: &[u8]| {
            hash.update(bytes);
            Ok(())
        };
        self.write(context, &mut take).await.map_err(never)?;
        Ok(hash.finish())
    }

    /// Writes the bytes of a context.
    pub(super) async fn write<E>(&self, context: &Context, write: &mut Write<'_, E>) -> Result<(), PackError<E>> {
        let source = match &context.source {
            Some(source) => Some((source, self.locate_again(source).await?)),
            None => None,
        };
        for piece in context.pieces() {
            match (piece, &source) {
                (Piece::Bytes(bytes), _) => write(&bytes).map_err(PackError::Sink)?,
                (Piece::File(entry), Some((source, real))) => self.write_file(source, real, entry, write).await?,
                (Piece::File(_), None) => {}
            }
        }
        Ok(())
    }

    /// Where a source that was resolved is now.
    pub(super) async fn locate_again(
        &self,
        LocalSource { path, pointer, .. }: &LocalSource,
    ) -> Result<String, Problem> {
        match self.locate(path, pointer).await {
            Err(problem) if problem.code == Code::SourceMissing => Err(self.unreadable(path, pointer, GONE)),
            located => located.map(|real| real.path),
        }
    }

    /// Writes a file of a source, making sure that it is still the one that was hashed.
    async fn write_file<E>(
        &self,
        source: &LocalSource,
        real: &str,
        entry: &Entry,
        write: &mut Write<'_, E>,
    ) -> Result<(), PackError<E>> {
        let path = entry_path(source, real, entry);
        let hashed = self.read(&path, &source.pointer, write).await?;
        let is_same = hashed.size == entry.size()
            && matches!(entry.kind, EntryKind::File { sha256, .. } if sha256 == hashed.sha256);
        if is_same { Ok(()) } else { Err(self.changed(&path, &source.pointer).into()) }
    }

    /// Reads a file to its end.
    async fn read<E>(&self, path: &str, pointer: &str, write: &mut Write<'_, E>) -> Result<Hashed, PackError<E>> {
        let mut stream = Stream::new(self.reader, path);
        loop {
            self.check_cancelled()?;
            match stream.next().await.map_err(|why| self.unreadable(path, pointer, &why))? {
                Some(bytes) => write(&bytes).map_err(PackError::Sink)?,
                None => return Ok(stream.finish()),
            }
        }
    }
}

/// What systems say of a file that does not exist.
const GONE: &str = "no such file or directory";

/// Where bytes go.
type Write<'a, E> = dyn FnMut(&[u8]) -> Result<(), E> + 'a;

fn never(error: PackError<Infallible>) -> Problem {
    match error {
        PackError::Source(problem) => problem,
        PackError::Sink(never) => match never {},
    }
}

/// Notes the digest of a file.
fn note(kind: &mut EntryKind, hashed: &Hashed) {
    if let EntryKind::File { sha256, .. } = kind {
        *sha256 = hashed.sha256;
    }
}

/// Whether a source is one of an instruction that unpacks archives.
fn unpacks(source: &LocalSource) -> bool {
    matches!(&source.kind, SourceKind::Context(selection) if selection.unpacks)
}

fn is_file(entry: &Entry) -> bool {
    matches!(entry.kind, EntryKind::File { .. })
}

fn files_of<'a>(found: &'a Found<'a>) -> impl Iterator<Item = FileToHash> {
    let files = found.listing.entries.iter().filter(|entry| is_file(entry));
    files.map(|entry| FileToHash { path: found.path(entry), size: entry.size() })
}
