//! The records of a plan.

use serde::Serialize;

use super::resolved::{ContextRecord, FileRecord, InstructionRecord, SourceRecord, StepRecord};
use crate::json::{self, Value, object};
use crate::lint::Finding;
use crate::problem::Problems;

object! {
    /// Two images to be compared.
    #[derive(Debug, Default)]
    pub struct PlanRequest {
        pub(crate) before: PlanImage,
        pub(crate) after: PlanImage,
    }
}

object! {
    /// One of two images that are compared: what a lock says of it, or more.
    #[derive(Debug, Clone, Default)]
    #[cfg_attr(feature = "types", derive(ts_rs::TS))]
    #[cfg_attr(feature = "types", ts(rename_all = "camelCase"))]
    pub struct PlanImage {
        /// Which rules made the Dockerfile.
        #[cfg_attr(feature = "types", ts(optional))]
        pub edition: Option<String> = default,
        /// SHA-256 of the image, `sha256:…`; empty for a snapshot.
        pub image_digest: String,
        /// The key under which Daytona keeps the build.
        pub snapshot_ref: String,
        /// The steps; those of a lock without pointers. A snapshot, of which only the Dockerfile is known, has none.
        #[cfg_attr(feature = "types", ts(type = "(Omit<StepRecord, \"step\"> & { step?: string })[]"))]
        pub steps: Vec<StepRecord>,
        /// What its local files and directories hold.
        pub sources: Vec<SourceRecord>,
        /// Everything that comes into it from the contexts; a lock does not have it.
        #[cfg_attr(feature = "types", ts(optional, as = "Option<Vec<FileRecord>>"))]
        pub files: Vec<FileRecord> = default,
        /// The files that are sent; a lock does not have them.
        #[cfg_attr(feature = "types", ts(optional, as = "Option<Vec<ContextRecord>>"))]
        pub contexts: Vec<ContextRecord> = default,
        /// Its definition, if it is known: what a changed step was and is.
        #[cfg_attr(feature = "types", ts(optional, type = "Definition"))]
        pub definition: Option<Value> = default,
        /// Its Dockerfile, if it is known.
        #[cfg_attr(feature = "types", ts(optional))]
        pub dockerfile: Option<String> = default,
        /// Which step made which lines of the Dockerfile.
        #[cfg_attr(feature = "types", ts(optional, as = "Option<Vec<InstructionRecord>>"))]
        pub instructions: Vec<InstructionRecord> = default,
    }
}

/// What a change of an image does.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Whether it is the same image.
    pub unchanged: bool,
    /// The steps as they are now, and after the step that they followed, those that were removed.
    pub steps: Vec<PlanStep>,
    /// The files that changed; if those of one image are unknown, the sources that changed.
    pub files: Vec<FileChange>,
    /// The contexts that were not sent before; absent if the image's contexts are unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional))]
    pub uploads: Option<Vec<ContextRecord>>,
    /// The instructions of a snapshot's Dockerfile beside those of the image; absent where the steps of both are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional))]
    pub instructions: Option<Vec<PlanInstruction>>,
    /// What lint rules find in the change itself, such as another host to download from.
    pub findings: Vec<Finding>,
    /// Names of the image as it was.
    pub before: PlanNames,
    /// Names of the image as it is.
    pub after: PlanNames,
}

/// The names of an image in a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct PlanNames {
    /// Which rules made the Dockerfile.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional))]
    pub edition: Option<String>,
    /// SHA-256 of the image, `sha256:…`.
    pub image_digest: String,
    /// The key under which Daytona keeps the build; empty if it was not known before the files of the image changed.
    pub snapshot_ref: String,
}

/// What happens to a step.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct PlanStep {
    /// What happened to it.
    pub change: StepChange,
    /// Its name, such as `aptInstall`.
    pub call: String,
    /// Whether Docker builds it, now or again; false for one that only sets a command or declares a stage, or that changed in the
    /// name of a stage alone.
    pub is_built: bool,
    /// The build stage that it is in, or was, by the name that the stage has now; absent for the image itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional))]
    pub stage: Option<String>,
    /// JSON pointer to it as it was; absent if there was none, or it is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional))]
    pub before: Option<String>,
    /// JSON pointer to it as it is; absent if there is none, or it is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional))]
    pub after: Option<String>,
    /// For one that changed, also one that moved, the values that differ: none if only the files that it names did. Absent if its
    /// former arguments are unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional))]
    pub fields: Option<Vec<FieldChange>>,
}

/// An instruction of a snapshot's Dockerfile, and the one of the image in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct PlanInstruction {
    /// Whether both are the same.
    pub is_kept: bool,
    /// Its lines in the snapshot's Dockerfile; absent if it is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional))]
    pub before: Option<InstructionRecord>,
    /// Its lines in the image's Dockerfile; absent if it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional))]
    pub after: Option<InstructionRecord>,
}

/// What happened to a [`PlanStep`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum StepChange {
    /// Nothing: it comes from the cache.
    Kept,
    /// Its arguments, or the files that it names, changed.
    Changed,
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is as it was, but is built again, since something before it changed.
    Rebuilt,
    /// It stood elsewhere in its stage; `fields` says whether it changed, too.
    Moved,
}

/// A value of a step that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct FieldChange {
    /// JSON pointer to it in the step's arguments, such as `/packages/2`; as they are now, unless it is gone.
    pub path: String,
    /// The value that it had; absent if it had none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional, type = "unknown"))]
    pub before: Option<Value>,
    /// The value that it has; absent if it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional, type = "unknown"))]
    pub after: Option<Value>,
}

/// A file that changed, or a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct FileChange {
    /// Whether it was added, removed or changed.
    pub change: Presence,
    /// Path below the root.
    pub path: String,
    /// Path in the image; absent for a source.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional))]
    pub destination: Option<String>,
    /// The build stage that it goes to, by the name that the stage has now; absent for the image itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional))]
    pub stage: Option<String>,
    /// What differs, for one that changed; empty for a source, where that is unknown.
    pub differs: Vec<Difference>,
}

/// Whether a file was added, removed or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Presence {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It changed.
    Changed,
}

/// What may differ between two versions of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Difference {
    /// Whether it is a file, a directory or a link.
    Kind,
    /// The bytes of a file.
    Content,
    /// The mode, such as whether it is executable.
    Mode,
    /// Where a link points.
    Target,
}

impl PlanRequest {
    /// Reads it from JSON.
    ///
    /// # Errors
    ///
    /// A field that does not exist or is missing, or a value of the wrong type.
    pub fn from_json(json: &str) -> Result<Self, Problems> {
        json::read(json)
    }
}
