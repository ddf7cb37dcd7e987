//! Builds the normal form: what the steps write into, and the checks that several of them share.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::mem;

use pithy_image_dockerfile::Escape;

use super::{
    By, Call, Copy, Destination, Import, Instruction, LocalSource, NormalForm, Origin, SourceKind, Stage, TextFile,
    Texts, Variables,
};
use crate::identity::Mode;
use crate::path::join;
use crate::problem::{Code, Problem, Problems};

/// A normal form in the making. Checks return a usable value even for bad input, so that one pass finds everything; what
/// was built is thrown away if there was any problem.
pub(crate) struct Builder<'t> {
    form: NormalForm,
    problems: Vec<Problem>,
    texts: &'t Texts,
    unread: Vec<TextFile>,
    /// Where each of those is, by its path.
    unread_places: BTreeMap<String, usize>,
    /// The stages that were declared, by name, each as it was then: with its own `refresh` alone.
    declared: BTreeMap<String, Stage>,
    /// Whether there may be stages that nobody knows, because what has them could not be read.
    has_unreadable_stage: bool,
    /// The names of the stages that the current step is in.
    within: Vec<String>,
    /// All base images so far.
    bases: BTreeSet<String>,
    /// The character that continues lines, and escapes others.
    escape: Escape,
    /// The stages of the Dockerfile that the image begins with, in lower case.
    imported: BTreeSet<String>,
    scope: Scope,
}

/// What was built, and the text files that are needed for the rest.
pub(crate) struct Built {
    pub(crate) form: NormalForm,
    pub(crate) unread: Vec<TextFile>,
}

/// Where the builder is: in one stage, at one of its steps.
struct Scope {
    /// Number and name of the current step.
    at: Option<(usize, &'static str)>,
    /// The working directory so far; relative to that of the base image, which is unknown.
    workdir: String,
    variables: Variables,
    /// The names of stages that its steps copy from.
    wanted: Vec<String>,
    stage: Stage,
}

impl Scope {
    fn new(prefix: String, name: Option<String>) -> Self {
        let stage = Stage { name, prefix, ..Stage::default() };
        Self { at: None, workdir: ".".to_owned(), variables: Variables::default(), wanted: Vec::new(), stage }
    }
}

impl<'t> Builder<'t> {
    /// A builder for which text files hold `texts`, as far as they are known.
    pub(crate) fn new(problems: Vec<Problem>, texts: &'t Texts) -> Self {
        Self {
            form: NormalForm::default(),
            problems,
            texts,
            unread: Vec::new(),
            unread_places: BTreeMap::new(),
            declared: BTreeMap::new(),
            has_unreadable_stage: false,
            within: Vec::new(),
            bases: BTreeSet::new(),
            escape: Escape::default(),
            imported: BTreeSet::new(),
            scope: Scope::new(String::new(), None),
        }
    }

    /// What was built.
    ///
    /// # Errors
    ///
    /// All problems.
    pub(crate) fn finish(self) -> Result<Built, Problems> {
        let Self { mut form, mut problems, unread, scope, .. } = self;
        form.image = scope.stage;
        problems.extend(unfinished(&form.image));
        Problems::or(problems, Built { form, unread })
    }

    /// Goes to the next step.
    pub(crate) fn begin_step(&mut self, index: usize, name: &'static str) {
        self.scope.at = Some((index, name));
        let stage = self.scope.stage.name.clone();
        let call = self.by(Call { name, stage, declares: None, takes_from: Vec::new() });
        self.form.calls.push(call);
    }

    /// Reports a mistake in a field of the current step. Fields are passed as they are and written out only here: nearly
    /// always there is nothing to report.
    pub(crate) fn report(&mut self, code: Code, field: &dyn fmt::Display, message: impl Into<String>, hint: &str) {
        self.problems.push(Problem::new(code, self.pointer(field), message, hint));
    }

    /// How many problems were reported so far: whether a check has found one.
    pub(crate) fn problem_count(&self) -> usize {
        self.problems.len()
    }

    /// Keeps problems that were found when a step was read.
    pub(crate) fn keep(&mut self, problems: &Problems) {
        self.problems.extend(problems.0.iter().cloned());
    }

