//! What a command is given as a secret: `curl -u user:…`, `mysql -p…`, `echo … | passwd --stdin`. For masks only.

use std::mem;
use std::ops::Range;

use super::Hidden;
use super::bytes::{byte, is_digit, is_in, is_letter, is_quote, part, run};
use super::given::may_be_secret;
use super::stand_in::{is_stand_in, is_word};

/// Hides the secrets that the commands of a text are given.
pub(super) fn hide(text: &str, hidden: &mut Hidden) {
    look_at(text, 0..text.len(), hidden);
}

/// Looks at the commands in a part of a text.
fn look_at(text: &str, span: Range<usize>, hidden: &mut Hidden) {
    let mut command = Command::default();
    for token in (Words { text: part(text, 0..span.end), at: span.start, unclosed: [0; 4] }) {
        match token {
            Token::Quoted(word) if !command.takes_whole() && part(text, word.clone()).contains(' ') => {
                look_at(text, word, hidden);
            }
            Token::Word(word) | Token::Quoted(word) => command.take(text, word, hidden),
            end => {
                let echoed = mem::take(&mut command).echoed;
                match end {
                    Token::Pipe => command.piped = echoed,
                    Token::Next => command.echoed = echoed,
                    _ => {}
                }
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Takes {
    /// All of the next word, or of the rest of this one.
    Whole,
    /// The rest of this word.
    Glued,
    /// What is behind the colon of the next word, or of the rest of this one.
    Pair,
    /// All of the next word, unless it looks like prose.
    Likely,
}

/// The options of a program, or of a command of one, that take a secret.
fn options_of(program: &str) -> Option<(Takes, &'static str)> {
    let starts = |names: &[&str]| names.iter().any(|name| program.starts_with(name));
    if program == "curl" {
        Some((Takes::Pair, "-u -U --user --proxy-user"))
    } else if starts(&["mysql", "mariadb"]) {
        Some((Takes::Glued, "-p"))
    } else {
        starts(&["login", "sshpass", "mongo"]).then_some((Takes::Whole, "-p"))
    }
}

/// What is known of a command so far.
#[derive(Default)]
struct Command<'t> {
    /// The options of the last programs that have any: `sshpass` runs another one.
    options: [Option<(Takes, &'static str)>; 2],
    last: &'t str,
    /// What the last word takes.
    takes: Option<Takes>,
    is_echo: bool,
    echoed: Range<usize>,
    /// What the command before wrote.
    piped: Range<usize>,
    /// Whether it reads a password: alone, or behind a name.
    reads: Option<Takes>,
}

impl<'t> Command<'t> {
    /// Whether the next word is a value, and no command.
    fn takes_whole(&self) -> bool {
        self.is_echo || self.takes.is_some()
    }

    fn take(&mut self, text: &'t str, range: Range<usize>, hidden: &mut Hidden) {
        let word = part(text, range.clone());
        if let Some(takes) = self.takes.take() {
            hide_in(text, range, takes, hidden);
        } else if self.is_echo {
            let goes_on = !self.echoed.is_empty() && !part(text, self.echoed.end..range.start).bytes().any(is_quote);
            let start = if goes_on { self.echoed.start } else { range.start };
            if byte(word, 0) != b'-' {
                self.echoed = start..range.end;
            }
        } else {
            self.option(text, range, hidden);
        }
        self.program(word);
        if let Some(takes) = self.reads {
            hide_in(text, mem::take(&mut self.piped), takes, hidden);
        }
        self.last = word;
    }

    fn program(&mut self, word: &str) {
        let name =
            ["/usr/bin/", "/usr/sbin/"].iter().find_map(|directory| word.strip_prefix(directory)).unwrap_or(word);
        match name {
            "echo" | "printf" => self.is_echo = true,
            "passwd" | "--stdin" | "--password-stdin" => self.reads = Some(Takes::Whole),
            "chpasswd" => self.reads = Some(Takes::Pair),
            "<<<" => self.takes = self.reads,
            _ => {
                if let Some(options) = options_of(name) {
                    self.options = [Some(options), self.options[0]];
                }
            }
        }
    }

    fn option(&mut self, text: &str, range: Range<usize>, hidden: &mut Hidden) {
        let word = part(text, range.clone());
        let is_setting = ["set", "config", "ENV"].contains(&self.last);
        if (is_setting || word.starts_with("--")) && !word.contains('=') && may_be_secret(word) {
            self.takes = Some(if is_setting { Takes::Whole } else { Takes::Likely });
        }
        for (takes, options) in self.options.into_iter().flatten() {
            let Some(option) = options.split(' ').find(|option| begins(word, option, takes)) else { continue };
            // Letters before it are other options: `-su`.
            let is_bundle = takes == Takes::Pair && !word.starts_with(option);
            let behind = option.len() + run(word, option.len(), 2, |byte| byte == b'=' || is_quote(byte));
            if !is_bundle && behind < word.len() {
                hide_in(text, range.start + behind..range.end, takes, hidden);
            } else if takes != Takes::Glued {
                self.takes = Some(takes);
            }
        }
    }
}

/// Whether a word is an option, has it with its value, or ends with its letter in a bundle of some.
fn begins(word: &str, option: &str, takes: Takes) -> bool {
    let is_short = option.len() == 2;
    let length = word.len();
    let is_bundle = length < 8 && byte(word, 0) == b'-' && run(word, 1, length, is_letter) == length - 1;
    word.starts_with(option) && (is_short || is_in(byte(word, option.len()), "=\0"))
        || is_short && takes == Takes::Pair && is_bundle && byte(word, length - 1) == byte(option, 1)
}

/// Hides the secret in a word.
fn hide_in(text: &str, range: Range<usize>, takes: Takes, hidden: &mut Hidden) {
    let word = part(text, range.clone());
    let name = run(word, 0, usize::MAX, |byte| byte != b':') + 1;
    let start = range.start + if takes == Takes::Pair { name } else { 0 };
    let start = start + run(text, start, 1, is_quote);
    let secret = part(text, start..range.end);
    let is_port =
        secret.contains(':') && run(secret, 0, usize::MAX, |byte| is_digit(byte) || is_in(byte, ":./")) == secret.len();
    let is_prose = takes == Takes::Likely && (is_word(secret) || secret.starts_with("id="));
    if !is_stand_in(secret) && byte(secret, 0) != b'-' && !is_port && !is_prose {
        hidden.hide(start..range.end);
    }
}

enum Token {
    Word(Range<usize>),
    Quoted(Range<usize>),
    Pipe,
    /// Another command of the line.
    Next,
    /// The end of the line.
    End,
}

/// The words of a shell, and of lists in quotes and commas; not exactly, as text may be in a string of another language.
struct Words<'t> {
    text: &'t str,
    at: usize,
    /// Up to where it is known that no quote of each kind closes, so that nothing is looked at twice.
    unclosed: [usize; 4],
}

impl Iterator for Words<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        loop {
            let next = byte(self.text, self.at + 1);
            let (length, token) = match byte(self.text, self.at) {
                0 if self.at >= self.text.len() => return None,
                b'\\' if is_in(next, "\"'") => return Some(Token::Quoted(self.quoted(2))),
                b'"' | b'\'' => return Some(Token::Quoted(self.quoted(1))),
                b'\\' if is_in(next, "nr") => (2, Some(Token::End)),
                // A line goes on behind a backslash, which is escaped in a string.
                b'\\' if next == b'\\' && byte(self.text, self.at + 2) == b'\\' => (4, None),
                b'\\' if is_in(next, "\\\n") => (2, None),
                b'\n' | 0 => (1, Some(Token::End)),
                b'|' if next == b'|' => (2, Some(Token::Next)),
                b'|' => (1, Some(Token::Pipe)),
                b';' | b'&' => (1, Some(Token::Next)),
                byte if is_in(byte, " \t\r,[](){}`\\") => (1, None),
                _ => return Some(Token::Word(self.plain())),
            };
            self.at += length;
            if token.is_some() {
                return token;
            }
        }
    }
}

impl Words<'_> {
    /// A word in quotes. If its line has no other such quote, it is empty, and what follows is no word of its own.
    fn quoted(&mut self, escaped: usize) -> Range<usize> {
        let start = self.at + escaped;
        let quote = byte(self.text, start - 1);
        let unclosed = usize::from(quote == b'"') + 2 * usize::from(escaped == 2);
        let known = &mut self.unclosed[unclosed];
        self.at = start;
        for at in start.max(*known)..start + LONGEST_STRING {
            let found = byte(self.text, at);
            if found == b'\n' || found == 0 {
                break;
            }
            *known = at + 1;
            let is_escaped = quote == b'"' && byte(self.text, at - 1) == b'\\';
            if found == quote && is_escaped == (escaped == 2 && quote == b'"') {
                self.at = at + 1;
                return start..(at - usize::from(is_escaped)).max(start);
            }
        }
        start..start
    }

    /// A word that may have a quoted part at its end: `-p"…"`, `root:'…'`.
    fn plain(&mut self) -> Range<usize> {
        let start = self.at;
        let length = run(self.text, start, usize::MAX, |byte| byte > b' ' && !is_in(byte, ";|&\"'`,)]}\\"));
        self.at = start + length;
        let escaped = 1 + usize::from(byte(self.text, self.at) == b'\\');
        let has_value = byte(self.text, start) == b'-' || length > 1 && is_in(byte(self.text, self.at - 1), ":=");
        if has_value && is_quote(byte(self.text, self.at + escaped - 1)) {
            return start..self.quoted(escaped).end;
        }
        self.at = self.at.max(start + 1);
        start..start + length
    }
}

/// Bytes of a string in quotes.
const LONGEST_STRING: usize = 1 << 14;
