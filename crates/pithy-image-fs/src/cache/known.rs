//! What is known of a context: a small text beside the packed file.
//!
//! ```text
//! pithy-image context 1
//! ctx/<32 digits>/<name>
//! <the hash that the Daytona SDK gives it>
//! <the stamp of the packed file, or ->
//! <crc32 of the lines above>
//! ```

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use pithy_image::reader::Stamp;

use super::replace;

const HEADER: &str = "pithy-image context 1";

/// What is known of a context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    /// The hash that the Daytona SDK gives it.
    pub(crate) hash: String,
    /// What the packed file was known by when its content was right.
    pub(crate) packed: Option<Stamp>,
}

impl Known {
    /// Reads it; none if there is none, or it is broken.
    pub(super) fn read(path: &Path, archive_path: &str) -> Option<Self> {
        let text = fs::read_to_string(path).ok()?;
        let (lines, crc) = text.strip_suffix('\n')?.rsplit_once('\n')?;
        if crc != crc_of(lines) {
            return None;
        }
        let [HEADER, path, hash, packed] = lines.split('\n').collect::<Vec<_>>()[..] else { return None };
        (path == archive_path).then(|| Self { hash: hash.to_owned(), packed: bytes(packed) })
    }

    pub(super) fn write(&self, path: &Path, archive_path: &str) -> io::Result<()> {
        let packed = self.packed.as_ref().map_or_else(|| "-".to_owned(), hex);
        let lines = [HEADER, archive_path, &self.hash, &packed].join("\n");
        replace(path, |file| write!(file, "{lines}\n{}\n", crc_of(&lines)))
    }
}

fn crc_of(lines: &str) -> String {
    format!("{:08x}", crc32fast::hash(lines.as_bytes()))
}

fn hex(stamp: &Stamp) -> String {
    stamp.iter().fold(String::new(), |digits, byte| format!("{digits}{byte:02x}"))
}

fn bytes(digits: &str) -> Option<Stamp> {
    let mut stamp = Stamp::default();
    for (at, byte) in stamp.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(stamp)
}