    /// JSON pointer of a field of the current step.
    pub(crate) fn pointer(&self, field: &dyn fmt::Display) -> String {
        let Scope { at, stage, .. } = &self.scope;
        at.map_or_else(|| stage.prefix.clone(), |(index, name)| format!("{}/{name}{field}", stage.step(index)))
    }

    /// The content of a text file, as far as it is known; otherwise it must be read first.
    pub(crate) fn text(&mut self, file: TextFile, field: &dyn fmt::Display) -> Option<&'t [u8]> {
        let Some(content) = self.texts.get(&file.path) else {
            self.wants(file);
            return None;
        };
        if content.is_none() && !file.optional {
            let message = format!("`{}` does not exist below the root.", file.path);
            self.report(Code::SourceMissing, field, message, "Correct the path, or create the file.");
        }
        content.as_deref()
    }

    fn wants(&mut self, file: TextFile) {
        self.scope.stage.is_partial = true;
        let place = *self.unread_places.entry(file.path.clone()).or_insert(self.unread.len());
        match self.unread.get_mut(place) {
            Some(known) if known.optional => *known = file,
            Some(_) => {}
            None => self.unread.push(file),
        }
    }

    /// Something that the current step says.
    fn by<T>(&self, what: T) -> By<T> {
        let Scope { at, stage, .. } = &self.scope;
        By { step: stage.step(at.map_or(0, |(index, _)| index)), what }
    }
}

/// What steps add to the image.
impl Builder<'_> {
    pub(crate) fn push(&mut self, instruction: Instruction) {
        self.scope.variables.follow(&instruction);
        let made = self.by(instruction);
        self.scope.stage.instructions.push(made);
    }

    /// A line that was put together from values, each of which is short enough.
    pub(crate) fn run(&mut self, line: String) {
        self.check_length(&"", line.len());
        self.push(Instruction::Run(line));
    }

    pub(crate) fn copy(&mut self, copy: Copy) {
        self.push(Instruction::Copy(self.form.copies.len()));
        self.form.copies.push(copy);
    }

    /// A copy of nothing to nowhere, for the current step to fill in.
    pub(crate) fn empty_copy(&self) -> Copy {
        Copy {
            origin: Origin::Inline(Vec::new()),
            destination: Destination::Directory(String::new()),
            workdir: self.scope.workdir.clone(),
            mode: Mode::FromFile,
            chown: None,
            stage: self.scope.stage.name.clone(),
            step: self.by(()).step,
            sha256: None,
        }
    }

    pub(crate) fn local(&self, field: &dyn fmt::Display, path: String, kind: SourceKind) -> Origin {
        Origin::Local(LocalSource { path, kind, pointer: self.pointer(field) })
    }

    /// Notes an image that something begins with or is copied from.
    pub(crate) fn note_base(&mut self, image: String) {
        self.bases.insert(image);
    }

    pub(crate) fn set_base(&mut self, base: String) {
        self.note_base(base.clone());
        self.scope.stage.base = base;
    }

    pub(crate) fn set_cmd(&mut self, command: Option<Vec<String>>) {
        self.scope.stage.cmd = command.map(|command| self.by(command));
    }

    pub(crate) fn set_entrypoint(&mut self, command: Option<Vec<String>>) {
        self.scope.stage.entrypoint = command.map(|command| self.by(command));
    }

    pub(crate) fn set_refresh(&mut self, token: String) {
        self.scope.stage.refresh = Some(self.by(token));
    }

    /// Changes the working directory of the following steps.
    pub(crate) fn enter_directory(&mut self, path: &str) {
        self.scope.workdir = join(&self.scope.workdir, path);
        if self.scope.workdir.is_empty() {
            self.enter_unknown_directory();
        }
    }

    /// Changes the working directory of the following steps to one that nobody knows, as that of the base image.
    pub(crate) fn enter_unknown_directory(&mut self) {
        ".".clone_into(&mut self.scope.workdir);
    }
}

