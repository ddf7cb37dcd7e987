//! The definition as JSON.

use serde::Serialize;

use crate::json::{self, Found, LIST, List, Object, Place, record};
use crate::problem::{Code, Problem, Problems};
use crate::recipe::{self, Recipe, Texts};
use crate::step::Step;

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

/// A definition as it is read.
#[derive(Default)]
struct Draft {
    format: String,
    edition: Option<String>,
    steps: Steps,
}

record!(Draft { format, edition default, steps });

/// A mistake in one step does not hide those in the others.
#[derive(Default)]
struct Steps(Vec<Attempt>);

/// A step as far as it could be read, and why no further.
struct Attempt {
    step: Step,
    problem: Option<Problem>,
}

impl Attempt {
    fn result(&self) -> Result<&Step, &Problem> {
        self.problem.as_ref().map_or(Ok(&self.step), Err)
    }
}

impl Place for Attempt {
    fn blank() -> Self {
        Self { step: Step::blank(), problem: None }
    }

    fn wanted(&self) -> &'static str {
        self.step.wanted()
    }

    fn object(&mut self, read: &mut dyn FnMut(&mut dyn Object)) {
        self.step.object(read);
    }

    fn mistake(&self, found: &Found) -> Problem {
        self.step.mistake(found)
    }
}

impl Place for Steps {
    fn blank() -> Self {
        Self::default()
    }

    fn wanted(&self) -> &'static str {
        LIST
    }

    fn list(&mut self) -> Option<&mut dyn List> {
        Some(self)
    }
}

impl List for Steps {
    fn item(&mut self) -> &mut dyn Place {
        self.0.item()
    }

    fn forgive(&mut self, problem: Problem) -> Result<(), Problem> {
        match self.0.last_mut() {
            Some(attempt) if !matches!(problem.code, Code::InvalidJson | Code::LoneSurrogate) => {
                attempt.problem = Some(problem.below("/steps"));
                Ok(())
            }
            _ => Err(problem),
        }
    }
}

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
        let draft: Draft = json::read(json)?;
        draft.recipe()?;
        Ok(Self::new(draft.steps.0.into_iter().map(|attempt| attempt.step).collect()))
    }

    /// The definition in normal form.
    ///
    /// # Errors
    ///
    /// Every value that cannot be used.
    pub fn recipe(&self) -> Result<Recipe, Problems> {
        recipe::from_steps(&self.steps.iter().map(Ok).collect::<Vec<_>>(), Vec::new(), Texts::new())
    }
}

impl Recipe {
    /// Reads a definition straight into normal form.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with its shape or its values.
    pub fn from_json(json: &str) -> Result<Self, Problems> {
        json::read::<Draft>(json)?.recipe()
    }
}

impl Draft {
    fn recipe(&self) -> Result<Recipe, Problems> {
        let mut problems = Vec::new();
        let mut known = |field: &str, value: &str, expected: &str| {
            if value != expected {
                let message = format!("Unknown {field}: `{value}`.");
                let hint = format!("This version reads `{expected}`: correct the definition, or upgrade pithy-image.");
                problems.push(Problem::new(Code::UnknownFormat, format!("/{field}"), message, hint));
            }
        };
        known("format", &self.format, FORMAT);
        known("edition", self.edition.as_deref().unwrap_or(EDITION), EDITION);
        let steps: Vec<_> = self.steps.0.iter().map(Attempt::result).collect();
        recipe::from_steps(&steps, problems, Texts::new())
    }
}
