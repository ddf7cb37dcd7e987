//! Words: quotes, escapes and expansions.

use super::parser::{Parser, is_assignment, is_break};
use super::{Quoting, ShellWord};
use crate::span::Span;
use crate::work;

/// A word that is being read.
struct Draft {
    value: String,
    has_expansion: bool,
    quoting: Quoting,
    /// How many parts it has: runs without quotes, quotes, expansions.
    parts: usize,
    span: Span,
}

impl Draft {
    fn new(at: usize) -> Self {
        Self { value: String::new(), has_expansion: false, quoting: Quoting::None, parts: 0, span: Span::new(at, at) }
    }

    /// Notes how the part that ends here is quoted.
    fn extend(&mut self, quoting: Quoting, end: usize) {
        self.parts += 1;
        self.span.end = end;
        if self.parts == 1 {
            self.quoting = quoting;
        } else if quoting != Quoting::None || self.quoting != Quoting::None {
            self.quoting = Quoting::Mixed;
        }
    }
}

impl Parser<'_> {
    /// Reads a word, if one starts here.
    pub(super) fn word(&mut self) -> Option<ShellWord> {
        let mut draft = Draft::new(self.at);
        while self.part(&mut draft) {}
        let Draft { value, has_expansion, quoting, span, .. } = draft;
        (!span.is_empty()).then_some(ShellWord { value, span, has_expansion, quoting })
    }

    /// What was read since `start`, as a word.
    pub(super) fn bare_word(&self, start: usize) -> ShellWord {
        let span = Span::new(start, self.at);
        ShellWord { value: span.of(self.text).to_owned(), span, has_expansion: false, quoting: Quoting::None }
    }

    /// Reads the next part of a word. Returns whether there is one.
    fn part(&mut self, draft: &mut Draft) -> bool {
        let Some(byte) = self.peek() else { return false };
        let quoting = match (byte, self.peek_at(1)) {
            (b'\\', Some(b'\n')) => {
                self.at += 2;
                return true;
            }
            (b'\\', _) => self.escape(draft),
            (b'\'', _) => self.single(draft),
            (b'"', _) | (b'$', Some(b'"')) => self.double(draft),
            (b'$', Some(b'\'')) => self.ansi(draft),
            (b'$' | b'`', _) | (b'<' | b'>', Some(b'(')) => self.expansion(draft, false),
            (b'(', _) if self.is_group(draft) => self.group(draft),
            _ if is_break(byte) => return false,
            _ => self.literal(draft, |byte| is_break(byte) || matches!(byte, b'\\' | b'\'' | b'"' | b'$' | b'`')),
        };
        draft.extend(quoting, self.at);
        true
    }

    /// Reads up to a byte that `ends` it. There is at least one before it.
    fn literal(&mut self, draft: &mut Draft, ends: fn(u8) -> bool) -> Quoting {
        let start = self.at;
        while self.peek().is_some_and(|byte| !ends(byte)) {
            self.at += 1;
        }
        draft.value.push_str(self.since(start));
        Quoting::None
    }

    /// Reads a backslash, and the character after it if that may mean something.
    fn escape(&mut self, draft: &mut Draft) -> Quoting {
        self.at += 1;
        match self.peek() {
            Some(byte) if byte.is_ascii() => {
                self.at += 1;
                draft.value.push(char::from(byte));
            }
            // The character after it is read as it would be without a backslash.
            Some(_) => {}
            None => draft.value.push('\\'),
        }
        Quoting::Mixed
    }

    fn single(&mut self, draft: &mut Draft) -> Quoting {
        let at = self.at;
        self.at += 1;
        self.literal(draft, |byte| byte == b'\'');
        if !self.eat(b'\'') {
            self.miss("'", "'", at);
        }
        Quoting::Single
    }

    /// Reads `"…"` or `$"…"`.
    fn double(&mut self, draft: &mut Draft) -> Quoting {
        self.eat(b'$');
        let at = self.at;
        self.at += 1;
        loop {
            match (self.peek(), self.peek_at(1)) {
                (None, _) => {
                    self.miss("\"", "\"", at);
                    break;
                }
                (Some(b'"'), _) => {
                    self.at += 1;
                    break;
                }
                (Some(b'\\'), Some(b'\n')) => self.at += 2,
                (Some(b'\\'), Some(b'\\' | b'"' | b'$' | b'`')) => {
                    self.escape(draft);
                }
                (Some(b'\\'), _) => {
                    self.at += 1;
                    draft.value.push('\\');
                }
                (Some(b'$' | b'`'), _) => {
                    self.expansion(draft, true);
                }
                _ => {
                    self.literal(draft, |byte| matches!(byte, b'\\' | b'"' | b'$' | b'`'));
                }
            }
        }
        Quoting::Double
    }

    /// Reads `$'…'`. Where a shell does not know it, a backslash in it means nothing.
    fn ansi(&mut self, draft: &mut Draft) -> Quoting {
        self.is_unsure = true;
        self.at += 2;
        while self.peek().is_some() && !self.eat(b'\'') {
            if self.eat(b'\\') {
                self.ansi_escape(draft);
            } else {
                self.literal(draft, |byte| matches!(byte, b'\\' | b'\''));
            }
        }
        Quoting::Single
    }

    /// Reads what stands after a backslash in `$'…'`.
    fn ansi_escape(&mut self, draft: &mut Draft) {
        let byte = self.peek().unwrap_or_default();
        self.at += 1;
        let known = match byte {
            b'a' => '\u{7}',
            b'b' => '\u{8}',
            b'e' | b'E' => '\u{1b}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'v' => '\u{b}',
            b'x' => self.number(16, 2),
            b'u' => self.number(16, 4),
            b'U' => self.number(16, 8),
            b'0'..=b'7' => {
                self.at -= 1;
                self.number(8, 3)
            }
            b'\\' | b'\'' | b'"' | b'?' => char::from(byte),
            // Not an escape: the backslash stays, and what follows is read as usual.
            _ => {
                self.at -= 1;
                '\\'
            }
        };
        draft.value.push(known);
    }

    /// Reads the number of a character, of at most so many digits.
    fn number(&mut self, radix: u32, digits: usize) -> char {
        let mut number = 0;
        for _ in 0..digits {
            let Some(digit) = self.peek().and_then(|byte| char::from(byte).to_digit(radix)) else { break };
            number = number * radix + digit;
            self.at += 1;
        }
        char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    /// Reads what begins with `$`, a backtick, `<(` or `>(`. It stays as it is written.
    fn expansion(&mut self, draft: &mut Draft, is_quoted: bool) -> Quoting {
        let start = self.at;
        draft.has_expansion |= match self.peek() {
            Some(b'`') => self.backticks(),
            Some(b'$') => self.dollar(is_quoted),
            _ => self.substitution(),
        };
        draft.value.push_str(self.since(start));
        Quoting::None
    }

    /// Reads `$…`. Returns whether it is an expansion.
    fn dollar(&mut self, is_quoted: bool) -> bool {
        match self.peek_at(1) {
            Some(b'{') => self.parameter(is_quoted),
            Some(b'(') => {
                self.at += 1;
                if self.peek_at(1) == Some(b'(') && self.arithmetic() {
                    return true;
                }
                self.at -= 1;
                self.substitution()
            }
            Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => {
                self.at += 2;
                while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                    self.at += 1;
                }
                true
            }
            Some(b'0'..=b'9' | b'@' | b'*' | b'#' | b'?' | b'$' | b'!' | b'-') => {
                self.at += 2;
                true
            }
            _ => {
                self.at += 1;
                false
            }
        }
    }

    /// Reads `${…}`.
    fn parameter(&mut self, is_quoted: bool) -> bool {
        let at = self.at;
        self.at += 2;
        if self.enter() {
            self.skip_until(is_quoted, |byte| byte == b'}');
            if !self.eat(b'}') {
                self.miss("${", "}", at);
            }
            self.leave();
        }
        true
    }

    /// Reads `$(…)`, `<(…)` or `>(…)`.
    fn substitution(&mut self) -> bool {
        let at = self.at;
        let open = match self.peek() {
            Some(b'$') => "$(",
            Some(b'<') => "<(",
            _ => ">(",
        };
        self.at += 2;
        if !self.inner_lists(true) {
            self.miss(open, ")", at);
        }
        true
    }

    /// Reads backticks: they end at the next one that is not escaped, whatever is between.
    fn backticks(&mut self) -> bool {
        self.at += 1;
        let mut is_escaped = false;
        let close = self.rest().iter().position(|&byte| {
            let is_close = byte == b'`' && !is_escaped;
            is_escaped = byte == b'\\' && !is_escaped;
            is_close
        });
        let (outer, at) = (self.end, self.at - 1);
        self.end = close.map_or(outer, |length| self.at + length);
        work::count(self.end - self.at);
        self.inner_lists(false);
        self.at = self.end;
        self.end = outer;
        if !self.eat(b'`') {
            self.miss("`", "`", at);
        }
        true
    }

    /// Reads `((…))` from its first `(`. Returns false, and stays there, if it turns out to be a subshell in another.
    pub(super) fn arithmetic(&mut self) -> bool {
        let (start, pipelines, heredocs) = (self.at, self.pipelines.len(), self.heredocs.len());
        let before = (self.unclosed, self.is_unsure);
        if !self.enter() {
            return true;
        }
        let is_arithmetic = self.skip_arithmetic();
        self.leave();
        if is_arithmetic || self.retries == 0 {
            return true;
        }
        self.retries -= 1;
        self.at = start;
        self.pipelines.truncate(pipelines);
        self.heredocs.truncate(heredocs);
        (self.unclosed, self.is_unsure) = before;
        false
    }

    /// Skips two parentheses. Returns whether they are closed side by side, or not at all.
    fn skip_arithmetic(&mut self) -> bool {
        self.at += 2;
        let mut open = 2;
        while open > 1 {
            self.skip_until(false, |byte| matches!(byte, b'(' | b')'));
            match self.peek() {
                Some(b'(') => open += 1,
                Some(_) => open -= 1,
                None => {
                    self.is_unsure = true;
                    return true;
                }
            }
            self.at += 1;
        }
        self.eat(b')')
    }

    /// Skips up to a byte that `ends` it and is neither quoted nor part of an expansion.
    fn skip_until(&mut self, is_quoted: bool, ends: fn(u8) -> bool) {
        let mut ignored = Draft::new(self.at);
        while let Some(byte) = self.peek().filter(|byte| !ends(*byte)) {
            self.is_unsure |= is_quoted && matches!(byte, b'\'' | b'"'); // shells differ, even by the operator
            match byte {
                b'\\' => self.escape(&mut ignored),
                b'\'' if !is_quoted => self.single(&mut ignored),
                b'$' if !is_quoted && self.peek_at(1) == Some(b'\'') => self.ansi(&mut ignored),
                b'"' => self.double(&mut ignored),
                b'$' | b'`' => self.expansion(&mut ignored, is_quoted),
                _ => {
                    self.at += 1;
                    Quoting::None
                }
            };
        }
    }

    /// Whether a `(` belongs to the word before it: an array (`a=(…)`), or a pattern of bash (`@(…)`).
    fn is_group(&self, draft: &Draft) -> bool {
        let before = self.since(draft.span.start);
        let is_array = draft.parts == 1 && before.ends_with('=') && is_assignment(before);
        is_array || before.ends_with(['?', '*', '+', '@', '!'])
    }

    /// Reads the words in parentheses that belong to a word.
    fn group(&mut self, draft: &mut Draft) -> Quoting {
        let start = self.at;
        if self.enter() {
            let mut open = 0;
            loop {
                self.skip_lines();
                match self.peek() {
                    Some(b'(') => open += 1,
                    Some(b')') => open -= 1,
                    None => {
                        self.miss("(", ")", start);
                        break;
                    }
                    _ if self.word().is_some() => continue,
                    _ => {}
                }
                self.at += 1;
                if open == 0 {
                    break;
                }
            }
            self.leave();
        }
        draft.value.push_str(self.since(start));
        Quoting::None
    }
}
