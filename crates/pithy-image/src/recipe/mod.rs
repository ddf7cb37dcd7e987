//! The normal form: from steps as they were written to a [`Recipe`], in which only valid values exist.
//!
//! Two definitions that mean the same have one recipe, and so one Dockerfile and one digest. What is made equal, for
//! edition 2026-12, each with a test of its number in `tests/normal_form.rs`:
//!
//! 1. The base comes first and once. `debianSlim()` is `debianSlim("3.13")`.
//! 2. `refresh`, `cmd` and `entrypoint` stand at fixed places (after `FROM`; last), and the last call of each wins.
//! 3. A step without content (neither packages nor `extraOptions`; no variables, labels or commands) is no step.
//! 4. Variables and labels of one call are sorted by key; several calls keep their order.
//! 5. Apt packages are trimmed, sorted and appear once.
//! 6. Pip requirements are trimmed, keep their order and appear once: their order changes what pip installs.
//! 7. Paths in the image are cleaned as Docker cleans them (`//`, `.`, `..`, a `/` at the end of a directory).
//! 8. Local paths are cleaned in the same way and stay below the root; `\` within one is a character like any other.
//! 9. A destination that ends with `/` takes the source's own name.
//! 10. CRLF is LF in command lines and scripts, never in files nor in the arguments of a list. Blanks around a command are dropped, and lines that end with
//!     a backslash are joined, as Docker joins them. Newlines around a script are dropped.
//! 11. A mode of 0644 or 0755 is the executable bit; text and bytes with one content are one file.
//! 12. Npm packages and browsers keep their order and appear once; ports are sorted, and appear
//!     once, without `/tcp`, and not as a range of one.
//! 13. A stage stands before the image that declares it, once, however often it is declared with the same steps; its `cmd` and `entrypoint` do not
//!     count, and it has the `refresh` of what declares it unless it has its own.
//! 14. A raw instruction has its name in capitals and one blank after it; blanks around it are dropped, lines joined.
//! 15. A local file that a requirements file includes is copied once a step, the including one first.

mod base;
pub(crate) mod commands;
pub(crate) mod files;
mod packages;
mod pyproject;
mod raw;
mod requirements;
mod scripts;
mod settings;
mod stages;
mod tools;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::ignore::IgnoreRules;
use crate::problem::{Code, Problem, Problems};
use crate::step::{Pairs, Step};

/// A checked definition in normal form. Made by [`crate::Definition::recipe`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    /// The stages that were declared, in order.
    pub(crate) stages: Vec<Stage>,
    pub(crate) image: Stage,
    pub(crate) copies: Vec<Copy>,
    /// Every step, those of stages behind the step that declares them.
    pub(crate) calls: Vec<By<Call>>,
    /// What should be known, though it is no mistake.
    pub(crate) findings: Vec<Problem>,
    unread: Unread,
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
}

impl Stage {
    /// JSON pointer of one of its steps.
    pub(crate) fn step(&self, index: usize) -> String {
        format!("{}/steps/{index}", self.prefix)
    }
}

/// What a step says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct By<T> {
    /// JSON pointer of the step.
    pub(crate) step: String,
    pub(crate) what: T,
}

/// A step as what it is called, and where it stands.
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
    Shell(Vec<String>),
    Env(Pairs),
    PathPrepend(String),
    Arg(String, String),
    Label(Pairs),
    Workdir(String),
    User(String),
    Expose(Vec<String>),
    /// `COPY` of `Recipe::copies[index]`.
    Copy(usize),
    CopyFrom(CopyFrom),
    Raw(String),
}

/// What `COPY --from` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CopyFrom {
    pub(crate) from: String,
    pub(crate) source: String,
    pub(crate) destination: String,
    pub(crate) chown: Option<String>,
}

/// Something to bring into the image, where from and where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Copy {
    pub(crate) origin: Origin,
    pub(crate) destination: Destination,
    /// The working directory that a relative destination starts at; that of the base image is taken to be `/`.
    pub(crate) workdir: String,
    pub(crate) mode: Mode,
    pub(crate) chown: Option<String>,
    /// The stage that it goes to; none for the image itself.
    pub(crate) stage: Option<String>,
    /// JSON pointer of the step that asks for it.
    pub(crate) step: String,
    /// The SHA-256 that the file has, where its text decided other steps.
    pub(crate) sha256: Option<[u8; 32]>,
}

/// The mode of a copied file.
#[derive(Debug, Clone, PartialEq, Eq, Copy)]
pub(crate) enum Mode {
    /// As the file's executable bit says.
    FromFile,
    /// The executable bit is given: 0644 or 0755.
    Executable(bool),
    /// Any other mode, which only a tar can carry through the SDK.
    Other(u32),
}

