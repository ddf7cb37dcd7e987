//! The records of an image.

use serde::Serialize;

use crate::json::{FromValue, Place, Value, object, unknown_value};
use crate::lint::Finding;
use crate::problem::Problem;

object! {
    /// A step, and what tells it from what it was.
    #[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
    #[cfg_attr(feature = "types", derive(ts_rs::TS))]
    #[serde(rename_all = "camelCase")]
    pub struct StepRecord {
        /// JSON pointer to it, such as `/steps/3` or, within a stage, `/steps/2/stage/steps/1`.
        pub step: String = default,
        /// Its name, such as `aptInstall`.
        pub call: String,
        /// The build stage that it is in; absent for the image itself.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "types", ts(optional))]
        pub stage: Option<String> = default,
        /// 16 hexadecimal digits over what it makes of the Dockerfile, and so over the files that it names; of a `stage`, over
        /// the name.
        pub fingerprint: String,
        /// The build stages that it takes files from; absent if there are none.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        #[cfg_attr(feature = "types", ts(optional, as = "Option<Vec<String>>"))]
        pub takes_from: Vec<String> = default,
    }
}

object! {
    /// Lines of a Dockerfile that hold one instruction.
    #[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
    #[cfg_attr(feature = "types", derive(ts_rs::TS))]
    pub struct InstructionRecord {
        /// The first of them; that of the whole text is 1.
        pub line: usize,
        /// How many there are.
        pub lines: usize,
        /// JSON pointer to the step that made it, such as `/steps/3` or, within a stage, `/steps/2/stage/steps/1`; empty for
        /// the head of the stage that unpacks trees.
        pub step: String,
        /// Where it stands in the Dockerfile that the image begins with, such as `daytona/Dockerfile:12`; absent if it is not
        /// from one.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "types", ts(optional))]
        pub source: Option<String> = default,
    }
}

/// A definition whose files are known: what is sent, and the names that it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ResolvedImage {
    /// Which rules made the Dockerfile.
    #[cfg_attr(feature = "types", ts(type = "Definition[\"edition\"]"))]
    pub edition: String,
    /// The Dockerfile, to the byte as Daytona gets it.
    pub dockerfile: String,
    /// SHA-256 of the image, `sha256:…`: equal images have equal digests, on every machine.
    pub image_digest: String,
    /// The files that are sent beside the Dockerfile.
    pub contexts: Vec<ContextRecord>,
    /// Which step made which lines of the Dockerfile, in their order.
    pub instructions: Vec<InstructionRecord>,
    /// Every step of the definition, in order, those of a stage after the step that declares it.
    pub steps: Vec<StepRecord>,
    /// The local files and directories that are sent, sorted by their paths; each once.
    pub sources: Vec<SourceRecord>,
    /// Absolute path of the root that local paths were looked up in; absent if none were.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional))]
    pub root: Option<String>,
}

/// The names that Daytona gives an image and its contexts: they take another reading of its files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct DaytonaHashes {
    /// The key under which Daytona keeps the build.
    pub snapshot_ref: String,
    /// The hashes that the Daytona SDK sends for the contexts, in their order.
    pub context_hashes: Vec<String>,
}

/// What was found in the local files and directories of an image: as much as they hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Contents {
    /// Everything that comes into the image, or into a stage of it, from the contexts.
    pub files: Vec<FileRecord>,
    /// What ignore rules leave out of local directories.
    pub ignored: Vec<IgnoredRecord>,
}

object! {
    /// What a local file or directory holds.
    #[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
    #[cfg_attr(feature = "types", derive(ts_rs::TS))]
    #[serde(rename_all = "camelCase")]
    pub struct SourceRecord {
        /// Path below the root.
        pub path: String,
        /// SHA-256 of all that counts of it, `sha256:…`; if several steps take different parts of it, over those of the parts.
        pub digest: String,
        /// Bytes of the files that are used of it, once for each part.
        #[cfg_attr(feature = "types", ts(type = "number"))]
        pub size: u64,
    }
}

