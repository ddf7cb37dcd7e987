//! What a text gives to a secret name, or to a header: `DB_PASS=…`, `password: "…"`, `Authorization: Bearer …`, a line of `.netrc`,
//! a password in a URL. For masks only: much of it is no secret.

use std::ops::Range;

use super::bytes::{byte, floor, has_at, is_in, is_quote, part, run, run_back};
use super::stand_in::{is_code, is_stand_in, is_word};
use super::{Alphabet, Hidden, at_boundary, login};

/// Hides the values in a text.
pub(super) fn hide(text: &str, hidden: &mut Hidden) {
    let mut at = 0;
    while at < text.len() {
        let value = match byte(text, at) {
            b':' if byte(text, at + 1) == b'/' && byte(text, at + 2) == b'/' => url(text, at + 3),
            b'=' | b':' => assigned(text, at),
            b'b' | b'B' | b't' => credentials(text, at),
            b'p' | b'P' => after_password(text, at),
            _ => None,
        };
        at += 1;
        if let Some(range) = value {
            at = at.max(range.end);
            hidden.hide(range);
        }
    }
}

/// The name of what is assigned at a byte: `DB_PASS` before `=`, `token` before `"]: `.
fn name_before(text: &str, at: usize) -> &str {
    let end = at - run_back(text, at, LONGEST_NAME, |byte| is_in(byte, "\"' \t\\]:?"));
    let start = end - run_back(text, end, LONGEST_NAME, |byte| Alphabet::Word.has(byte));
    match byte(text, start.wrapping_sub(1)) {
        b'/' => "", // a path
        b'\\' if is_in(byte(text, start), "nrt") => part(text, start + 1..end),
        _ => part(text, start..end),
    }
}

/// Whether a variable with this name may hold a secret.
pub(super) fn may_be_secret(name: &str) -> bool {
    const ENDS: [&str; 22] = [
        "password",
        "passwd",
        "passphrase",
        "passcode",
        "pass",
        "pwd",
        "secret",
        "token",
        "credential",
        "credentials",
        "authorization",
        "apikey",
        "appkey",
        "authkey",
        "accesskey",
        "accountkey",
        "secretkey",
        "privatekey",
        "sharedkey",
        "signingkey",
        "masterkey",
        "encryptionkey",
    ];
    // The last letters, whatever is between them: `API_KEY`, `api-key`, `apiKey`.
    let mut last = [0; 16];
    let letters = name.bytes().rev().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase());
    last.iter_mut().rev().zip(letters).for_each(|(place, letter)| *place = letter);
    let ends_with = |end: &&str| last.ends_with(end.as_bytes());
    ENDS.iter().any(ends_with) && !["compass", "bypass"].iter().any(ends_with)
}

/// A value, and how it stands there.
struct Value {
    range: Range<usize>,
    is_quoted: bool,
}

/// The value at a byte: what is in quotes, also in those of a string in a string (`\"`), or what follows without a blank.
fn value_at(text: &str, at: usize, ends: &str) -> Value {
    let escapes = run(text, at, LONGEST_NAME, |byte| byte == b'\\');
    let start = at + escapes + 1;
    let quote = byte(text, start - 1);
    if !is_in(quote, "\"'`") {
        return Value { range: at..end_of_plain(text, at, ends), is_quoted: false };
    }
    // The end of a string that is followed by another one.
    let is_last = is_in(byte(text, start), ",:]}\0");
    let end = if is_last { Some(start) } else { end_of_quoted(text, start, quote, escapes) };
    let end = end.unwrap_or_else(|| end_of_plain(text, start, ends));
    Value { range: start..end, is_quoted: true }
}

/// Where a quoted text ends whose first quote had so many escapes.
fn end_of_quoted(text: &str, start: usize, quote: u8, escapes: usize) -> Option<usize> {
    let mut at = start;
    while at < start + LONGEST_VALUE {
        let before = run(text, at, LONGEST_NAME, |byte| byte == b'\\');
        let byte = byte(text, at + before);
        let is_closing = if escapes == 0 { before & 1 == 0 } else { before <= escapes };
        if byte == quote && is_closing {
            return Some(if escapes == 0 { at + before } else { at });
        }
        // A string of JSON, or its line, ends before the quote does.
        if byte == b'"' && is_closing || byte < b' ' && byte != b'\t' {
            return None;
        }
        at += before + 1;
    }
    None
}

