//! The normal form: what an image is once every value is checked, and everything that means the same is the same.
//!
//! Two definitions that mean the same have one normal form, and so one Dockerfile and one digest. What is made equal, for
//! edition 2026-12, each with a test of its number in `tests/normal_form.rs`:
//!
//! 1. The base comes first and once. `debianSlim()` is `debianSlim("3.13")`.
//! 2. `refresh`, `cmd` and `entrypoint` stand at fixed places (after `FROM`; last), and the last call of each wins.
//! 3. A step without content (neither packages nor `extraOptions`; no variables, labels or commands) emits nothing.
//! 4. Variables and labels of one call are sorted by key; several calls keep their order.
//! 5. Apt packages are trimmed, sorted and appear once. A name alone adds nothing to the same one with a version or suite.
//! 6. Pip requirements are trimmed, keep their order and appear once: their order changes what pip installs.
//! 7. Paths in the image are cleaned as Docker cleans them (`//`, `.`, `..`, a `/` at the end of a directory).
//! 8. Local paths are cleaned in the same way and stay below the root; `\` within one is a character like any other.
//! 9. A destination that ends with `/` takes the source's own name.
//! 10. CRLF is LF in command lines and scripts, never in files nor in the arguments of a list. Blanks around a command are
//!     dropped, and lines that end with a backslash are joined, as Docker joins them. Newlines around a script are dropped,
//!     except for one that continues its last line.
//! 11. A mode of 0644 or 0755 is the executable bit; text and bytes with one content are one file.
//! 12. Npm packages and browsers keep their order and appear once; ports are sorted, and appear once, without `/tcp`, and
//!     not as a range of one.
//! 13. A stage stands before the image that declares it, once, however often it is declared: each time must emit the same,
//!     however it is spelled. Its `cmd` and `entrypoint` do not count, and it has the `refresh` of what declares it unless it
//!     has its own.
//! 14. A raw instruction has its name in capitals and one blank after it; blanks and comments around it are dropped, lines
//!     joined.
//! 15. A local file that a requirements file includes is copied once a step, the including one first.
//! 16. Volumes are cleaned, keep their order and appear once.
//! 17. Versions are trimmed: of Python, Node.js, uv and Playwright.
//! 18. What a `pyproject.toml` lists is as if the call listed it: packages, and indexes unless the call names them.
//! 19. What comes from a context is root's: `root`, `0`, and either with either as its group, is as none. (What comes from a
//!     stage or an image keeps its owner, so that root is one like any other there.)
//! 20. Of a directory `.git` is left out, in it and below it, unless a rule takes it in.

mod builder;
mod commands;
mod copy;
mod paths;
mod scripts;
mod selection;
mod variables;
mod written;

use std::collections::{BTreeMap, BTreeSet};

use pithy_image_dockerfile::Escape;

pub(crate) use builder::{Builder, Built, distinct};
pub(crate) use commands::{has_heredoc, is_posix_shell, one_line};
pub(crate) use copy::{Copy, Destination, Origin};
pub use copy::{LocalSource, SourceKind};
pub(crate) use paths::has_variable;
pub(crate) use selection::ContextSource;
pub use selection::Selection;
pub(crate) use variables::{Meaning, Variable, Variables};
pub use written::SourceLine;
pub(crate) use written::{Part, Transfer, Written};

/// The ignore file that Docker reads.
pub(crate) const DOCKERIGNORE: &str = ".dockerignore";

/// The build stage that unpacks the trees: unpacking a tar into an image that has files is not the same as copying.
pub(crate) const FILES_STAGE: &str = "pithy-files";

/// The build argument that makes an image a new one. A label would change the image, but not the layers: BuildKit takes
/// a layer from its cache whatever labels stand before it. An argument is in the environment of every later `RUN`.
pub(crate) const REFRESH: &str = "PITHY_IMAGE_REFRESH";

/// A checked definition.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct NormalForm {
    /// The stages that were declared, in order.
    pub(crate) stages: Vec<Stage>,
    pub(crate) image: Stage,
    pub(crate) copies: Vec<Copy>,
    /// Every step, those of stages after the step that declares them.
    pub(crate) calls: Vec<By<Call>>,
}

