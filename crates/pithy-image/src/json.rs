//! Reads JSON into the types of this crate, and says what is wrong with it, all at once and where.
//!
//! ```text
//!  text ──serde_json──> Value ──deserr──> a type, or every problem with its JSON pointer
//! ```
//!
//! serde alone stops at the first mistake and keeps one of two equal keys without a word. So the text becomes a [`Value`]
//! first, which keeps everything that was written, and deserr collects what does not fit.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::ControlFlow;

use deserr::{
    DeserializeError, Deserr, ErrorKind, IntoValue, MergeWithError, Sequence as _, ValueKind, ValuePointerRef,
};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Serialize, Serializer};

use crate::problem::{Code, Problem, Problems, pointer_key};

/// Any JSON, with repeated keys and in the order in which it was written.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number that is not negative.
    Integer(u64),
    /// A negative whole number.
    Negative(i64),
    /// Any other number.
    Float(f64),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Value>),
    /// An object.
    Object(Object),
}

/// The entries of an object, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Object(Vec<(String, Value)>);

impl Object {
    /// The entries, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.iter().find(|(known, _)| *known == key).map(|(_, value)| value)
    }
}

/// Reads a text.
///
/// # Errors
///
/// What is not JSON, a repeated key, or every value that does not fit.
pub(crate) fn read<T: Deserr<Problems>>(text: &str) -> Result<T, Problems> {
    let (value, repeated) = parse(text)?;
    Problems::or(repeated, ())?;
    deserr::deserialize(value)
}

/// The value of a text, and its repeated keys.
pub(crate) fn parse(text: &str) -> Result<(Value, Vec<Problem>), Problem> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| not_json(&error))?;
    deserializer.end().map_err(|error| invalid_json(&error))?;
    let mut repeated = Vec::new();
    find_repeated_keys(&value, "", &mut repeated);
    Ok((value, repeated))
}

/// A lone surrogate is valid JSON that no UTF-8 string can hold: its place is known, as it is not in broken JSON.
fn not_json(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    // serde_json has no codes for its errors: a test keeps these words.
    const SURROGATES: [&str; 2] = ["lone leading surrogate", "unexpected end of hex escape"];
    let reason = error.inner().to_string();
    if !SURROGATES.iter().any(|words| reason.starts_with(words)) {
        return invalid_json(error.inner());
    }
    let segments = error.path().iter().filter_map(|segment| match segment {
        serde_path_to_error::Segment::Seq { index } => Some(format!("/{index}")),
        serde_path_to_error::Segment::Map { key } => Some(pointer(key)),
        _ => None,
    });
    let message = "The string has an unpaired surrogate.";
    let hint = "Cut strings between characters; see `String.prototype.toWellFormed`.";
    Problem::new(Code::LoneSurrogate, segments.collect::<String>(), message, hint)
}

fn invalid_json(error: &serde_json::Error) -> Problem {
    let reason = error.to_string();
    let (reason, _) = reason.split_once(" at line ").unwrap_or((&reason, ""));
    let message = format!("Invalid JSON, line {}, column {}: {reason}.", error.line(), error.column());
    Problem::new(Code::InvalidJson, "", message, "Correct the text.")
}

