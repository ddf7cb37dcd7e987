//! The calls of JavaScript: JSON text in, records of [`crate::wire`] out, the same for the Node addon and for WebAssembly.
//!
//! Every function returns `{"ok": …}` or `{"problems": […]}` ([`Answer`]); none panics on any text.

use crate::identity::SnapshotSpec;
use crate::lint::{self, Finding};
use crate::plan;
use crate::preset::{self, PithyJauntOptions};
use crate::problem::Problems;
use crate::recipe::Recipe;
use crate::secret;
use crate::steps::Definition;
use crate::wire::{Answer, Outline, Plan, PlanRequest};

/// Reads and checks a definition.
#[must_use]
pub fn check(definition: &str) -> Answer<()> {
    Recipe::from_json(definition).map(drop).into()
}

/// What is known of a definition before its files are.
#[must_use]
pub fn outline(definition: &str) -> Answer<Outline> {
    Recipe::from_json(definition).and_then(|recipe| recipe.outline()).map(Outline::from).into()
}

/// The definition of Pithy Jaunt's image.
#[must_use]
pub fn pithy_jaunt(options: &str) -> Answer<Definition> {
    PithyJauntOptions::from_json(options).map(|options| preset::pithy_jaunt(&options).definition()).into()
}

/// What the lint rules find in a Dockerfile, without the files that it copies.
#[must_use]
pub fn lint_dockerfile(text: &str) -> Answer<Vec<Finding>> {
    Answer::Ok(lint::lint_dockerfile(text))
}

/// A text with asterisks in place of its secrets.
#[must_use]
pub fn mask(text: &str) -> Answer<String> {
    Answer::Ok(secret::mask(text).into_owned())
}

/// The name of a snapshot.
#[must_use]
pub fn snapshot_name(spec: &str) -> Answer<String> {
    SnapshotSpec::from_json(spec).and_then(|spec| Ok(spec.name()?)).into()
}

/// What a change of an image does.
#[must_use]
pub fn plan(request: &str) -> Answer<Plan> {
    PlanRequest::from_json(request).as_ref().map(plan::plan).map_err(Problems::clone).into()
}
