//! pithy-image on a disk: reads the sources of a definition, hashes them, and packs the build contexts.
//!
//! ```text
//!  Recipe ──resolve──> OnDisk ──pack──> files for the Daytona SDK
//!           disk.rs             pack.rs, in the context cache of cache.rs
//! ```
//!
//! What an image is, and what its files mean, the crate `pithy-image` decides: `disk.rs` is one of its readers, `pack.rs` one
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
//! assert_eq!(on_disk.context_hashes().len(), 1);
//! let packed = on_disk.pack(Some(&root.path().join("cache")), &Control::default())?;
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

use pithy_image::reader::{self, Read, poll_ready};
use pithy_image::wire::ResolvedImage;
use pithy_image::{Code, Problem, Problems, Recipe, Resolved};

use disk::{Disk, reason};

pub use control::{Cancel, Control};
pub use pack::PackedContext;
pub use pithy_image::reader::Progress;

/// A recipe resolved against files below a root.
#[derive(Debug, Clone)]
pub struct OnDisk {
    root: PathBuf,
    read: Read,
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
    let read = poll_ready(reader::resolve(recipe, &Disk::new(&root, control)))?;
    Ok(OnDisk { root, read })
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

    /// The hash that the Daytona SDK gives each context, in their order.
    #[must_use]
    pub fn context_hashes(&self) -> &[String] {
        &self.read.context_hashes
    }

    /// What JavaScript sees.
    #[must_use]
    pub fn describe(&self) -> ResolvedImage {
        self.read.describe()
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
