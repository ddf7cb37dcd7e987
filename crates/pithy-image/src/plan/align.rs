//! The longest common subsequence of two lists, and what changed between its members.

/// For each item of the second of two lists, the one of the first that it is or was: the longest common subsequence and,
/// between its members, what is alike.
pub(super) fn align(
    before: usize,
    after: usize,
    is_same: &dyn Fn(usize, usize) -> bool,
    is_alike: &dyn Fn(usize, usize) -> bool,
) -> Vec<Option<usize>> {
    // lengths[a * width + b] is the length of the longest common subsequence from there on.
    let width = after + 1;
    let mut lengths = vec![0_u32; (before + 1) * width];
    for a in (0..before).rev() {
        for b in (0..after).rev() {
            let next = (a + 1) * width + b;
            lengths[a * width + b] =
                if is_same(a, b) { lengths[next + 1] + 1 } else { lengths[next].max(lengths[a * width + b + 1]) };
        }
    }
    let mut partners = vec![None; after];
    let (mut a, mut b) = (0, 0);
    let mut gone: Vec<usize> = Vec::new();
    let mut come: Vec<usize> = Vec::new();
    loop {
        let is_common = a < before && b < after && is_same(a, b);
        if is_common || (a == before && b == after) {
            for new in come.drain(..) {
                let found = gone.iter().position(|old| is_alike(*old, new));
                partners[new] = found.map(|index| gone.remove(index));
            }
            gone.clear();
        }
        if is_common {
            partners[b] = Some(a);
            (a, b) = (a + 1, b + 1);
        } else if a < before && (b == after || lengths[(a + 1) * width + b] >= lengths[a * width + b + 1]) {
            gone.push(a);
            a += 1;
        } else if b < after {
            come.push(b);
            b += 1;
        } else {
            return partners;
        }
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