impl NormalForm {
    /// The local files and directories, in the order of the definition.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &LocalSource> {
        self.copies.iter().filter_map(|copy| match &copy.origin {
            Origin::Local(source) => Some(source),
            Origin::Inline(_) => None,
        })
    }

    /// The character that continues lines, and escapes others.
    pub(crate) fn escape(&self) -> Escape {
        self.image.import.as_ref().map(|import| import.escape).unwrap_or_default()
    }

    /// Whether two stages emit the same from the same files: instructions, `refresh`, and what is copied.
    fn emit_same(&self, a: &Stage, b: &Stage) -> bool {
        let token = |stage: &Stage| stage.refresh.as_ref().map(|refresh| refresh.what.clone());
        let same = |(a, b): (&By<Instruction>, &By<Instruction>)| match (&a.what, &b.what) {
            (Instruction::Copy(a), Instruction::Copy(b)) => self.copies[*a].is_same_as(&self.copies[*b]),
            (Instruction::Written(a), Instruction::Written(b)) => {
                let copies = a.copies().into_iter().zip(b.copies());
                a.with_copies(0) == b.with_copies(0)
                    && copies.into_iter().all(|(a, b)| self.copies[a].is_same_as(&self.copies[b]))
            }
            (a, b) => a == b,
        };
        (&a.base, token(a), a.instructions.len()) == (&b.base, token(b), b.instructions.len())
            && a.instructions.iter().zip(&b.instructions).all(same)
    }
}

/// A build stage: everything from one `FROM` to the next.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Stage {
    /// None for the image itself.
    pub(crate) name: Option<String>,
    /// JSON pointer of what holds the steps.
    pub(crate) prefix: String,
    pub(crate) base: String,
    pub(crate) refresh: Option<By<String>>,
    pub(crate) instructions: Vec<By<Instruction>>,
    pub(crate) cmd: Option<By<Vec<String>>>,
    pub(crate) entrypoint: Option<By<Vec<String>>>,
    /// Whether a text that decides what it emits is unread.
    pub(crate) is_partial: bool,
    /// The Dockerfile that it begins with.
    pub(crate) import: Option<Import>,
}

/// What a Dockerfile at the beginning of an image means for what follows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Import {
    /// The stages that are kept, by their names in lower case.
    pub(crate) stages: BTreeSet<String>,
    /// The character that continues lines, and escapes others.
    pub(crate) escape: Escape,
    /// Whether the text ends in the middle of an instruction.
    pub(crate) is_unfinished: bool,
    /// What stands after its last instruction.
    pub(crate) rest: String,
    /// How many instructions it has.
    pub(crate) instructions: usize,
}

impl Stage {
    /// JSON pointer of one of its steps.
    pub(crate) fn step(&self, index: usize) -> String {
        format!("{}/steps/{index}", self.prefix)
    }
}

/// Something that a step says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct By<T> {
    /// JSON pointer of the step.
    pub(crate) step: String,
    pub(crate) what: T,
}

/// The name of a step, and its place among the stages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) name: &'static str,
    /// The build stage that it is in; none for the image itself.
    pub(crate) stage: Option<String>,
    /// The build stage that it declares.
    pub(crate) declares: Option<String>,
    /// The build stages that it takes files from.
    pub(crate) takes_from: Vec<String>,
}

/// An instruction with its values parsed; [`crate::dockerfile`] writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Instruction {
    /// `RUN` with a line for the image's shell.
    Run(String),
    /// `RUN` with a program and its arguments.
    Exec(Vec<String>),
    /// `RUN` with the program and arguments that take a script, and the script.
    Script(Vec<String>, String),
    /// An instruction that takes a JSON array and makes no layer, such as `SHELL`.
    List(&'static str, Vec<String>),
    Env(BTreeMap<String, String>),
    PathPrepend(String),
    Arg(String, String),
    Label(BTreeMap<String, String>),
    Workdir(String),
    User(String),
    Expose(Vec<String>),
    /// `COPY` of `NormalForm::copies[index]`.
    Copy(usize),
    CopyFrom(CopyFrom),
    Raw(String),
    Written(Written),
}

/// The arguments of `COPY --from`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CopyFrom {
    pub(crate) from: String,
    pub(crate) source: String,
    pub(crate) destination: String,
    pub(crate) chown: Option<String>,
}

/// A text file below the root that decides what else is needed: a requirements file, an ignore file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextFile {
    /// Path below the root, clean, with `/`.
    pub path: String,
    /// Whether it may be missing.
    pub optional: bool,
    /// The file and line that name it, in words; none if the definition does.
    pub named_by: Option<String>,
    /// JSON pointer to what needs it, for problems.
    pub pointer: String,
    /// Whether it is a requirements file, which may include others.
    pub(crate) is_requirements: bool,
}

impl TextFile {
    /// It as a source.
    pub(crate) fn source(&self) -> LocalSource {
        LocalSource { path: self.path.clone(), kind: SourceKind::File, pointer: self.pointer.clone() }
    }
}

/// What text files hold, by their paths below the root; none for one that does not exist.
pub type Texts = BTreeMap<String, Option<Vec<u8>>>;
