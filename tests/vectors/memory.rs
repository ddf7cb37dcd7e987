//! Computes what comes out of a vector without a disk, as a browser does.

use std::collections::BTreeMap;
use std::error::Error;

use pithy_image::reader::{self, NodeKind, Progress, Read, Reader, at_once};
use pithy_image::{Context, Problems, Recipe};

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
        let mut nodes = BTreeMap::new();
        for (path, node) in files {
            for (slash, _) in path.match_indices('/') {
                nodes.entry(path[..slash].to_owned()).or_insert(Node::Directory);
            }
            nodes.insert(path, node);
        }
        Self(nodes)
    }

    fn image(&self, definition: &str) -> Result<Expect, Problems> {
        let Read { resolved, context_hashes } = self.resolve(definition)?;
        let contexts = resolved.contexts.iter().zip(context_hashes);
        let sent: Vec<Sent> = contexts.map(|(context, hash)| self.send(context, hash)).collect::<Result<_, _>>()?;
        Ok(Expect::image(&resolved, &sent))
    }

    /// All that is known of the image of a definition.
    pub fn resolve(&self, definition: &str) -> Result<Read, Problems> {
        now(reader::resolve(Recipe::from_json(definition)?, self))
    }

    fn send(&self, context: &Context, hash: String) -> Result<Sent, Problems> {
        let mut bytes = Vec::new();
        now(reader::pieces(context, self, None, &mut |piece| bytes.extend_from_slice(piece)))?;
        Ok(Sent { hash, bytes, mode: context.mode() })
    }
}

fn now<T>(future: impl Future<Output = T>) -> T {
    at_once(future).unwrap_or_else(|| unreachable!("what is in memory is at hand"))
}

impl Reader for Tree {
    fn root(&self) -> Option<String> {
        None
    }

    async fn list(&self, directory: &str) -> Result<Vec<reader::Node>, String> {
        let below = |path: &str| match directory {
            "." => Some(path.to_owned()),
            _ => path.strip_prefix(directory)?.strip_prefix('/').map(str::to_owned),
        };
        let within = self.0.iter().filter_map(|(path, node)| Some((below(path)?, node)));
        Ok(within
            .filter(|(name, _)| !name.contains('/'))
            .map(|(name, node)| reader::Node { name, kind: kind(node) })
            .collect())
    }

    async fn read(&self, file: &str, offset: u64) -> Result<Vec<u8>, String> {
        match self.0.get(file) {
            Some(Node::File { bytes, .. }) => Ok(bytes[usize::try_from(offset).unwrap_or(usize::MAX)..].to_vec()),
            _ => Err("it is no file".to_owned()),
        }
    }

    fn report(&self, _: Progress) {}

    fn is_cancelled(&self) -> bool {
        false
    }
}

fn kind(node: &Node) -> NodeKind {
    match node {
        Node::File { bytes, executable } => NodeKind::File { size: bytes.len() as u64, executable: Some(*executable) },
        Node::Directory => NodeKind::Directory,
        Node::Link(target) => NodeKind::Link { target: target.clone() },
    }
}
