//! Reads JSON into the types of this crate, and says what is wrong with it, all at once and where.
//!
//! ```text
//!  text ──parse──> Value ──FromValue──> a type, or every problem with its JSON pointer
//! ```
//!
//! serde alone stops at the first mistake and keeps one of two equal keys without a word. So the text becomes a [`Value`]
//! first, which keeps everything that was written, and [`FromValue`] collects what does not fit.

mod decimal;
mod from_value;
mod misfit;
mod place;
mod value;

use std::collections::BTreeSet;

use serde::de::DeserializeSeed;

use crate::problem::{Code, Problem, Problems};

pub(crate) use from_value::{Field, FromObject, FromValue, Slot, object, read_fields};
pub(crate) use misfit::{did_you_mean, shortened, unknown_value, wrong_type};
pub(crate) use place::Place;
pub use value::Value;

use self::value::ValueSeed;

/// Reads a text.
///
/// # Errors
///
/// What is not JSON, a repeated key, or every value that does not fit.
pub(crate) fn read<T: FromValue>(text: &str) -> Result<T, Problems> {
    let (value, repeated) = parse(text)?;
    Problems::or(repeated, ())?;
    let mut problems = Vec::new();
    T::from_value(value, &Place::Whole, &mut problems).ok_or(Problems(problems))
}

/// The value of a text, and its repeated keys.
pub(crate) fn parse(text: &str) -> Result<(Value, Vec<Problem>), Problem> {
    let mut path = String::new();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = ValueSeed(&mut path).deserialize(&mut deserializer).map_err(|error| not_json(&error, path))?;
    deserializer.end().map_err(|error| invalid_json(&error))?;
    let mut repeated = Vec::new();
    find_repeated_keys(&value, &Place::Whole, &mut repeated);
    Ok((value, repeated))
}

/// A lone surrogate is valid JSON that no UTF-8 string can hold: its place is known, as it is not in broken JSON.
fn not_json(error: &serde_json::Error, path: String) -> Problem {
    // serde_json has no codes for its errors: a test keeps these words.
    const SURROGATES: [&str; 2] = ["lone leading surrogate", "unexpected end of hex escape"];
    let reason = error.to_string();
    if !SURROGATES.iter().any(|words| reason.starts_with(words)) {
        return invalid_json(error);
    }
    let message = "The string has an unpaired surrogate.";
    let hint = "Cut strings between characters; see `String.prototype.toWellFormed`.";
    Problem::new(Code::LoneSurrogate, path, message, hint)
}

fn invalid_json(error: &serde_json::Error) -> Problem {
    let reason = error.to_string();
    let (reason, _) = reason.split_once(" at line ").unwrap_or((&reason, ""));
    let message = format!("Invalid JSON, line {}, column {}: {reason}.", error.line(), error.column());
    Problem::new(Code::InvalidJson, "", message, "Correct the text.")
}

fn find_repeated_keys(value: &Value, at: &Place, problems: &mut Vec<Problem>) {
    match value {
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                find_repeated_keys(item, &Place::Index(at, index), problems);
            }
        }
        Value::Object(object) => {
            let mut seen = BTreeSet::new();
            for (key, value) in object.iter() {
                let at = Place::Key(at, key);
                if seen.insert(key) {
                    find_repeated_keys(value, &at, problems);
                } else {
                    let message = format!("The key `{key}` appears twice.");
                    problems.push(Problem::new(Code::DuplicateKey, at.to_string(), message, "Keep one of the two."));
                }
            }
        }
        _ => {}
    }
}

/// Whether a value is what it is when it is not given.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_json_says_where() {
        for (text, place) in [
            ("", "line 1, column 0"),
            ("[1,\n é]", "line 2, column 2"),
            ("[\"é\" 1]", "line 1, column 7"),
            ("\"\\x\"", "line 1, column 3"),
            ("{} x", "line 1, column 4"),
        ] {
            let Problems(problems) = read::<Value>(text).unwrap_err();
            assert_eq!((problems[0].code, problems[0].path.as_str()), (Code::InvalidJson, ""), "{text}");
            assert!(problems[0].message.contains(place), "{text}: {}", problems[0].message);
        }
    }

    #[test]
    fn an_unpaired_surrogate_is_not_an_unknown_escape() {
        for (text, code, path) in [
            (r#"["\ud83d"]"#, Code::LoneSurrogate, "/0"),
            (r#"{"a/b":["x","\ud83d\u0041"]}"#, Code::LoneSurrogate, "/a~1b/1"),
            (r#""\ude00""#, Code::LoneSurrogate, ""),
            (r#"[["\ud83d\n"]]"#, Code::LoneSurrogate, "/0/0"),
            (r#"{"\ud83d":1}"#, Code::LoneSurrogate, ""),
            (r#"["\u+123"]"#, Code::InvalidJson, ""),
            (r#"["\u12"#, Code::InvalidJson, ""),
        ] {
            let Problems(problems) = read::<Value>(text).unwrap_err();
            assert_eq!((problems[0].code, problems[0].path.as_str()), (code, path), "{text}");
        }
    }

    #[test]
    fn every_repeated_key_is_found() {
        let Problems(problems) = read::<Value>(r#"{"a":{"b":1,"b":2},"c":[{"d":1,"d":{}}],"a":3}"#).unwrap_err();
        let paths: Vec<_> = problems.iter().map(|problem| (problem.code, problem.path.as_str())).collect();
        assert_eq!(paths, ["/a/b", "/c/0/d", "/a"].map(|path| (Code::DuplicateKey, path)));
    }

    #[test]
    fn a_value_is_written_as_it_was_read() {
        for text in [r#"{"b":[1,-2,2.5,"é\n",null,true],"a":{}}"#, "[]", "18446744073709551615"] {
            assert_eq!(serde_json::to_string(&read::<Value>(text).unwrap()).unwrap(), text);
        }
    }

    #[test]
    fn a_long_value_is_not_repeated_in_full() {
        let hint = did_you_mean(&"x".repeat(5_000_000), &["base"]);
        assert_eq!(hint, "Use one of `base`.");
        assert_eq!(shortened(&"é".repeat(5_000_000)).chars().count(), 201);
    }
}
