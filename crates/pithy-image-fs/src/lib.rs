//! pithy-image on a disk: reads the sources of a definition, hashes them, and packs the build contexts.
//!
//! ```text
//!  Recipe ──resolve──> OnDisk ──pack──> files for the Daytona SDK
//!            disk               pack, in the context cache of cache
//! ```
//!
//! What an image is, and what its files mean, the crate `pithy-image` decides: `disk` is one of its readers, `pack` one
//! of its sinks. Here is only what needs a file system.
//!
//! ```
//! use pithy_image::Image;
//! use pithy_image_fs::{Control, resolve};
//!
//! let root = tempfile::tempdir()?;
//! std::fs::write(root.path().join("run.sh"), "#!/bin/sh\n")?;
//! let recipe = Image::base("debian:12").add_local_file("run.sh", "/run.sh").recipe()?;
//! let on_disk = resolve(recipe, Some(root.path()), &Control::default())?;
//! assert_eq!(on_disk.context_hashes(&Control::default())?.len(), 1);
//! let cache = tempfile::tempdir()?;
//! let packed = on_disk.pack(&Control::with_cache(cache.path()))?;
//! assert!(packed[0].source_path.ends_with(&packed[0].archive_path));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod cache;
mod control;
mod disk;
mod pack;
mod platform;
mod unicode;
pub mod wire;

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use pithy_image::Finding;
use pithy_image::reader::{self, Read, poll_ready};
use pithy_image::wire::{Contents, DaytonaHashes, ResolvedImage};
use pithy_image::{Code, LocalSource, Problem, Problems, Recipe, Resolved};

use cache::{Cache, Lease, Place};
use disk::{Disk, Index, reason};
use platform::HOST;

pub use cache::{CacheReport, Upkeep, keep_up};
pub use control::{Cancel, Control};
pub use pack::PackedContext;
pub use pithy_image::reader::Progress;

/// A recipe resolved against files below a root.
#[derive(Debug)]
pub struct OnDisk {
    root: PathBuf,
    read: Read,
    /// That contexts are in use.
    leases: Mutex<Vec<Lease>>,
}

/// Reads everything that the recipe needs below `root`; if none is given, below the directory that the environment
/// variable `PITHY_IMAGE_ROOT` names, or else the current one.
///
/// # Errors
///
/// All that is missing, unreadable, of the wrong kind or outside the root; a file that changed while it was read;
/// cancellation.
pub fn resolve(recipe: Recipe, root: Option<&Path>, control: &Control) -> Result<OnDisk, Problems> {
    let needs_root = recipe.sources().next().is_some() || !recipe.unread().is_empty();
    let root = if needs_root { find_root(root)? } else { PathBuf::new() };
    let place = Place::of(control.cache.as_deref());
    let sources: Vec<_> = recipe.sources().cloned().collect();
    let is_usable = || !control.rereads && !is_in_source(&place, &sources, &root);
    let index = |cache: Option<Cache>| cache.map(|cache| cache.index(&root));
    let known = || if is_usable() { index(place.existing()) } else { None };
    let disk = Disk::new(&root, control, Index::of(&known));
    let read = poll_ready(reader::resolve(recipe, &disk))?;
    disk.into_index().save(|| if is_usable() { index(place.lasting()) } else { None });
    Ok(OnDisk { root, read, leases: Mutex::default() })
}

/// Whether a cache lies in what is copied: each use would change it.
fn is_in_source<'a>(place: &Place, sources: impl IntoIterator<Item = &'a LocalSource>, root: &Path) -> bool {
    let below_root = |path: &Path| pack::below(path, &HOST.root(&root.display().to_string()));
    let Some(cache) = place.real().and_then(|cache| below_root(&cache)) else { return false };
    sources.into_iter().any(|source| {
        let real = root.join(&source.path).canonicalize().ok().and_then(|real| below_root(&real));
        real.is_some_and(|real| source.takes(if real.is_empty() { "." } else { &real }, &cache))
    })
}

impl OnDisk {
    /// The absolute root; empty if the recipe needs none.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The Dockerfile, the digest and the contexts.
    #[must_use]
    pub fn resolved(&self) -> &Resolved {
        &self.read.resolved
    }

    /// What JavaScript sees.
    #[must_use]
    pub fn describe(&self) -> ResolvedImage {
        self.read.describe()
    }

    /// What lint rules find in it.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        self.read.findings()
    }

    /// What JavaScript sees of its files.
    #[must_use]
    pub fn contents(&self) -> Contents {
        Contents::new(self.resolved())
    }

    /// The names that Daytona gives the image and its contexts.
    ///
    /// # Errors
    ///
    /// As [`OnDisk::context_hashes`].
    pub fn hashes(&self, control: &Control) -> Result<DaytonaHashes, Problems> {
        Ok(DaytonaHashes::new(self.resolved(), self.context_hashes(control)?))
    }
}

fn find_root(given: Option<&Path>) -> Result<PathBuf, Problem> {
    let root = given
        .map(Path::to_path_buf)
        .or_else(|| env::var_os("PITHY_IMAGE_ROOT").filter(|root| !root.is_empty()).map(PathBuf::from))
        .map_or_else(env::current_dir, Ok);
    let path = root.as_ref().map(|root| root.display().to_string()).unwrap_or_default();
    let found = root.and_then(|root| root.canonicalize()).and_then(|root| root.read_dir().map(|_| root));
    found.map_err(|error| {
        let message = format!("The root cannot be used: `{path}`: {}.", reason(&error));
        let hint = "Set `root` or `PITHY_IMAGE_ROOT` to the directory that local paths are relative to.";
        Problem::new(Code::InvalidRoot, "", message, hint)
    })
}
