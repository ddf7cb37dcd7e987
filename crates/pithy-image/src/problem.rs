//! What a user sees whose definition or files cannot be used.
//!
//! A mistake is a value, never a panic: every check appends a [`Problem`], and all problems of a definition are
//! reported together. The TypeScript face adds the line of the caller's code that made the step named by `path`.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::secret::mask;

/// The stable name of a kind of mistake: what a program tests, where `message` is what a person reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The text is not JSON.
    InvalidJson,
    /// `format` or `edition` is not one that this version reads.
    UnknownFormat,
    /// A step with an unknown name.
    UnknownStep,
    /// A field that the step does not have.
    UnknownField,
    /// The same key twice in one object.
    DuplicateKey,
    /// A required field is missing.
    MissingField,
    /// A value of the wrong type.
    WrongType,
    /// A string with an unpaired surrogate, which UTF-8 cannot hold.
    LoneSurrogate,
    /// An empty value where one is required.
    Empty,
    /// A character that is not allowed here: NUL, or a newline where there is room for one line only.
    ForbiddenCharacter,
    /// The value is longer than the builder or the kernel accepts.
    TooLong,
    /// The definition does not begin with `base` or `debianSlim`.
    MissingBase,
    /// A second `base` or `debianSlim`.
    BaseNotFirst,
    /// Not an image reference, or a reserved one.
    InvalidImage,
    /// A Python series that `debianSlim` does not know.
    UnknownPython,
    /// Not a pip requirement, several in one string, or one that names something outside the image.
    InvalidRequirement,
    /// A `pyproject.toml` that cannot be read, or lists no dependencies.
    InvalidPyproject,
    /// A group that the `pyproject.toml` does not have.
    UnknownGroup,
    /// Not the name of a package of Debian or npm.
    InvalidPackage,
    /// Not a version.
    InvalidVersion,
    /// Not a URL of `https:` or `http:`.
    InvalidUrl,
    /// Not the name of a stage, of a package repository, or of a part of one.
    InvalidName,
    /// Files of a stage that was not declared before.
    UnknownStage,
    /// A browser that Playwright does not have.
    UnknownBrowser,
    /// A command that would not run as written.
    InvalidCommand,
    /// Not one instruction of a Dockerfile, or one that has a step of its own.
    InvalidInstruction,
    /// Not a Dockerfile that can be built.
    InvalidDockerfile,
    /// A variable whose value is needed and not known, or a build argument that no `ARG` declares.
    UnknownVariable,
    /// Not a port.
    InvalidPort,
    /// Not the name of an environment variable.
    InvalidEnvName,
    /// A `$VARIABLE` where variables are not expanded.
    VariableNotExpanded,
    /// Not a label key.
    InvalidLabel,
    /// Not a user, or not an owner.
    InvalidUser,
    /// Not a file mode.
    InvalidMode,
    /// A local path that is absolute, or a path in the image that cannot be meant.
    InvalidPath,
    /// Not a pattern of files to leave out.
    InvalidPattern,
    /// Neither or both of `text` and `base64`, or not base64.
    InvalidContent,
    /// Not a snapshot name that Daytona accepts.
    InvalidSnapshotName,
    /// The root is not a directory that can be read.
    InvalidRoot,
    /// The source does not exist.
    SourceMissing,
    /// A directory where a file is meant, a file where a directory is meant, or a device.
    SourceWrongKind,
    /// The source cannot be read.
    SourceUnreadable,
    /// The ignore rules leave nothing of the source.
    SourceIgnored,
    /// The source lies outside the root.
    SourceOutsideRoot,
    /// A link that points out of its source.
    LinkOutsideSource,
    /// A name that no image layer can hold.
    InvalidFileName,
    /// A tree has an entry that would replace a directory that the image needs.
    UnsafeDestination,
    /// Two steps copy to one path what cannot be there together: a directory and something else.
    ConflictingCopies,
    /// A file changed while it was read.
    SourceChanged,
    /// The context cache cannot be used.
    CacheUnusable,
    /// A call on an image whose result was not used, before the image was.
    DroppedCall,
    /// The caller cancelled it.
    Cancelled,
    /// A defect of this library.
    Internal,
}

/// One mistake: what, where, why, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Problem {
    /// What kind of mistake.
    pub code: Code,
    /// What is wrong, with the value that is.
    pub message: String,
    /// What to do about it.
    pub hint: String,
    /// JSON pointer to the place in the definition, such as `/steps/3/aptInstall/packages/0`; empty for the whole.
    pub path: String,
}

impl Problem {
    /// A problem at a JSON pointer. Secrets in the message are masked.
    pub fn new(code: Code, path: impl Into<String>, message: impl Into<String>, hint: impl Into<String>) -> Self {
        let message = mask(&message.into()).into_owned();
        Self { code, message, hint: hint.into(), path: path.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = if self.path.is_empty() { "definition" } else { &self.path };
        write!(f, "{at}: {} {}", self.message, self.hint)
    }
}

/// Everything that is wrong with a definition, in order, or with its files; never empty in an `Err`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// `Ok(value)` if nothing was found, else the problems.
    pub(crate) fn or<T>(problems: Vec<Problem>, value: T) -> Result<T, Self> {
        if problems.is_empty() { Ok(value) } else { Err(Self(problems)) }
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// A key as a part of a JSON pointer: RFC 6901.
pub(crate) fn pointer_key(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The field of an object's key, as a JSON pointer.
pub(crate) struct Keyed<'a>(pub(crate) &'static str, pub(crate) &'a str);

impl fmt::Display for Keyed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.0, pointer_key(self.1))
    }
}
