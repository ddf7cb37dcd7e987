//! The context cache: a private directory of files named by their content, and of what is known of other files.
//!
//! ```text
//! <cache>/v1/                     0700, ours, not a link; as all directories in it
//!   ctx/<32 digits>/<name>        a packed context, complete since its directory was renamed here
//!   known/<32 digits>             the hash of a context, and the stamp of what was packed: `known`
//!   index/<32 digits>             digests of files below a root, by their stamps: `disk::index`
//!   leases/<process>              what a running process sends or makes: `lease`
//!   tmp-…                         one in the making; without a lease, a killed process has left it behind
//! ```
//!
//! Any number of processes may share it. An entry is never changed, only replaced or removed: a week after its last use, if nobody
//! sends it. What is there is trusted only as far as its digest was checked: a packed context whose stamp is another than when it
//! was written is read again.

mod known;
mod lease;
mod upkeep;

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use etcetera::BaseStrategy;
use pithy_image::{Code, ContextHash, Problem};
use sha2::{Digest as _, Sha256};

use crate::disk::{Root, file_stamp, reason};

pub(crate) use lease::Lease;
pub use upkeep::{CacheReport, Upkeep, keep_up};

use known::Known;

/// How long an entry is kept after its last use.
const KEEP: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Bytes above which entries go sooner, the oldest first.
const MAX_BYTES: u64 = 4 << 30;

/// What was used more recently is never removed: an upload may be reading it.
const IN_USE: Duration = Duration::from_secs(24 * 60 * 60);

/// How often a broken entry is replaced when others do so at the same time.
const ATTEMPTS: usize = 100;

/// The directory of the cache of this version, and those in it.
const VERSION: &str = "v1";
const CONTEXTS: &str = "ctx";
const KNOWN: &str = "known";
const INDEXES: &str = "index";
const LEASES: &str = "leases";

/// How the names of what is in the making begin.
const TEMPORARY: &str = "tmp-";

/// Where a cache is, or will be.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// Where the caller or the environment says.
    Given(PathBuf),
    /// The platform's cache folder; if that cannot be written, a temporary directory.
    Usual(Option<PathBuf>),
}

impl Place {
    /// The given directory; else that of `PITHY_IMAGE_CACHE`; else the platform's cache folder, or, where that cannot be
    /// written, a fresh temporary directory.
    pub(crate) fn of(given: Option<&Path>) -> Self {
        let variable = || env::var_os("PITHY_IMAGE_CACHE").filter(|path| !path.is_empty()).map(PathBuf::from);
        given.map(Path::to_path_buf).or_else(variable).map_or_else(
            || Self::Usual(etcetera::choose_base_strategy().ok().map(|base| base.cache_dir().join("pithy-image"))),
            Self::Given,
        )
    }

    /// Its path with every link followed, as far as it is there; nothing is made.
    pub(crate) fn real(&self) -> Option<PathBuf> {
        let (Self::Given(path) | Self::Usual(Some(path))) = self else { return None };
        let path = std::path::absolute(path).ok()?;
        let (there, real) = path.ancestors().find_map(|above| Some((above, above.canonicalize().ok()?)))?;
        // Without a `/` at its end, which would make a file seem absent.
        Some(real.join(path.strip_prefix(there).ok()?).components().collect())
    }

    /// The cache, which is made if it is not there.
    pub(crate) fn open(&self) -> Result<Cache, Problem> {
        match self {
            Self::Given(path) => Cache::at(path).map_err(|error| unusable(path, &error)),
            Self::Usual(path) => {
                if let Some(cache) = path.as_ref().and_then(|path| Cache::at(path).ok()) {
                    return Ok(cache);
                }
                let temporary = temporary().and_then(|path| Cache::at(&path));
                temporary.map_err(|error| unusable(&env::temp_dir(), &error))
            }
        }
    }

    /// The cache as [`Place::open`] finds it, except that no temporary directory takes the place of one that cannot be used.
    fn own(&self) -> Result<Cache, Problem> {
        match self {
            Self::Given(path) | Self::Usual(Some(path)) => Cache::at(path).map_err(|error| unusable(path, &error)),
            Self::Usual(None) => self.open(),
        }
    }

