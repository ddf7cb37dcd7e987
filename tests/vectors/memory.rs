//! Computes what comes out of a vector without a disk, as a browser would.

use std::collections::BTreeMap;
use std::error::Error;

use pithy_image::ignore::IgnoreRules;
use pithy_image::{
    Code, Context, ContextHash, Entry, EntryKind, Ignored, Listing, LocalSource, Piece, Problem, Problems, Recipe,
    Resolved, SourceKind, TextFile, Texts,
};
use sha2::{Digest as _, Sha256};

use super::vector::{Expect, Node, Sent, Vector};

/// What comes out of a vector.
pub fn compute(vector: &Vector) -> Result<Expect, Box<dyn Error>> {
    let tree = Tree::new(vector.files()?);
    Ok(tree.image(vector.definition()).unwrap_or_else(Expect::problems))
}

/// The files of a vector, with every directory on the way.
pub struct Tree(BTreeMap<String, Node>);

impl Tree {
    /// The tree of files below the root.
    pub fn new(files: BTreeMap<String, Node>) -> Self {
        let mut nodes = BTreeMap::from([(".".to_owned(), Node::Directory)]);
        for (path, node) in files {
            for (slash, _) in path.match_indices('/') {
                nodes.entry(path[..slash].to_owned()).or_insert(Node::Directory);
            }
            nodes.insert(path, node);
        }
        Self(nodes)
    }

    fn image(&self, definition: &str) -> Result<Expect, Problems> {
        let resolved = self.resolve(definition)?;
        let sent: Vec<Sent> = resolved.contexts.iter().map(|context| self.send(context)).collect();
        Ok(Expect::image(&resolved, &sent))
    }

    /// All that is known of the image of a definition.
    pub fn resolve(&self, definition: &str) -> Result<Resolved, Problems> {
        let recipe = self.complete(Recipe::from_json(definition)?)?;
        recipe.resolve(&self.listings(&recipe)?)
    }

    fn complete(&self, mut recipe: Recipe) -> Result<Recipe, Problems> {
        while !recipe.unread().is_empty() {
            let (mut texts, mut problems) = (Texts::new(), Vec::new());
            for file in recipe.unread() {
                match self.text(file) {
                    Ok(content) => drop(texts.insert(file.path.clone(), content)),
                    Err(problem) => problems.push(problem),
                }
            }
            if !problems.is_empty() {
                return Err(Problems(problems));
            }
            recipe = recipe.with_texts(texts)?;
        }
        Ok(recipe)
    }

    fn text(&self, file: &TextFile) -> Result<Option<Vec<u8>>, Problem> {
        if file.optional && !self.0.contains_key(&file.path) {
            return Ok(None);
        }
        match self.locate(&file.path, &file.pointer)?.1 {
            Node::File { bytes, .. } => Ok(Some(bytes.clone())),
            _ => Err(at(Code::SourceWrongKind, &file.pointer)),
        }
    }

