//! JSON arrays of strings, as in `CMD ["a", "b"]`.

use std::ops::Range;

use crate::work;

/// The deepest array or object that Go reads.
const MAX_DEPTH: usize = 10_000;

/// What a text is that may be a JSON array.
pub(crate) enum Array {
    /// An array of strings: each, and where it stands with its quotes.
    Strings(Vec<(String, Range<usize>)>),
    /// An array with something else in it.
    Mixed,
    /// Something else.
    NotJson,
}

/// Reads the whole of `text`.
pub(crate) fn array(text: &str) -> Array {
    let mut json = Json { text, at: 0 };
    json.array().filter(|_| json.at == text.len()).unwrap_or(Array::NotJson)
}

/// Whether a text begins with a JSON array: some builders take it for the exec form, and drop what follows it.
///
/// ```
/// # use pithy_image_dockerfile::begins_with_array;
/// assert!(begins_with_array(r#"["a"] && b"#));
/// assert!(!begins_with_array("[ -d a ] && b"));
/// ```
#[must_use]
pub fn begins_with_array(text: &str) -> bool {
    Json { text, at: 0 }.array().is_some()
}

struct Json<'t> {
    text: &'t str,
    at: usize,
}

impl Json<'_> {
    fn peek(&self) -> Option<u8> {
        work::count(1);
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn blanks(&mut self) {
        self.skip(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
    }

    /// Skips bytes; how many.
    fn skip(&mut self, is_skipped: impl Fn(u8) -> bool) -> usize {
        let start = self.at;
        while self.peek().is_some_and(&is_skipped) {
            self.at += 1;
        }
        self.at - start
    }

    /// An array of strings, or another one; `None` if it is not valid.
    fn array(&mut self) -> Option<Array> {
        let mut strings = Vec::new();
        let mut is_mixed = false;
        self.take(b'[')?;
        self.blanks();
        let mut is_first = true;
        while !(is_first && self.peek()? == b']') {
            is_first = false;
            self.blanks();
            let start = self.at;
            if self.peek()? == b'"' {
                let string = self.string()?;
                strings.push((string, start..self.at));
            } else {
                self.value()?;
                is_mixed = true;
            }
            self.blanks();
            match self.peek()? {
                b',' => self.at += 1,
                _ => break,
            }
        }
        self.take(b']')?;
        self.blanks();
        Some(if is_mixed { Array::Mixed } else { Array::Strings(strings) })
    }

    /// Skips any value. What is open is on a stack of its own: the depth of a text must not be that of our calls.
    fn value(&mut self) -> Option<()> {
        let mut open = Vec::new();
        loop {
            if !self.opens(&mut open)? && self.closes(&mut open)? {
                return Some(());
            }
        }
    }

    /// Reads the beginning of a value. Returns whether another value comes first, within it.
    fn opens(&mut self, open: &mut Vec<u8>) -> Option<bool> {
        self.blanks();
        match self.peek()? {
            bracket @ (b'[' | b'{') => {
                self.at += 1;
                open.push(bracket);
                self.blanks();
                if open.len() >= MAX_DEPTH {
                    return None;
                }
                if self.peek()? != closing(bracket) {
                    self.key(bracket)?;
                    return Some(true);
                }
            }
            b'"' => drop(self.string()?),
            b't' => self.word("true")?,
            b'f' => self.word("false")?,
            b'n' => self.word("null")?,
            _ => self.number()?,
        }
        Some(false)
    }

    /// Reads what closes after a value. Returns whether everything is closed, or else another value comes.
    fn closes(&mut self, open: &mut Vec<u8>) -> Option<bool> {
        while let Some(&bracket) = open.last() {
            self.blanks();
            if self.take(closing(bracket)).is_none() {
                self.take(b',')?;
                self.key(bracket)?;
                return Some(false);
            }
            open.pop();
        }
        Some(true)
    }

    /// In an object, skips the key of the next value.
    fn key(&mut self, bracket: u8) -> Option<()> {
        if bracket == b'{' {
            self.blanks();
            self.string()?;
            self.blanks();
            self.take(b':')?;
        }
        Some(())
    }

    fn word(&mut self, word: &str) -> Option<()> {
        self.text.get(self.at..)?.starts_with(word).then(|| self.at += word.len())
    }

    fn number(&mut self) -> Option<()> {
        let is_digit = |byte: u8| byte.is_ascii_digit();
        let _ = self.take(b'-');
        if self.take(b'0').is_none() && self.skip(is_digit) == 0 {
            return None;
        }
        if self.take(b'.').is_some() && self.skip(is_digit) == 0 {
            return None;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if self.take(b'+').is_none() {
                let _ = self.take(b'-');
            }
            if self.skip(is_digit) == 0 {
                return None;
            }
        }
        Some(())
    }

    fn string(&mut self) -> Option<String> {
        self.take(b'"')?;
        let mut string = String::new();
        loop {
            let start = self.at;
            self.skip(|byte| byte >= b' ' && byte != b'"' && byte != b'\\');
            string.push_str(self.text.get(start..self.at)?);
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(string);
                }
                b'\\' => string.push(self.escape()?),
                _ => return None,
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        self.at += 1;
        let byte = self.peek()?;
        self.at += 1;
        Some(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return None,
        })
    }

    /// A character of one `\u` or of two; half of a pair is U+FFFD.
    fn unicode(&mut self) -> Option<char> {
        let first = self.hex()?;
        if (0xd800..0xdc00).contains(&first) && self.text.get(self.at..)?.starts_with("\\u") {
            let before = self.at;
            self.at += 2;
            let second = self.hex()?;
            if (0xdc00..0xe000).contains(&second) {
                return char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00));
            }
            self.at = before;
        }
        Some(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        self.at += 4;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
    }
}

/// The bracket that ends what another one begins: both stand two places apart in ASCII.
fn closing(bracket: u8) -> u8 {
    bracket + 2
}
