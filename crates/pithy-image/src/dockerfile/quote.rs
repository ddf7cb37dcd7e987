//! Quoting: how a value stands in a Dockerfile, in JSON and in a shell line so that exactly it arrives.
//!
//! The rules are those of Docker's own parsers, legacy engine and BuildKit, as tried on both.

use std::fmt::Write as _;

use pithy_image_dockerfile::Escape;

/// `"value"` for `ENV`, `LABEL`, `WORKDIR` and `USER`: only the escape character, `"` and `$` are special inside.
pub(crate) fn quoted(value: &str, escape: Escape) -> String {
    format!("\"{}\"", with_escapes(value, escape, &['"', '$']))
}

/// A text in which these characters, and the escape character, are escaped.
fn with_escapes(text: &str, escape: Escape, special: &[char]) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    for c in text.chars() {
        if c == escape.char() || special.contains(&c) {
            out.push(escape.char());
        }
        out.push(c);
    }
    out
}

/// The value bare where that reads the same, else [`quoted`]. A `--` at the beginning would be an option.
pub(crate) fn bare_or_quoted(value: &str, escape: Escape) -> String {
    if !value.starts_with("--") && value.bytes().all(is_plain) { value.to_owned() } else { quoted(value, escape) }
}

/// Letters, digits and marks that no parser on the way treats as special.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/._-:@%+,=".contains(&byte)
}

/// The exec form, `["a", "b"]`.
pub(crate) fn json_list<S: AsRef<str>>(items: impl IntoIterator<Item = S>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| json_string(item.as_ref())).collect();
    format!("[{}]", items.join(", "))
}

/// A JSON string. Control characters, the byte order mark and the line separators U+2028 and U+2029, at which
/// JavaScript's `.` stops, are escaped; everything else is itself.
fn json_string(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    out.push('"');
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The paths of `COPY` and `ADD`: JSON, whose destination Docker expands once more.
pub(crate) fn copy_paths(source: &str, destination: &str, escape: Escape) -> String {
    json_list([source, &escaped(destination, escape)])
}

/// A value of a JSON array that Docker expands once more: the escape character, quotes and `$` take one of their own.
pub(crate) fn escaped(value: &str, escape: Escape) -> String {
    with_escapes(value, escape, &['"', '\'', '$'])
}

/// A path in a stage as the source of a `COPY`: Docker expands it, which takes one of two backslashes away, and takes it for
/// a pattern, in which a backslash makes the next character plain. A backslash outside of brackets is found by no engine.
pub(crate) fn pattern(path: &str, escape: Escape) -> String {
    let mut out = String::with_capacity(path.len());
    for c in path.chars() {
        match c {
            '[' | '*' | '?' => out.extend(['[', c, ']']),
            '\\' if escape == Escape::Backslash => out.push_str(r"[\\\\]"),
            '\\' => out.push_str(r"[\\]"),
            '"' | '\'' | '$' => out.extend([escape.char(), c]),
            c if c == escape.char() => out.extend([c, c]),
            c => out.push(c),
        }
    }
    out
}

/// One word of a shell line: bare where no shell would touch it, else in single quotes.
pub(crate) fn shell_word(value: &str) -> String {
    if !value.is_empty() && value.bytes().all(is_plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docker_values_escape_only_what_docker_unescapes() {
        assert_eq!(quoted(r#"a\b"c$d`e'f "#, Escape::Backslash), r#""a\\b\"c\$d`e'f ""#);
    }

    #[test]
    fn with_another_escape_character_a_backslash_is_itself() {
        let value = r#"a\b"c$d`e'f"#;
        assert_eq!(quoted(value, Escape::Backtick), r#""a\b`"c`$d``e'f""#);
        assert_eq!(escaped(value, Escape::Backtick), r#"a\b`"c`$d``e`'f"#);
        assert_eq!(pattern(r"a\*`$", Escape::Backtick), r"a[\\][*]```$");
    }

    #[test]
    fn plain_words_stay_bare() {
        assert_eq!(bare_or_quoted("/srv/app", Escape::Backslash), "/srv/app");
        assert_eq!(bare_or_quoted("/srv/my app", Escape::Backslash), "\"/srv/my app\"");
    }

    #[test]
    fn json_escapes_line_separators_and_controls() {
        assert_eq!(json_list(["a\"b\\", "\n\t\u{1}\u{2028}é"]), r#"["a\"b\\", "\n\t\u0001\u2028é"]"#);
    }

    #[test]
    fn copy_destinations_are_escaped_twice() {
        assert_eq!(copy_paths("ctx/a", r#"/a $b\c'd""#, Escape::Backslash), r#"["ctx/a", "/a \\$b\\\\c\\'d\\\""]"#);
    }

    #[test]
    fn shell_words_survive_the_shell() {
        assert_eq!(shell_word("numpy==1.0"), "numpy==1.0");
        assert_eq!(shell_word("numpy<2"), "'numpy<2'");
        assert_eq!(shell_word("it's"), r"'it'\''s'");
        assert_eq!(shell_word(""), "''");
    }
}
