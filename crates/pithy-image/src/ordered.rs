//! Sets, maps and orders. Each type that is sorted brings some kilobytes of code, as `collect` for a set or a map does, too.

use std::collections::{BTreeMap, BTreeSet};

pub(crate) fn set<T: Ord>(items: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    let mut set = BTreeSet::new();
    set.extend(items);
    set
}

/// Of several items with one key, the last one counts.
pub(crate) fn map<K: Ord, V>(items: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, V> {
    let mut map = BTreeMap::new();
    map.extend(items);
    map
}

/// The places of some texts, in the order of their bytes; of the same texts, in their own order.
pub(crate) fn places(texts: &mut dyn Iterator<Item = &str>) -> Vec<usize> {
    let mut order: Vec<_> = texts.zip(0..).collect();
    order.sort_unstable();
    order.into_iter().map(|(_, place)| place).collect()
}
