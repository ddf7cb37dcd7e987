//! Reads files from start to end, and hashes them. A file must have the size that was listed, and the same content each time.
//! What else is to be known of a content is seen on the way: nothing is read twice for it.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::iter;

use sha2::{Digest as _, Sha256};

use super::list::{Found, entry_path};
use super::{Files, PackError, Progress, Reader, Stamp, join};
use crate::ContextHash;
use crate::context::{Context, Piece};
use crate::files::seen::{HEAD, Seen};
use crate::identity::{Entry, EntryKind};
use crate::normal_form::{LocalSource, SourceKind};
use crate::problem::{Code, Problem};

/// A file to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileToRead<'a> {
    /// The path of its source below the root, with every link followed.
    pub source: &'a str,
    /// Its path below the source; empty if it is the source.
    pub below: &'a str,
    /// Bytes, as they were listed.
    pub size: u64,
    /// As it was listed.
    pub stamp: Stamp,
}

impl FileToRead<'_> {
    /// Its path below the root.
    #[must_use]
    pub fn path(&self) -> String {
        join(self.source, self.below)
    }
}

/// The files in runs of at most so many files and bytes; a larger file is a run of its own.
pub fn runs<'a, 'f>(
    mut files: &'a [FileToRead<'f>],
    max_files: usize,
    max_bytes: u64,
) -> impl Iterator<Item = &'a [FileToRead<'f>]> {
    iter::from_fn(move || {
        let mut bytes = 0;
        let fits = |file: &&FileToRead| {
            bytes += file.size;
            bytes <= max_bytes
        };
        let count = files.iter().take(max_files).take_while(fits).count().max(1).min(files.len());
        let (run, others) = files.split_at(count);
        files = others;
        Some(run).filter(|run| !run.is_empty())
    })
}

/// A part of a file that is read from start to end.
#[derive(Debug)]
pub enum Part<'a> {
    /// The next bytes.
    Bytes(&'a [u8]),
    /// Its end: what it holds, or why it cannot be read.
    End(Result<Hashed, String>),
}

/// The content of a file, as far as it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hashed {
    /// SHA-256 of the content.
    pub sha256: [u8; 32],
    /// Bytes that were read.
    pub size: u64,
    /// What else is known of it.
    pub seen: Seen,
}

impl Hashed {
    /// What a content is, by its digest, its bytes, and the first [`HEAD`] of them.
    #[must_use]
    pub fn of(sha256: [u8; 32], size: u64, head: &[u8]) -> Self {
        Self { sha256, size, seen: Seen::of(head) }
    }
}

