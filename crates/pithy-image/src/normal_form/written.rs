//! Instructions in the user's own words, with places that are filled in once it is known what is sent.

use std::fmt;

use pithy_image_dockerfile::Keyword;

/// An instruction of a Dockerfile as it is written there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) keyword: Keyword,
    /// What stands before it since the last instruction: the end of that line, comments, blanks.
    pub(crate) before: String,
    pub(crate) parts: Vec<Part>,
    /// Its place in the user's file, if it is in one.
    pub(crate) source: Option<SourceLine>,
}

impl Written {
    /// The numbers of its copies, in order.
    pub(crate) fn copies(&self) -> Vec<usize> {
        let of_part = |part: &Part| match part {
            Part::Tree(copy) => vec![*copy],
            Part::Transfer(transfer) => transfer.sources.iter().filter_map(|(_, copy)| *copy).collect(),
            Part::Text(_) | Part::Stage(_) => Vec::new(),
        };
        self.parts.iter().flat_map(of_part).collect()
    }

    /// The same with this number in place of those of its copies.
    pub(super) fn with_copies(&self, number: usize) -> Self {
        let mut written = self.clone();
        for part in &mut written.parts {
            match part {
                Part::Tree(copy) => *copy = number,
                Part::Transfer(transfer) => {
                    transfer.sources.iter_mut().for_each(|(_, copy)| *copy = copy.map(|_| number));
                }
                Part::Text(_) | Part::Stage(_) => {}
            }
        }
        written
    }
}

/// A line of a file below the root.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceLine {
    /// Path below the root.
    pub path: String,
    /// The first line is 1.
    pub line: usize,
}

impl fmt::Display for SourceLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path, self.line)
    }
}

/// A part of an instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Text(String),
    /// The number of a stage among those that are kept.
    Stage(usize),
    /// The directory of a copy's tree, with the `/` at its start and its end.
    Tree(usize),
    Transfer(Transfer),
}

/// `COPY` or `ADD` of local sources, with all that follows its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Transfer {
    pub(crate) name: String,
    /// The flags, each behind a blank.
    pub(crate) flags: String,
    /// Those that `COPY` has too.
    pub(crate) copy_flags: String,
    pub(crate) is_json: bool,
    /// The sources as they are written, without the quotes of JSON, and the copies that bring them; none for what Docker
    /// fetches or the Dockerfile holds.
    pub(crate) sources: Vec<(String, Option<usize>)>,
    /// As it is written, without the quotes of JSON.
    pub(crate) destination: String,
    /// The lines of heredocs, and what stands before them.
    pub(crate) rest: String,
}
