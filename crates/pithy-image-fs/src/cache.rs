//! The context cache: a private directory of files named by their content.
//!
//! ```text
//! <cache>/v1/                     0700, ours, not a link
//!   ctx/<32 digits>/<name>        a packed context, complete since its directory was renamed here
//!   tmp-…/                        one in the making; left behind only by a process that was killed
//! ```
//!
//! Any number of processes may share it. An entry is never changed, only removed, a week after its last use.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use etcetera::BaseStrategy;
use pithy_image::{Code, Problem};

use crate::disk::reason;

/// How long an entry is kept after its last use.
const KEEP: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Bytes above which entries go sooner, the oldest first.
const MAX_BYTES: u64 = 4 << 30;

/// What was used more recently is never removed: an upload may be reading it.
const IN_USE: Duration = Duration::from_secs(24 * 60 * 60);

/// How often a broken entry is replaced when others do so at the same time.
const ATTEMPTS: usize = 100;

/// An open cache.
pub(crate) struct Cache(PathBuf);

impl Cache {
    /// The given directory; else that of `PITHY_IMAGE_CACHE`; else the platform's cache folder, or, where that cannot be
    /// written, a fresh temporary directory.
    pub(crate) fn open(given: Option<&Path>) -> Result<Self, Problem> {
        let variable = || std::env::var_os("PITHY_IMAGE_CACHE").filter(|path| !path.is_empty()).map(PathBuf::from);
        if let Some(path) = given.map(Path::to_path_buf).or_else(variable) {
            return Self::at(&path).map_err(|error| unusable(&path, &error));
        }
        let platform = etcetera::choose_base_strategy().ok().map(|base| base.cache_dir().join("pithy-image"));
        if let Some(cache) = platform.and_then(|path| Self::at(&path).ok()) {
            return Ok(cache);
        }
        let temporary = temporary().and_then(|path| Self::at(&path));
        temporary.map_err(|error| unusable(&std::env::temp_dir(), &error))
    }

    fn at(path: &Path) -> io::Result<Self> {
        create_private(path)?;
        let directory = path.canonicalize()?.join("v1");
        make_private(&directory)?;
        fs::create_dir_all(directory.join("ctx"))?;
        tempfile::tempfile_in(&directory)?; // a file system may be read-only though the directory is ours
        Ok(Self(directory))
    }

    /// Where a context is kept, or will be.
    pub(crate) fn path(&self, archive_path: &str) -> PathBuf {
        self.0.join(archive_path)
    }

    /// Whether a context is here already; if so, it counts as used now.
    pub(crate) fn holds(&self, archive_path: &str, size: u64) -> bool {
        let path = self.path(archive_path);
        let complete = fs::symlink_metadata(&path).is_ok_and(|found| found.is_file() && found.len() == size);
        complete && File::open(path).and_then(|file| file.set_modified(SystemTime::now())).is_ok()
    }

    /// A directory for a context in the making, removed when dropped.
    pub(crate) fn temporary(&self) -> io::Result<tempfile::TempDir> {
        tempfile::Builder::new().prefix("tmp-").tempdir_in(&self.0)
    }

    /// Moves a complete context to its place. If another process was faster, its copy has the same content.
    pub(crate) fn publish(&self, from: &tempfile::TempDir, archive_path: &str, size: u64) -> io::Result<()> {
        let path = self.path(archive_path);
        let directory = path.parent().unwrap_or(&self.0);
        let mut result = fs::rename(from.path(), directory);
        for _ in 0..ATTEMPTS {
            if result.is_ok() || self.holds(archive_path, size) {
                return sync(&self.0.join("ctx"));
            }
            // What is there is broken. Another process may notice as well, and remove it first.
            let _ = fs::rename(directory, self.temporary()?.path().join("broken"));
            result = fs::rename(from.path(), directory);
        }
        result
    }

    /// Removes what has not been used for a long time, and what killed processes left behind. Best effort.
    pub(crate) fn prune(&self) {
        let mut entries = used(&self.0.join("ctx"), first_file);
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.age));
        let mut total: u64 = entries.iter().map(|entry| entry.size).sum();
        for entry in entries {
            if entry.age > KEEP || (total > MAX_BYTES && entry.age > IN_USE) {
                total -= entry.size;
                self.remove(&entry.path);
            }
        }
        for entry in used(&self.0, |entry| fs::metadata(entry).ok()) {
            let name = entry.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if name.starts_with("tmp-") && entry.age > IN_USE {
                let _ = fs::remove_dir_all(entry.path);
            }
        }
    }

    /// Removes an entry in one step, so that no other process finds half of it.
    fn remove(&self, path: &Path) {
        let name = path.file_name().map(OsString::from).unwrap_or_default();
        let _ = self.temporary().and_then(|away| {
            let moved = away.path().join(name);
            fs::rename(path, &moved)?;
            // Another process may have started to use it in the meantime: its file says so.
            if used(away.path(), first_file).iter().any(|entry| entry.age < IN_USE) {
                fs::rename(moved, path)
            } else {
                Ok(())
            }
        });
    }
}

/// The file of an entry.
fn first_file(entry: &Path) -> Option<fs::Metadata> {
    fs::read_dir(entry).ok()?.flatten().next()?.metadata().ok()
}

struct Used {
    path: PathBuf,
    age: Duration,
    size: u64,
}

fn used(directory: &Path, metadata: impl Fn(&Path) -> Option<fs::Metadata>) -> Vec<Used> {
    let describe = |path: PathBuf| {
        let metadata = metadata(&path)?;
        let age = metadata.modified().ok()?.elapsed().unwrap_or_default();
        Some(Used { path, age, size: metadata.len() })
    };
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.filter_map(|entry| describe(entry.path())).collect()
}

fn unusable(path: &Path, error: &io::Error) -> Problem {
    let message = format!("The context cache cannot be used: `{}`: {}.", path.display(), reason(error));
    let hint = "Set `PITHY_IMAGE_CACHE` to a directory that you own and can write to.";
    Problem::new(Code::CacheUnusable, "", message, hint)
}

/// Makes the names of a directory durable.
fn sync(directory: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(directory)?.sync_all() } else { Ok(()) }
}

/// Makes a directory with all above it. What is made is ours alone, whatever the umask: who can write to the directory
/// above the cache could put another in its place.
#[cfg(unix)]
fn create_private(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

/// On Windows the folders of a user are private already.
#[cfg(not(unix))]
fn create_private(directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)
}

/// A fresh temporary directory; the same one for all that this process packs.
fn temporary() -> io::Result<PathBuf> {
    static DIRECTORY: Mutex<Option<PathBuf>> = Mutex::new(None);
    let mut directory = DIRECTORY.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(directory) = directory.as_ref().filter(|directory| directory.is_dir()) {
        return Ok(directory.clone());
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix("pithy-image-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    let fresh = builder.tempdir()?.keep();
    *directory = Some(fresh.clone());
    Ok(fresh)
}

/// Makes a directory that no other user can enter, or checks that an existing one is a real directory and our own.
#[cfg(unix)]
fn make_private(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
    match DirBuilder::new().mode(0o700).create(directory) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let found = fs::symlink_metadata(directory)?;
    if !found.is_dir() || found.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::other(format!("`{}` is a link or belongs to somebody else", directory.display())));
    }
    if found.mode() & 0o077 != 0 {
        fs::set_permissions(directory, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// On Windows the folders of a user are private already.
#[cfg(not(unix))]
fn make_private(directory: &Path) -> io::Result<()> {
    match DirBuilder::new().create(directory) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}