/// Dockerfiles.
impl Builder<'_> {
    /// Notes the names of stages that the steps to come copy from.
    pub(crate) fn want_stages(&mut self, names: impl Iterator<Item = String>) {
        self.scope.wanted.extend(names);
    }

    /// The names of stages that steps of the current image copy from.
    pub(crate) fn wanted_stages(&self) -> &[String] {
        &self.scope.wanted
    }

    /// Whether the current step is one of a stage.
    pub(crate) fn is_in_stage(&self) -> bool {
        !self.within.is_empty()
    }

    /// Notes that the image begins with a Dockerfile, which has the instructions that were pushed so far.
    pub(crate) fn set_import(&mut self, import: Import) {
        self.escape = import.escape;
        self.imported.clone_from(&import.stages);
        self.scope.stage.import = Some(import);
        self.enter_unknown_directory();
    }

    /// The character that continues lines, and escapes others.
    pub(crate) fn escape(&self) -> Escape {
        self.escape
    }

    /// The variables of the current stage.
    pub(crate) fn variables(&mut self) -> &mut Variables {
        &mut self.scope.variables
    }

    /// Adds a copy that an instruction in the user's own words asks for; returns its number.
    pub(crate) fn add_copy(&mut self, copy: Copy) -> usize {
        self.form.copies.push(copy);
        self.form.copies.len() - 1
    }
}

/// A Dockerfile whose text swallows what comes after it.
fn unfinished(image: &Stage) -> Option<Problem> {
    let Import { is_unfinished, instructions, .. } = image.import.as_ref()?;
    let is_continued = image.instructions.len() > *instructions
        || image.cmd.is_some()
        || image.entrypoint.is_some()
        || image.refresh.is_some();
    (*is_unfinished && is_continued).then(|| {
        let message = "The Dockerfile ends in the middle of an instruction, which would swallow the next one.";
        let hint = "Leave out the character that continues its last line.";
        Problem::new(Code::InvalidDockerfile, format!("{}/fromDockerfile", image.step(0)), message, hint)
    })
}

/// Stages.
impl Builder<'_> {
    /// Whether a stage of this name was declared, or is in the Dockerfile that the image begins with.
    pub(crate) fn is_declared(&self, name: &str) -> bool {
        self.declared.contains_key(name) || self.is_imported(name)
    }

    fn is_imported(&self, name: &str) -> bool {
        self.imported.contains(&name.to_ascii_lowercase())
    }

    /// Whether something is built on an image of this name.
    pub(crate) fn has_base(&self, name: &str) -> bool {
        self.bases.contains(name)
    }

    /// Notes that the current step declares a stage.
    pub(crate) fn note_declaration(&mut self, name: &str) {
        if let Some(call) = self.form.calls.last_mut() {
            call.what.declares = Some(name.to_owned());
        }
    }

    /// Notes that a stage, or a Dockerfile that may have some, could not be read.
    pub(crate) fn note_unreadable_stage(&mut self) {
        self.has_unreadable_stage = true;
    }

    /// Declares the stage that `build` makes. Returns whether it may have the name: one that is declared again must emit the
    /// same, as far as all texts are known, and counts only where it was declared first.
    pub(crate) fn declare(&mut self, name: &str, build: impl FnOnce(&mut Self)) -> bool {
        if self.is_imported(name) {
            return false;
        }
        let before = Sizes::of(&self.form);
        let is_within_itself = self.within.iter().any(|outer| outer == name);
        let stage = self.build_stage(name, build);
        if is_within_itself || self.is_declared(name) {
            let is_new = self.form.stages.len() > before.stages;
            let known = self.declared.get(name);
            let is_partial = stage.is_partial || known.is_some_and(|known| known.is_partial);
            let is_same = known.is_some_and(|known| is_partial || (!is_new && self.form.emit_same(known, &stage)));
            before.restore(&mut self.form);
            return is_same;
        }
        for inner in &mut self.form.stages[before.stages..] {
            inner.refresh = inner.refresh.take().or_else(|| stage.refresh.clone());
        }
        self.declared.insert(name.to_owned(), stage.clone());
        self.form.stages.push(stage);
        true
    }

    fn build_stage(&mut self, name: &str, build: impl FnOnce(&mut Self)) -> Stage {
        let inner = Scope::new(self.pointer(&""), Some(name.to_owned()));
        let outer = mem::replace(&mut self.scope, inner);
        self.within.push(name.to_owned());
        build(self);
        self.within.pop();
        mem::replace(&mut self.scope, outer).stage
    }

    /// Docker would begin with the stage where the image of its name is meant.
    pub(crate) fn report_taken_name(&mut self, field: &dyn fmt::Display, name: &str) {
        let message = format!("`{name}` is the name of a stage and of a base image.");
        let hint = format!(
            "Rename the stage, or write the image with a tag: `{name}:…`. To continue from the stage, continue from its value."
        );
        self.report(Code::InvalidName, field, message, &hint);
    }

    /// A stage that was declared, or else an image, which must have a tag or a digest: a mistyped stage has neither.
    pub(crate) fn stage_or_image(&mut self, field: &dyn fmt::Display, from: &str) -> String {
        let from = from.trim();
        if self.is_declared(from) {
            if let Some(call) = self.form.calls.last_mut() {
                call.what.takes_from.push(from.to_owned());
            }
            return from.to_owned();
        }
        if from.contains([':', '@']) || from.is_empty() {
            return self.image_reference(field, from);
        }
        if self.has_unreadable_stage {
            return from.to_owned();
        }
        let known: Vec<_> = self.declared.keys().map(|name| format!("`{name}`")).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        let hint = format!("Declare it first, with `stage`; declared: {known}. For an image, add its tag: `{from}:…`.");
        self.report(Code::UnknownStage, field, format!("There is no stage `{}`.", from.escape_debug()), &hint);
        from.to_owned()
    }
}

