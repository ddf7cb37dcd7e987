//! The disk as JavaScript calls it: JSON text in and out, as [`pithy_image::wire`] describes it. A panic becomes an `internal`
//! problem: it never ends the process.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use pithy_image::Recipe;
use pithy_image::wire::{Answer, internal};
use serde::Serialize;

use crate::{Control, OnDisk};

/// The result of `call` as JSON.
pub fn guard<T: Serialize>(call: impl FnOnce() -> Answer<T>) -> String {
    catch_unwind(AssertUnwindSafe(|| call().json())).unwrap_or_else(|panic| {
        let message = panic.downcast_ref::<String>().map(String::as_str);
        internal(message.or_else(|| panic.downcast_ref().copied()).unwrap_or("It panicked.")).json()
    })
}

/// An image that was resolved: what it is, and how to pack it.
#[derive(Debug)]
pub struct Resolution {
    /// What was found, or what is wrong.
    pub answer: String,
    on_disk: Option<OnDisk>,
}

/// Resolves a definition below a root: [`crate::resolve`].
#[must_use]
pub fn resolve(definition: &str, root: Option<&str>, control: &Control) -> Resolution {
    let mut on_disk = None;
    let answer = guard(|| {
        let recipe = Recipe::from_json(definition);
        let found = recipe.and_then(|recipe| crate::resolve(recipe, root.map(Path::new), control));
        found.map(|found| on_disk.insert(found).describe()).into()
    });
    Resolution { answer, on_disk }
}

impl Resolution {
    /// Writes the contexts into a cache; returns where they are: [`OnDisk::pack`].
    #[must_use]
    pub fn pack(&self, cache: Option<&str>, control: &Control) -> String {
        let pack = |on_disk: &OnDisk| on_disk.pack(cache.map(Path::new), control);
        guard(|| self.on_disk.as_ref().map_or(Ok(Vec::new()), pack).into())
    }
}
