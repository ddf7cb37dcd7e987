//! pithy-image on a disk: reads the sources of a definition, hashes them, and stages the build contexts.
//!
//! ```text
//!  Recipe ──resolve──> OnDisk ──stage──> files for the Daytona SDK
//!           read.rs             stage.rs, in the cache of cache.rs
//! ```
//!
//! What an image is decides the crate `pithy-image`; here is only what needs a file system.
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
//! let staged = on_disk.stage(Some(&root.path().join("cache")), &Control::default())?;
//! assert!(staged[0].source_path.ends_with(&staged[0].archive_path));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod cache;
mod control;
mod platform;
mod read;
mod stage;

use std::env;
use std::path::{Path, PathBuf};

use pithy_image::wire::ResolvedImage;
use pithy_image::{Code, ContextHash, Problem, Problems, Recipe, Resolved};

pub use control::{Cancel, Control, Progress};
pub use stage::Staged;

/// A recipe resolved against files below a root.
#[derive(Debug, Clone)]
pub struct OnDisk {
    root: PathBuf,
    resolved: Resolved,
    context_hashes: Vec<String>,
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
    let (recipe, problems) = read::texts(recipe, &root)?;
    let listings = read::list_and_hash(&recipe, &root, control, problems)?;
    let resolved = recipe.resolve(&listings)?;
    let mut context_hashes = Vec::with_capacity(resolved.contexts.len());
    for context in &resolved.contexts {
        let mut hash = ContextHash::new(&context.archive_path);
        read::pieces(&root, context, control, &mut |bytes| {
            hash.update(bytes);
            Ok(())
        })?;
        context_hashes.push(hash.finish());
    }
    Ok(OnDisk { root, resolved, context_hashes })
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
        &self.resolved
    }

    /// The hash that the Daytona SDK gives each context, in their order.
    #[must_use]
    pub fn context_hashes(&self) -> &[String] {
        &self.context_hashes
    }

    /// What JavaScript gets to see.
    #[must_use]
    pub fn describe(&self) -> ResolvedImage {
        let root = Some(self.root.display().to_string()).filter(|root| !root.is_empty());
        ResolvedImage::new(&self.resolved, root, self.context_hashes.clone())
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
        let message = format!("The root cannot be used: `{path}`: {error}.");
        let hint = "Give the directory that the local paths start from, as `root` or in `PITHY_IMAGE_ROOT`.";
        Problem::new(Code::InvalidRoot, "", message, hint)
    })
}
