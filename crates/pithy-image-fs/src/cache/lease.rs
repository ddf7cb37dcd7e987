//! What running processes use of a cache, so that no other removes it.
//!
//! Each process has a file with the paths of what it uses, and keeps it locked: a lock ends with its process, however that ends.

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
}

impl Held {
    fn write(&mut self) -> io::Result<()> {
        let text = self.paths.keys().fold(String::new(), |text, path| text + path + "\n");
        let file = self.file.as_file_mut();
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(text.as_bytes())
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
            all.insert(directory.to_owned(), Held { file, paths });
        }
        let Some(held) = all.get_mut(directory) else { return Err(io::ErrorKind::NotFound.into()) };
        *held.paths.entry(path.to_owned()).or_default() += 1;
        held.write()?;
        Ok(Self { directory: directory.to_owned(), path: path.to_owned() })
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut all = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(held) = all.get_mut(&self.directory) else { return };
        if let Some(count) = held.paths.get_mut(&self.path) {
            *count -= 1;
            if *count == 0 {
                held.paths.remove(&self.path);
                let _ = held.write();
            }
        }
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
        if is_locked(&file) {
            paths.extend(fs::read_to_string(&path).unwrap_or_default().lines().map(str::to_owned));
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
