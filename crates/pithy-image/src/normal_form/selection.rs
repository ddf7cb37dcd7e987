//! What an instruction of a Dockerfile takes from its build context.

use std::sync::Arc;

use crate::files::wildcard::{self, has_wildcard};
use crate::ignore::IgnoreRules;
use crate::path::base_name;

/// What an instruction of a Dockerfile takes from its build context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// What the ignore file leaves out; paths are relative to the context.
    pub(crate) rules: Arc<IgnoreRules>,
    pub(crate) sources: Vec<ContextSource>,
    /// Whether archives are unpacked, as `ADD` does it.
    pub(crate) unpacks: bool,
    /// Whether a tar is needed, also for a single file: what has to keep its path, or is mounted.
    pub(crate) is_tree: bool,
    /// Where the instruction stands, for the start of a message.
    pub(crate) place: String,
    /// The directory of the Dockerfile, where Docker looks for sources unless another context is given.
    pub(crate) beside: String,
}

/// One source of an instruction: a path below the context, or a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ContextSource {
    /// As Docker understands it: clean, without a `/` at the start; `.` for the context.
    pub(crate) path: String,
    /// With `--parents`, what the path is below: the part before `/./`.
    pub(crate) pivot: Option<String>,
    /// What `--exclude` leaves out of a directory; paths are relative to it.
    pub(crate) excluded: IgnoreRules,
}

impl Selection {
    /// Whether both take the same, wherever they stand.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        self.rules.is_same_as(&other.rules) && (&self.sources, self.unpacks) == (&other.sources, other.unpacks)
    }

    /// The rules for a source: `.git` is left out unless the source names it.
    pub(crate) fn rules_for(&self, source: &ContextSource) -> IgnoreRules {
        if source.path.split('/').any(|name| name == ".git") {
            return (*self.rules).clone();
        }
        IgnoreRules::built_in().chain((*self.rules).clone())
    }

    /// Whether a path is one that the instruction names, or lies in one, and is not left out.
    pub(crate) fn takes(&self, path: &str) -> bool {
        let takes = |source: &ContextSource| source.takes(path) && self.rules_for(source).ignored_by(path).is_none();
        self.sources.iter().any(takes)
    }

    /// Where what is taken goes, as far as its path says so. Of a directory that is named, that is what is in it.
    pub(crate) fn landing(&self, destination: &str, path: &str, is_directory: bool) -> String {
        let directory = destination.trim_end_matches('/');
        for source in &self.sources {
            if let Some(below) = source.below_pivot(path) {
                return format!("{directory}/{below}");
            }
            match source.named_part(path) {
                Some("") if source.pivot.is_none() && is_directory => return destination.to_owned(),
                Some("") if source.pivot.is_none() => {
                    let goes_into = destination.ends_with('/') || self.sources.len() > 1 || source.is_pattern();
                    return if goes_into { format!("{directory}/{}", base_name(path)) } else { destination.to_owned() };
                }
                Some(below) if source.pivot.is_none() => return format!("{directory}/{below}"),
                _ => {}
            }
        }
        destination.to_owned()
    }

    /// Whether a path is one that the instruction names.
    pub(crate) fn names(&self, path: &str) -> bool {
        self.sources.iter().any(|source| wildcard::matches(&source.path, path))
    }
}

impl ContextSource {
    /// Whether it may name several files.
    pub(crate) fn is_pattern(&self) -> bool {
        has_wildcard(&self.path)
    }

    fn takes(&self, path: &str) -> bool {
        match &self.pivot {
            Some(_) => self.below_pivot(path).is_some(),
            None => self.named_part(path).is_some(),
        }
    }

    /// The rest of a path behind the part that the source names; empty if it is the path itself.
    fn named_part<'p>(&self, path: &'p str) -> Option<&'p str> {
        if self.path == "." {
            return Some(path);
        }
        let length = self.path.split('/').count();
        let end = path.match_indices('/').nth(length - 1).map_or(path.len(), |(at, _)| at);
        wildcard::matches(&self.path, &path[..end]).then(|| path[end..].trim_start_matches('/'))
    }

    /// A path below the pivot, if the pattern matches it or a directory that it is in.
    pub(crate) fn below_pivot<'p>(&self, path: &'p str) -> Option<&'p str> {
        let pivot = self.pivot.as_deref()?;
        let below = if pivot == "." { path } else { path.strip_prefix(pivot)?.strip_prefix('/')? };
        let is_taken = || IgnoreRules::from_patterns([&self.path]).is_ok_and(|rules| rules.ignored_by(below).is_some());
        (self.path == "." || is_taken()).then_some(below)
    }
}
