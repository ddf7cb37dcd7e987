//! Shell words, as BuildKit expands them.

use pithy_image_dockerfile::{Escape, expand, expand_heredoc};

fn vars(name: &str) -> Option<String> {
    let value = match name {
        "x" => "value",
        "empty" => "",
        "path" => "a/b/c.tar.gz",
        "star" => "a*b",
        "quoted" => "'a' \\b",
        _ => return None,
    };
    Some(value.to_owned())
}

#[test]
fn words_expand_as_in_buildkit() {
    for (word, expected) in [
        ("", ""),
        ("plain", "plain"),
        ("$x", "value"),
        ("a${x}b", "avalueb"),
        ("$missing|${missing}", "|"),
        ("$", "$"),
        ("a$ b", "a$ b"),
        ("$1x$12", "x"),
        ("$@$*$#$?$-$$$!", ""),
        (r"\$x", "$x"),
        (r"a\b\\", r"ab\"),
        (r"a\", "a"),
        ("'$x'", "$x"),
        (r"'a\'", r"a\"),
        ("\"$x\"", "value"),
        (r#""\$x \" \\ \a""#, r#"$x " \ \a"#),
        ("a\"b 'c'\"d", "ab 'c'd"),
        ("$quoted", "'a' \\b"),
        ("${x:-no}${missing:-yes}${empty:-yes}", "valueyesyes"),
        ("${x-no}${missing-yes}|${empty-no}", "valueyes|"),
        ("${x:+yes}|${missing:+no}|${empty:+no}", "yes||"),
        ("${x+yes}|${missing+no}|${empty+yes}", "yes||yes"),
        ("${x:?no}${empty?no}", "value"),
        ("${missing:-${x}}", "value"),
        ("${missing:-'$x' \"$x\"}", "$x value"),
        (r"${missing:-\}}", "}"),
        ("${path#*/}|${path##*/}", "b/c.tar.gz|c.tar.gz"),
        ("${path%.*}|${path%%.*}", "a/b/c.tar|a/b/c"),
        ("${path#x}|${path%x}|${path#}", "a/b/c.tar.gz|a/b/c.tar.gz|a/b/c.tar.gz"),
        ("${path#?/}|${path%g?}", "b/c.tar.gz|a/b/c.tar."),
        (r"${star#a\*}|${star#a?}", "b|b"),
        ("${path/a/x}|${path//a/x}", "x/b/c.tar.gz|x/b/c.txr.gz"),
        (r"${path//\//-}", "a-b-c.tar.gz"),
        ("${path/b*r/}", "a/.gz"),
        ("${path//?/x}", "xxxxxxxxxxxx"),
        ("${x//*/y}|${empty//*/y}|${x//q/y}", "y|y|value"),
        ("<<$x < y", "<<value < y"),
        ("\u{feff}a\u{feff}", "a\u{feff}"),
        ("é$x😀", "évalue😀"),
    ] {
        assert_eq!(expand(word, &vars, Escape::Backslash).as_deref(), Ok(expected), "{word}");
    }
}

#[test]
fn a_backtick_escapes_when_it_is_the_escape_character() {
    assert_eq!(expand(r"c:\$x`$x", &vars, Escape::Backtick).as_deref(), Ok(r"c:\value$x"));
}

#[test]
fn quotes_stay_in_heredocs() {
    assert_eq!(expand_heredoc("'$x' \"${x}\" \\$x\n", &vars).as_deref(), Ok("'value' \"value\" $x\n"));
}

#[test]
fn what_cannot_be_expanded_is_an_error_in_the_words_of_buildkit() {
    for (word, expected) in [
        ("'a", "unexpected end of statement while looking for matching single-quote"),
        ("\"a", "unexpected end of statement while looking for matching double-quote"),
        ("${", "syntax error: missing '}'"),
        ("${x:-a", "syntax error: missing '}'"),
        ("${}", "syntax error: bad substitution"),
        ("${x", "unsupported modifier (\u{fffd}) in substitution"),
        ("${x!y}", "unsupported modifier (!) in substitution"),
        ("${x:y}", "unsupported modifier (:y) in substitution"),
        ("${x:#y}", "unsupported modifier (:#) in substitution"),
        ("${x/a}", "syntax error: missing '/' in ${}"),
        ("${x/a/b", "syntax error: missing '}'"),
        (r"${x#\a}", r"invalid pattern (\a) in substitution: invalid escape '\a'"),
        (r"${x%a\b}", r"invalid pattern (\ba) in substitution: invalid escape '\b'"),
        ("${missing?}", "missing: is not allowed to be unset"),
        ("${empty:?}", "empty: is not allowed to be empty"),
        ("${missing:?say it}", "missing: say it"),
    ] {
        let error = expand(word, &vars, Escape::Backslash).map_err(|error| error.to_string());
        assert_eq!(error, Err(format!("failed to process {}: {expected}", quoted(word))));
    }
}

fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
}

#[test]
fn braces_may_be_100_deep() {
    let nested = |depth: usize| "${a:-".repeat(depth) + "x" + &"}".repeat(depth);
    assert_eq!(expand(&nested(100), &vars, Escape::Backslash).as_deref(), Ok("x"));
    assert!(expand(&nested(101), &vars, Escape::Backslash).is_err());
    assert!(expand(&nested(100_000), &vars, Escape::Backslash).is_err());
}
