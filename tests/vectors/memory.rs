//! Computes what comes out of a vector without a disk, as a browser does.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::error::Error;

use pithy_image::reader::{self, ContextHasher, NodeKind, PackError, Progress, Read, Reader, Sink, Stamp, poll_ready};
use pithy_image::{Context, Problem, Problems, Recipe};

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
        let Read { resolved, .. } = self.resolve(definition)?;
        let mut packed = Packed::default();
        poll_ready(reader::pack(&resolved.contexts, self, &mut packed)).map_err(|error| match error {
            PackError::Source(problem) => Problems::from(problem),
            PackError::Sink(never) => match never {},
        })?;
        let mut hasher = ContextHasher::new(&resolved.contexts, self);
        let mut hash = |context: &Context| poll_ready(hasher.hash(context));
        let sent = resolved
            .contexts
            .iter()
            .zip(packed.0)
            .map(|(context, (mode, bytes))| Ok(Sent { hash: hash(context)?, bytes, mode }));
        Ok(Expect::image(&resolved, &sent.collect::<Result<Vec<_>, Problem>>()?))
    }

    /// All that is known of the image of a definition.
    pub fn resolve(&self, definition: &str) -> Result<Read, Problems> {
        poll_ready(reader::resolve(Recipe::from_json(definition)?, self))
    }
}

/// The modes and bytes of packed contexts.
#[derive(Default)]
struct Packed(Vec<(u32, Vec<u8>)>);

impl Sink for Packed {
    type Error = Infallible;

    fn below(&mut self, _: &str) -> Result<Option<String>, Infallible> {
        Ok(None)
    }

    fn begin(&mut self, context: &Context) -> Result<bool, Infallible> {
        self.0.push((context.mode(), Vec::new()));
        Ok(true)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Infallible> {
        if let Some((_, content)) = self.0.last_mut() {
            content.extend_from_slice(bytes);
        }
        Ok(())
    }
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
            _ => Err("not a file".to_owned()),
        }
    }

    fn report(&self, _: Progress) {}

    fn is_cancelled(&self) -> bool {
        false
    }
}

fn kind(node: &Node) -> NodeKind {
    match node {
        Node::File { bytes, executable } => {
            NodeKind::File { size: bytes.len() as u64, executable: Some(*executable), stamp: Stamp::default() }
        }
        Node::Directory => NodeKind::Directory,
        Node::Link(target) => NodeKind::Link { target: target.clone() },
    }
}
