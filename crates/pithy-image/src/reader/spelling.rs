//! Names that are alike: what to say about a path that exists in another spelling.
//!
//! A path of a definition must be spelled as its files are listed. Where a system opens it in another case or Unicode form as
//! well, others would not.

use std::collections::BTreeMap;
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
                Some((directory, nodes)) if find(&nodes, part).is_none() => self.alike(part, directory, &nodes)?,
                _ => part.to_owned(),
            };
            found.push(name);
        }
        Some(found.join("/"))
    }

    /// The real path of a directory, and what is in it.
    async fn nodes_in(&self, path: &str) -> Option<(String, Rc<[Node]>)> {
        let real = self.follow(path, "").await.ok().filter(|real| real.kind == NodeKind::Directory)?;
        let nodes = self.directory(&real.path, "").await.ok()?;
        Some((real.path, nodes))
    }

    /// The name that is meant by one that is not there: the first that differs only in case or Unicode form. Whether a path is
    /// right, its exact names decide: this is for a hint.
    fn alike(&self, part: &str, directory: String, nodes: &[Node]) -> Option<String> {
        let folded = |name: &str| self.reader.composed(&self.reader.lowered(name));
        let mut known = self.folded.borrow_mut();
        let names = known.entry(directory).or_insert_with(|| by_folded_name(nodes, folded));
        names.get(&folded(part)).cloned()
    }
}

/// The names of a sorted directory by what is the same in all that are alike; of several, the first.
fn by_folded_name(nodes: &[Node], folded: impl Fn(&str) -> String) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for node in nodes.iter().filter(|node| !matches!(node.kind, NodeKind::NotText { .. })) {
        names.entry(folded(&node.name)).or_insert_with(|| node.name.clone());
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reader::{Progress, poll_ready};
    use unicode_normalization::UnicodeNormalization as _;

    /// `é`, as one character and as two.
    const ONE: &str = "caf\u{e9}.sh";
    const TWO: &str = "cafe\u{301}.sh";

    /// Names in a root.
    struct Names<'a>(&'a [&'a str]);

    impl Reader for Names<'_> {
        fn root(&self) -> Option<String> {
            None
        }

        async fn list(&self, _: &str) -> Result<Vec<Node>, String> {
            let node = |name: &&str| Node { name: (*name).to_owned(), kind: NodeKind::Directory };
            Ok(self.0.iter().map(node).collect())
        }

        async fn read(&self, _: &str, _: u64) -> Result<Vec<u8>, String> {
            Ok(Vec::new())
        }

        fn composed(&self, name: &str) -> String {
            name.nfc().collect()
        }

        fn report(&self, _: Progress) {}

        fn is_cancelled(&self) -> bool {
            false
        }
    }

    fn like(part: &str, names: &[&str]) -> Option<String> {
        poll_ready(Files::new(&Names(names)).as_listed(part))
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
