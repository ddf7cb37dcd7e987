//! Patterns of `${name#pattern}` and its like: `*`, `?`, and characters that stand for themselves.

/// A compiled pattern.
pub(crate) struct Pattern(Vec<Element>);

#[derive(Clone, Copy, PartialEq)]
enum Element {
    /// Any characters except newlines.
    Star,
    /// Any character except a newline.
    Any,
    Char(char),
}

impl Pattern {
    pub(crate) fn new(pattern: &str) -> Result<Self, String> {
        let mut elements = Vec::new();
        let mut chars = pattern.chars().peekable();
        while let Some(c) = chars.next() {
            elements.push(match c {
                '*' => Element::Star,
                '?' => Element::Any,
                // Within `${}` these have to be escaped; the escape is not part of the pattern.
                '\\' if matches!(chars.peek(), Some('}' | '/')) => continue,
                '\\' => match chars.next().unwrap_or(char::REPLACEMENT_CHARACTER) {
                    escaped @ ('*' | '?' | '\\') => Element::Char(escaped),
                    other => return Err(format!("invalid escape '\\{other}'")),
                },
                _ => Element::Char(c),
            });
        }
        Ok(Self(elements))
    }

    /// A value without its shortest or longest start that matches.
    pub(crate) fn trim_start(&self, value: &str, is_longest: bool) -> String {
        let value: Vec<char> = value.chars().collect();
        let end = self.find(&value, true, is_longest).map_or(0, |(_, end)| end);
        value[end..].iter().collect()
    }

    /// A value in which the first match, or every one, is replaced by another text.
    pub(crate) fn replace(&self, value: &str, replacement: &str, is_global: bool) -> String {
        let value: Vec<char> = value.chars().collect();
        let mut out = String::new();
        let (mut copied, mut at) = (0, 0);
        while let Some((start, end)) = value.get(at..).and_then(|rest| self.find(rest, false, true)) {
            let (start, end) = (at + start, at + end);
            out.extend(&value[copied..start]);
            // An empty match right after another one does not count.
            if end > copied || start == 0 {
                out.push_str(replacement);
            }
            copied = end;
            at = end.max(at + 1);
            if !is_global {
                break;
            }
        }
        out.extend(&value[copied..]);
        out
    }

    /// The first match, which may have to begin at the start: the shortest or the longest one there.
    ///
    /// All ways to match are followed at once, so that the time is the product of both lengths at most.
    fn find(&self, value: &[char], is_anchored: bool, is_longest: bool) -> Option<(usize, usize)> {
        // Where the match began that has come up to each element.
        let mut begun: Vec<Option<usize>> = vec![None; self.0.len() + 1];
        let mut found: Option<(usize, usize)> = None;
        for at in 0..=value.len() {
            if found.is_none() && (at == 0 || !is_anchored) {
                begun[0] = earlier(begun[0], Some(at));
            }
            self.skip_stars(&mut begun);
            let done = begun[self.0.len()].filter(|start| found.is_none_or(|(first, _)| *start <= first));
            found = done.map(|start| (start, at)).or(found);
            let is_over = found.is_some_and(|_| !is_longest)
                || (is_anchored || found.is_some()) && begun.iter().all(Option::is_none);
            let Some(&c) = value.get(at).filter(|_| !is_over) else { break };
            begun = self.after(&begun, c);
        }
        found
    }

    /// Goes on without a character: a star may match nothing.
    fn skip_stars(&self, begun: &mut [Option<usize>]) {
        for (i, element) in self.0.iter().enumerate() {
            if *element == Element::Star {
                begun[i + 1] = earlier(begun[i + 1], begun[i]);
            }
        }
    }

    /// How far the matches have come after one more character.
    fn after(&self, begun: &[Option<usize>], c: char) -> Vec<Option<usize>> {
        let mut next = vec![None; begun.len()];
        for (i, element) in self.0.iter().enumerate() {
            match element {
                Element::Star if c != '\n' => next[i] = earlier(next[i], begun[i]),
                Element::Any if c != '\n' => next[i + 1] = begun[i],
                Element::Char(expected) if *expected == c => next[i + 1] = begun[i],
                _ => {}
            }
        }
        next
    }
}

fn earlier(a: Option<usize>, b: Option<usize>) -> Option<usize> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        _ => a.or(b),
    }
}

/// A text backwards, in which a backslash stays before the character that it escapes. So the end of a text is matched as a start.
pub(crate) fn reversed(pattern: &str) -> String {
    let mut out = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        out.extend(if c == '\\' { chars.next() } else { None });
        out.push(c);
    }
    // Each pair was written backwards, which the last step undoes.
    out.iter().rev().collect()
}