/// What is known of an image before its files are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Outline {
    /// The Dockerfile, with 32 question marks for the digits of a source that is not known.
    pub dockerfile: String,
    /// Which step made which lines of the Dockerfile, in their order.
    pub instructions: Vec<InstructionRecord>,
    /// Every step of the definition, in order, with fingerprints that leave unknown files out.
    pub steps: Vec<StepRecord>,
    /// The local files and directories that the image is made of, in the order of the definition; each once.
    pub needs: Vec<NeedRecord>,
    /// What is valid, but probably not what is meant.
    pub findings: Vec<Finding>,
}

/// A local file or directory that an image is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct NeedRecord {
    /// Path below the root.
    pub path: String,
    /// Whether it is a file or a directory.
    pub kind: FileKind,
    /// JSON pointer to the step that needs it.
    pub step: String,
}

object! {
    /// One file that is sent beside the Dockerfile.
    #[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
    #[cfg_attr(feature = "types", derive(ts_rs::TS))]
    #[serde(rename_all = "camelCase")]
    pub struct ContextRecord {
        /// Its path in the build context, `ctx/<32 digits>/<name>`.
        pub archive_path: String,
        /// SHA-256 of the source, `sha256:…`; the archive path has its first 32 digits.
        pub source_digest: String,
        /// Bytes.
        #[cfg_attr(feature = "types", ts(type = "number"))]
        pub size: u64,
        /// The local path that it was made from; absent if its content is in the definition.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "types", ts(optional))]
        pub source: Option<String> = default,
        /// JSON pointers to the steps that it is for.
        pub steps: Vec<String>,
    }
}

object! {
    /// A file, directory or link that comes into the image.
    #[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
    #[cfg_attr(feature = "types", derive(ts_rs::TS))]
    #[serde(rename_all = "camelCase")]
    pub struct FileRecord {
        /// Path below the root; for a file whose content is in the definition, its path in the image.
        pub path: String,
        /// Path in the image.
        pub destination: String,
        /// The build stage that it goes to; absent for the image itself.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "types", ts(optional))]
        pub stage: Option<String> = default,
        /// What it is.
        pub kind: FileKind,
        /// Mode in the image.
        pub mode: u32,
        /// Bytes.
        #[cfg_attr(feature = "types", ts(type = "number"))]
        pub size: u64,
        /// SHA-256 of a file's content, `sha256:…`.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "types", ts(optional))]
        pub digest: Option<String> = default,
        /// Where a link points.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "types", ts(optional))]
        pub target: Option<String> = default,
        /// True if its content is in the definition; absent for one from the disk.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "types", ts(optional))]
        pub inline: Option<bool> = default,
    }
}

/// A file, link or directory that an ignore rule leaves out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct IgnoredRecord {
    /// Path below the root, with a `/` at its end for a directory of which all is left out.
    pub path: String,
    /// The ignore file of the rule, below the root; absent if it is an entry of `exclude`, or built in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional))]
    pub file: Option<String>,
    /// The line of that file, or the entry of `exclude`; the first is 1. Absent for the built-in rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional))]
    pub line: Option<usize>,
    /// The pattern there.
    pub pattern: String,
    /// JSON pointer to the step whose source it was left out of.
    pub step: String,
}

/// What a [`FileRecord`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum FileKind {
    /// A regular file.
    #[default]
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
}

impl FromValue for FileKind {
    fn from_value(value: Value, at: &Place, problems: &mut Vec<Problem>) -> Option<Self> {
        match String::from_value(value, at, problems)?.as_str() {
            "file" => Some(Self::File),
            "directory" => Some(Self::Directory),
            "link" => Some(Self::Link),
            kind => {
                problems.push(unknown_value(kind, &["file", "directory", "link"], at));
                None
            }
        }
    }
}