fn find_repeated_keys(value: &Value, at: &str, problems: &mut Vec<Problem>) {
    match value {
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                find_repeated_keys(item, &format!("{at}/{index}"), problems);
            }
        }
        Value::Object(object) => {
            let mut seen = BTreeSet::new();
            for (key, value) in object.iter() {
                let at = format!("{at}{}", pointer(key));
                if seen.insert(key) {
                    find_repeated_keys(value, &at, problems);
                } else {
                    let message = format!("The key `{key}` appears twice.");
                    problems.push(Problem::new(Code::DuplicateKey, at, message, "Keep one of the two."));
                }
            }
        }
        _ => {}
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Boolean(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Integer(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Negative(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            object.push(entry);
        }
        Ok(Value::Object(Object(object)))
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl IntoValue for Value {
    type Sequence = Vec<Self>;
    type Map = Object;

    fn kind(&self) -> ValueKind {
        match self {
            Self::Null | Self::Float(_) => ValueKind::Float,
            Self::Boolean(_) => ValueKind::Boolean,
            Self::Integer(_) => ValueKind::Integer,
            Self::Negative(_) => ValueKind::NegativeInteger,
            Self::Text(_) => ValueKind::String,
            Self::List(_) => ValueKind::Sequence,
            Self::Object(_) => ValueKind::Map,
        }
    }

    /// `null` is what JavaScript writes for `NaN`, and is read as that: an option must not take it for absent, as deserr
    /// does, since a mode that came out as `NaN` must not become the default.
    fn into_value(self) -> deserr::Value<Self> {
        match self {
            Self::Null => deserr::Value::Float(f64::NAN),
            Self::Boolean(value) => deserr::Value::Boolean(value),
            Self::Integer(value) => deserr::Value::Integer(value),
            Self::Negative(value) => deserr::Value::NegativeInteger(value),
            Self::Float(value) => deserr::Value::Float(value),
            Self::Text(value) => deserr::Value::String(value),
            Self::List(items) => deserr::Value::Sequence(items),
            Self::Object(object) => deserr::Value::Map(object),
        }
    }
}

impl deserr::Map for Object {
    type Value = Value;
    type Iter = std::vec::IntoIter<(String, Value)>;

    fn len(&self) -> usize {
        self.0.len()
    }

    fn remove(&mut self, key: &str) -> Option<Value> {
        let index = self.0.iter().position(|(known, _)| known == key)?;
        Some(self.0.remove(index).1)
    }

    fn into_iter(self) -> Self::Iter {
        self.0.into_iter()
    }
}

/// Takes any value as it is.
impl<E: DeserializeError> Deserr<E> for Value {
    fn deserialize_from_value<V: IntoValue>(value: deserr::Value<V>, at: ValuePointerRef) -> Result<Self, E> {
        Ok(match value {
            deserr::Value::Null => Self::Null,
            deserr::Value::Float(value) if value.is_nan() => Self::Null,
            deserr::Value::Boolean(value) => Self::Boolean(value),
            deserr::Value::Integer(value) => Self::Integer(value),
            deserr::Value::NegativeInteger(value) => Self::Negative(value),
            deserr::Value::Float(value) => Self::Float(value),
            deserr::Value::String(value) => Self::Text(value),
            deserr::Value::Sequence(items) => {
                let items = items.into_iter().map(|item| Self::deserialize_from_value(item.into_value(), at));
                Self::List(items.collect::<Result<_, _>>()?)
            }
            deserr::Value::Map(object) => {
                let entries = deserr::Map::into_iter(object)
                    .map(|(key, value)| Ok((key, Self::deserialize_from_value(value.into_value(), at)?)));
                Self::Object(Object(entries.collect::<Result<_, _>>()?))
            }
        })
    }
}

impl MergeWithError<Self> for Problems {
    fn merge(known: Option<Self>, found: Self, _: ValuePointerRef) -> ControlFlow<Self, Self> {
        let mut problems = known.map(|known| known.0).unwrap_or_default();
        problems.extend(found.0);
        ControlFlow::Continue(Self(problems))
    }
}

impl DeserializeError for Problems {
    fn error<V: IntoValue>(known: Option<Self>, error: ErrorKind<V>, at: ValuePointerRef) -> ControlFlow<Self, Self> {
        Self::merge(known, misfit(error, &pointer_to(at)).into(), at)
    }
}

/// The JSON pointer to a place (RFC 6901).
pub(crate) fn pointer_to(at: ValuePointerRef) -> String {
    match at {
        ValuePointerRef::Origin => String::new(),
        ValuePointerRef::Key { key, prev } => format!("{}{}", pointer_to(*prev), pointer(key)),
        ValuePointerRef::Index { index, prev } => format!("{}/{index}", pointer_to(*prev)),
    }
}

fn pointer(key: &str) -> String {
    format!("/{}", pointer_key(key))
}

fn misfit<V: IntoValue>(error: ErrorKind<V>, at: &str) -> Problem {
    match error {
        ErrorKind::MissingField { field } => {
            let message = format!("`{field}` is missing or undefined.");
            Problem::new(Code::MissingField, at, message, "Give it a value.")
        }
        ErrorKind::UnknownKey { key, accepted } => {
            let hint = did_you_mean(key, accepted);
            let message = format!("Unknown field: `{}`.", shortened(key));
            Problem::new(Code::UnknownField, format!("{at}{}", pointer(key)), message, hint)
        }
        ErrorKind::UnknownValue { value, accepted } => {
            let message = format!("Unknown value: `{}`.", shortened(value));
            Problem::new(Code::WrongType, at, message, did_you_mean(value, accepted))
        }
        ErrorKind::IncorrectValueKind { actual, accepted: [accepted, ..] } => {
            wrong_type(&actual, name_of(*accepted), at)
        }
        ErrorKind::IncorrectValueKind { actual, accepted: [] } => wrong_type(&actual, "another value", at),
        ErrorKind::BadSequenceLen { actual, expected } => {
            let message = format!("Expected {expected} items, got {}.", actual.len());
            Problem::new(Code::WrongType, at, message, "Give that many.")
        }
        // A whole number that is too large: deserr's own words name its type.
        ErrorKind::Unexpected { .. } => Problem::new(
            Code::WrongType,
            at,
            "The number is too large.",
            format!("Give {}.", name_of(ValueKind::Integer)),
        ),
    }
}

const STRING: &str = "a string";
const LIST: &str = "an array";

fn name_of(kind: ValueKind) -> &'static str {
    match kind {
        ValueKind::Null => "`null`",
        ValueKind::Boolean => "`true` or `false`",
        ValueKind::Integer => "a whole number that is not negative; a mode is one such as `0o755`",
        ValueKind::NegativeInteger | ValueKind::Float => "a number",
        ValueKind::String => STRING,
        ValueKind::Sequence => LIST,
        ValueKind::Map => "an object",
    }
}

/// A value of the wrong type, in the words of people who write TypeScript.
pub(crate) fn wrong_type<V: IntoValue>(found: &deserr::Value<V>, expected: &str, at: &str) -> Problem {
    use deserr::Value::{Boolean, Float, Integer, Map, NegativeInteger, Null, Sequence, String};
    let found_text = match found {
        Null => "undefined or null".to_owned(),
        Float(value) if value.is_nan() => "undefined, null, NaN or a function".to_owned(),
        Float(value) => format!("the number `{value}`"),
        Integer(value) => format!("the number `{value}`"),
        NegativeInteger(value) => format!("the number `{value}`"),
        Boolean(value) => format!("the boolean `{value}`"),
        String(value) => format!("the string {:?}", shortened(value)),
        Sequence(_) => "an array".to_owned(),
        Map(_) => "an object".to_owned(),
    };
    let hint = match found {
        Boolean(value) if expected == STRING => format!("Give a string: `\"{value}\"`."),
        Integer(value) if expected == STRING => format!("Give a string: `\"{value}\"`."),
        Float(value) if expected == STRING && !value.is_nan() => {
            "Give a string, in quotes: a number has lost its trailing zeros already.".to_owned()
        }
        String(value) if expected == LIST => {
            let words: Vec<_> = value.split_whitespace().map(|word| format!("\"{}\"", shortened(word))).collect();
            format!("Give an array, such as `[{}]`.", words.join(", "))
        }
        _ => format!("Give {expected}."),
    };
    let (expected, _) = expected.split_once(';').unwrap_or((expected, ""));
    Problem::new(Code::WrongType, at, format!("Expected {expected}, got {found_text}."), hint)
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
    let plain = shortened(name).to_ascii_lowercase().replace('_', "");
    let distance = |known: &str| strsim::levenshtein(&plain, &known.to_ascii_lowercase());
    let nearest = known.iter().map(|known| (distance(known), known)).min();
    match nearest.filter(|(distance, _)| *distance <= 1 + plain.len() / 4) {
        Some((_, nearest)) => format!("Did you mean `{nearest}`?"),
        None if known.is_empty() => "Leave it out.".to_owned(),
        None => format!("Use one of `{}`.", known.join("`, `")),
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
