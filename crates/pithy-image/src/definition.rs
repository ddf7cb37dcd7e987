//! The definition as JSON, and what is said when the JSON is wrong.
//!
//! Steps are read one by one, so that a mistake in one does not hide those in the others. serde tells of a wrong value
//! in words of its own; [`explain`] puts them into ours.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::problem::{Code, Problem, Problems};
use crate::recipe::{self, Recipe, Texts, pointer_key};
use crate::step::{Step, object, present};

/// The only value of `format`.
pub const FORMAT: &str = "pithy-image/1";

/// The edition that new definitions have, and that one without `edition` has for ever: everything that decides a
/// Dockerfile's bytes is frozen for it.
pub const EDITION: &str = "2026-12";

/// An image as data: an ordered list of steps. It names local files and does not hold them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Definition {
    /// Always `pithy-image/1`.
    #[cfg_attr(feature = "types", ts(type = "\"pithy-image/1\""))]
    #[cfg_attr(feature = "schema", schemars(extend("const" = "pithy-image/1")))]
    pub format: String,
    /// Which rules make the Dockerfile; `2026-12` when not given.
    #[cfg_attr(feature = "types", ts(type = "\"2026-12\""))]
    #[cfg_attr(feature = "schema", schemars(default = "edition", extend("const" = "2026-12")))]
    pub edition: String,
    /// The builder's calls, in order.
    pub steps: Vec<Step>,
}

#[cfg(feature = "schema")]
fn edition() -> String {
    EDITION.to_owned()
}

/// The outside of a definition; its steps are not read yet.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<'a> {
    format: String,
    #[serde(default, deserialize_with = "present")]
    edition: Option<String>,
    #[serde(borrow)]
    steps: Vec<&'a RawValue>,
}

/// A whole text that is one object.
#[derive(Deserialize)]
#[serde(bound = "T: Deserialize<'de>")]
pub(crate) struct Object<T>(#[serde(deserialize_with = "object")] pub(crate) T);

impl Definition {
    /// A definition of the newest edition.
    #[must_use]
    pub fn new(steps: Vec<Step>) -> Self {
        Self { format: FORMAT.to_owned(), edition: EDITION.to_owned(), steps }
    }

    /// Reads and checks a definition.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with its shape or its values.
    pub fn from_json(json: &str) -> Result<Self, Problems> {
        let (steps, problems) = read_steps(json)?;
        recipe::from_steps(&steps, problems, Texts::new())?;
        Ok(Self::new(steps.into_iter().flatten().collect()))
    }

    /// The definition in normal form.
    ///
    /// # Errors
    ///
    /// Every value that cannot be used.
    pub fn recipe(&self) -> Result<Recipe, Problems> {
        let steps: Vec<_> = self.steps.iter().cloned().map(Some).collect();
        recipe::from_steps(&steps, Vec::new(), Texts::new())
    }
}

impl Recipe {
    /// Reads a definition straight into normal form.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with its shape or its values.
    pub fn from_json(json: &str) -> Result<Self, Problems> {
        let (steps, problems) = read_steps(json)?;
        recipe::from_steps(&steps, problems, Texts::new())
    }
}

/// The steps, `None` for each that could not be read, and why.
fn read_steps(json: &str) -> Result<(Vec<Option<Step>>, Vec<Problem>), Problems> {
    let Object(envelope) = parse::<Object<Envelope>>(json, None)?;
    let mut problems = Vec::new();
    let mut known = |field: &str, value: &str, expected: &str| {
        if value != expected {
            let message = format!("Unknown {field}: `{value}`.");
            let hint = format!("This version reads `{expected}`: correct the definition, or upgrade pithy-image.");
            problems.push(Problem::new(Code::UnknownFormat, format!("/{field}"), message, hint));
        }
    };
    known("format", &envelope.format, FORMAT);
    known("edition", envelope.edition.as_deref().unwrap_or(EDITION), EDITION);
    let mut steps = Vec::with_capacity(envelope.steps.len());
    for (index, raw) in envelope.steps.iter().enumerate() {
        match parse(raw.get(), Some(index)) {
            Ok(step) => steps.push(Some(step)),
            Err(problem) => {
                problems.push(problem);
                steps.push(None);
            }
        }
    }
    Ok((steps, problems))
}

/// Reads any JSON of ours: a whole text, or the step of a number. The path of a mistake is looked for only when there
/// is one.
pub(crate) fn parse<'a, T: Deserialize<'a>>(json: &'a str, step: Option<usize>) -> Result<T, Problem> {
    serde_json::from_str(json).or_else(|_| {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        serde_path_to_error::deserialize(&mut deserializer)
            .map_err(|error| (json_pointer(error.path()), error.into_inner()))
            .and_then(|value| deserializer.end().map(|()| value).map_err(|error| (String::new(), error)))
            .map_err(|(path, error)| {
                let pointer = step.map(|index| format!("/steps/{index}")).unwrap_or_default();
                explain(&pointer, &path, &error)
            })
    })
}

fn json_pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let part = |segment: &Segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => format!("/{}", pointer_key(key)),
        Segment::Enum { variant } => format!("/{variant}"),
        Segment::Unknown => String::new(),
    };
    path.iter().map(part).collect()
}