    /// The cache, made where it is not there, unless it could not outlive the process.
    pub(crate) fn lasting(&self) -> Option<Cache> {
        let (Self::Given(path) | Self::Usual(Some(path))) = self else { return None };
        Cache::at(path).ok()
    }

    /// The cache, if there is one.
    pub(crate) fn existing(&self) -> Option<Cache> {
        let directory = self.real()?.join(VERSION);
        is_private(&directory).then_some(Cache(directory))
    }
}

/// An open cache.
#[derive(Debug, Clone)]
pub(crate) struct Cache(PathBuf);

impl Cache {
    fn at(path: &Path) -> io::Result<Self> {
        create_private(path)?;
        let directory = path.canonicalize()?.join(VERSION);
        make_private(&directory)?;
        for part in [CONTEXTS, KNOWN, INDEXES, LEASES].map(|name| directory.join(name)) {
            if part.is_symlink() {
                fs::remove_file(&part)?;
            }
            make_private(&part)?;
        }
        tempfile::tempfile_in(&directory)?; // a file system may be read-only though the directory is ours
        Ok(Self(directory))
    }

    /// Where a context is kept, or will be.
    pub(crate) fn path(&self, archive_path: &str) -> PathBuf {
        self.0.join(archive_path)
    }

    /// Where the index of a root is kept.
    pub(crate) fn index(&self, root: &Path) -> PathBuf {
        self.0.join(INDEXES).join(digits(root.as_os_str()))
    }

    /// The file with what is known of a context.
    fn known(&self, archive_path: &str) -> PathBuf {
        self.0.join(KNOWN).join(digits(archive_path.as_ref()))
    }

    /// The hash that the Daytona SDK gives a context, if it is known.
    pub(crate) fn hash(&self, archive_path: &str) -> Option<String> {
        Known::read(&self.known(archive_path), archive_path).map(|known| known.hash)
    }

    /// Notes the hash of a context that was not packed.
    pub(crate) fn note_hash(&self, archive_path: &str, hash: &str) -> io::Result<()> {
        let path = self.known(archive_path);
        let packed = Known::read(&path, archive_path).and_then(|known| known.packed);
        Known { hash: hash.to_owned(), packed }.write(&path, archive_path)
    }

    /// Whether a context is here already, and is what it should be; if so, it counts as used now.
    pub(crate) fn holds(&self, archive_path: &str, size: u64) -> bool {
        let path = self.known(archive_path);
        let Some(known) = Known::read(&path, archive_path) else { return false };
        let Ok((mut file, facts)) = Root::open(&self.0).and_then(|root| root.file(archive_path)) else { return false };
        if facts.size != size {
            return false;
        }
        let stamp = file_stamp(&facts);
        if known.packed == Some(stamp) {
            return File::options()
                .append(true)
                .open(path)
                .and_then(|file| file.set_modified(SystemTime::now()))
                .is_ok();
        }
        let is_whole = hash_of(archive_path, &mut file).is_ok_and(|hash| hash == known.hash);
        is_whole && Known { packed: Some(stamp), ..known }.write(&path, archive_path).is_ok()
    }

    /// A directory for a context in the making, removed when dropped.
    pub(crate) fn temporary(&self) -> io::Result<Making> {
        let (name, lease) = reserve(&self.0)?;
        let directory = tempfile::Builder::new().prefix(&name).rand_bytes(0).tempdir_in(&self.0)?;
        Ok(Making { directory, _lease: lease })
    }

