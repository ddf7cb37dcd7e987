//! Writes packed contexts: files that the Daytona SDK can upload.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use pithy_image::reader::{PackError, Sink, pack, poll_ready};
use pithy_image::{Code, Context, Problem, Problems};
use serde::Serialize;
use tempfile::TempDir;

use crate::cache::Cache;
use crate::disk::{Disk, reason};
use crate::platform::HOST;
use crate::{Control, OnDisk};

/// A context as a file. The source path ends with the archive path, as the SDK needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PackedContext {
    /// Absolute path of the file.
    pub source_path: PathBuf,
    /// Its path in the build context.
    pub archive_path: String,
    /// Its mode in the build context: 0644, or 0755.
    pub mode: u32,
}

impl OnDisk {
    /// Writes the contexts into the context cache, except for those already there. The cache is the given directory; else
    /// that of the environment variable `PITHY_IMAGE_CACHE`; else one in the platform's cache folder; else a temporary one.
    ///
    /// # Errors
    ///
    /// A source that is no longer what was resolved; a cache that cannot be written; cancellation.
    pub fn pack(&self, cache: Option<&Path>, control: &Control) -> Result<Vec<PackedContext>, Problems> {
        let contexts = &self.resolved().contexts;
        if contexts.is_empty() {
            return Ok(Vec::new());
        }
        let mut packing = Packing { cache: Cache::open(cache)?, packed: Vec::new(), current: None, wrote: false };
        let packed = poll_ready(pack(contexts, &Disk::new(&self.root, control), &mut packing));
        packed.map_err(|(PackError::Source(problem) | PackError::Sink(problem))| problem)?;
        if packing.wrote {
            packing.cache.prune();
        }
        Ok(packing.packed)
    }
}

/// Contexts on their way into the cache.
struct Packing {
    cache: Cache,
    packed: Vec<PackedContext>,
    current: Option<Writing>,
    wrote: bool,
}

/// A context while it is written.
struct Writing {
    directory: TempDir,
    file: BufWriter<File>,
    archive_path: String,
    size: u64,
    mode: u32,
}

impl Sink for Packing {
    type Error = Problem;

    fn below(&mut self, root: &str) -> Result<Option<String>, Problem> {
        let place = HOST.root(&self.cache.path("").to_string_lossy());
        Ok(Path::new(&place).strip_prefix(root).ok().map(|below| HOST.name(&below.to_string_lossy())))
    }

    fn begin(&mut self, context: &Context) -> Result<bool, Problem> {
        let archive_path = context.archive_path.clone();
        let is_held = self.cache.holds(&archive_path, context.size());
        if !is_held {
            self.current = Some(Writing::begin(&self.cache, context).map_err(|error| failed(&archive_path, &error))?);
        }
        let source_path = self.cache.path(&archive_path);
        self.packed.push(PackedContext { source_path, archive_path, mode: context.mode() });
        Ok(!is_held)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        let Some(writing) = &mut self.current else { return Ok(()) };
        writing.file.write_all(bytes).map_err(|error| failed(&writing.archive_path, &error))
    }

    fn end(&mut self) -> Result<(), Problem> {
        let Some(writing) = self.current.take() else { return Ok(()) };
        self.wrote = true;
        let archive_path = writing.archive_path.clone();
        writing.publish(&self.cache).map_err(|error| failed(&archive_path, &error))
    }
}

impl Writing {
    fn begin(cache: &Cache, context: &Context) -> io::Result<Self> {
        let (archive_path, directory) = (context.archive_path.clone(), cache.temporary()?);
        let name = archive_path.rsplit('/').next().unwrap_or_default();
        let file = BufWriter::new(File::create_new(directory.path().join(name))?);
        Ok(Self { directory, file, archive_path, size: context.size(), mode: context.mode() })
    }

    fn publish(self, cache: &Cache) -> io::Result<()> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        set_mode(&file, self.mode)?;
        file.sync_all()?;
        cache.publish(&self.directory, &self.archive_path, self.size)
    }
}

fn failed(archive_path: &str, error: &io::Error) -> Problem {
    let message = format!("`{archive_path}` cannot be written: {}.", reason(error));
    let hint = "Free some space, or set `PITHY_IMAGE_CACHE` to another directory.";
    Problem::new(Code::CacheUnusable, "", message, hint)
}

#[cfg(unix)]
fn set_mode(file: &File, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_: &File, _: u32) -> io::Result<()> {
    Ok(())
}
