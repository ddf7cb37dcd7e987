//! A directory of a system that is not Unix, and what is below it.

use std::fs::{self, DirEntry, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use pithy_image::reader::{Node, NodeKind};

use super::reason;
use super::stamp::{Facts, Moment};
use crate::platform::HOST;

/// A directory.
pub(crate) struct Root(PathBuf);

impl Root {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(path.to_owned()))
    }

    /// Opens a regular file, and tells what is known of it.
    pub(crate) fn file(&self, path: &str) -> io::Result<(File, Facts)> {
        let file = File::open(self.0.join(path))?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::other("it is not a regular file any more"));
        }
        Ok((file, facts(&metadata)))
    }

    /// What is in a directory.
    pub(super) fn list(&self, path: &str, now: Moment) -> io::Result<Vec<Node>> {
        let entries = fs::read_dir(self.0.join(path))?.collect::<io::Result<Vec<_>>>()?;
        Ok(entries.iter().filter_map(|entry| node(entry, path, now)).collect())
    }
}

/// An entry; none if it has gone since its directory was read.
fn node(entry: &DirEntry, within: &str, now: Moment) -> Option<Node> {
    let name = entry.file_name();
    let kind = match kind(entry, within, now) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => NodeKind::Unreadable { why: reason(&error) },
        Ok(kind) => kind,
    };
    Some(match name.to_str() {
        Some(name) => Node { name: HOST.name(name), kind },
        None => Node {
            name: name.to_string_lossy().into_owned(),
            kind: NodeKind::NotText { is_directory: kind == NodeKind::Directory },
        },
    })
}

fn kind(entry: &DirEntry, within: &str, now: Moment) -> io::Result<NodeKind> {
    let metadata = entry.metadata()?;
    let kind = metadata.file_type();
    Ok(if kind.is_dir() {
        NodeKind::Directory
    } else if kind.is_file() {
        let facts = facts(&metadata);
        let stamp = facts.stamp(within, &entry.file_name().to_string_lossy(), now);
        NodeKind::File { size: facts.size, executable: Some(facts.executable), stamp }
    } else if kind.is_symlink() {
        let target = fs::read_link(entry.path())?;
        target
            .to_str()
            .map_or(NodeKind::NotText { is_directory: false }, |target| NodeKind::Link { target: HOST.target(target) })
    } else {
        NodeKind::Special
    })
}

/// Windows has no executable bit, which the definition's `mode` says; and the standard library no time of change: content that was
/// changed together with the time of modification is not noticed there.
fn facts(metadata: &Metadata) -> Facts {
    let modified = metadata.modified().map_or(Moment::UNKNOWN, Moment::from);
    Facts { size: metadata.len(), executable: false, mode: 0, device: 0, inode: 0, modified, changed: modified }
}
