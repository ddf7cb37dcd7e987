//! What is remembered of files that were hashed: their digests, by their stamps. A file of the cache for each root.
//!
//! ```text
//! pithy-image index 1\n                       the format, and the version of what is seen in a content
//! {stamp: 16 bytes, digest: 32, seen: 1} …    sorted by stamp
//! crc32 of all this
//! ```
//!
//! A stamp covers the path of a file and all that its system knows of it, so an entry is never wrong, only of no use any more. Any
//! number of processes may read and replace the file: it is renamed to its place when it is complete, and what another process
//! wrote in the meantime is hashed again. A file that is broken counts as none, and is replaced.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use pithy_image::Seen;
use pithy_image::reader::{FileToRead, Hashed, Progress, Stamp};

use crate::cache::replace;

/// The first line. The second number changes with what [`Seen`] means.
fn header() -> Vec<u8> {
    format!("pithy-image index 1.{}\n", Seen::VERSION).into_bytes()
}

const STAMP: usize = 16;
const DIGEST: usize = 32;
const ENTRY: usize = STAMP + DIGEST + 1;
const CRC: usize = 4;

/// Less new work than this is not written down: reading the files again takes about as long.
const MIN_FILES: u64 = 64;
const MIN_BYTES: u64 = 1 << 20;

/// As many entries are kept in any case: 5 MB.
const FEW: usize = 100_000;

type Entry = [u8; ENTRY];

/// The index of a root, or none.
pub(crate) struct Index<'a> {
    /// Where it is, if it is anywhere; asked when it is first needed.
    path: Option<&'a (dyn Fn() -> Option<PathBuf> + Sync)>,
    /// What it held.
    known: OnceLock<Known>,
    fresh: Mutex<Fresh>,
}

#[derive(Default)]
struct Known {
    entries: Vec<Entry>,
    /// Where those begin whose stamps begin with a number of two bytes, and where the last ones end: stamps are spread evenly.
    begins: Vec<usize>,
    /// Which of them were asked for.
    used: Vec<AtomicBool>,
}

/// What was hashed now.
#[derive(Default)]
struct Fresh {
    entries: Vec<Entry>,
    bytes: u64,
}

impl<'a> Index<'a> {
    /// One that remembers nothing.
    pub(crate) fn none() -> Self {
        Self { path: None, known: OnceLock::new(), fresh: Mutex::default() }
    }

    /// One that is kept in a file, if there is one already.
    pub(crate) fn of(path: &'a (dyn Fn() -> Option<PathBuf> + Sync)) -> Self {
        Self { path: Some(path), ..Self::none() }
    }

    /// Whether so much work is worth asking it.
    pub(super) fn is_for(&self, Progress { total_files, total_bytes, .. }: Progress) -> bool {
        self.path.is_some() && (total_files >= MIN_FILES || total_bytes >= MIN_BYTES)
    }

    /// What a file holds, if it is known.
    pub(super) fn get(&self, file: &FileToRead) -> Option<Hashed> {
        let path = self.path.filter(|_| file.stamp != Stamp::default())?;
        let read = || path().and_then(|path| Known::read(&path).ok()).unwrap_or_default();
        let known = self.known.get_or_init(read);
        let at = known.position(&file.stamp)?;
        known.used[at].store(true, Ordering::Relaxed);
        let entries = &known.entries;
        let (digest, seen) = (entries[at][STAMP..].first_chunk()?, entries[at][ENTRY - 1]);
        Some(Hashed { sha256: *digest, size: file.size, seen: Seen::from_bits(seen) })
    }

    /// Notes what a file holds.
    pub(super) fn note(&self, file: &FileToRead, hashed: &Hashed) {
        if self.path.is_none() || file.stamp == Stamp::default() || hashed.size != file.size {
            return;
        }
        let mut entry = [0; ENTRY];
        entry[..STAMP].copy_from_slice(&file.stamp[..STAMP]);
        entry[STAMP..ENTRY - 1].copy_from_slice(&hashed.sha256);
        entry[ENTRY - 1] = hashed.seen.bits();
        let mut fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
        fresh.entries.push(entry);
        fresh.bytes += hashed.size;
    }