/// Where the bytes of a copy come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    Local(LocalSource),
    Inline(Vec<u8>),
}

/// Where a copy goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    /// A file: its path in the image, and the name under which it is sent. Docker takes that name if the path turns out
    /// to be a directory of the base image.
    File { path: String, source_name: String },
    /// The directory that takes the entries, ending with `/`.
    Directory(String),
}

/// A path of the definition that must be read before the Dockerfile can be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalSource {
    /// Path below the root, clean, with `/`; `.` for the root itself.
    pub path: String,
    /// Whether a file or a directory is meant.
    pub kind: SourceKind,
    /// JSON pointer to the path in the definition, for problems.
    pub pointer: String,
}

/// What a [`LocalSource`] must be on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceKind {
    /// A regular file, or a link to one below the root.
    File,
    /// A directory, of which some entries may be left out.
    Directory {
        /// Entries that are left out: paths are relative to the directory.
        rules: IgnoreRules,
    },
}

/// A text file below the root that decides what else is needed: a list of requirements, an ignore file.
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
}

impl TextFile {
    /// It as a source.
    pub(crate) fn source(&self) -> LocalSource {
        LocalSource { path: self.path.clone(), kind: SourceKind::File, pointer: self.pointer.clone() }
    }
}

/// What text files hold, by their paths below the root; none for one that does not exist.
pub type Texts = BTreeMap<String, Option<Vec<u8>>>;

/// The text files that a recipe still needs, and what it takes to make it again when they are known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Unread {
    files: Vec<TextFile>,
    steps: Vec<Step>,
    known: Texts,
}

impl Recipe {
    /// The text files to be read first; [`Recipe::with_texts`] wants them. None, and the recipe is complete.
    #[must_use]
    pub fn unread(&self) -> &[TextFile] {
        &self.unread.files
    }

    /// The recipe once more text files are known. They may name others: ask [`Recipe::unread`] again.
    ///
    /// ```
    /// use pithy_image::{Image, Texts};
    ///
    /// let recipe = Image::debian_slim("3.12").pip_install_from_requirements("requirements.txt").recipe()?;
    /// assert_eq!(recipe.unread()[0].path, "requirements.txt");
    /// let text = b"-r base.txt".to_vec();
    /// let recipe = recipe.with_texts(Texts::from([("requirements.txt".to_owned(), Some(text))]))?;
    /// assert_eq!(recipe.unread()[0].path, "base.txt");
    /// # Ok::<(), pithy_image::Problems>(())
    /// ```
    ///
    /// # Errors
    ///
    /// What is wrong with the texts.
    pub fn with_texts(self, texts: Texts) -> Result<Self, Problems> {
        if self.unread.files.is_empty() {
            return Ok(self);
        }
        let Unread { steps, mut known, .. } = self.unread;
        known.extend(texts);
        from_steps(&steps.iter().map(Ok).collect::<Vec<_>>(), Vec::new(), known)
    }

    /// The paths to be read, in the order of the definition; [`Recipe::resolve`](Self::resolve) wants one listing each.
    pub fn sources(&self) -> impl Iterator<Item = &LocalSource> {
        self.copies.iter().filter_map(|copy| match &copy.origin {
            Origin::Local(source) => Some(source),
            Origin::Inline(_) => None,
        })
    }
}

/// Checks every step, but for those that could not be read, and collects all problems before giving up. What text files hold
/// counts as far as it is known.
pub(crate) fn from_steps(
    steps: &[Result<&Step, &Problem>],
    problems: Vec<Problem>,
    known: Texts,
) -> Result<Recipe, Problems> {
    let mut builder = Builder { problems, ..Builder::new(&known) };
    builder.steps(steps);
    let Builder { mut recipe, problems, unread, scope, .. } = builder;
    recipe.image = scope.stage;
    if !unread.is_empty() {
        recipe.unread = Unread { files: unread, steps: steps.iter().flatten().copied().cloned().collect(), known };
    }
    Problems::or(problems, recipe)
}

/// A recipe in the making. Checks return a usable value even for a bad input, so that one pass finds everything; the
/// recipe is thrown away if there was any problem.
struct Builder<'a> {
    recipe: Recipe,
    problems: Vec<Problem>,
    texts: &'a Texts,
    unread: Vec<TextFile>,
    /// The stages that were declared, with their names.
    declared: Vec<(String, Vec<Step>)>,
    /// The names of the stages that the step at hand is in.
    within: Vec<String>,
    /// All base images so far.
    bases: Vec<String>,
    scope: Scope,
}

