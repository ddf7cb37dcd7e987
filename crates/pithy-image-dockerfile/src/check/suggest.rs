//! `did you mean …?`

use crate::work;

/// What is added to a message if there is something similar.
pub(crate) fn suggestion(similar: Option<&str>) -> String {
    similar.map(|similar| format!(" (did you mean {similar}?)")).unwrap_or_default()
}

/// The first option that fewest changes make of a text: at most two. None if the text is one of them.
pub(super) fn similar<'o>(text: &str, options: impl Iterator<Item = &'o str>) -> Option<&'o str> {
    const TOO_FAR: usize = 3;
    let length = text.chars().count();
    let options = options.filter(|option| length.abs_diff(option.len()) < TOO_FAR);
    let distances = options.map(|option| (distance(text, option), option));
    let (distance, option) = distances.min_by_key(|(distance, _)| *distance)?;
    (1..TOO_FAR).contains(&distance).then_some(option)
}

/// How many characters must be added, dropped or replaced to make `b` of `a`.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, from) in a.chars().enumerate() {
        work::count(row.len());
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, to) in b.chars().enumerate() {
            let replaced = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.chars().count()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_levenshtein() {
        let cases = [("", "", 0), ("", "abc", 3), ("frm", "from", 1), ("copy", "cpoy", 2), ("kitten", "sitting", 3)];
        for (a, b, expected) in cases {
            assert_eq!((distance(a, b), distance(b, a)), (expected, expected), "{a} {b}");
        }
    }
}
