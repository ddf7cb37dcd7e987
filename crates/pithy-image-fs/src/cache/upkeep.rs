//! Looks after a cache when somebody asks for it.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pithy_image::{Code, Problem, Problems};
use serde::Serialize;

use super::{CONTEXTS, Cache, INDEXES, KNOWN, Known, LEASES, Packed, Place, Removed, VERSION, hash_of, size_of};
use crate::disk::{Root, known_files, reason};

/// What to do with a cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upkeep {
    /// Only look at it.
    Info,
    /// Remove what has not been used for a week, and beyond 4 GiB what has not been used for a day.
    Prune,
    /// Remove all but what running processes use.
    Clear,
    /// Read all of it, and remove what is broken, unless running processes use it.
    Verify,
}

impl Upkeep {
    /// The one with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [(Self::Info, "info"), (Self::Prune, "prune"), (Self::Clear, "clear"), (Self::Verify, "verify")]
            .into_iter()
            .find_map(|(upkeep, known)| (known == name).then_some(upkeep))
    }
}

/// What a cache holds, and what was removed from it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CacheReport {
    /// Its directory, which is made when something is kept there.
    pub path: PathBuf,
    /// How many packed contexts there are.
    pub contexts: usize,
    /// Their bytes.
    pub bytes: u64,
    /// How many of them running processes use.
    pub in_use: usize,
    /// Of how many files it knows the digests.
    pub known_files: usize,
    /// The archive paths of the contexts that were removed.
    pub removed: Vec<String>,
    /// Their bytes.
    pub freed: u64,
    /// The archive paths of the broken contexts that were kept, since running processes use them.
    pub broken: Vec<String>,
    /// Bytes that killed processes left behind.
    pub leftovers: u64,
    /// Bytes of those that were removed.
    pub freed_leftovers: u64,
}

/// Looks after the given cache, or else the usual one.
///
/// # Errors
///
/// A cache that cannot be used.
pub fn keep_up(cache: Option<&Path>, what: Upkeep) -> Result<CacheReport, Problems> {
    let place = Place::of(cache);
    if let Some(path) = place.unmade() {
        return Ok(CacheReport { path, ..CacheReport::default() });
    }
    let cache = place.own().and_then(Cache::listable).map_err(|problem: Problem| Problems::from(problem))?;
    let removed = match what {
        Upkeep::Info => Removed::default(),
        Upkeep::Prune => cache.prune(),
        Upkeep::Clear => cache.clear(),
        Upkeep::Verify => return Ok(cache.verify()),
    };
    Ok(cache.report(&removed))
}

impl Place {
    /// Where the cache will be, if nothing is there yet.
    fn unmade(&self) -> Option<PathBuf> {
        let path = self.real().filter(|path| path.is_dir() || is_absent(path))?.join(VERSION);
        Some(path).filter(|path| is_absent(path))
    }
}

/// What is in a directory; nothing if another process has just removed it, or if it is a file.
fn list(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let gone = |error: &io::Error| matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory);
    match fs::read_dir(directory) {
        Err(error) if gone(&error) => Ok(Vec::new()),
        entries => entries?.map(|entry| Ok(entry?.path())).collect(),
    }
}

/// Whether it is known that there is nothing.
fn is_absent(path: &Path) -> bool {
    path.symlink_metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

impl Cache {
    /// This cache, if all its directories can be listed: one that cannot be would count as empty.
    fn listable(self) -> Result<Self, Problem> {
        let parts = [CONTEXTS, KNOWN, INDEXES, LEASES].map(|part| self.0.join(part));
        let contexts = list(&parts[0]).map_err(|error| self.unlistable(&parts[0], &error))?;
        for directory in [self.0.clone()].into_iter().chain(parts).chain(contexts) {
            list(&directory).map_err(|error| self.unlistable(&directory, &error))?;
        }
        Ok(self)
    }

    fn unlistable(&self, directory: &Path, error: &io::Error) -> Problem {
        let message = format!("The context cache cannot be read: `{}`: {}.", directory.display(), reason(error));
        let hint = format!("Give yourself access, as with `chmod -R u+rwX {}`, or remove it.", self.0.display());
        Problem::new(Code::CacheUnusable, "", message, hint)
    }

    fn clear(&self) -> Removed {
        // Without what is known of it, a context in use would be packed again.
        let in_use: BTreeSet<_> = self.leased().iter().map(|path| self.known(path)).collect();
        for part in [KNOWN, INDEXES] {
            let files = list(&self.0.join(part)).unwrap_or_default();
            for path in files.iter().filter(|path| !in_use.contains(*path)) {
                let _ = fs::remove_file(path);
            }
        }
        Removed { contexts: self.remove(self.entries(), |_| true), leftovers: self.remove_leftovers(Duration::ZERO) }
    }

    /// An index that is broken is replaced when it is used.
    fn verify(&self) -> CacheReport {
        let broken = self.broken(|_| true);
        let found: BTreeSet<_> = broken.iter().map(|entry| entry.archive_path.clone()).collect();
        let contexts = self.remove(broken, |_| true);
        // Looked at again: who uses one may have replaced it. Without its hash it may be whole.
        let kept = self.broken(|entry| found.contains(&entry.archive_path) && self.hash(&entry.archive_path).is_some());
        let broken = kept.into_iter().map(|entry| entry.archive_path).collect();
        CacheReport { broken, ..self.report(&Removed { contexts, leftovers: 0 }) }
    }

    /// Which of some entries are broken.
    fn broken(&self, is_meant: impl Fn(&Packed) -> bool) -> Vec<Packed> {
        self.entries().into_iter().filter(|entry| is_meant(entry) && !self.is_whole(entry)).collect()
    }

    fn is_whole(&self, Packed { archive_path, .. }: &Packed) -> bool {
        let known = Known::read(&self.known(archive_path), archive_path);
        let file = Root::open(&self.0).and_then(|root| root.file(archive_path));
        let hash = file.and_then(|(mut file, _)| hash_of(archive_path, &mut file)).ok();
        known.is_some_and(|known| Some(known.hash) == hash)
    }

    fn report(&self, removed: &Removed) -> CacheReport {
        let (entries, leased) = (self.entries(), self.leased());
        let indexes = fs::read_dir(self.0.join(INDEXES)).into_iter().flatten().flatten();
        CacheReport {
            path: self.0.clone(),
            contexts: entries.len(),
            bytes: entries.iter().map(|entry| entry.size).sum(),
            in_use: entries.iter().filter(|entry| leased.contains(&entry.archive_path)).count(),
            known_files: indexes.map(|index| known_files(&index.path())).sum(),
            removed: removed.contexts.iter().map(|entry| entry.archive_path.clone()).collect(),
            freed: removed.contexts.iter().map(|entry| entry.size).sum(),
            broken: Vec::new(),
            leftovers: self.leftovers().iter().map(|path| size_of(path)).sum(),
            freed_leftovers: removed.leftovers,
        }
    }
}
