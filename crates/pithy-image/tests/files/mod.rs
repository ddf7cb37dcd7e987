//! Text files in memory, for images that ask for them.

use std::collections::BTreeMap;

use pithy_image::{EntryKind, Image, Problems, Recipe};
use sha2::{Digest as _, Sha256};

/// What files hold, by their paths below the root.
pub type Files = BTreeMap<String, String>;

/// The recipe of an image with all texts that it asks for.
pub fn complete(image: &Image, files: &Files) -> Result<Recipe, Problems> {
    let mut recipe = image.recipe()?;
    while !recipe.unread().is_empty() {
        let text = |path: &String| files.get(path).map(|text| text.clone().into_bytes());
        let texts = recipe.unread().iter().map(|file| (file.path.clone(), text(&file.path))).collect();
        recipe = recipe.with_texts(texts)?;
    }
    Ok(recipe)
}

/// A file that is not executable.
pub fn kind(text: &str) -> EntryKind {
    EntryKind::File { executable: false, size: text.len() as u64, sha256: Sha256::digest(text).into() }
}
