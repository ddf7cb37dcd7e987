//! What running processes use of a cache, or make in it, so that no other removes it.
//!
//! Each process has a file with a line for each path that it takes, and one with `-` before it when it needs it no more. It keeps
//! the file locked: a lock ends with its process, however that ends.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The leases of this process, by the directories of caches.
static HELD: Mutex<BTreeMap<PathBuf, Held>> = Mutex::new(BTreeMap::new());

struct Held {
    file: tempfile::NamedTempFile,
    /// How many leases there are of each path.
    paths: BTreeMap<String, usize>,
    /// How many lines the file has; none if what it holds is not known, since writing failed.
    lines: Option<usize>,
}

/// As many lines may be of paths that are needed no more, besides as many as there are others.
const MORE_LINES: usize = 1000;

impl Held {
    /// Adds a line about a path, or writes all of them.
    fn note(&mut self, line: &str) -> io::Result<()> {
        let Some(lines) = self.lines.take().filter(|lines| *lines <= 2 * self.paths.len() + MORE_LINES) else {
            return self.write_all();
        };
        self.file.as_file_mut().write_all(line.as_bytes())?;
        self.lines = Some(lines + 1);
        Ok(())
    }

    fn write_all(&mut self) -> io::Result<()> {
        self.lines = None;
        let text = self.paths.keys().fold(String::new(), |text, path| text + path + "\n");
        let file = self.file.as_file_mut();
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(text.as_bytes())?;
        self.lines = Some(self.paths.len());
        Ok(())
    }

    fn release(&mut self, path: &str) {
        if let Some(count) = self.paths.get_mut(path) {
            *count -= 1;
            if *count == 0 {
                self.paths.remove(path);
                let _ = self.note(&format!("-{path}\n"));
            }
        }
    }
}

/// That this process uses something, until it is dropped.
#[derive(Debug)]
pub(crate) struct Lease {
    directory: PathBuf,
    path: String,
}

impl Lease {
    pub(super) fn of(directory: &Path, path: &str) -> io::Result<Self> {
        let mut all = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        if !all.get(directory).is_some_and(|held| held.file.path().exists()) {
            let file = locked_file(directory)?;
            let paths = all.remove(directory).map(|held| held.paths).unwrap_or_default();
            all.insert(directory.to_owned(), Held { file, paths, lines: None });
        }
        let Some(held) = all.get_mut(directory) else { return Err(io::ErrorKind::NotFound.into()) };
        let count = held.paths.entry(path.to_owned()).or_default();
        *count += 1;
        if *count == 1 || held.lines.is_none() {
            held.note(&format!("{path}\n")).inspect_err(|_| held.release(path))?;
        }
        Ok(Self { directory: directory.to_owned(), path: path.to_owned() })
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut all = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(held) = all.get_mut(&self.directory) else { return };
        held.release(&self.path);
        if held.paths.is_empty() {
            all.remove(&self.directory); // and its file
        }
    }
}

/// The paths that any process uses. Files of processes that have ended are removed.
pub(super) fn leased(directory: &Path) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        let Ok(file) = File::open(&path) else { continue };
        let mut of_process = BTreeSet::new();
        if is_locked(&file) {
            for line in fs::read_to_string(&path).unwrap_or_default().lines() {
                match line.strip_prefix('-') {
                    Some(path) => _ = of_process.remove(path),
                    None => _ = of_process.insert(line.to_owned()),
                }
            }
            paths.append(&mut of_process);
        } else {
            let _ = fs::remove_file(path);
        }
    }
    paths
}

/// A file that is locked. Another process may remove it just before: until then, it looks as one left behind.
fn locked_file(directory: &Path) -> io::Result<tempfile::NamedTempFile> {
    loop {
        let file = tempfile::Builder::new().prefix("process-").tempfile_in(directory)?;
        lock(file.as_file())?;
        if file.path().exists() {
            return Ok(file);
        }
    }
}

/// Whether it is known that a process has ended.
pub(super) const KNOWS_ENDED: bool = cfg!(unix);

#[cfg(unix)]
fn lock(file: &File) -> io::Result<()> {
    Ok(rustix::fs::flock(file, rustix::fs::FlockOperation::NonBlockingLockExclusive)?)
}

/// Whether another holder of the file has locked it: this process counts as another one.
#[cfg(unix)]
fn is_locked(file: &File) -> bool {
    rustix::fs::flock(file, rustix::fs::FlockOperation::NonBlockingLockShared).is_err()
}

/// On Windows a file that is in use cannot be removed, and neither can the directory of a context that is read.
#[cfg(not(unix))]
fn lock(_: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn is_locked(_: &File) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_tells_what_is_held_however_often_that_changes() {
        let directory = tempfile::tempdir().unwrap();
        let take = |path: &str| Lease::of(directory.path(), path).unwrap();
        let (kept, twice) = (take("ctx/kept"), take("ctx/twice"));
        for number in 0..5_000 {
            drop(take(&format!("ctx/{number}")));
            drop(take("ctx/twice"));
        }
        assert_eq!(leased(directory.path()), BTreeSet::from(["ctx/kept", "ctx/twice"].map(str::to_owned)));
        let file = fs::read_dir(directory.path()).unwrap().next().unwrap().unwrap().path();
        assert!(fs::read_to_string(file).unwrap().lines().count() <= MORE_LINES + 6);
        drop((kept, twice));
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_is_held_is_written_again_after_writing_failed() {
        let directory = tempfile::tempdir().unwrap();
        let take = |path: &str| Lease::of(directory.path(), path).unwrap();
        let first = take("ctx/a");
        let mut all = HELD.lock().unwrap();
        let held = all.get_mut(directory.path()).unwrap();
        held.file.as_file().set_len(0).unwrap();
        held.lines = None;
        drop(all);
        let second = take("ctx/a");
        assert_eq!(leased(directory.path()), BTreeSet::from(["ctx/a".to_owned()]));
        drop((first, second));
    }
}
