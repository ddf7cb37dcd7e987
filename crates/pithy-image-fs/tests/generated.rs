//! Any definition over any tree has one result, in memory and on a disk: the same image, contexts and problems, to the word.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by a panic")]
#![cfg(target_os = "linux")] // elsewhere some of these names cannot exist

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;

use pithy_image::reader::{self, Node, NodeKind, PackError, Progress, Reader, Sink, Stamp, poll_ready};
use pithy_image::steps::AddLocalDir;
use pithy_image::{Context, Image, Problems};
use pithy_image_fs::{Control, resolve};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngSeed};
use tempfile::tempdir;
use unicode_normalization::UnicodeNormalization as _;

/// What there is at a path.
#[derive(Debug, Clone)]
enum Thing {
    File {
        content: String,
        executable: bool,
    },
    Directory,
    Link(&'static str),
    /// A link whose target is not UTF-8.
    OddLink,
    Socket,
}

/// Names that some system, or some step, treats in its own way. `?` is written as a byte that is not UTF-8.
const NAMES: [&str; 16] =
    ["a", "a", "a", "b", "b", "b", "A", "d", "d", "d", "d", "caf\u{e9}", "cafe\u{301}", "?", ".wh.a", "CON"];

/// `ROOT` is replaced by the path of the root.
const TARGETS: [&str; 16] = [
    "a",
    "b",
    "d",
    "../a",
    "../d/",
    "../../a",
    "./b/../a",
    "/etc/nope",
    "ROOT",
    "ROOT/a",
    "ROOT/../x",
    "nowhere",
    ".",
    "..",
    "../../../../../../../../../../ROOT/d",
    "a/",
];

const TEXTS: [&str; 5] = ["", "text\n", "a==1\n-r b\n", "**\n", "d\n!d/a\n"];

fn thing() -> impl Strategy<Value = Thing> {
    let file = (select(&TEXTS[..]), any::<bool>())
        .prop_map(|(content, executable)| Thing::File { content: content.to_owned(), executable });
    prop_oneof![
        12 => file,
        6 => Just(Thing::Directory),
        6 => select(&TARGETS[..]).prop_map(Thing::Link),
        1 => Just(Thing::OddLink),
        1 => Just(Thing::Socket),
    ]
}

fn path() -> impl Strategy<Value = String> {
    vec(select(&NAMES[..]), 1..4).prop_map(|names| names.join("/"))
}

/// Things by their paths, each in a directory.
type Tree = BTreeMap<String, Thing>;

fn tree() -> impl Strategy<Value = Tree> {
    let things = vec((path(), thing()), 0..10);
    let ignore = proptest::option::of(select(&TEXTS[..]));
    (things, ignore).prop_map(|(things, ignore)| {
        let mut tree = Tree::new();
        for (path, thing) in things {
            insert(&mut tree, &path, thing);
        }
        if let Some(text) = ignore {
            insert(&mut tree, ".dockerignore", Thing::File { content: text.to_owned(), executable: false });
        }
        tree
    })
}

/// Adds a thing and the directories above it, unless something else is there.
fn insert(tree: &mut Tree, path: &str, thing: Thing) {
    for (slash, _) in path.match_indices('/') {
        let above = tree.entry(path[..slash].to_owned()).or_insert(Thing::Directory);
        if !matches!(above, Thing::Directory) {
            return;
        }
    }
    tree.entry(path.to_owned()).or_insert(thing);
}

/// A tree, and an image of what is in it, or nearly.
fn tree_and_image() -> impl Strategy<Value = (Tree, Image)> {
    tree().prop_flat_map(|tree| {
        let known: Vec<_> = tree.keys().cloned().chain([".".to_owned()]).collect();
        let path = prop_oneof![4 => select(known), 1 => path()];
        let steps = vec((0..10_u8, path.prop_map(|path| path.replace('?', "\u{fffd}"))), 1..4);
        let of_tree = tree.clone();
        let image = steps.prop_map(move |steps| {
            steps
                .into_iter()
                .fold(Image::base("debian:12"), |image, (kind, path)| with_step(&image, kind, path, &of_tree))
        });
        (Just(tree), image)
    })
}

fn with_step(image: &Image, kind: u8, path: String, tree: &Tree) -> Image {
    match (kind, tree.get(&path)) {
        (0..5, Some(Thing::Directory)) | (5, _) => image.add_local_dir(path, "/app"),
        (0..5, _) => image.add_local_file(path, "/file"),
        (6, _) => image.with(AddLocalDir {
            source: ".".into(),
            destination: "/root/".into(),
            exclude: vec!["**/a".into(), "!d".into()],
            ..AddLocalDir::default()
        }),
        (7, _) => image.with(AddLocalDir {
            source: ".".into(),
            destination: "/srv/".into(),
            exclude: vec!["*".into(), "!*/a".into()],
            ..AddLocalDir::default()
        }),
        (8, _) => image.pip_install_from_requirements(path),
        // A line that no Dockerfile can hold.
        _ => image.env([("LONG", " ".repeat(66_000))]).add_local_file(path, "/file"),
    }
}

/// The tree in memory, as if it were below `root`.
struct Memory<'a> {
    root: String,
    tree: &'a Tree,
}

