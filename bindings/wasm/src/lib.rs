//! The WebAssembly module: forwards to the core. Its functions are those of the Node addon that need no disk.

use pithy_image::wire;
use wasm_bindgen::prelude::wasm_bindgen;

/// Reads and checks a definition.
#[must_use]
#[wasm_bindgen]
pub fn check(definition: &str) -> String {
    wire::check(definition)
}

/// The definition of Pithy Jaunt's image.
#[must_use]
#[wasm_bindgen(js_name = pithyJaunt)]
pub fn pithy_jaunt(options: &str) -> String {
    wire::pithy_jaunt(options)
}

/// Resolves a definition without local files.
#[must_use]
#[wasm_bindgen]
pub fn resolve(definition: &str) -> String {
    wire::resolve(definition)
}

/// The name of a snapshot.
#[must_use]
#[wasm_bindgen(js_name = snapshotName)]
pub fn snapshot_name(spec: &str) -> String {
    wire::snapshot_name(spec)
}