/// What serde's message means to the author of the definition; `pointer` is that of a step, or empty.
fn explain(pointer: &str, path: &str, error: &serde_json::Error) -> Problem {
    let said = error.to_string();
    let said = said.split(" at line ").next().unwrap_or(&said);
    // A step is JSON for sure, but no object, or one with several keys, at the second of which serde gives up.
    let no_step = said.ends_with("variant") || (said == "expected value" && !pointer.is_empty());
    let Some((code, message, hint)) = in_our_words(said).filter(|_| !no_step) else {
        return if no_step || error.is_data() { not_a_step(pointer) } else { not_json(pointer, said, error) };
    };
    let mut path = format!("{pointer}{path}");
    // serde_path_to_error ends the path of a surplus key with the key itself, but not that of every doubled one.
    let key = format!("/{}", pointer_key(quoted_names(said).first().copied().unwrap_or_default()));
    if code == Code::DuplicateKey && !path.ends_with(&key) {
        path.push_str(&key);
    }
    Problem::new(code, path, message, hint)
}

/// The names between backticks.
fn quoted_names(said: &str) -> Vec<&str> {
    said.split('`').skip(1).step_by(2).collect()
}

/// serde's fixed messages, and ours for them.
fn in_our_words(said: &str) -> Option<(Code, String, String)> {
    let names = quoted_names(said);
    let (name, known) = names.split_first().map_or(("", &[][..]), |(name, known)| (*name, known));
    if said.starts_with("unknown field") {
        Some((Code::UnknownField, format!("Unknown field: `{name}`."), did_you_mean(name, known)))
    } else if said.starts_with("unknown variant") {
        Some((Code::UnknownStep, format!("Unknown step: `{name}`."), did_you_mean(name, known)))
    } else if said.starts_with("duplicate field") {
        Some((Code::DuplicateKey, format!("The key `{name}` appears twice."), "Keep one of the two.".to_owned()))
    } else if said.starts_with("missing field") {
        Some((Code::MissingField, format!("`{name}` is missing or undefined."), "Give it a value.".to_owned()))
    } else if said.starts_with("invalid type") || said.starts_with("invalid value") {
        let (_, types) = said.split_once(": ").unwrap_or_default();
        let (found, expected) = types.split_once(", expected ").unwrap_or_default();
        Some(wrong_type(found, expected))
    } else if said.contains("surrogate") || said.contains("end of hex escape") {
        let message = "The text has half of a surrogate pair, which is no character.".to_owned();
        let hint = "Cut strings between characters; see `String.prototype.toWellFormed`.".to_owned();
        Some((Code::LoneSurrogate, message, hint))
    } else {
        None
    }
}

fn not_json(pointer: &str, said: &str, error: &serde_json::Error) -> Problem {
    let message = format!("Not JSON: {said} (line {}, column {}).", error.line(), error.column());
    Problem::new(Code::InvalidJson, pointer, message, "Correct the text.")
}

fn not_a_step(pointer: &str) -> Problem {
    let hint = "Write a step as an object with one key, its name: `{\"workdir\":{\"path\":\"/app\"}}`.";
    Problem::new(Code::WrongType, pointer, "Not a step: it is no object with one key.", hint)
}

/// A value of the wrong type, in the words of people who write TypeScript.
fn wrong_type(found: &str, expected: &str) -> (Code, String, String) {
    let given = found.split(['`', '"']).nth(1).unwrap_or_default();
    let message = match found {
        "unit value" | "null" => "Nothing was given: undefined, null, NaN or a function.".to_owned(),
        "sequence" => "A list was given.".to_owned(),
        "map" => "An object was given.".to_owned(),
        _ => format!("The value is of the wrong type: {found}."),
    };
    let hint = match expected {
        "a sequence" if found.starts_with("string") => {
            let words: Vec<_> = given.split_whitespace().map(|word| format!("\"{word}\"")).collect();
            format!("Give a list, such as `[{}]`.", words.join(", "))
        }
        "a sequence" => "Give a list.".to_owned(),
        "a map" => "Give an object.".to_owned(),
        "a string" if found.starts_with("floating point") => {
            "Give a string, in quotes: a number has lost its last zeros by now.".to_owned()
        }
        "a string" if !given.is_empty() => format!("Give a string: `\"{given}\"`."),
        "u32" => "Give a whole number that is not negative; a mode is one such as `0o755`.".to_owned(),
        "a boolean" => "Give `true` or `false`.".to_owned(),
        _ if expected.starts_with("struct") => "Give an object.".to_owned(),
        _ => format!("Give {expected}."),
    };
    (Code::WrongType, message, hint)
}

/// Names the nearest of the known names, or all of them.
fn did_you_mean(name: &str, known: &[&str]) -> String {
    let plain = name.to_lowercase().replace('_', "");
    let distances = known.iter().map(|candidate| (strsim::levenshtein(&plain, &candidate.to_lowercase()), candidate));
    match distances.min().filter(|(distance, _)| *distance <= 1 + plain.len() / 4) {
        Some((_, candidate)) => format!("Did you mean `{candidate}`?"),
        None if known.is_empty() => "Leave it out.".to_owned(),
        None => format!("Known are `{}`.", known.join("`, `")),
    }
}