    fn listings(&self, recipe: &Recipe) -> Result<Vec<Listing>, Problems> {
        let (mut listings, mut problems) = (Vec::new(), Vec::new());
        for source in recipe.sources() {
            match self.list(source) {
                Ok(listing) => listings.push(listing),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(listings) } else { Err(Problems(problems)) }
    }

    fn list(&self, source: &LocalSource) -> Result<Listing, Problem> {
        let (path, node) = self.locate(&source.path, &source.pointer)?;
        match (&source.kind, node) {
            (SourceKind::File, Node::File { .. }) => {
                let name = source.path.rsplit('/').next().unwrap_or_default().to_owned();
                Ok(vec![Entry { path: name, kind: kind(node) }].into())
            }
            (SourceKind::Directory { rules }, Node::Directory) => Ok(self.below(&path, &rules.moved_to(&path))),
            _ => Err(at(Code::SourceWrongKind, &source.pointer)),
        }
    }

    fn below(&self, directory: &str, rules: &IgnoreRules) -> Listing {
        let relative = |path: &str| match directory {
            "." => Some(path.to_owned()).filter(|path| path != "."),
            _ => path.strip_prefix(directory)?.strip_prefix('/').map(str::to_owned),
        };
        let mut listing = Listing::default();
        let mut pruned: Vec<String> = Vec::new();
        for (path, node) in self.0.iter().filter_map(|(path, node)| Some((relative(path)?, node))) {
            if pruned.iter().any(|pruned| path.starts_with(pruned)) {
                continue;
            }
            let Some(rule) = rules.ignored_by(&path).cloned() else {
                listing.entries.push(Entry { path, kind: kind(node) });
                continue;
            };
            match node {
                Node::Directory if !rules.prunes(&path) => {}
                Node::Directory => {
                    let path = format!("{path}/");
                    pruned.push(path.clone());
                    listing.ignored.push(Ignored { path, rule });
                }
                _ => listing.ignored.push(Ignored { path, rule }),
            }
        }
        listing.ignored.sort_by(|a, b| a.path.cmp(&b.path));
        listing
    }

    /// The clean path of what exists at `path` once links are followed, and what it is.
    fn locate(&self, path: &str, pointer: &str) -> Result<(String, &Node), Problem> {
        let mut todo: Vec<String> = parts(path);
        let mut found: Vec<String> = Vec::new();
        while let Some(part) = todo.pop() {
            if part == ".." {
                found.pop().ok_or_else(|| at(Code::SourceOutsideRoot, pointer))?;
                continue;
            }
            found.push(part);
            match self.0.get(&found.join("/")) {
                Some(Node::Link(target)) if target.starts_with('/') => {
                    return Err(at(Code::SourceOutsideRoot, pointer));
                }
                Some(Node::Link(target)) => {
                    found.pop();
                    todo.extend(parts(target));
                }
                Some(_) => {}
                None => return Err(at(Code::SourceMissing, pointer)),
            }
        }
        let path = if found.is_empty() { ".".to_owned() } else { found.join("/") };
        self.0
            .get_key_value(&path)
            .map(|(path, node)| (path.clone(), node))
            .ok_or_else(|| at(Code::SourceMissing, pointer))
    }

    fn send(&self, context: &Context) -> Sent {
        let bytes: Vec<u8> = context.pieces().flat_map(|piece| self.bytes(context, piece)).collect();
        let mut hash = ContextHash::new(&context.archive_path);
        hash.update(&bytes);
        Sent { hash: hash.finish(), bytes, mode: context.mode() }
    }

    fn bytes(&self, context: &Context, piece: Piece) -> Vec<u8> {
        let entry = match piece {
            Piece::Bytes(bytes) => return bytes.into_owned(),
            Piece::File(entry) => entry,
        };
        let path = context.source.as_ref().map(|source| match source.kind {
            SourceKind::File => source.path.clone(),
            SourceKind::Directory { .. } => format!("{}/{}", source.path, entry.path),
        });
        match path.and_then(|path| Some(self.locate(&path, "").ok()?.1)) {
            Some(Node::File { bytes, .. }) => bytes.clone(),
            _ => Vec::new(),
        }
    }
}

/// The parts of a path, the last one first.
fn parts(path: &str) -> Vec<String> {
    path.split('/').rev().filter(|part| !matches!(*part, "" | ".")).map(str::to_owned).collect()
}

fn kind(node: &Node) -> EntryKind {
    match node {
        Node::File { bytes, executable } => {
            let (size, sha256) = (bytes.len() as u64, Sha256::digest(bytes).into());
            EntryKind::File { executable: *executable, size, sha256 }
        }
        Node::Directory => EntryKind::Directory,
        Node::Link(target) => EntryKind::Link { target: target.clone() },
    }
}

/// A problem whose words do not matter.
fn at(code: Code, pointer: &str) -> Problem {
    Problem::new(code, pointer, "", "")
}
