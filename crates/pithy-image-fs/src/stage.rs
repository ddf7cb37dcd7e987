//! Writes contexts as files that the Daytona SDK can upload.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use pithy_image::{Code, Context, Problem, Problems};
use serde::Serialize;

use crate::cache::Cache;
use crate::read::{self, Stop};
use crate::{Control, OnDisk};

/// A context as a file. The source path ends with the archive path, as the SDK needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Staged {
    /// Absolute path of the file.
    pub source_path: PathBuf,
    /// Its path in the build context.
    pub archive_path: String,
}

impl OnDisk {
    /// Writes the contexts into the cache, but for those that are there already. The cache is the given directory; else
    /// that of the environment variable `PITHY_IMAGE_CACHE`; else one in the platform's cache folder; else a temporary one.
    ///
    /// # Errors
    ///
    /// A source that is no longer what was resolved; a cache that cannot be written; cancellation.
    pub fn stage(&self, cache: Option<&Path>, control: &Control) -> Result<Vec<Staged>, Problems> {
        if self.resolved.contexts.is_empty() {
            return Ok(Vec::new());
        }
        let cache = Cache::open(cache)?;
        self.resolved.contexts.iter().try_for_each(|context| outside(&cache, &self.root, context))?;
        let mut staged = Vec::with_capacity(self.resolved.contexts.len());
        let mut wrote = false;
        for context in &self.resolved.contexts {
            if !cache.holds(&context.archive_path, context.size()) {
                write(&cache, &self.root, context, control)?;
                wrote = true;
            }
            let source_path = cache.path(&context.archive_path);
            staged.push(Staged { source_path, archive_path: context.archive_path.clone() });
        }
        if wrote {
            cache.prune();
        }
        Ok(staged)
    }
}

fn outside(cache: &Cache, root: &Path, context: &Context) -> Result<(), Problem> {
    let place = cache.path("");
    let source = context.source.as_ref().filter(|_| place.starts_with(root));
    let Some(source) = source.and_then(|source| root.join(&source.path).canonicalize().ok()) else { return Ok(()) };
    match (read::below_root(root, &source), read::below_root(root, &place)) {
        (Ok(source), Ok(place)) => context.refuse_cache(&source, &place),
        _ => Ok(()),
    }
}

fn write(cache: &Cache, root: &Path, context: &Context, control: &Control) -> Result<(), Problem> {
    let failed = |error: io::Error| {
        let message = format!("`{}` cannot be staged: {error}.", context.archive_path);
        let hint = "Make room, or name another directory in `PITHY_IMAGE_CACHE`.";
        Problem::new(Code::CacheUnusable, "", message, hint)
    };
    let temporary = cache.temporary().map_err(failed)?;
    let name = context.archive_path.rsplit('/').next().unwrap_or_default();
    let mut file = BufWriter::new(File::create_new(temporary.path().join(name)).map_err(failed)?);
    let mut sink = |bytes: &[u8]| file.write_all(bytes).map_err(|error| Stop::Problem(failed(error)));
    read::pieces(root, context, control, &mut sink)?;
    let file = file.into_inner().map_err(|error| failed(error.into_error()))?;
    let finish = set_mode(&file, context.mode()).and_then(|()| file.sync_all());
    let publish = finish.and_then(|()| cache.publish(&temporary, &context.archive_path, context.size()));
    publish.map_err(failed)
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
