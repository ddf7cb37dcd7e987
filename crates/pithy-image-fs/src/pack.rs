//! Writes packed contexts: files that the Daytona SDK can upload.

use std::cell::LazyCell;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use pithy_image::reader::{ContextHasher, PackError, Sink, pack, poll_ready};
use pithy_image::{Code, Context, ContextHash, LocalSource, Problem, Problems};
use serde::Serialize;

use crate::cache::{Cache, Lease, Making, Place};
use crate::disk::{Disk, Index, reason};
use crate::platform::HOST;
use crate::{Control, OnDisk, is_in_source};

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
    /// Writes the contexts into the context cache, except for those already there. No other process removes them from it as long
    /// as this exists.
    ///
    /// # Errors
    ///
    /// A source that is no longer what was resolved; a cache that cannot be written, or that lies in a source; cancellation.
    pub fn pack(&self, control: &Control) -> Result<Vec<PackedContext>, Problems> {
        let contexts = &self.resolved().contexts;
        if contexts.is_empty() {
            return Ok(Vec::new());
        }
        let place = Place::of(control.cache.as_deref());
        let disk = Disk::new(&self.root, control, Index::none());
        let mut packing = Packing {
            real: place.real(),
            place,
            cache: None,
            leases: Vec::new(),
            packed: Vec::new(),
            current: None,
            wrote: false,
        };
        let packed = poll_ready(pack(contexts, &disk, &mut packing));
        packed.map_err(|(PackError::Source(problem) | PackError::Sink(problem))| problem)?;
        self.leases.lock().unwrap_or_else(PoisonError::into_inner).extend(packing.leases);
        if let Some(cache) = packing.cache.filter(|_| packing.wrote) {
            cache.prune();
        }
        Ok(packing.packed)
    }

    /// The hash that the Daytona SDK gives each context, in their order: from the cache, or else of the files, which are read
    /// again.
    ///
    /// # Errors
    ///
    /// A source that is no longer what was resolved; cancellation.
    pub fn context_hashes(&self, control: &Control) -> Result<Vec<String>, Problems> {
        let place = Place::of(control.cache.as_deref());
        let cache = if control.rereads { None } else { place.existing() };
        let (contexts, disk) = (&self.resolved().contexts, Disk::new(&self.root, control, Index::none()));
        let mut hasher = ContextHasher::new(contexts, &disk);
        let is_usable = LazyCell::new(|| !is_in_source(&place, self.sources(), &self.root));
        let hash = |context: &Context| {
            if let Some(hash) = cache.as_ref().and_then(|cache| cache.hash(&context.archive_path)) {
                hasher.skip(context);
                return Ok(hash);
            }
            let hash = poll_ready(hasher.hash(context))?;
            if context.size() >= WORTH_NOTING && *is_usable {
                let _ = place.lasting().map(|cache| cache.note_hash(&context.archive_path, &hash));
            }
            Ok(hash)
        };
        let all = contexts.iter().map(hash).collect::<Result<_, Problems>>()?;
        hasher.finish();
        Ok(all)
    }

    fn sources(&self) -> impl Iterator<Item = &LocalSource> {
        self.resolved().contexts.iter().filter_map(|context| context.source.as_ref())
    }
}

/// Bytes of a context whose hash is worth noting: those of a smaller one are read about as fast.
const WORTH_NOTING: u64 = 1 << 20;

/// Contexts on their way into the cache.
struct Packing {
    place: Place,
    /// Where the cache is, or will be.
    real: Option<PathBuf>,
    /// Opened when it is first needed: not before it is known that it is not within a source.
    cache: Option<Cache>,
    leases: Vec<Lease>,
    packed: Vec<PackedContext>,
    current: Option<Writing>,
    wrote: bool,
}

/// A context while it is written.
struct Writing {
    directory: Making,
    file: BufWriter<File>,
    hash: ContextHash,
    archive_path: String,
    size: u64,
    mode: u32,
}

impl Packing {
    fn cache(&mut self) -> Result<Cache, Problem> {
        if let Some(cache) = &self.cache {
            return Ok(cache.clone());
        }
        Ok(self.cache.insert(self.place.open()?).clone())
    }
}

impl Sink for Packing {
    type Error = Problem;

    fn below(&mut self, root: &str) -> Result<Option<String>, Problem> {
        Ok(self.real.as_ref().and_then(|cache| below(cache, root)))
    }

    fn begin(&mut self, context: &Context) -> Result<bool, Problem> {
        let (archive_path, cache) = (&context.archive_path, self.cache()?);
        let failed = |error: io::Error| failed(archive_path, &error);
        // Before it is looked for: from then on nobody removes it.
        self.leases.push(cache.lease(archive_path).map_err(failed)?);
        let is_held = cache.holds(archive_path, context.size());
        if !is_held {
            self.current = Some(Writing::begin(&cache, context).map_err(failed)?);
        }
        let (source_path, archive_path) = (cache.path(archive_path), archive_path.clone());
        self.packed.push(PackedContext { source_path, archive_path, mode: context.mode() });
        Ok(!is_held)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        let Some(writing) = &mut self.current else { return Ok(()) };
        writing.hash.update(bytes);
        writing.file.write_all(bytes).map_err(|error| failed(&writing.archive_path, &error))
    }

    fn end(&mut self) -> Result<(), Problem> {
        let (Some(writing), Some(cache)) = (self.current.take(), &self.cache) else { return Ok(()) };
        self.wrote = true;
        let archive_path = writing.archive_path.clone();
        writing.publish(cache).map_err(|error| failed(&archive_path, &error))
    }
}

/// The path of a cache below a root, as a definition writes it; none if it is elsewhere.
pub(crate) fn below(cache: &Path, root: &str) -> Option<String> {
    let place = HOST.root(&cache.to_string_lossy());
    Path::new(&place).strip_prefix(root).ok().map(|below| HOST.name(&below.to_string_lossy()))
}

impl Writing {
    fn begin(cache: &Cache, context: &Context) -> io::Result<Self> {
        let (archive_path, directory) = (context.archive_path.clone(), cache.temporary()?);
        let name = archive_path.rsplit('/').next().unwrap_or_default();
        let file = BufWriter::new(File::create_new(directory.path().join(name))?);
        let hash = ContextHash::new(&archive_path);
        Ok(Self { directory, file, hash, archive_path, size: context.size(), mode: context.mode() })
    }

    fn publish(self, cache: &Cache) -> io::Result<()> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        set_mode(&file, self.mode)?;
        file.sync_all()?;
        cache.publish(&self.directory, &self.archive_path, self.size, self.hash.finish())
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
