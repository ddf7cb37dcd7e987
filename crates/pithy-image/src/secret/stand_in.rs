//! What is written where a secret would stand, and is none: `$TOKEN`, `<password>`, `changeme`, a type, an expression.

use super::bytes::{all, byte, floor, has_at, is_digit, is_in, is_letter, part, run, run_back};

const KINDS: [&str; 6] = ["pass", "pwd", "secret", "token", "key", "credential"];

/// Bytes of a value that are looked at for words.
const LONGEST: usize = 64;

/// Whether something stands for a secret.
pub(super) fn is_stand_in(value: &str) -> bool {
    const WHOLE: [&str; 15] = [
        "true",
        "false",
        "null",
        "none",
        "undefined",
        "string",
        "admin",
        "root",
        "user",
        "test",
        "guest",
        "postgres",
        "mysql",
        "required",
        "default",
    ];
    const PARTS: [&str; 9] =
        ["example", "changeme", "change_me", "change-me", "placeholder", "redacted", "xxxx", "://", "env."];
    let lower = part(value, 0..floor(value, LONGEST)).to_ascii_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
    value.len() < 4
        || all(value, |byte| byte.is_ascii() && !byte.is_ascii_alphanumeric())
        || is_reference(value)
        || is_path(value)
        || value.len() < 6 && all(value, is_digit)
        || WHOLE.contains(&lower.as_str())
        || has_at(value, 0, "your")
        || has(&PARTS)
        || all(value, |byte| !is_digit(byte)) && has(&KINDS)
}

/// Whether something is a variable, or a part of a template.
fn is_reference(value: &str) -> bool {
    let second = byte(value, 1);
    let last = byte(value, value.len() - 1);
    match byte(value, 0) {
        b'$' | b'#' => is_letter(second) || is_in(second, "_{(<"),
        b'%' => is_letter(second) && value.len() < 5 || last == b'%' || second == b'(',
        b'{' => last == b'}',
        b'<' => true,
        b'[' => last == b']',
        b'!' => all(part(value, 1..value.len()), is_letter),
        _ => false,
    }
}

/// Whether something is a path; a text in base64 can begin with `/`, too.
fn is_path(value: &str) -> bool {
    let start = run(value, 0, 2, |byte| is_in(byte, ".~"));
    let is_plain = all(value, |byte| !is_digit(byte)) || all(value, |byte| !byte.is_ascii_uppercase());
    byte(value, start) == b'/' && (start > 0 || is_plain)
}

/// Whether something is a word, a name of a program, or a number.
pub(super) fn is_word(value: &str) -> bool {
    let letters = part(value, 0..value.len() - run_back(value, value.len(), 4, is_digit));
    let upper = letters.bytes().filter(u8::is_ascii_uppercase).count();
    let is_name = all(letters, |byte| is_letter(byte) || is_in(byte, "_-./ "));
    let is_cased = upper * 4 <= letters.len() || all(letters, |byte| !byte.is_ascii_lowercase());
    // Also numbered like the variables of a program: `token2`.
    let is_numbered = value.len() <= letters.len() + 2 && KINDS.iter().any(|kind| letters.ends_with(kind));
    all(value, |byte| is_digit(byte) || is_in(byte, "^~.*-"))
        || is_name && is_cased && (letters.len() == value.len() || is_numbered)
}

/// Whether what stands there without quotes is an expression: `config.token`, `crate::KEY`, a call.
pub(super) fn is_code(value: &str, next: u8) -> bool {
    let name = run(value, 0, LONGEST, |byte| is_letter(byte) || byte == b'_');
    is_in(byte(value, name), ".(")
        || byte(value, name) == b':' && byte(value, name + 1) == b':'
        || is_in(byte(value, 0), "*@")
        || is_in(next, "([")
}
