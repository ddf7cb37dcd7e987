//! The entries of a directory as JSON, in which JavaScript hands them over.

use serde::Deserialize;

use super::{Node, NodeKind};

/// A node as JSON has it.
#[derive(Deserialize)]
struct WrittenNode {
    name: String,
    kind: String,
    #[serde(default)]
    size: u64,
    executable: Option<bool>,
    #[serde(default, rename = "isDirectory")]
    is_directory: bool,
    #[serde(default)]
    target: String,
    #[serde(default)]
    why: String,
}

/// Reads a list of nodes: objects with `name`, `kind` (`file`, `directory`, `link`, `special`, `notText` or
/// `unreadable`) and, depending on that, `size`, `executable`, `target`, `isDirectory` and `why`.
///
/// # Errors
///
/// Why it is not such a list, in words.
pub fn nodes_from_json(text: &str) -> Result<Vec<Node>, String> {
    let nodes: Vec<WrittenNode> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Ok(nodes.into_iter().map(Node::from).collect())
}

impl From<WrittenNode> for Node {
    fn from(WrittenNode { name, kind, size, executable, is_directory, target, why }: WrittenNode) -> Self {
        let kind = match kind.as_str() {
            "file" => NodeKind::File { size, executable },
            "directory" => NodeKind::Directory,
            "link" => NodeKind::Link { target },
            "special" => NodeKind::Special,
            "unreadable" => NodeKind::Unreadable { why },
            _ => NodeKind::NotText { is_directory },
        };
        Self { name, kind }
    }
}