    /// Moves a complete context with this hash to its place. If another process was faster, its copy has the same content.
    pub(crate) fn publish(&self, from: &Making, archive_path: &str, size: u64, hash: String) -> io::Result<()> {
        let path = self.path(archive_path);
        let directory = path.parent().unwrap_or(&self.0);
        // First: without it, other processes would take the context for a broken one.
        let (_, facts) = Root::open(from.path())?.file(archive_path.rsplit('/').next().unwrap_or_default())?;
        Known { hash, packed: Some(file_stamp(&facts)) }.write(&self.known(archive_path), archive_path)?;
        let mut result = fs::rename(from.path(), directory);
        for _ in 0..ATTEMPTS {
            if result.is_ok() || self.holds(archive_path, size) {
                return sync(&self.0.join(CONTEXTS));
            }
            // What is there is broken. Another process may notice as well, and remove it first.
            let _ = fs::rename(directory, self.temporary()?.path().join("broken"));
            result = fs::rename(from.path(), directory);
        }
        result
    }

    /// Says that this process uses a context, until the lease is dropped.
    pub(crate) fn lease(&self, archive_path: &str) -> io::Result<Lease> {
        Lease::of(&self.0.join(LEASES), archive_path)
    }

    /// Removes what has not been used for a long time, and what killed processes left behind long ago. Best effort.
    pub(crate) fn prune(&self) -> Removed {
        let mut entries = self.entries();
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.age));
        let mut total: u64 = entries.iter().map(|entry| entry.size).sum();
        let contexts = self.remove(entries, |entry| {
            let is_old = entry.age > KEEP || (total > MAX_BYTES && entry.age > IN_USE);
            total -= if is_old { entry.size } else { 0 };
            is_old
        });
        for part in [KNOWN, INDEXES] {
            remove_older(&self.0.join(part), KEEP);
        }
        Removed { contexts, leftovers: self.remove_leftovers(IN_USE) }
    }

    /// Removes what killed processes left behind and is at least as old as that; returns how many bytes it had.
    fn remove_leftovers(&self, limit: Duration) -> u64 {
        let old = self.leftovers().into_iter().filter(|path| age(path) >= limit);
        old.map(|path| (size_of(&path), path)).filter(|(_, path)| remove_all(path).is_ok()).map(|(size, _)| size).sum()
    }

    /// What killed processes left behind: what is in the making, and no process holds.
    fn leftovers(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let made: Vec<_> = names.filter(|name| name.starts_with(TEMPORARY)).collect();
        let leased = self.leased(); // read after the names: each is leased before it is there
        let is_ended = |name: &String| !lease::KNOWS_ENDED || !leased.contains(name);
        let left = made.iter().filter(|name| is_ended(name)).map(|name| self.0.join(name));
        left.filter(|path| lease::KNOWS_ENDED || age(path) > IN_USE).collect()
    }

    /// Removes entries that nobody uses, and returns them.
    fn remove(&self, entries: Vec<Packed>, mut is_meant: impl FnMut(&Packed) -> bool) -> Vec<Packed> {
        let leased = self.leased();
        let free = entries.into_iter().filter(|entry| !leased.contains(&entry.archive_path) && is_meant(entry));
        free.filter(|entry| self.remove_one(entry).unwrap_or_default()).collect()
    }

    /// The archive paths of what running processes use.
    fn leased(&self) -> BTreeSet<String> {
        lease::leased(&self.0.join(LEASES))
    }

    /// The packed contexts.
    fn entries(&self) -> Vec<Packed> {
        let directories = fs::read_dir(self.0.join(CONTEXTS)).into_iter().flatten().flatten();
        directories.filter_map(|directory| self.packed(&directory.file_name())).collect()
    }

    fn packed(&self, directory: &OsStr) -> Option<Packed> {
        let path = self.0.join(CONTEXTS).join(directory);
        let file = fs::read_dir(&path).ok()?.flatten().next()?;
        let archive_path = format!("{CONTEXTS}/{}/{}", directory.to_str()?, file.file_name().to_str()?);
        let found = file.metadata().ok()?;
        let used = fs::metadata(self.known(&archive_path)).unwrap_or_else(|_| found.clone()).modified().ok()?;
        Some(Packed { path, archive_path, age: used.elapsed().unwrap_or_default(), size: found.len() })
    }

    /// Removes an entry in one step, so that no other process finds half of it; returns whether nobody began to use it meanwhile.
    fn remove_one(&self, entry: &Packed) -> io::Result<bool> {
        let away = self.temporary()?;
        let moved = away.path().join("removed");
        fs::rename(&entry.path, &moved)?;
        if !self.leased().contains(&entry.archive_path) {
            return Ok(true);
        }
        fs::rename(moved, &entry.path)?;
        Ok(false)
    }
}

