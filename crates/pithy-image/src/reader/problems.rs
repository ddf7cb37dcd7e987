//! What can go wrong with files, in words.

use super::locate::Lost;
use super::{Files, NodeKind, Reader, Stamp, join, windows};
use crate::normal_form::TextFile;
use crate::problem::{Code, Problem, Problems};

impl<R: Reader> Files<'_, R> {
    /// Where all files are, as in `` `a` … does not exist ``.
    pub(super) fn place(&self) -> String {
        self.root.as_ref().map_or("among the given files".to_owned(), |root| format!("below the root `{root}`"))
    }

    pub(super) async fn lost(&self, path: &str, pointer: &str, lost: Lost) -> Problem {
        match lost {
            Lost::Missing(end) => {
                let end = end.filter(|end| end != path).map(|end| format!("leads to `{end}`, which "));
                let message = format!("`{path}` {}does not exist {}.", end.unwrap_or_default(), self.place());
                Problem::new(Code::SourceMissing, pointer, message, self.hint_for_missing(path).await)
            }
            Lost::Outside(end) => self.outside(path, pointer, end.as_deref()),
            Lost::TooManyLinks => {
                let hint = "Make the link point to a file or a directory.";
                Problem { hint: hint.to_owned(), ..self.unreadable(path, pointer, "too many links") }
            }
            Lost::Problem(problem) => problem,
        }
    }

    async fn hint_for_missing(&self, path: &str) -> String {
        if let Some(hint) = self.other_spelling(path).await {
            return hint;
        }
        let hint = match (path.contains('\\'), &self.root) {
            (true, _) => "Write the path with `/`.",
            (false, Some(_)) => "Correct the path, create the file, or set the right `root`.",
            (false, None) => "Correct the path, or pass the file with the others.",
        };
        hint.to_owned()
    }

    fn outside(&self, path: &str, pointer: &str, end: Option<&str>) -> Problem {
        let (what, slash) = match &self.root {
            Some(root) if windows::is_root(root) => (format!("the root `{root}`"), ""),
            Some(root) => (format!("the root `{root}`"), "/"),
            None => ("the given files".to_owned(), ""),
        };
        let end = end.map(|end| format!(", to `{slash}{end}`")).unwrap_or_default();
        let message = format!("`{path}` leads out of {what}{end}.");
        let hint = "Choose a root that contains both, or copy the file below the root.";
        Problem::new(Code::SourceOutsideRoot, pointer, message, hint)
    }

    pub(super) fn unreadable(&self, path: &str, pointer: &str, why: &str) -> Problem {
        let message = format!("`{path}` {} cannot be read: {why}.", self.place());
        let hint = match self.root {
            Some(_) => "Check its permissions.",
            None => "Pass it to `resolveFiles` with the other files.",
        };
        Problem::new(Code::SourceUnreadable, pointer, message, hint)
    }

    pub(super) fn changed(&self, path: &str, pointer: &str) -> Problem {
        let path = join(self.root.as_deref().unwrap_or_default(), path);
        let message = format!("`{path}` changed since it was first read for this image.");
        Problem::new(Code::SourceChanged, pointer, message, "Resolve the image again.")
    }

    /// Size and executable bit of a regular file; anything else is a problem. `hint` says what to do about a directory.
    pub(super) fn regular(
        &self,
        path: &str,
        kind: &NodeKind,
        pointer: &str,
        hint: &str,
    ) -> Result<(u64, Option<bool>, Stamp), Problem> {
        let (what, hint) = match kind {
            NodeKind::File { size, executable, stamp } => return Ok((*size, *executable, *stamp)),
            NodeKind::Directory => ("a directory", hint),
            _ => ("not a regular file", "Name a regular file."),
        };
        Err(self.wrong_kind(path, pointer, what, hint))
    }

    /// A source that is something else than it should be.
    pub(super) fn wrong_kind(&self, path: &str, pointer: &str, what: &str, hint: &str) -> Problem {
        let message = format!("`{path}` {} is {what}.", self.place());
        Problem::new(Code::SourceWrongKind, pointer, message, hint)
    }
}

/// A problem of a text file, after the line that names the file.
pub(super) fn named_by(file: &TextFile, mut problem: Problem) -> Problem {
    if let Some(line) = &file.named_by {
        problem.message.insert_str(0, &format!("{line}: "));
    }
    problem
}

/// Whether a known problem says what a new one does, though perhaps with more words.
pub(super) fn is_known(known: &[Problem], new: &Problem) -> bool {
    let same = |known: &Problem| (known.code, &known.path) == (new.code, &new.path);
    known.iter().any(|known| same(known) && known.message.ends_with(&new.message))
}

pub(super) fn cancelled() -> Problem {
    Problem::new(Code::Cancelled, "", "The work was cancelled.", "Call it again without aborting its signal.")
}

/// Cancellation alone, if that is among the problems: it is why the others are incomplete.
pub(super) fn only_cancelled(Problems(problems): Problems) -> Problems {
    let cancelled = problems.iter().find(|problem| problem.code == Code::Cancelled).cloned();
    cancelled.map_or(Problems(problems), Problems::from)
}