    /// Writes down what is new, if it is worth it, where `path` says. Best effort: without it, the files are read again.
    pub(crate) fn save(self, path: impl FnOnce() -> Option<PathBuf>) {
        let fresh = self.fresh.into_inner().unwrap_or_else(PoisonError::into_inner);
        let is_worth_it = fresh.entries.len() as u64 >= MIN_FILES || fresh.bytes >= MIN_BYTES;
        let Some(path) = Some(path).filter(|_| is_worth_it).and_then(|path| path()) else { return };
        let mut entries = self.known.into_inner().unwrap_or_default().kept(fresh.entries.len(), FEW);
        entries.extend(fresh.entries);
        entries.sort_unstable();
        entries.dedup_by(|a, b| a[..STAMP] == b[..STAMP]);
        let _ = write(&path, &entries);
    }
}

/// The first two bytes of a stamp or an entry.
fn prefix(bytes: &[u8]) -> usize {
    usize::from(u16::from_be_bytes([bytes[0], bytes[1]]))
}

impl Known {
    fn new(entries: Vec<Entry>) -> Self {
        let mut begins = vec![0; (1 << 16) + 1];
        for entry in &entries {
            begins[prefix(entry) + 1] += 1;
        }
        for at in 1..begins.len() {
            begins[at] += begins[at - 1];
        }
        let used = entries.iter().map(|_| AtomicBool::new(false)).collect();
        Self { entries, begins, used }
    }

    fn position(&self, stamp: &Stamp) -> Option<usize> {
        let prefix = prefix(stamp);
        let (begin, end) = (*self.begins.get(prefix)?, *self.begins.get(prefix + 1)?);
        (begin..end).find(|at| self.entries[*at][..STAMP] == stamp[..STAMP])
    }

    /// What is worth keeping beside so many new entries. What was not asked for may be of another image, or of files that are
    /// gone: it goes once it is more than twice the rest, and more than a few.
    fn kept(self, fresh: usize, few: usize) -> Vec<Entry> {
        let used = self.used.iter().filter(|used| used.load(Ordering::Relaxed)).count();
        let keeps_all = self.entries.len() - used <= few.max(2 * (used + fresh));
        let entries = self.entries.into_iter().zip(self.used);
        entries.filter(|(_, used)| keeps_all || used.load(Ordering::Relaxed)).map(|(entry, _)| entry).collect()
    }

    /// Reads it, and notes that it was used.
    fn read(path: &Path) -> io::Result<Self> {
        let entries = read(path)?;
        let _ = File::open(path).and_then(|file| file.set_modified(SystemTime::now()));
        Ok(Self::new(entries))
    }
}

/// How many files an index knows.
pub(crate) fn known_files(path: &Path) -> usize {
    read(path).map_or(0, |entries| entries.len())
}

/// The entries of an index.
fn read(path: &Path) -> io::Result<Vec<Entry>> {
    let broken = || io::Error::new(io::ErrorKind::InvalidData, "it is broken, or of another version");
    let bytes = fs::read(path)?;
    let (content, crc) = bytes.split_last_chunk::<CRC>().ok_or_else(broken)?;
    let entries = content.strip_prefix(header().as_slice()).ok_or_else(broken)?;
    if crc32fast::hash(content) != u32::from_le_bytes(*crc) || !entries.len().is_multiple_of(ENTRY) {
        return Err(broken());
    }
    Ok(entries.chunks_exact(ENTRY).filter_map(|entry| entry.first_chunk().copied()).collect())
}

fn write(path: &Path, entries: &[Entry]) -> io::Result<()> {
    let mut crc = crc32fast::Hasher::new();
    replace(path, |file| {
        for part in [header().as_slice(), entries.as_flattened()] {
            crc.update(part);
            file.write_all(part)?;
        }
        file.write_all(&crc.finalize().to_le_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_asks_for_goes_once_it_is_most_of_the_index() {
        let known = |entries: usize, used: usize| {
            let known = Known::new(vec![[0; ENTRY]; entries]);
            known.used.iter().take(used).for_each(|used| used.store(true, Ordering::Relaxed));
            known
        };
        for (entries, used, fresh, few, kept) in
            [(30, 10, 0, 0, 30), (31, 10, 0, 0, 10), (31, 10, 1, 0, 31), (31, 10, 0, 21, 31), (5, 0, 0, 0, 0)]
        {
            assert_eq!(known(entries, used).kept(fresh, few).len(), kept, "{entries} {used} {fresh} {few}");
        }
    }
}
