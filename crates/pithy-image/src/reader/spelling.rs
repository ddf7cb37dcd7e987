//! Names that are alike: what to say about a path that exists in another spelling.
//!
//! A path of a definition must be spelled as its files are listed. Where a system opens it in another case or Unicode form as
//! well, others would not.

use std::rc::Rc;

use super::{Files, Node, NodeKind, Reader, find, or_root};

impl<R: Reader> Files<'_, R> {
    /// What to do about a path that exists in another spelling.
    pub(super) async fn other_spelling(&self, path: &str) -> Option<String> {
        let listed = self.as_listed(path).await.filter(|listed| listed != path)?;
        Some(if self.reader.composed(&listed) == self.reader.composed(path) {
            format!("The name of `{listed}` only looks the same: write both in the composed form of Unicode (NFC).")
        } else {
            format!("Write `{listed}`, as it is on disk: not every system treats the two as the same.")
        })
    }

    /// The path with its names as they are listed; none if one of them does not exist in any spelling. What follows
    /// something that cannot be listed stays as it is.
    async fn as_listed(&self, path: &str) -> Option<String> {
        let mut found: Vec<String> = Vec::new();
        for part in path.split('/') {
            let name = match self.nodes_in(&or_root(found.join("/"))).await {
                Some(nodes) => alike(part, &nodes, |name| self.reader.composed(name))?,
                None => part.to_owned(),
            };
            found.push(name);
        }
        Some(found.join("/"))
    }

    async fn nodes_in(&self, path: &str) -> Option<Rc<[Node]>> {
        let real = self.follow(path, "").await.ok()?;
        if real.kind == NodeKind::Directory { self.directory(&real.path, "").await.ok() } else { None }
    }
}

/// The name that is meant: the same, or else the first that differs only in case or Unicode form. Whether a path is right,
/// its exact names decide: this is for a hint.
fn alike(part: &str, nodes: &[Node], composed: impl Fn(&str) -> String) -> Option<String> {
    if find(nodes, part).is_some() {
        return Some(part.to_owned());
    }
    let folded = |name: &str| composed(&name.to_lowercase());
    let part = folded(part);
    let names = nodes.iter().filter(|node| !matches!(node.kind, NodeKind::NotText { .. })).map(|node| &node.name);
    names.filter(|name| folded(name) == part).min().cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_normalization::UnicodeNormalization as _;

    /// `é`, as one character and as two.
    const ONE: &str = "caf\u{e9}.sh";
    const TWO: &str = "cafe\u{301}.sh";

    fn like(part: &str, names: &[&str]) -> Option<String> {
        let mut names = names.to_vec();
        names.sort_unstable();
        let node = |name: &&str| Node { name: (*name).to_owned(), kind: NodeKind::Directory };
        alike(part, &names.iter().map(node).collect::<Vec<_>>(), |name| name.nfc().collect())
    }

    #[test]
    fn the_exact_name_goes_before_one_that_is_alike() {
        let names = ["README", "ReadMe", "readme"];
        assert_eq!(like("readme", &names).unwrap(), "readme");
        assert_eq!(like("Readme", &names).unwrap(), "README", "always the same one");
        assert_eq!(like("readme.md", &names), None);
        assert_eq!(like(ONE, &[ONE, TWO]).unwrap(), ONE);
        assert_eq!(like("CAF\u{c9}.SH", &[ONE, TWO]).unwrap(), TWO);
    }
}
