//! What is said about a value that does not fit.

use super::decimal::decimal;
use super::place::Place;
use super::value::Value;
use crate::problem::{Code, Problem};

pub(super) const BOOLEAN: &str = "`true` or `false`";
pub(super) const NUMBER: &str = "a whole number that is not negative; a mode is one such as `0o755`";
pub(super) const STRING: &str = "a string";
pub(super) const LIST: &str = "an array";
pub(super) const OBJECT: &str = "an object";

/// A value of the wrong type, in the words of people who write TypeScript.
pub(crate) fn wrong_type(found: &Value, expected: &str, at: &Place) -> Problem {
    use Value::{Boolean, Float, Integer, List, Negative, Null, Object, Text};
    let found_text = match found {
        Null => "undefined, null, NaN or a function".to_owned(),
        Float(value) => format!("the number `{}`", decimal(*value)),
        Integer(value) => format!("the number `{value}`"),
        Negative(value) => format!("the number `{value}`"),
        Boolean(value) => format!("the boolean `{value}`"),
        Text(value) => format!("the string {:?}", shortened(value)),
        List(_) => LIST.to_owned(),
        Object(_) => OBJECT.to_owned(),
    };
    let hint = match found {
        Boolean(value) if expected == STRING => format!("Give a string: `\"{value}\"`."),
        Integer(value) if expected == STRING => format!("Give a string: `\"{value}\"`."),
        Float(_) if expected == STRING => {
            "Give a string, in quotes: a number has lost its trailing zeros already.".to_owned()
        }
        Text(value) if expected == LIST => {
            let words: Vec<_> = value.split_whitespace().map(|word| format!("\"{}\"", shortened(word))).collect();
            format!("Give an array, such as `[{}]`.", words.join(", "))
        }
        _ => format!("Give {expected}."),
    };
    let (expected, _) = expected.split_once(';').unwrap_or((expected, ""));
    Problem::new(Code::WrongType, at.to_string(), format!("Expected {expected}, got {found_text}."), hint)
}

pub(super) fn too_large(at: &Place) -> Problem {
    Problem::new(Code::WrongType, at.to_string(), "The number is too large.", format!("Give {NUMBER}."))
}

pub(super) fn missing_field(name: &str, at: &Place) -> Problem {
    let message = format!("`{name}` is missing or undefined.");
    Problem::new(Code::MissingField, at.to_string(), message, "Give it a value.")
}

pub(super) fn unknown_field(key: &str, known: &[String], at: &Place) -> Problem {
    let known: Vec<_> = known.iter().map(String::as_str).collect();
    let message = format!("Unknown field: `{}`.", shortened(key));
    Problem::new(Code::UnknownField, Place::Key(at, key).to_string(), message, did_you_mean(key, &known))
}

/// A string that is none of those that are known.
pub(crate) fn unknown_value(value: &str, known: &[&str], at: &Place) -> Problem {
    let message = format!("Unknown value: `{}`.", shortened(value));
    Problem::new(Code::WrongType, at.to_string(), message, did_you_mean(value, known))
}

/// The beginning of a value that is too long to be read in a message.
pub(crate) fn shortened(text: &str) -> String {
    const LONGEST: usize = 200;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Names the nearest of the known names, or all of them.
pub(crate) fn did_you_mean(name: &str, known: &[&str]) -> String {
    let plain = |name: &str| name.to_ascii_lowercase().replace('_', "");
    let wrong = plain(&shortened(name));
    let distance = |known: &str| strsim::levenshtein(&wrong, &plain(known));
    let nearest = known.iter().map(|known| (distance(known), known)).min();
    match nearest.filter(|(distance, _)| *distance <= 1 + wrong.len() / 4) {
        Some((_, nearest)) => format!("Did you mean `{nearest}`?"),
        None if known.is_empty() => "Leave it out.".to_owned(),
        None => format!("Use one of `{}`.", known.join("`, `")),
    }
}
