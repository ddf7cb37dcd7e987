//! Patterns of `COPY` and `ADD`: those of Go's `path/filepath.Match`, in which `**` is no more than `*`.

/// Whether a path is a pattern, rather than a name.
pub(crate) fn has_wildcard(path: &str) -> bool {
    let mut chars = path.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => _ = chars.next(),
            '*' | '?' | '[' => return true,
            _ => {}
        }
    }
    false
}

/// A pattern that matches one path alone.
pub(crate) fn literal(path: &str) -> String {
    let escaped = |c: char| if matches!(c, '*' | '?' | '[' | '\\') { vec!['\\', c] } else { vec![c] };
    path.chars().flat_map(escaped).collect()
}

/// The path that a pattern without wildcards matches.
pub(crate) fn unescaped(pattern: &str) -> String {
    let mut chars = pattern.chars();
    let mut path = String::new();
    while let Some(c) = chars.next() {
        path.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    path
}

/// Whether a path has the form of a pattern. One that Go cannot read matches nothing.
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    let (mut patterns, mut names) = (pattern.split('/'), path.split('/'));
    loop {
        match (patterns.next(), names.next()) {
            (None, None) => return true,
            (Some(pattern), Some(name)) if matches_name(pattern, name) => {}
            _ => return false,
        }
    }
}

/// [`matches()`] for one name of a path. Time is at most the product of the lengths.
pub(crate) fn matches_name(pattern: &str, name: &str) -> bool {
    let Some(steps) = steps(pattern) else { return false };
    let name: Vec<char> = name.chars().collect();
    let (mut step, mut at) = (0, 0);
    // Where to go on if the last star takes one character more.
    let mut star: Option<(usize, usize)> = None;
    while at < name.len() || step < steps.len() {
        match steps.get(step) {
            Some(Step::Star) => {
                star = Some((step, at));
                step += 1;
                continue;
            }
            Some(Step::One(set)) if name.get(at).is_some_and(|c| set.has(*c)) => {
                (step, at) = (step + 1, at + 1);
                continue;
            }
            _ => {}
        }
        match star {
            Some((before, taken)) if taken < name.len() => {
                star = Some((before, taken + 1));
                (step, at) = (before + 1, taken + 1);
            }
            _ => return false,
        }
    }
    true
}

enum Step {
    /// Any characters, or none.
    Star,
    One(Set),
}

/// A set of characters: those in the ranges, or all but those.
struct Set {
    is_negated: bool,
    ranges: Vec<(char, char)>,
}

impl Set {
    fn has(&self, c: char) -> bool {
        self.ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != self.is_negated
    }
}

/// The parts of a pattern; none if Go cannot read it.
fn steps(pattern: &str) -> Option<Vec<Step>> {
    let mut chars = pattern.chars().peekable();
    let mut steps = Vec::new();
    while let Some(c) = chars.next() {
        let only = |c| Step::One(Set { is_negated: false, ranges: vec![(c, c)] });
        steps.push(match c {
            '*' => Step::Star,
            '?' => Step::One(Set { is_negated: true, ranges: Vec::new() }),
            '\\' => only(chars.next()?),
            '[' => {
                let is_negated = chars.next_if_eq(&'^').is_some();
                let mut ranges = Vec::new();
                while ranges.is_empty() || chars.next_if_eq(&']').is_none() {
                    let low = member(&mut chars)?;
                    let high = if chars.next_if_eq(&'-').is_some() { member(&mut chars)? } else { low };
                    ranges.push((low, high));
                }
                Step::One(Set { is_negated, ranges })
            }
            c => only(c),
        });
    }
    Some(steps)
}

/// A character of a set.
fn member(chars: &mut std::iter::Peekable<std::str::Chars>) -> Option<char> {
    match chars.next()? {
        '\\' => chars.next(),
        '-' | ']' => None,
        c => Some(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_go() {
        let table = "\
            a.txt a.txt yes|a.txt b.txt no|*.txt a.txt yes|*.txt .txt yes|*.txt a.txt.x no|a* abc yes|a*/b abc/b yes|a*/b a/c/b no|\
            ** abc yes|** a/b no|a/**/c a/b/c yes|a/**/c a/c no|?.txt é.txt yes|? ab no|[a-c]x bx yes|[a-c]x dx no|[^a-c]x dx yes|\
            [^a-c]x ax no|[[]id].ts [id].ts yes|\\*x *x yes|\\*x ax no|[\\]a]x ]x yes|[ a no|[] a no|[]a] a no|[a-] a no|a\\ a no|\
            a*b*c*d abbbcccd yes|a*b*c*d abbbccc no|[-]x -x no|*a*a*a*b aaaaaaaaaaaaaaaaaaaaaaaaaaa no|a a/b no|a/b a no";
        for row in table.split('|') {
            let mut words = row.split(' ');
            let [pattern, path, expected] = [(); 3].map(|()| words.next().unwrap());
            assert_eq!(matches(pattern, path), expected == "yes", "{row}");
        }
    }

    #[test]
    fn a_name_is_a_pattern_of_itself() {
        for name in ["a[b]*?\\c", "plain", "[id].tsx"] {
            assert!(!has_wildcard(&literal(name)) && matches(&literal(name), name));
            assert_eq!(unescaped(&literal(name)), name);
        }
    }

    #[test]
    fn a_wildcard_may_be_escaped() {
        assert!(has_wildcard("a/*.txt") && has_wildcard("[a]") && has_wildcard("?") && has_wildcard("\\\\*"));
        assert!(!has_wildcard("a/b.txt") && !has_wildcard("\\*a\\?\\[") && !has_wildcard("]"));
    }
}
