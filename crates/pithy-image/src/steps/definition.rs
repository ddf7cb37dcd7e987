//! The definition: an image as data.

use deserr::{Deserr, IntoValue, ValuePointerRef};
use serde::Serialize;

use super::Step;
use crate::json;
use crate::problem::{Code, Problem, Problems};

/// The only value of `format`.
pub const FORMAT: &str = "pithy-image/1";

/// The edition of new definitions, and for ever of those without `edition`: everything that decides the bytes of a
/// Dockerfile is frozen for it.
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

impl Definition {
    /// A definition of the newest edition.
    #[must_use]
    pub fn new(steps: Vec<Step>) -> Self {
        Self { format: FORMAT.to_owned(), edition: EDITION.to_owned(), steps }
    }
}

#[cfg(feature = "schema")]
fn edition() -> String {
    EDITION.to_owned()
}

/// A definition as it was read: no mistake hides another one.
pub(crate) struct Draft {
    /// What is wrong besides the steps.
    pub(crate) problems: Vec<Problem>,
    pub(crate) steps: Vec<Attempt>,
}

impl Draft {
    pub(crate) fn read(text: &str) -> Result<Self, Problems> {
        let (value, mut problems) = json::parse(text)?;
        match deserr::deserialize::<Fields, _, Problems>(value.clone()) {
            Ok(fields) => {
                problems.extend(fields.problems());
                Ok(Self { problems, steps: fields.steps })
            }
            Err(found) => {
                problems.extend(found.0);
                match deserr::deserialize::<Steps, _, Problems>(value) {
                    Ok(Steps { steps }) => Ok(Self { problems, steps }),
                    Err(_) => Err(Problems(problems)),
                }
            }
        }
    }
}

#[derive(Deserr)]
#[deserr(error = Problems, deny_unknown_fields)]
struct Fields {
    format: String,
    #[deserr(default)]
    edition: Option<String>,
    steps: Vec<Attempt>,
}

/// The steps of a definition whose other fields are wrong.
#[derive(Deserr)]
#[deserr(error = Problems)]
struct Steps {
    steps: Vec<Attempt>,
}

impl Fields {
    fn problems(&self) -> Vec<Problem> {
        let edition = self.edition.as_deref().unwrap_or(EDITION);
        [("format", self.format.as_str(), FORMAT), ("edition", edition, EDITION)]
            .into_iter()
            .filter(|(_, value, expected)| value != expected)
            .map(|(field, value, expected)| {
                let message = format!("Unknown {field}: `{value}`.");
                let hint = format!("This version reads `{expected}`: correct the definition, or upgrade pithy-image.");
                Problem::new(Code::UnknownFormat, format!("/{field}"), message, hint)
            })
            .collect()
    }
}

/// A step, or why it could not be read.
pub(crate) struct Attempt(pub(crate) Result<Step, Problems>);

impl Deserr<Problems> for Attempt {
    fn deserialize_from_value<V: IntoValue>(value: deserr::Value<V>, at: ValuePointerRef) -> Result<Self, Problems> {
        Ok(Self(Step::deserialize_from_value(value, at)))
    }
}