/// Where the builder is: in one stage, at one of its steps.
struct Scope {
    /// Number and name of the step at hand.
    at: Option<(usize, &'static str)>,
    /// The working directory so far.
    workdir: String,
    stage: Stage,
}

impl Scope {
    fn new(prefix: String, name: Option<String>) -> Self {
        Self { at: None, workdir: "/".to_owned(), stage: Stage { name, prefix, ..Stage::default() } }
    }
}

impl<'a> Builder<'a> {
    fn new(texts: &'a Texts) -> Self {
        Self {
            recipe: Recipe {
                stages: Vec::new(),
                image: Stage::default(),
                copies: Vec::new(),
                calls: Vec::new(),
                findings: Vec::new(),
                unread: Unread::default(),
            },
            problems: Vec::new(),
            texts,
            unread: Vec::new(),
            declared: Vec::new(),
            within: Vec::new(),
            bases: Vec::new(),
            scope: Scope::new(String::new(), None),
        }
    }

    fn steps(&mut self, steps: &[Result<&Step, &Problem>]) {
        if steps.is_empty() {
            let hint = "Begin with `Image.base(\"…\")` or `Image.debianSlim()`.";
            self.report(Code::MissingBase, &"", "The definition has no steps.", hint);
        }
        for (index, step) in steps.iter().enumerate() {
            match step {
                Ok(step) => {
                    self.scope.at = Some((index, step.name()));
                    let call = self.by(self.call(step));
                    self.recipe.calls.push(call);
                    self.step(index, step);
                }
                Err(problem) => self.problems.push(Problem::clone(problem)),
            }
        }
    }

    fn step(&mut self, index: usize, step: &Step) {
        let is_base = matches!(step, Step::Base(_) | Step::DebianSlim(_));
        if is_base != (index == 0) {
            self.misplaced_base(is_base);
        }
        match step {
            Step::Base(s) => self.base(s),
            Step::DebianSlim(s) => self.debian_slim(s),
            Step::PipInstall(s) => self.pip_install(s),
            Step::PipInstallFromRequirements(s) => self.pip_install_from_requirements(s),
            Step::PipInstallFromPyproject(s) => self.pip_install_from_pyproject(s),
            Step::UvPipInstall(s) => self.uv_pip_install(s),
            Step::NpmInstall(s) => self.npm_install(s),
            Step::AptInstall(s) => self.apt_install(s),
            Step::AptRepository(s) => self.apt_repository(s),
            Step::Nodejs(s) => self.nodejs(s),
            Step::GithubCli(_) => self.github_cli(),
            Step::Playwright(s) => self.playwright(s),
            Step::AddLocalFile(s) => self.add_local_file(s),
            Step::AddLocalDir(s) => self.add_local_dir(s),
            Step::AddFile(s) => self.add_file(s),
            Step::Symlink(s) => self.symlink(s),
            Step::MakeDir(s) => self.make_dir(s),
            Step::Stage(s) => self.stage(s),
            Step::CopyFrom(s) => self.copy_from(s),
            Step::RunCommands(s) => self.run_commands(s),
            Step::RunScript(s) => self.run_script(s),
            Step::Shell(s) => self.shell(s),
            Step::Arg(s) => self.arg(s),
            Step::Env(s) => self.env(s),
            Step::PathPrepend(s) => self.path_prepend(s),
            Step::Workdir(s) => self.workdir(s),
            Step::User(s) => self.user(s),
            Step::Label(s) => self.label(s),
            Step::Expose(s) => self.expose(s),
            Step::Raw(s) => self.raw(s),
            Step::Entrypoint(s) => self.entrypoint(s),
            Step::Cmd(s) => self.cmd(s),
            Step::Refresh(s) => self.refresh(s),
        }
    }

    fn report(&mut self, code: Code, field: &dyn fmt::Display, message: impl Into<String>, hint: &str) {
        self.problems.push(Problem::new(code, self.pointer(field), message, hint));
    }

    fn find(&mut self, code: Code, field: &dyn fmt::Display, message: impl Into<String>, hint: &str) {
        self.recipe.findings.push(Problem::new(code, self.pointer(field), message, hint));
    }

    /// A step that writes where only root can.
    fn needs_root(&mut self) {
        let user = self.scope.stage.instructions.iter().rev().find_map(|made| match &made.what {
            Instruction::User(user) => Some(user.as_str()),
            _ => None,
        });
        if let Some(user) = user.filter(|user| !["root", "0"].contains(&user.split(':').next().unwrap_or_default())) {
            let step = self.scope.at.map_or("", |(_, name)| name);
            let message = format!("`{step}` runs as `{user}`, who may not write where it does.");
            self.find(
                Code::NeedsRoot,
                &"",
                message,
                "Put it before `user`, or go back with `user(\"root\")` before it.",
            );
        }
    }