/// Where a text ends that has no quotes. An escape is part of it unless it is a quote's or a line's.
fn end_of_plain(text: &str, start: usize, ends: &str) -> usize {
    let mut at = start;
    while at < start + LONGEST_VALUE {
        let next = byte(text, at + 1);
        match byte(text, at) {
            b'\\' if next.is_ascii_graphic() && !is_in(next, "nrt\"'") => at += 2,
            0..=b' ' | 127 | b'\\' | b'"' | b'\'' | b'`' => break,
            byte if is_in(byte, ends) => break,
            _ => at += 1,
        }
    }
    floor(text, at)
}

/// What ends a value without quotes, in a program and in an environment.
const IN_PROGRAMS: &str = ",;&|<>(){}[]";
const IN_ENVIRONMENTS: &str = ";&|<>)";

const fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// What a secret name is given; `at` is the character between them.
fn assigned(text: &str, at: usize) -> Option<Range<usize>> {
    let name = Some(name_before(text, at)).filter(|name| may_be_secret(name))?;
    let sign = byte(text, at);
    let is_spaced = sign == b'=' && byte(text, at - 1) == b' ';
    let is_variable = !is_spaced && !name.bytes().any(|byte| byte.is_ascii_lowercase());
    let start = match (sign, byte(text, at + 1)) {
        (b':', b'?' | b'+') => return None,           // `${TOKEN:?message}`
        (b':', b'-' | b'=') | (b'=', b'>') => at + 2, // `${TOKEN:-value}`, `'token' => 'value'`
        _ => at + 1,
    };
    let start = start + run(text, start, LONGEST_NAME, is_blank);
    let is_string = is_in(byte(text, start), "bfru") && is_quote(byte(text, start + 1));
    let ends = if is_variable && sign == b'=' { IN_ENVIRONMENTS } else { IN_PROGRAMS };
    let Value { range, is_quoted } = value_at(text, start + usize::from(is_string), ends);
    let given = part(text, range.clone());
    if name.ends_with("uthorization") && given.contains(' ') {
        return None; // a scheme, then the secret
    }
    let is_prose = !is_variable && (is_word(given) || !is_quoted && is_code(given, byte(text, range.end)));
    (!is_prose && !is_stand_in(given)).then_some(range)
}

/// What follows the scheme of a header.
fn credentials(text: &str, at: usize) -> Option<Range<usize>> {
    let scheme =
        ["bearer ", "basic ", "token "].iter().find(|scheme| has_at(text, at, scheme) && begins_word(text, at))?;
    let start = at + scheme.len();
    let end = end_of_plain(text, start, IN_PROGRAMS);
    let given = part(text, start..end);
    (given.len() >= 8 && !is_stand_in(given) && !is_word(given)).then_some(start..end)
}

/// What follows `password` in `.netrc` (`machine … login … password …`), and in quotes, as in SQL.
fn after_password(text: &str, at: usize) -> Option<Range<usize>> {
    let end = at + "password".len();
    let start = end + run(text, end, LONGEST_NAME, |byte| byte.is_ascii_whitespace());
    if start == end || !has_at(text, at, "password") || !begins_word(text, at) {
        return None;
    }
    let Value { range, is_quoted } = value_at(text, start, IN_ENVIRONMENTS);
    let given = part(text, range.clone());
    let before = at - run_back(text, at, LONGEST_VALUE, |byte| byte != 0);
    let before = part(text, before + run(text, before, 3, |byte| byte & 0xC0 == 0x80)..at);
    let is_login = before.contains("login ");
    let is_netrc = before.contains("machine ") && (is_login || !is_word(given));
    let is_default = is_login && before.contains("default login ");
    let is_one = is_netrc || is_default || is_quoted && !is_word(given);
    (is_one && !is_stand_in(given)).then_some(range)
}

/// The password in a URL, behind its `://`, whatever its host is.
fn url(text: &str, at: usize) -> Option<Range<usize>> {
    let password = login(text, at)?.password;
    (!is_stand_in(part(text, password.clone()))).then_some(password)
}

/// Whether a word begins here, also behind the escape of a newline.
fn begins_word(text: &str, at: usize) -> bool {
    let is_escape = is_in(byte(text, at.wrapping_sub(1)), "nrt") && byte(text, at.wrapping_sub(2)) == b'\\';
    is_escape || at_boundary(text.as_bytes(), at)
}

/// Bytes of a name, and of a value: more of a hostile text is not looked at, at each of its places.
const LONGEST_NAME: usize = 64;
const LONGEST_VALUE: usize = 512;
