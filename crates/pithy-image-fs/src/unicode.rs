//! Names in composed Unicode.

use unicode_normalization::char::{canonical_combining_class, compose};

/// Joins letters with the marks after them, as git does on macOS (`core.precomposeunicode`).
///
/// This is not NFC, which would also replace what has no marks (`Å`, the sign of Ångström, and CJK ideographs kept for
/// compatibility): those are listed as they were written, on macOS as on Linux.
pub(crate) fn composed(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut chars: Vec<char> = Vec::with_capacity(text.len());
    let (mut letter, mut last_class) = (None, 0);
    for next in text.chars() {
        let class = canonical_combining_class(next);
        if let Some(at) = letter
            && (at + 1 == chars.len() || last_class < class)
            && let Some(joined) = compose(chars[at], next)
        {
            chars[at] = joined;
            continue;
        }
        if class == 0 {
            letter = Some(chars.len());
        }
        last_class = class;
        chars.push(next);
    }
    chars.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_normalization::UnicodeNormalization as _;

    #[test]
    fn marks_are_joined_and_nothing_else_is_changed() {
        for (decomposed, expected) in [
            ("e\u{301}", "\u{e9}"),
            ("A\u{30a}", "\u{c5}"),
            ("e\u{323}\u{302}", "\u{1ec7}"),          // two marks, one after the other
            ("a\u{321}\u{301}", "\u{e1}\u{321}"),     // past a mark of another place
            ("a\u{315}\u{301}", "a\u{315}\u{301}"),   // not past one of the same place or a later one
            ("q\u{323}\u{301}", "q\u{323}\u{301}"),   // no such letter
            ("\u{1112}\u{1161}\u{11ab}", "\u{d55c}"), // Hangul
            ("\u{304b}\u{3099}", "\u{304c}"),         // kana
            ("\u{9c7}\u{9be}", "\u{9cb}"),            // a vowel of two halves, neither of them a mark
            ("\u{301}e", "\u{301}e"),
        ] {
            assert_eq!(composed(decomposed), expected, "{}", decomposed.escape_unicode());
        }
        for same in
            ["", "a", "caf\u{e9}.sh", "\u{212b}", "\u{2126}", "\u{fa19}", "\u{fb2a}", "\u{1f468}\u{200d}\u{1f4bb}"]
        {
            assert_eq!(composed(same), same, "{}", same.escape_unicode());
        }
    }

    #[test]
    fn every_character_with_a_composed_form_is_found_again() {
        for c in ('\0'..=char::MAX).filter(|c| c.nfc().eq([*c])) {
            assert_eq!(composed(&c.nfd().collect::<String>()), c.to_string(), "U+{:04X}", u32::from(c));
        }
    }
}
