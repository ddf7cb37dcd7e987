//! A directory of a Unix system, and what is below it. Everything is opened from the directory itself, and no link is followed on
//! the way: what another program puts in the place of a file cannot lead out of it, and cannot make a reader wait.

use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use pithy_image::reader::{Node, NodeKind, Stamp};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat, fstat, openat, readlinkat, statat};
use rustix::io::Errno;

use super::reason;
use super::stamp::{Facts, Moment};
use crate::platform::HOST;

/// An open directory.
pub(crate) struct Root(OwnedFd);

impl Root {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self(rustix::fs::open(path, flags, Mode::empty())?))
    }

    /// Opens a regular file, and tells what is known of it.
    pub(crate) fn file(&self, path: &str) -> io::Result<(File, Facts)> {
        // Without it, opening a pipe would wait for a writer.
        let opened = open_below(&self.0, path, OFlags::RDONLY | OFlags::NONBLOCK)?;
        let stat = fstat(&opened)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(io::Error::other("it is not a regular file any more"));
        }
        Ok((File::from(opened), facts(&stat)))
    }

    /// What is in a directory.
    pub(super) fn list(&self, path: &str, now: Moment) -> io::Result<Vec<Node>> {
        let mut directory = Dir::new(open_below(&self.0, path, OFlags::RDONLY | OFlags::DIRECTORY)?)?;
        let mut nodes = Vec::new();
        while let Some(entry) = directory.read() {
            let entry = entry?;
            let name = entry.file_name();
            if name != c"." && name != c".." {
                nodes.extend(node(directory.fd()?.as_fd(), path, name, entry.file_type(), now));
            }
        }
        Ok(nodes)
    }
}

/// Opens what is at a path below a directory, if no link is on the way.
#[cfg(target_os = "linux")]
fn open_below(directory: &OwnedFd, path: &str, flags: OFlags) -> io::Result<OwnedFd> {
    use std::sync::atomic::{AtomicBool, Ordering};

    use rustix::fs::{ResolveFlags, openat2};

    /// Older kernels do not have the call, and some sandboxes forbid it.
    static IS_MISSING: AtomicBool = AtomicBool::new(false);

    if !IS_MISSING.load(Ordering::Relaxed) {
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        match openat2(directory, path, flags | OFlags::CLOEXEC, Mode::empty(), resolve) {
            Err(Errno::NOSYS | Errno::PERM) => IS_MISSING.store(true, Ordering::Relaxed),
            opened => return opened.map_err(unlinked),
        }
    }
    open_last(directory, path, flags)
}

#[cfg(not(target_os = "linux"))]
fn open_below(directory: &OwnedFd, path: &str, flags: OFlags) -> io::Result<OwnedFd> {
    open_last(directory, path, flags)
}

/// Opens what is at a path below a directory, unless it is a link itself.
fn open_last(directory: &OwnedFd, path: &str, flags: OFlags) -> io::Result<OwnedFd> {
    openat(directory, path, flags | OFlags::CLOEXEC | OFlags::NOFOLLOW, Mode::empty()).map_err(unlinked)
}

/// All links were followed before: one that is there now is new.
fn unlinked(error: Errno) -> io::Error {
    if error == Errno::LOOP { io::Error::other("it was replaced by a link") } else { error.into() }
}

/// An entry; none if it has gone since its directory was read.
fn node(directory: impl AsFd, within: &str, name: &CStr, listed: FileType, now: Moment) -> Option<Node> {
    let kind = match kind(directory, within, name, listed, now) {
        Err(Errno::NOENT) => return None,
        Err(error) => NodeKind::Unreadable { why: reason(&error.into()) },
        Ok(kind) => kind,
    };
    Some(match name.to_str() {
        Ok(name) => Node { name: HOST.name(name), kind },
        Err(_) => Node {
            name: name.to_string_lossy().into_owned(),
            kind: NodeKind::NotText { is_directory: kind == NodeKind::Directory },
        },
    })
}

fn kind(directory: impl AsFd, within: &str, name: &CStr, listed: FileType, now: Moment) -> Result<NodeKind, Errno> {
    // Only of files more is needed than their kind, which most file systems list.
    let (kind, stat) = match listed {
        FileType::Directory | FileType::Symlink => (listed, None),
        _ => {
            let stat = statat(&directory, name, AtFlags::SYMLINK_NOFOLLOW)?;
            (FileType::from_raw_mode(stat.st_mode), Some(stat))
        }
    };
    Ok(match (kind, stat) {
        (FileType::Directory, _) => NodeKind::Directory,
        (FileType::Symlink, _) => {
            let target = readlinkat(directory, name, Vec::new())?;
            match target.to_str() {
                Ok(target) => NodeKind::Link { target: HOST.target(target) },
                Err(_) => NodeKind::NotText { is_directory: false },
            }
        }
        (FileType::RegularFile, Some(stat)) => {
            let facts = facts(&stat);
            let stamp = name.to_str().map_or_else(|_| Stamp::default(), |name| facts.stamp(within, name, now));
            NodeKind::File { size: facts.size, executable: Some(facts.executable), stamp }
        }
        _ => NodeKind::Special,
    })
}

/// The types of the fields differ from system to system.
#[expect(
    clippy::unnecessary_cast,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    reason = "only here, not elsewhere"
)]
fn facts(stat: &Stat) -> Facts {
    Facts {
        size: stat.st_size as u64,
        // Only the owner's bit counts: the others are the umask's.
        executable: stat.st_mode & 0o100 != 0,
        mode: stat.st_mode as u32,
        device: stat.st_dev as u64,
        inode: stat.st_ino as u64,
        modified: Moment::new(stat.st_mtime as i64, stat.st_mtime_nsec as i64),
        changed: Moment::new(stat.st_ctime as i64, stat.st_ctime_nsec as i64),
    }
}