/// How much there is of a normal form.
struct Sizes {
    stages: usize,
    copies: usize,
    calls: usize,
}

impl Sizes {
    fn of(NormalForm { stages, copies, calls, .. }: &NormalForm) -> Self {
        Self { stages: stages.len(), copies: copies.len(), calls: calls.len() }
    }

    /// Drops what was added since.
    fn restore(&self, form: &mut NormalForm) {
        form.stages.truncate(self.stages);
        form.copies.truncate(self.copies);
        form.calls.truncate(self.calls);
    }
}

/// Checks of values.
impl Builder<'_> {
    /// An image reference, trimmed.
    pub(crate) fn image_reference(&mut self, field: &dyn fmt::Display, image: &str) -> String {
        const HINT: &str = "Give a name with a tag or digest, such as `debian:12-slim`.";
        let image = image.trim();
        if image.is_empty() {
            self.report(Code::Empty, field, "The image is empty.", HINT);
        } else if image == super::FILES_STAGE || image.starts_with("scratch:") {
            let message = format!("`{image}` is a reserved name.");
            self.report(Code::InvalidImage, field, message, "Use an image of another name.");
        } else if container_image_dist_ref::ImgRef::new(image).is_err() {
            let message = format!("Invalid image reference: `{}`.", image.escape_debug());
            let hint = if image.contains(char::is_whitespace) {
                "Give one name, without blanks or newlines."
            } else if image.contains("://") {
                "Leave the scheme out."
            } else if image.contains(|c: char| c.is_ascii_uppercase()) {
                "Names are lower case, such as `debian:12-slim`."
            } else {
                HINT
            };
            self.report(Code::InvalidImage, field, message, hint);
        }
        image.to_owned()
    }

    /// A user, or an owner, trimmed.
    pub(crate) fn owner(&mut self, field: &dyn fmt::Display, owner: &str) -> String {
        let owner = owner.trim();
        let mut parts = owner.split(':');
        let valid = parts.next().is_some_and(is_account) && parts.next().is_none_or(is_account);
        if !valid || parts.next().is_some() {
            let message = format!("Invalid user or `user:group`: `{owner}`.");
            self.report(Code::InvalidUser, field, message, "Give a name or number, such as `node` or `1000:1000`.");
        }
        owner.to_owned()
    }

    /// The owner of a copied file.
    pub(crate) fn chown(&mut self, owner: Option<&str>) -> Option<String> {
        owner.map(|owner| self.owner(&"/chown", owner))
    }

    /// The owner of what comes from a context; none for root, whose it is without being said. (A `--chown=root` would only
    /// lose the setuid bit, on the legacy engine, and need a `/etc/passwd`.)
    pub(crate) fn chown_from_root(&mut self, owner: Option<&str>) -> Option<String> {
        self.chown(owner).filter(|owner| !owner.split(':').all(|part| ["root", "0"].contains(&part)))
    }

    /// A version, as it stands after `==` or in a tag, trimmed.
    pub(crate) fn version(&mut self, field: &dyn fmt::Display, version: &str) -> String {
        let version = version.trim();
        let valid = version.starts_with(|c: char| c.is_ascii_digit())
            && version.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".+-_".contains(&byte));
        if !valid {
            let message = format!("Invalid version: `{}`.", version.escape_debug());
            self.report(Code::InvalidVersion, field, message, "Give one such as `1.2.3`.");
        }
        version.to_owned()
    }

    /// The mode of a copied file.
    pub(crate) fn mode(&mut self, mode: Option<u32>, default: Mode) -> Mode {
        let Some(mode) = mode else { return default };
        self.check_mode(mode);
        match mode {
            0o644 => Mode::Executable(false),
            0o755 => Mode::Executable(true),
            other => Mode::Other(other),
        }
    }

    pub(crate) fn check_mode(&mut self, mode: u32) {
        if mode > 0o7777 {
            let message = format!("Invalid file mode: {mode}.");
            self.report(Code::InvalidMode, &"/mode", message, "Give a number such as `0o755`.");
        } else if DECIMAL_MODES.contains(&mode) {
            let message = format!("The mode {mode} is decimal, and means 0o{mode:o}.");
            self.report(Code::InvalidMode, &"/mode", message, &format!("Write `0o{mode}`."));
        }
    }

    /// A string that a program can be given.
    pub(crate) fn check_argument(&mut self, field: &dyn fmt::Display, value: &str) {
        self.check_no_nul(field, value);
        self.check_length(field, value.len());
    }

    /// Linux takes no argument of 128 KiB or more, and refuses to run anything in an image with such a variable.
    pub(crate) fn check_length(&mut self, field: &dyn fmt::Display, bytes: usize) {
        if bytes >= MAX_ARGUMENT {
            let message = format!("The value has {bytes} bytes; Linux takes less than {MAX_ARGUMENT}.");
            self.report(Code::TooLong, field, message, "Put it into a file, with `addFile` or `addLocalFile`.");
        }
    }

    pub(crate) fn check_no_nul(&mut self, field: &dyn fmt::Display, value: &str) {
        if value.contains('\0') {
            self.report(Code::ForbiddenCharacter, field, "The value has a NUL character.", "Leave it out.");
        }
    }

    pub(crate) fn check_one_line(&mut self, field: &dyn fmt::Display, value: &str) {
        self.check_no_nul(field, value);
        if value.contains('\n') {
            let message = "The value has a newline, which no Dockerfile can hold here.";
            self.report(Code::ForbiddenCharacter, field, message, "Leave it out, or put the text into a file.");
        }
    }
}