impl Reader for Memory<'_> {
    fn root(&self) -> Option<String> {
        Some(self.root.clone())
    }

    async fn list(&self, directory: &str) -> Result<Vec<Node>, String> {
        let prefix = if directory == "." { String::new() } else { format!("{directory}/") };
        let below = self.tree.iter().filter_map(|(path, thing)| Some((path.strip_prefix(&prefix)?, thing)));
        let here = below.filter(|(name, _)| !name.contains('/'));
        Ok(here.map(|(name, thing)| self.node(name, thing)).collect())
    }

    async fn read(&self, file: &str, offset: u64) -> Result<Vec<u8>, String> {
        let Some(Thing::File { content, .. }) = self.tree.get(file) else { return Err("not a file".to_owned()) };
        Ok(content.as_bytes()[usize::try_from(offset).unwrap()..].iter().take(3).copied().collect())
    }

    fn report(&self, _: Progress) {}

    fn is_cancelled(&self) -> bool {
        false
    }

    fn composed(&self, name: &str) -> String {
        name.nfc().collect()
    }
}

impl Memory<'_> {
    fn node(&self, name: &str, thing: &Thing) -> Node {
        let kind = match thing {
            _ if name.contains('?') => NodeKind::NotText { is_directory: matches!(thing, Thing::Directory) },
            Thing::File { content, executable } => {
                NodeKind::File { size: content.len() as u64, executable: Some(*executable), stamp: Stamp::default() }
            }
            Thing::Directory => NodeKind::Directory,
            Thing::Link(target) => NodeKind::Link { target: resolved(target, &self.root) },
            Thing::OddLink => NodeKind::NotText { is_directory: false },
            Thing::Socket => NodeKind::Special,
        };
        Node { name: name.replace('?', "\u{fffd}"), kind }
    }
}

fn resolved(target: &str, root: &str) -> String {
    target.replace("/ROOT", root).replace("ROOT", root)
}

fn write(root: &Path, tree: &Tree) {
    for (path, thing) in tree {
        let path = root.join(OsStr::from_bytes(
            &path.bytes().map(|byte| if byte == b'?' { 0xff } else { byte }).collect::<Vec<_>>(),
        ));
        match thing {
            Thing::Directory => fs::create_dir(path).unwrap(),
            Thing::Link(target) => symlink(resolved(target, root.to_str().unwrap()), path).unwrap(),
            Thing::OddLink => symlink(OsStr::from_bytes(b"\xff"), path).unwrap(),
            Thing::Socket => drop(UnixListener::bind(path).unwrap()),
            Thing::File { content, executable } => {
                fs::write(&path, content).unwrap();
                fs::set_permissions(path, fs::Permissions::from_mode(if *executable { 0o700 } else { 0o644 })).unwrap();
            }
        }
    }
}

/// The bytes of packed contexts.
#[derive(Default)]
struct Packed(Vec<Vec<u8>>);

impl Sink for Packed {
    type Error = Infallible;

    fn below(&mut self, _: &str) -> Result<Option<String>, Infallible> {
        Ok(None)
    }

    fn begin(&mut self, _: &Context) -> Result<bool, Infallible> {
        self.0.push(Vec::new());
        Ok(true)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Infallible> {
        self.0.last_mut().unwrap().extend_from_slice(bytes);
        Ok(())
    }
}

/// Everything that is known of an image, and the bytes of its contexts.
type Outcome = Result<(String, Vec<Vec<u8>>), Problems>;

fn in_memory(image: &Image, memory: &Memory) -> Outcome {
    let read = poll_ready(reader::resolve(image.recipe()?, memory))?;
    let mut packed = Packed::default();
    match poll_ready(reader::pack(&read.resolved.contexts, memory, &mut packed)) {
        Ok(()) => Ok((format!("{:?}", read.describe()), packed.0)),
        Err(PackError::Source(problem)) => Err(problem.into()),
    }
}

fn on_disk(image: &Image, root: &Path) -> Outcome {
    let on_disk = resolve(image.recipe()?, Some(root), &Control::default())?;
    let cache = tempdir().unwrap();
    let packed = on_disk.pack(&Control::with_cache(cache.path()))?;
    let bytes = packed.iter().map(|packed| fs::read(&packed.source_path).unwrap());
    Ok((format!("{:?}", on_disk.describe()), bytes.collect()))
}

proptest! {
    #![proptest_config(Config { cases: 400, rng_seed: RngSeed::Fixed(13), failure_persistence: None, ..Config::default() })]

    #[test]
    fn a_disk_and_a_memory_have_the_same_results((tree, image) in tree_and_image()) {
        let directory = tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        write(&root, &tree);
        let memory = Memory { root: root.to_str().unwrap().to_owned(), tree: &tree };
        prop_assert_eq!(on_disk(&image, &root), in_memory(&image, &memory));
    }
}