    /// JSON pointer of a field of the step at hand. Fields are passed as they are and written out only here: nearly
    /// always there is nothing to report.
    fn pointer(&self, field: &dyn fmt::Display) -> String {
        let Scope { at, stage, .. } = &self.scope;
        at.map_or_else(|| stage.prefix.clone(), |(index, name)| format!("{}/{name}{field}", stage.step(index)))
    }

    fn call(&self, step: &Step) -> Call {
        let declares = if let Step::Stage(stage) = step { Some(stage.name.clone()) } else { None };
        Call { name: step.name(), stage: self.scope.stage.name.clone(), declares, takes_from: Vec::new() }
    }

    /// Something that the step at hand says.
    fn by<T>(&self, what: T) -> By<T> {
        let Scope { at, stage, .. } = &self.scope;
        By { step: stage.step(at.map_or(0, |(index, _)| index)), what }
    }

    fn push(&mut self, instruction: Instruction) {
        let made = self.by(instruction);
        self.scope.stage.instructions.push(made);
    }

    /// The content of a text file, as far as it is known: otherwise it must be read first.
    fn text(&mut self, path: &str, optional: bool, field: &dyn fmt::Display) -> Option<&'a [u8]> {
        self.named_text(path, optional, None, field)
    }

    fn named_text(
        &mut self,
        path: &str,
        optional: bool,
        named_by: Option<&str>,
        field: &dyn fmt::Display,
    ) -> Option<&'a [u8]> {
        if let Some(content) = self.texts.get(path) {
            if content.is_none() && !optional {
                let message = format!("`{path}` does not exist below the root.");
                self.report(Code::SourceMissing, field, message, "Correct the path, or make the file.");
            }
            return content.as_deref();
        }
        let named_by = named_by.map(str::to_owned);
        let file = TextFile { path: path.to_owned(), optional, named_by, pointer: self.pointer(field) };
        match self.unread.iter_mut().find(|known| known.path == path) {
            Some(known) if known.optional => *known = file,
            Some(_) => {}
            None => self.unread.push(file),
        }
        None
    }

    /// A line that was put together from values, each of which is short enough.
    fn run(&mut self, line: String) {
        self.short(&"", line.len());
        self.push(Instruction::Run(line));
    }

    /// A string that a program can be given.
    fn argument(&mut self, field: &dyn fmt::Display, value: &str) {
        self.no_nul(field, value);
        self.short(field, value.len());
    }

    /// Linux takes no argument of 128 KiB or more, and refuses to run anything in an image with such a variable.
    fn short(&mut self, field: &dyn fmt::Display, bytes: usize) {
        if bytes >= MAX_ARGUMENT {
            let message = format!("The value has {bytes} bytes; Linux takes less than {MAX_ARGUMENT}.");
            self.report(Code::TooLong, field, message, "Put it into a file, with `addFile` or `addLocalFile`.");
        }
    }

    fn no_nul(&mut self, field: &dyn fmt::Display, value: &str) {
        if value.contains('\0') {
            self.report(Code::ForbiddenCharacter, field, "The value has a NUL character.", "Leave it out.");
        }
    }

    fn one_line(&mut self, field: &dyn fmt::Display, value: &str) {
        self.no_nul(field, value);
        if value.contains('\n') {
            let message = "The value has a newline, which no Dockerfile can hold here.";
            self.report(Code::ForbiddenCharacter, field, message, "Leave it out, or put the text into a file.");
        }
    }

    fn no_variable(&mut self, field: &dyn fmt::Display, path: &str) {
        let mut after_dollar = path.split('$').skip(1);
        let variable = after_dollar.any(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic() || "_{".contains(c)));
        if variable {
            let message = format!("`{path}` would have to be expanded, but paths in the image are literal.");
            self.report(Code::VariableNotExpanded, field, message, "Write the path out, such as `/root` for `$HOME`.");
        }
    }
}

/// `MAX_ARG_STRLEN` of Linux, with the terminating NUL.
const MAX_ARGUMENT: usize = 128 * 1024;

/// Trimmed items in their order, each once.
fn distinct(items: &[String]) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    items.iter().map(|item| item.trim()).filter(|item| seen.insert(*item)).collect()
}

/// A key as a part of a JSON pointer: RFC 6901.
pub(crate) fn pointer_key(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
