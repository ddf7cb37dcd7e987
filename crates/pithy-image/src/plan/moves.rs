//! What moved from one list to another.

use std::collections::BTreeMap;

use super::align::{common, fill};

/// For each item of the second of two lists, the one of the first that it is or was.
pub(super) struct Partners {
    pub(super) in_place: Vec<Option<usize>>,
    /// Those that stood elsewhere.
    pub(super) moved: Vec<Option<usize>>,
}

/// A list. An item has a text, and a key by which it is known when the text is another; an empty one is none.
pub(super) struct Items<'a> {
    pub(super) texts: Vec<&'a str>,
    pub(super) keys: Vec<&'a str>,
}

/// The longest common subsequence stays in place. Of the rest, what is the same moved, then what has the same key, each once and
/// in order; an item that did not pass a member of the subsequence changed where it is, as what is alike between two members.
pub(super) fn partners(was: &Items, is: &Items, is_alike: &dyn Fn(usize, usize) -> bool) -> Partners {
    let mut in_place = common(&was.texts, &is.texts);
    let mut places = vec![None; was.texts.len()];
    for old in in_place.iter().flatten() {
        places[*old] = Some(*old);
    }
    let (old_gaps, new_gaps) = (gaps(&places), gaps(&in_place));
    let mut claimed = vec![None; in_place.len()];
    for (old_keys, new_keys) in [(&was.texts, &is.texts), (&was.keys, &is.keys)] {
        let mut gone: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (old, key) in old_keys.iter().enumerate() {
            if places[old].is_none() && !key.is_empty() {
                gone.entry(key).or_default().insert(0, old);
            }
        }
        for (new, key) in new_keys.iter().enumerate() {
            if in_place[new].is_none() && claimed[new].is_none() {
                claimed[new] = gone.get_mut(key).and_then(Vec::pop);
                if let Some(old) = claimed[new] {
                    places[old] = Some(old);
                }
            }
        }
    }
    fill(&mut in_place, places.len(), &|old, new| {
        places[old].is_none() && claimed[new].is_none() && is_alike(old, new)
    });
    for (new, claimed) in claimed.iter_mut().enumerate() {
        if claimed.is_some_and(|old| old_gaps[old] == new_gaps[new]) {
            in_place[new] = claimed.take();
        }
    }
    Partners { in_place, moved: claimed }
}

/// For each item how many members of the common subsequence stand before it.
fn gaps(partners: &[Option<usize>]) -> Vec<usize> {
    let mut members = 0;
    let count = |partner: &Option<usize>| {
        members += usize::from(partner.is_some());
        members
    };
    partners.iter().map(count).collect()
}
