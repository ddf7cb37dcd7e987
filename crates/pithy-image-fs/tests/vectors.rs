//! The golden vectors on a disk: files are written, read, hashed and packed, and the same comes out as in memory.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use pithy_image::{Problems, Recipe, Resolved};
use pithy_image_fs::{Control, OnDisk, resolve};
use vector::{Expect, Node, Sent, Vector};

#[path = "../../../tests/vectors/memory.rs"]
mod memory;
#[path = "../../../tests/vectors/vector.rs"]
mod vector;

#[test]
fn every_vector_holds_on_a_disk() {
    let cache = tempfile::tempdir().unwrap();
    let mut differences = Vec::new();
    for vector in vector::read_all().unwrap().values().flat_map(|topic| &topic.vectors) {
        let found = image(vector, cache.path()).map_or_else(Expect::problems, |(found, _)| found);
        let difference = vector.expect.as_ref().and_then(|expect| expect.difference(&found));
        differences.extend(difference.map(|difference| format!("`{}`: {difference}", vector.name)));
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// What no expectation has: where the contexts go, what is left out of them, what should be known of the image.
#[test]
fn a_disk_and_a_memory_tell_the_same() {
    let cache = tempfile::tempdir().unwrap();
    for vector in vector::read_all().unwrap().values().flat_map(|topic| &topic.vectors) {
        let found = match image(vector, cache.path()) {
            Err(problems) => Expect::problems(problems),
            Ok((found, on_disk)) => {
                let in_memory = memory::Tree::new(vector.files().unwrap()).resolve(vector.definition());
                assert_eq!(Ok(on_disk), in_memory.map(|read| read.resolved), "`{}`", vector.name);
                found
            }
        };
        assert_eq!(memory::compute(vector).unwrap().difference(&found), None, "`{}`", vector.name);
    }
}

fn image(vector: &Vector, cache: &Path) -> Result<(Expect, Resolved), Problems> {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), vector.files().unwrap());
    let recipe = Recipe::from_json(vector.definition())?;
    let on_disk = resolve(recipe.clone(), Some(root.path()), &Control::default())?;
    let sent = send(&on_disk, cache)?;
    Ok((Expect::image(on_disk.resolved(), &sent), on_disk.resolved().clone()))
}

fn send(on_disk: &OnDisk, cache: &Path) -> Result<Vec<Sent>, Problems> {
    let packed = on_disk.pack(&Control::with_cache(cache))?;
    let paths = packed.iter().map(|packed| &packed.source_path);
    let sent = paths.zip(on_disk.context_hashes(&Control::default())?).map(|(path, hash)| Sent {
        hash,
        bytes: fs::read(path).unwrap(),
        mode: path.metadata().unwrap().permissions().mode() & 0o7777,
    });
    Ok(sent.collect())
}

fn write(root: &Path, files: BTreeMap<String, Node>) {
    for (path, node) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match node {
            Node::Directory => fs::create_dir_all(path).unwrap(),
            Node::Link(target) => symlink(target, path).unwrap(),
            Node::File { bytes, executable } => {
                fs::write(&path, bytes).unwrap();
                // Modes that differ in everything but the bit that counts.
                let mode = if executable { 0o710 } else { 0o606 };
                fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
            }
        }
    }
}
