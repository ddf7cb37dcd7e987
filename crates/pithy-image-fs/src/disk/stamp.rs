//! What is known of a file without reading it, and whether that tells its content.
//!
//! The rule is git's: a file whose path, size, mode, inode and times are what they were has the content that it had, unless it
//! changed so shortly before it was looked at that another change could have left the times as they are
//! (<https://git-scm.com/docs/racy-git>).

use std::time::SystemTime;

use pithy_image::reader::Stamp;
use sha2::{Digest as _, Sha256};

/// How coarse the times of file systems are: two seconds, on FAT.
const COARSE: i128 = 2_000_000_000;

/// A moment, in nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(i128);

impl Moment {
    /// Later than all others.
    pub(crate) const UNKNOWN: Self = Self(i128::MAX);

    #[cfg(unix)]
    pub(crate) fn new(seconds: i64, nanoseconds: i64) -> Self {
        Self(i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds))
    }
}

impl From<SystemTime> for Moment {
    fn from(time: SystemTime) -> Self {
        let since = time.duration_since(SystemTime::UNIX_EPOCH).map(|since| since.as_nanos());
        Self(since.ok().and_then(|since| i128::try_from(since).ok()).unwrap_or_default())
    }
}

/// What a system knows of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) size: u64,
    pub(crate) executable: bool,
    pub(crate) mode: u32,
    pub(crate) device: u64,
    pub(crate) inode: u64,
    pub(crate) modified: Moment,
    pub(crate) changed: Moment,
}

impl Facts {
    /// What tells the content of a file in a directory, `.` being the root; zeros where nothing does, since it changed just before
    /// `now`.
    pub(crate) fn stamp(&self, directory: &str, name: &str, now: Moment) -> Stamp {
        if self.modified.max(self.changed).0.saturating_add(COARSE) >= now.0 {
            return Stamp::default();
        }
        let mut hash = Sha256::new();
        for number in [i128::from(self.size), self.modified.0, self.changed.0] {
            hash.update(number.to_le_bytes());
        }
        for number in [self.device, self.inode, u64::from(self.mode)] {
            hash.update(number.to_le_bytes());
        }
        if directory != "." {
            hash.update(directory);
            hash.update("/");
        }
        hash.update(name);
        hash.finalize().into()
    }
}
