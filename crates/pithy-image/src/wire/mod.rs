//! Every record that crosses into JavaScript: plain data, the TypeScript types of the package.

mod describe;
mod plan;
mod resolved;

use serde::Serialize;

use crate::problem::{Code, Problem, Problems};

pub use plan::{
    Difference, FieldChange, FileChange, Plan, PlanImage, PlanInstruction, PlanNames, PlanRequest, PlanStep, Presence,
    StepChange,
};
pub use resolved::{
    Contents, ContextRecord, DaytonaHashes, FileKind, FileRecord, IgnoredRecord, InstructionRecord, NeedRecord,
    Outline, ResolvedImage, SourceRecord, StepRecord,
};

/// The two ways in which a call ends.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Answer<T> {
    /// It worked.
    Ok(T),
    /// It did not, for these reasons.
    Problems(Problems),
}

impl<T: Serialize> Answer<T> {
    /// As JSON text.
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|error| internal::<T>(&error.to_string()).json())
    }
}

impl<T> From<Result<T, Problems>> for Answer<T> {
    fn from(result: Result<T, Problems>) -> Self {
        result.map_or_else(Self::Problems, Self::Ok)
    }
}

/// The answer for a defect of ours.
#[must_use]
pub fn internal<T>(message: &str) -> Answer<T> {
    let problem = Problem::new(Code::Internal, "", message, "This is a defect of pithy-image: please report it.");
    Answer::Problems(problem.into())
}
