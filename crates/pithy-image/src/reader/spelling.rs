//! Names that are alike: what to say about a path that exists in another spelling.
//!
//! A path of a definition must be spelled as its files are listed. Where a system opens it in another case or Unicode form as
//! well, others would not.

use std::rc::Rc;

use unicode_normalization::char::{canonical_combining_class, compose};

use super::{Files, Node, NodeKind, Reader, find, or_root};

impl<R: Reader> Files<'_, R> {
    /// What to do about a path that exists in another spelling.
    pub(super) async fn other_spelling(&self, path: &str) -> Option<String> {
        let listed = self.as_listed(path).await.filter(|listed| listed != path)?;
        Some(if composed(&listed) == composed(path) {
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
                Some(nodes) => alike(part, &nodes)?,
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

/// The name that is meant: the same, or else the first that differs only in case or Unicode form.
fn alike(part: &str, nodes: &[Node]) -> Option<String> {
    if find(nodes, part).is_some() {
        return Some(part.to_owned());
    }
    let part = folded(part);
    let names = nodes.iter().filter(|node| node.kind != NodeKind::NotText).map(|node| &node.name);
    names.filter(|name| folded(name) == part).min().cloned()
}

/// What is equal in names that differ only in case or Unicode form. Good enough for a hint, and only hints need it: whether a
/// path is right, its exact names decide.
fn folded(name: &str) -> String {
    composed(&name.to_lowercase())
}

/// Joins letters with the marks after them, as git does on macOS (`core.precomposeunicode`).
///
/// This is not NFC, which would also replace what has no marks (`Å`, the sign of Ångström, and CJK ideographs kept for
/// compatibility): those are listed as they were written, on macOS as on Linux.
#[must_use]
pub fn composed(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut chars: Vec<char> = Vec::with_capacity(text.len());
    let (mut letter, mut last_class) = (None, 0);
    for next in text.chars() {
        let class = canonical_combining_class(next);
        if let Some(at) = letter
            && (at + 1 == chars.len() || last_class < class)
            && let Some(joined) = compose(chars[at], next)
        {
            chars[at] = joined;
            continue;
        }
        if class == 0 {
            letter = Some(chars.len());
        }
        last_class = class;
        chars.push(next);
    }
    chars.into_iter().collect()
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
        alike(part, &names.iter().map(node).collect::<Vec<_>>())
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

    #[test]
    fn marks_are_joined_and_nothing_else_is_changed() {
        for (decomposed, expected) in [
            ("e\u{301}", "\u{e9}"),
            ("A\u{30a}", "\u{c5}"),
            ("e\u{323}\u{302}", "\u{1ec7}"),          // two marks, one after the other
            ("a\u{321}\u{301}", "\u{e1}\u{321}"),     // past a mark of another place
            ("a\u{315}\u{301}", "a\u{315}\u{301}"),   // not past one of the same place or a later one
            ("q\u{323}\u{301}", "q\u{323}\u{301}"),   // no such letter
            ("\u{1112}\u{1161}\u{11ab}", "\u{d55c}"), // Hangul
            ("\u{304b}\u{3099}", "\u{304c}"),         // kana
            ("\u{9c7}\u{9be}", "\u{9cb}"),            // a vowel of two halves, neither of them a mark
            ("\u{301}e", "\u{301}e"),
        ] {
            assert_eq!(composed(decomposed), expected, "{}", decomposed.escape_unicode());
        }
        for same in ["", "a", ONE, "\u{212b}", "\u{2126}", "\u{fa19}", "\u{fb2a}", "\u{1f468}\u{200d}\u{1f4bb}"] {
            assert_eq!(composed(same), same, "{}", same.escape_unicode());
        }
    }

    #[test]
    fn every_character_with_a_composed_form_is_found_again() {
        for c in ('\0'..=char::MAX).filter(|c| c.nfc().eq([*c])) {
            assert_eq!(composed(&c.nfd().collect::<String>()), c.to_string(), "U+{:04X}", u32::from(c));
        }
    }
}
