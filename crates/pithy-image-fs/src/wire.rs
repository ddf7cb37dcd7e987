//! The disk as JavaScript calls it: JSON text in and out, as [`pithy_image::wire`] describes it. A panic becomes an `internal`
//! problem: it never ends the process.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use pithy_image::wire::{Answer, internal};
use pithy_image::{Problems, Recipe};
use serde::Serialize;

use crate::{Control, OnDisk, Upkeep};

/// The result of `call` as JSON.
pub fn guard<T: Serialize>(call: impl FnOnce() -> Answer<T>) -> String {
    catch_unwind(AssertUnwindSafe(|| call().json())).unwrap_or_else(|panic| {
        let message = panic.downcast_ref::<String>().map(String::as_str);
        internal::<T>(message.or_else(|| panic.downcast_ref().copied()).unwrap_or("It panicked.")).json()
    })
}

/// Looks after a cache: [`crate::keep_up`], by the name of what is to be done.
#[must_use]
pub fn keep_up(what: &str, control: &Control) -> String {
    guard(|| match Upkeep::named(what) {
        Some(what) => crate::keep_up(control.cache.as_deref(), what).into(),
        None => internal(&format!("`{what}` is nothing that is done with a cache.")),
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
    /// What lint rules find in it: [`OnDisk::findings`].
    #[must_use]
    pub fn findings(&self) -> String {
        self.ask(|on_disk| Ok(on_disk.findings()))
    }

    /// What its files are: [`OnDisk::contents`].
    #[must_use]
    pub fn contents(&self) -> String {
        self.ask(|on_disk| Ok(on_disk.contents()))
    }

    /// The names that Daytona gives it: [`OnDisk::hashes`].
    #[must_use]
    pub fn hashes(&self, control: &Control) -> String {
        self.ask(|on_disk| on_disk.hashes(control))
    }

    /// Writes the contexts into a cache; returns where they are: [`OnDisk::pack`].
    #[must_use]
    pub fn pack(&self, control: &Control) -> String {
        self.ask(|on_disk| on_disk.pack(control))
    }

    /// The answer to a question about an image that was found.
    fn ask<T: Serialize>(&self, question: impl FnOnce(&OnDisk) -> Result<T, Problems>) -> String {
        guard(|| match &self.on_disk {
            Some(found) => question(found).into(),
            None => internal("It was not resolved."),
        })
    }
}