/// The content of a file while it is read.
///
/// ```
/// use pithy_image::reader::ContentHash;
///
/// let mut hash = ContentHash::default();
/// hash.update(b"#!/bin/sh\r");
/// hash.update(b"\necho hello\r\n");
/// assert!(hash.finish().seen.has(pithy_image::Seen::CRLF_SCRIPT));
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
        let missing = HEAD.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..missing]);
    }

    /// The content, all of whose bytes were taken.
    #[must_use]
    pub fn finish(self) -> Hashed {
        Hashed::of(self.sha256.finalize().into(), self.size, &self.head)
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

/// Hashes one file after another: [`Reader::hash_many`] where there is no faster way.
pub async fn one_by_one<R: Reader + ?Sized>(
    reader: &R,
    files: &[FileToRead<'_>],
    mut progress: Progress,
) -> Vec<Result<Hashed, String>> {
    let mut results = Vec::with_capacity(files.len());
    parts_of(reader, files, &mut |part| {
        progress.add(&part);
        match part {
            Part::Bytes(_) => reader.report(progress),
            Part::End(result) => results.push(result),
        }
        true
    })
    .await;
    results
}

/// Reads one file after another: [`Reader::read_many`] where there is no faster way. Returns false if it was not to go on.
pub async fn parts_of<R: Reader + ?Sized>(
    reader: &R,
    files: &[FileToRead<'_>],
    take: &mut dyn FnMut(Part<'_>) -> bool,
) -> bool {
    for file in files {
        let path = file.path();
        let mut stream = Stream::new(reader, &path);
        let end = loop {
            if reader.is_cancelled() {
                return false;
            }
            match stream.next().await {
                Ok(Some(bytes)) if !take(Part::Bytes(&bytes)) => return false,
                Ok(Some(_)) => {}
                Ok(None) => break Ok(stream.finish()),
                Err(why) => break Err(why),
            }
        };
        if !take(Part::End(end)) {
            return false;
        }
    }
    true
}

/// Hashes contexts that were resolved with the same reader, as the Daytona SDK does. One for all of them: it lists a directory
/// once, however many contexts have their source in it.
pub struct ContextHasher<'a, R> {
    files: Files<'a, R>,
    progress: Progress,
}

impl<'a, R: Reader> ContextHasher<'a, R> {
    /// One that knows nothing of the files of these contexts yet.
    pub fn new(contexts: &[Context], reader: &'a R) -> Self {
        Self { files: Files::new(reader), progress: Progress::of_contexts(contexts) }
    }

    /// The hash that the Daytona SDK gives a context.
    ///
    /// # Errors
    ///
    /// A source that is no longer what was resolved; cancellation.
    pub async fn hash(&mut self, context: &Context) -> Result<String, Problem> {
        let mut hash = ContextHash::new(&context.archive_path);
        let mut take = |bytes: &[u8]| {
            hash.update(bytes);
            Ok(())
        };
        self.files.write(context, &mut self.progress, &mut take).await.map_err(never)?;
        Ok(hash.finish())
    }

    /// Counts a context as done, whose hash is known.
    pub fn skip(&mut self, context: &Context) {
        self.progress.skip(context);
    }

    /// Reports that all is done.
    pub fn finish(self) {
        self.files.reader.report(self.progress);
    }
}

/// How many files are hashed before what is known of them is noted: memory is for those alone.
const BATCH: usize = 1 << 14;

impl<R: Reader> Files<'_, R> {
    /// Hashes every file of the sources, once for all sources that are the same. Returns what went wrong with any of them.
    pub(super) async fn hash_all(&self, found: &mut [Found<'_>]) -> Result<Vec<Problem>, Problem> {
        let groups = same_sources(found);
        let places = groups.iter().flat_map(|group| places_of(&found[group[0]]).map(move |entry| (group, entry)));
        let places: Vec<_> = places.collect();
        let mut progress = Progress::of(places.iter().map(|(group, entry)| entry_at(found, group, *entry).size()));
        let mut problems = Vec::new();
        for batch in places.chunks(BATCH) {
            let file = |&(group, entry): &(&Vec<usize>, usize)| {
                let first = &found[group[0]];
                file_of(first.source, &first.real, entry_at(found, group, entry))
            };
            let files: Vec<_> = batch.iter().map(file).collect();
            let results = self.reader.hash_many(&files, progress).await;
            self.check_cancelled()?;
            progress.files += files.len() as u64;
            progress.bytes += files.iter().map(|file| file.size).sum::<u64>();
            let results = results.into_iter().chain(iter::repeat_with(|| Err("it was not hashed".to_owned())));
            for (&(group, entry), result) in batch.iter().zip(results) {
                problems.extend(group.iter().filter_map(|&at| self.note(&mut found[at], entry, &result).err()));
            }
        }
        self.reader.report(progress);
        Ok(problems)
    }

    /// Notes what an entry of a source holds.
    fn note(&self, found: &mut Found, entry: usize, result: &Result<Hashed, String>) -> Result<(), Problem> {
        let (source, entry) = (found.source, &mut found.listing.entries[entry]);
        let EntryKind::File { size, sha256, .. } = &mut entry.kind else { return Ok(()) };
        let path = || entry_path(source, &found.real, &entry.path);
        let hashed = result.as_ref().map_err(|why| self.unreadable(&path(), &source.pointer, why))?;
        if hashed.size != *size {
            return Err(self.changed(&path(), &source.pointer));
        }
        *sha256 = hashed.sha256;
        if hashed.seen != Seen::default() {
            found.listing.seen.insert(entry.path.clone(), hashed.seen);
        }
        Ok(())
    }

    /// The whole content of a file that is known to have this size.
    pub(super) async fn content(&self, path: &str, size: u64, pointer: &str) -> Result<Vec<u8>, Problem> {
        let mut content = Vec::new();
        let mut stream = Stream::new(self.reader, path);
        loop {
            self.check_cancelled()?;
            match stream.next().await.map_err(|why| self.unreadable(path, pointer, &why))? {
                Some(bytes) => content.extend(bytes),
                None if content.len() as u64 == size => return Ok(content),
                None => return Err(self.changed(path, pointer)),
            }
        }
    }

    /// Writes the bytes of a context, making sure that its files are still those that were hashed.
    pub(super) async fn write<E>(
        &self,
        context: &Context,
        progress: &mut Progress,
        write: &mut Write<'_, E>,
    ) -> Result<(), PackError<E>> {
        let source = match &context.source {
            Some(source) => Some((source, self.locate_again(source).await?)),
            None => None,
        };
        let source = source.as_ref().map(|(source, real)| (*source, real.as_str()));
        let files = source.iter().flat_map(|(source, real)| files_of(source, real, &context.entries));
        let files: Vec<_> = files.collect();
        let mut writing = Writing { files: self, source, pieces: context.pieces(), current: None, write };
        let mut written = Ok(());
        let mut take = |part: Part<'_>| {
            progress.add(&part);
            if !progress.is_complete() {
                self.reader.report(*progress); // its end is reported by who began it
            }
            written = writing.take(part);
            written.is_ok()
        };
        self.reader.read_many(&files, &mut take).await;
        self.check_cancelled()?;
        written?;
        writing.skip_to_file()
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
}

/// A context on its way.
struct Writing<'a, 'w, P, R, E> {
    files: &'a Files<'a, R>,
    /// The local source, if it has one, and where that is.
    source: Option<(&'a LocalSource, &'a str)>,
    pieces: P,
    /// The file whose content is next.
    current: Option<&'a Entry>,
    write: &'a mut Write<'w, E>,
}

impl<'a, P: Iterator<Item = Piece<'a>>, R: Reader, E> Writing<'a, '_, P, R, E> {
    /// Writes all that comes before the content of the next file.
    fn skip_to_file(&mut self) -> Result<(), PackError<E>> {
        for piece in self.pieces.by_ref() {
            match piece {
                Piece::Bytes(bytes) => (self.write)(&bytes).map_err(PackError::Sink)?,
                Piece::File(entry) => {
                    self.current = Some(entry);
                    break;
                }
            }
        }
        Ok(())
    }

    fn take(&mut self, part: Part<'_>) -> Result<(), PackError<E>> {
        if self.current.is_none() {
            self.skip_to_file()?;
        }
        match part {
            Part::Bytes(bytes) => (self.write)(bytes).map_err(PackError::Sink),
            Part::End(result) => Ok(self.end(result)?),
        }
    }

    /// Ends a file, which has to be what was resolved.
    fn end(&mut self, result: Result<Hashed, String>) -> Result<(), Problem> {
        let (Some(entry), Some((source, real))) = (self.current.take(), self.source) else { return Ok(()) };
        let path = || entry_path(source, real, &entry.path);
        let hashed = result.map_err(|why| self.files.unreadable(&path(), &source.pointer, &why))?;
        let is_same = hashed.size == entry.size()
            && matches!(entry.kind, EntryKind::File { sha256, .. } if sha256 == hashed.sha256);
        if is_same { Ok(()) } else { Err(self.files.changed(&path(), &source.pointer)) }
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

/// The indices of the sources, in groups of those that lie at one place and have the same entries.
fn same_sources(found: &[Found]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut group_at = BTreeMap::new();
    for (at, this) in found.iter().enumerate() {
        let entries = &this.listing.entries;
        let group = *group_at.entry((this.real.as_str(), entries.len())).or_insert(groups.len());
        match groups.get_mut(group) {
            Some(group) if found[group[0]].listing.entries == *entries => group.push(at),
            _ => groups.push(vec![at]),
        }
    }
    groups
}

/// An entry of the sources of a group.
fn entry_at<'a>(found: &'a [Found], group: &[usize], entry: usize) -> &'a Entry {
    &found[group[0]].listing.entries[entry]
}

/// The indices of the files among the entries of a source.
fn places_of<'a>(found: &'a Found) -> impl Iterator<Item = usize> + use<'a> {
    let entries = found.listing.entries.iter().enumerate();
    entries.filter(|(_, entry)| entry.is_file()).map(|(index, _)| index)
}

/// The files of a source that lies at a path.
fn files_of<'a>(source: &'a LocalSource, real: &'a str, entries: &'a [Entry]) -> impl Iterator<Item = FileToRead<'a>> {
    entries.iter().filter(|entry| entry.is_file()).map(move |entry| file_of(source, real, entry))
}

/// A file of a source that lies at a path. Once it is hashed, its digest says all.
fn file_of<'a>(source: &LocalSource, real: &'a str, entry: &'a Entry) -> FileToRead<'a> {
    let stamp = if let EntryKind::File { sha256, .. } = entry.kind { sha256 } else { Stamp::default() };
    let below = if source.kind == SourceKind::File { "" } else { &entry.path };
    FileToRead { source: real, below, size: entry.size(), stamp }
}