/// `MAX_ARG_STRLEN` of Linux, with the terminating NUL.
const MAX_ARGUMENT: usize = 128 * 1024;

/// Usual modes written without `0o`: none is one that anybody means when it is read as decimal.
const DECIMAL_MODES: [u32; 17] =
    [555, 600, 640, 644, 660, 664, 666, 700, 711, 750, 755, 770, 775, 777, 1777, 2755, 2775];

/// A name or number as `useradd` takes it.
fn is_account(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
}

/// Trimmed items in their order, each once.
pub(crate) fn distinct(items: &[String]) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    items.iter().map(|item| item.trim()).filter(|item| seen.insert(*item)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many that looking for each among all of them would take minutes.
    #[test]
    fn many_texts_are_wanted_each_once_and_in_order() {
        let texts = Texts::new();
        let mut builder = Builder::new(Vec::new(), &texts);
        let file = |i: usize, optional| TextFile {
            path: format!("{i}.txt"),
            optional,
            named_by: None,
            pointer: String::new(),
            is_requirements: false,
        };
        for i in (0..200_000).rev() {
            builder.text(file(i, true), &"");
        }
        for i in 0..200_000 {
            builder.text(file(i, false), &"");
            builder.text(file(i, true), &"");
        }
        assert!(builder.unread.into_iter().eq((0..200_000).rev().map(|i| file(i, false))));
    }
}
