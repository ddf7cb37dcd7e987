//! The entries of a directory as JSON, in which JavaScript hands them over.

use super::{Node, NodeKind};
use crate::json::{self, record};

/// A node as JSON has it.
#[derive(Default)]
struct WrittenNode {
    name: String,
    kind: String,
    size: u64,
    executable: Option<bool>,
    target: String,
}

record!(WrittenNode { name, kind, size default, executable default, target default });

/// Reads a list of nodes: objects with `name`, `kind` (`file`, `directory`, `link`, `special` or `notText`) and, depending on
/// that, `size`, `executable` and `target`.
///
/// # Errors
///
/// Why it is not such a list, in words.
pub fn nodes_from_json(text: &str) -> Result<Vec<Node>, String> {
    let nodes: Vec<WrittenNode> = json::read(text).map_err(|problem| problem.message)?;
    Ok(nodes.into_iter().map(Node::from).collect())
}

impl From<WrittenNode> for Node {
    fn from(WrittenNode { name, kind, size, executable, target }: WrittenNode) -> Self {
        let kind = match kind.as_str() {
            "file" => NodeKind::File { size, executable },
            "directory" => NodeKind::Directory,
            "link" => NodeKind::Link { target },
            "special" => NodeKind::Special,
            _ => NodeKind::NotText,
        };
        Self { name, kind }
    }
}
