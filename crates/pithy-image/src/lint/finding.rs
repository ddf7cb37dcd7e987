//! What a rule has found.

use pithy_image_dockerfile::Span;
use serde::Serialize;

use crate::normal_form::SourceLine;

/// Something that is valid, but probably not what is meant: what a lint rule found, where, why, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The rule, such as `unpinned_base`.
    #[cfg_attr(feature = "types", ts(type = "RuleCode"))]
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong, with the value that is.
    pub message: String,
    /// What to do about it.
    pub hint: String,
    /// JSON pointer to the step, or to a part of it, such as `/steps/3/runCommands`; empty for the whole image.
    pub path: String,
    /// The line of the Dockerfile that is sent; absent where it is not about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional))]
    pub line: Option<usize>,
    /// Its place in the Dockerfile that the image begins with, such as `daytona/Dockerfile:12`; absent for what is not from one.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text")]
    #[cfg_attr(feature = "types", ts(optional, as = "Option<String>"))]
    pub source: Option<SourceLine>,
    /// JSON pointer to the step of the earlier image that is gone, for what a change removed; `path` is that of the step that stands
    /// there now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional))]
    pub before: Option<String>,
    /// The line of the earlier Dockerfile that it is about.
    #[serde(skip)]
    #[cfg_attr(feature = "types", ts(skip))]
    pub(crate) former_line: Option<usize>,
    /// What removes it, where that is safe.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional))]
    pub fix: Option<Fix>,
}

/// An edit of a command that removes a [`Finding`]. Offsets are in UTF-16, as JavaScript counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Fix {
    /// The whole text that the shell reads, such as an argument of `runCommands`.
    pub within: String,
    /// Where what is replaced begins in that text.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// What takes its place.
    pub replacement: String,
    /// Where it begins and ends in the Dockerfile.
    pub at: (usize, usize),
}

/// What a rule replaces in the text of a command.
pub(super) struct Edit {
    pub(super) span: Span,
    pub(super) replacement: String,
}

#[expect(clippy::ref_option, reason = "the signature is serde's")]
fn as_text<S: serde::Serializer>(source: &Option<SourceLine>, serializer: S) -> Result<S::Ok, S::Error> {
    source.as_ref().map(ToString::to_string).serialize(serializer)
}

/// How much a [`Finding`] matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// A matter of taste, or of policy: not reported unless it is asked for.
    Pedantic,
    /// It may be what is meant.
    Warning,
    /// It fails, or gives a secret away.
    Error,
}
