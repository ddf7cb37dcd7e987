//! The definition: an image as data.

use serde::Serialize;

use super::Step;
use crate::json::{self, Field, FromValue, Place, Slot, Value, read_fields};
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
        const FIELDS: &[Field] = &[Field::new("format"), Field::new("edition").default(), Field::new("steps")];
        let (value, mut problems) = json::parse(text)?;
        let (mut format, mut edition, mut steps) = (String::new(), EDITION.to_owned(), None);
        let slots: Vec<&mut dyn Slot> = vec![&mut format, &mut edition, &mut steps];
        if read_fields(value, &Place::Whole, &mut problems, FIELDS, slots).is_some() {
            check("format", &format, FORMAT, &mut problems);
            check("edition", &edition, EDITION, &mut problems);
        }
        match steps {
            Some(steps) => Ok(Self { problems, steps }),
            None => Err(Problems(problems)),
        }
    }
}

fn check(field: &str, value: &str, expected: &str, problems: &mut Vec<Problem>) {
    if value != expected {
        let message = format!("Unknown {field}: `{value}`.");
        let hint = format!("This version reads `{expected}`: correct the definition, or upgrade pithy-image.");
        problems.push(Problem::new(Code::UnknownFormat, format!("/{field}"), message, hint));
    }
}

/// A step, or why it could not be read.
pub(crate) struct Attempt(pub(crate) Result<Step, Problems>);

impl FromValue for Attempt {
    fn from_value(value: Value, at: &Place, _: &mut Vec<Problem>) -> Option<Self> {
        let mut problems = Vec::new();
        Some(Self(Step::from_value(value, at, &mut problems).ok_or(Problems(problems))))
    }
}
