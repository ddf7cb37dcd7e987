//! The longest common subsequence of two lists, and what changed between its members.

use std::collections::BTreeMap;

/// For each item of the second of two lists, the one of the first that it is or was: the longest common subsequence and,
/// between its members, what is alike.
pub(super) fn align(was: &[&str], is: &[&str], is_alike: &dyn Fn(usize, usize) -> bool) -> Vec<Option<usize>> {
    let mut partners = common(was, is);
    fill(&mut partners, was.len(), is_alike);
    partners
}

/// Pairs of the same that are looked at. Where there are more, each item of a kind has one partner at most: the first the first,
/// the second the second.
const MOST_PAIRS: usize = 1_000_000;

/// For each item of the second of two lists, its partner in the longest common subsequence. The time grows with the pairs of
/// the same, which are few where most items are there once.
pub(super) fn common(was: &[&str], is: &[&str]) -> Vec<Option<usize>> {
    // The places of each item, the last first.
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (b, item) in is.iter().enumerate().rev() {
        places.entry(item).or_default().push(b);
    }
    let pairs: usize = was.iter().map(|item| places.get(item).map_or(0, Vec::len)).sum();
    // A common subsequence is a link of its last pair to those before; of each length, the one that ends first is kept.
    let mut links: Vec<(usize, usize, Option<usize>)> = Vec::new();
    let mut ends: Vec<usize> = Vec::new();
    for (a, item) in was.iter().enumerate() {
        let Some(found) = places.get_mut(item) else { continue };
        let only = if pairs > MOST_PAIRS { found.pop() } else { None };
        let found = if pairs > MOST_PAIRS { only.as_slice() } else { found.as_slice() };
        for b in found {
            let length = ends.partition_point(|end| links[*end].1 < *b);
            let before = length.checked_sub(1).map(|shorter| ends[shorter]);
            match ends.get_mut(length) {
                Some(end) => *end = links.len(),
                None => ends.push(links.len()),
            }
            links.push((a, *b, before));
        }
    }
    let mut partners = vec![None; is.len()];
    let mut link = ends.last().copied();
    while let Some((a, b, before)) = link.map(|link| links[link]) {
        partners[b] = Some(a);
        link = before;
    }
    partners
}

/// The texts that have these indices; nothing if there are none.
pub(super) fn picked<'t>(indices: &[usize], texts: &'t [String]) -> Vec<&'t str> {
    let indices = if texts.is_empty() { &[] } else { indices };
    indices.iter().map(|index| texts[*index].as_str()).collect()
}

pub(super) fn refs(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

/// How many items are searched for one that is alike: the time grows with them.
const MOST_ALIKE: usize = 1000;

/// Pairs what stands between the partners and is alike, the first with the first.
pub(super) fn fill(partners: &mut [Option<usize>], before: usize, is_alike: &dyn Fn(usize, usize) -> bool) {
    let (mut a, mut b) = (0, 0);
    while b < partners.len() {
        let end = (b..partners.len()).find(|at| partners[*at].is_some()).unwrap_or(partners.len());
        let last = partners.get(end).copied().flatten().unwrap_or(before);
        let mut gone: Vec<usize> = (a..last).rev().collect();
        for (new, partner) in partners.iter_mut().enumerate().take(end).skip(b) {
            let found = gone.iter().rev().take(MOST_ALIKE).position(|old| is_alike(*old, new));
            *partner = found.map(|at| gone.remove(gone.len() - 1 - at));
        }
        (a, b) = (last + 1, end + 1);
    }
}

/// Two lists as one: the second, and behind the item that it followed each of the first that has no partner.
pub(super) fn merged(before: usize, partners: &[Option<usize>]) -> Vec<(Option<usize>, Option<usize>)> {
    let mut places = vec![None; before];
    for (index, old) in partners.iter().enumerate() {
        if let Some(old) = old {
            places[*old] = Some(index + 1);
        }
    }
    let mut gone = vec![Vec::new(); partners.len() + 1];
    let mut last = 0;
    for (old, place) in places.into_iter().enumerate() {
        last = place.unwrap_or(last);
        if place.is_none() {
            gone[last].push((Some(old), None));
        }
    }
    let mut rows = Vec::with_capacity(before + partners.len());
    for (place, gone) in gone.into_iter().enumerate() {
        rows.extend(place.checked_sub(1).map(|index| (partners[index], Some(index))));
        rows.extend(gone);
    }
    rows
}