/// What was removed from a cache.
#[derive(Default)]
pub(crate) struct Removed {
    contexts: Vec<Packed>,
    /// Bytes of what killed processes had left behind.
    leftovers: u64,
}

/// A directory in the making, removed when dropped.
pub(crate) struct Making {
    directory: tempfile::TempDir,
    /// Given up once the directory is gone.
    _lease: Lease,
}

impl Making {
    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }
}

/// A new name for something in the making, and the lease of it.
fn reserve(cache: &Path) -> io::Result<(String, Lease)> {
    let name = format!("{TEMPORARY}{:016x}", RandomState::new().build_hasher().finish());
    let lease = Lease::of(&cache.join(LEASES), &name)?;
    Ok((name, lease))
}

/// A packed context in the cache.
pub(crate) struct Packed {
    /// Its directory.
    path: PathBuf,
    archive_path: String,
    /// Time since it was last used.
    age: Duration,
    size: u64,
}

/// The hash that the Daytona SDK gives a file.
fn hash_of(archive_path: &str, file: &mut File) -> io::Result<String> {
    let (mut hash, mut buffer) = (ContextHash::new(archive_path), vec![0; 1 << 18]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hash.finish()),
            read => hash.update(&buffer[..read]),
        }
    }
}

/// 32 digits that name something.
fn digits(name: &OsStr) -> String {
    let digest = Sha256::digest(name.as_encoded_bytes());
    digest[..16].iter().fold(String::new(), |digits, byte| format!("{digits}{byte:02x}"))
}

/// Removes what is in a directory and was not used for so long.
fn remove_older(directory: &Path, limit: Duration) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        if age(&entry.path()) > limit {
            let _ = remove_all(&entry.path());
        }
    }
}

/// Time since a file or directory was changed; zero if that is not known.
fn age(path: &Path) -> Duration {
    let changed = fs::symlink_metadata(path).and_then(|found| found.modified());
    changed.ok().and_then(|time| time.elapsed().ok()).unwrap_or_default()
}

fn remove_all(path: &Path) -> io::Result<()> {
    fs::remove_dir_all(path).or_else(|_| fs::remove_file(path))
}

/// The bytes of a file, or of all files in a directory.
fn size_of(path: &Path) -> u64 {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => {
            fs::read_dir(path).into_iter().flatten().flatten().map(|entry| size_of(&entry.path())).sum()
        }
        Ok(found) => found.len(),
        Err(_) => 0,
    }
}

/// Writes a file of the cache in one step.
pub(crate) fn replace(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let directory = path.parent().and_then(Path::parent).unwrap_or(path);
    let (name, _lease) = reserve(directory)?;
    let mut file = tempfile::Builder::new().prefix(&name).rand_bytes(0).tempfile_in(directory)?;
    write(file.as_file_mut())?;
    file.persist(path)?;
    Ok(())
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
    if !is_private(directory) {
        return Err(io::Error::other(format!("`{}` is a link or belongs to somebody else", directory.display())));
    }
    if fs::symlink_metadata(directory)?.mode() & 0o077 != 0 {
        fs::set_permissions(directory, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Whether it is a real directory, and our own.
#[cfg(unix)]
fn is_private(directory: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let own = rustix::process::geteuid().as_raw();
    fs::symlink_metadata(directory).is_ok_and(|found| found.is_dir() && found.uid() == own)
}

#[cfg(not(unix))]
fn is_private(directory: &Path) -> bool {
    fs::symlink_metadata(directory).is_ok_and(|found| found.is_dir())
}

/// On Windows the folders of a user are private already.
#[cfg(not(unix))]
fn make_private(directory: &Path) -> io::Result<()> {
    match DirBuilder::new().create(directory) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}
