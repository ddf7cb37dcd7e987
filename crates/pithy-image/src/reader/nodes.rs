//! The entries of a directory as JSON, in which JavaScript hands them over.

use super::{Node, NodeKind, Stamp};
use crate::json::{self, object};

object! {
    /// A node as JSON has it.
    #[derive(Default)]
    struct WrittenNode {
        name: String,
        kind: String,
        size: u64 = default,
        executable: Option<bool> = default,
        is_directory: bool = default,
        target: String = default,
        why: String = default,
    }
}

/// Reads a list of nodes: objects with `name`, `kind` (`file`, `directory`, `link`, `special`, `notText` or
/// `unreadable`) and, depending on that, `size`, `executable`, `target`, `isDirectory` and `why`.
///
/// # Errors
///
/// Why it is not such a list, in words.
pub fn nodes_from_json(text: &str) -> Result<Vec<Node>, String> {
    let nodes: Vec<WrittenNode> = json::read(text).map_err(|problems| problems.to_string())?;
    Ok(nodes.into_iter().map(Node::from).collect())
}

impl From<WrittenNode> for Node {
    fn from(WrittenNode { name, kind, size, executable, is_directory, target, why }: WrittenNode) -> Self {
        let kind = match kind.as_str() {
            "file" => NodeKind::File { size, executable, stamp: Stamp::default() },
            "directory" => NodeKind::Directory,
            "link" => NodeKind::Link { target },
            "special" => NodeKind::Special,
            "unreadable" => NodeKind::Unreadable { why },
            _ => NodeKind::NotText { is_directory },
        };
        Self { name, kind }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_read_by_their_kinds() {
        let text = r#"[{"name":"a","kind":"file","size":3,"executable":true},{"name":"b","kind":"file","size":0},
            {"name":"c","kind":"link","target":"a"},{"name":"d","kind":"notText","isDirectory":true}]"#;
        let nodes = nodes_from_json(text).unwrap();
        let kinds = [
            ("a", NodeKind::File { size: 3, executable: Some(true), stamp: Stamp::default() }),
            ("b", NodeKind::File { size: 0, executable: None, stamp: Stamp::default() }),
            ("c", NodeKind::Link { target: "a".to_owned() }),
            ("d", NodeKind::NotText { is_directory: true }),
        ];
        assert_eq!(nodes, kinds.map(|(name, kind)| Node { name: name.to_owned(), kind }));
    }

    #[test]
    fn what_is_not_a_list_of_nodes_is_told_in_words() {
        let text = r#"[{"name":"a","kind":"file","size":1.5}]"#;
        assert!(nodes_from_json(text).unwrap_err().starts_with("/0/size: Expected a whole number"));
        assert!(nodes_from_json("[").unwrap_err().contains("Invalid JSON"));
    }
}
