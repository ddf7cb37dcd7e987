//! The normal form: from steps as they were written to a [`Recipe`], in which only valid values exist.
//!
//! Two definitions that mean the same have one recipe, and so one Dockerfile and one digest. What is made equal, for
//! edition 2026-12, each with a test of its number in `tests/normal_form.rs`:
//!
//! 1. The base comes first and once. `debianSlim()` is `debianSlim("3.13")`.
//! 2. `refresh`, `cmd` and `entrypoint` stand at fixed places (after `FROM`; last), and the last call of each wins.
//! 3. A step without content (no packages, no variables, no labels, no commands) is no step.
//! 4. Variables and labels of one call are sorted by key; several calls keep their order.
//! 5. Apt packages are trimmed, sorted and appear once.
//! 6. Pip requirements are trimmed, keep their order and appear once: their order changes what pip installs.
//! 7. Paths in the image are cleaned as Docker cleans them (`//`, `.`, `..`, a `/` at the end of a directory).
//! 8. Local paths are cleaned in the same way and stay below the root; `\` is a character like any other.
//! 9. A destination that ends with `/` takes the source's own name.
//! 10. CRLF is LF in commands and scripts, never in files. Blanks around a command are dropped, and lines that end with
//!     a backslash are joined, as Docker joins them. Newlines around a script are dropped.
//! 11. A mode of 0644 or 0755 is the executable bit; text and bytes with one content are one file.

use std::collections::BTreeSet;
use std::fmt;

use base64::Engine as _;

use crate::ignore::IgnoreRules;
use crate::problem::{Code, Problem, Problems};
use crate::source::bad_layer_name;
use crate::step::{self, Command, Pairs, Step};
use crate::text::{json_list, shell_word};

/// A checked definition in normal form. Made by [`crate::Definition::recipe`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    pub(crate) base: String,
    pub(crate) refresh: Option<String>,
    pub(crate) instructions: Vec<Instruction>,
    pub(crate) cmd: Option<Vec<String>>,
    pub(crate) entrypoint: Option<Vec<String>>,
    pub(crate) copies: Vec<Copy>,
}

/// An instruction with its values parsed; [`crate::dockerfile`] writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Instruction {
    /// `RUN` with a line for the image's shell.
    Run(String),
    /// `RUN` with a program and its arguments.
    Exec(Vec<String>),
    Env(Pairs),
    PathPrepend(String),
    Label(Pairs),
    Workdir(String),
    User(String),
    /// `COPY` of `Recipe::copies[index]`.
    Copy(usize),
}

/// Something to bring into the image, where from and where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Copy {
    pub(crate) origin: Origin,
    pub(crate) destination: Destination,
    /// A mode other than 0644 and 0755, which only a tar can carry through the SDK.
    pub(crate) mode: Mode,
    pub(crate) chown: Option<String>,
}

/// The mode of a copied file.
#[derive(Debug, Clone, PartialEq, Eq, Copy)]
pub(crate) enum Mode {
    /// As the file's executable bit says.
    FromFile,
    /// The executable bit is given: 0644 or 0755.
    Executable(bool),
    /// Any other mode.
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
        /// Entries that the definition leaves out.
        exclude: IgnoreRules,
        /// File below the root whose patterns come before those of `exclude`, and the JSON pointer to its name.
        ignore_file: Option<(String, String)>,
    },
}

impl Recipe {
    /// The paths to be read, in the order of the definition; [`Recipe::resolve`](Self::resolve) wants one listing each.
    pub fn sources(&self) -> impl Iterator<Item = &LocalSource> {
        self.copies.iter().filter_map(|copy| match &copy.origin {
            Origin::Local(source) => Some(source),
            Origin::Inline(_) => None,
        })
    }
}

/// Checks every step and collects all problems before giving up.
pub(crate) fn from_steps(steps: &[Option<Step>], mut problems: Vec<Problem>) -> Result<Recipe, Problems> {
    let mut builder = Builder::default();
    for (index, step) in steps.iter().enumerate() {
        if let Some(step) = step {
            builder.at = Some((index, step.name()));
            builder.step(index, step);
        }
    }
    if steps.is_empty() {
        builder.report(
            Code::MissingBase,
            &"",
            "The definition has no steps.",
            "Begin with `Image.base(\"…\")` or `Image.debianSlim()`.",
        );
    }
    problems.append(&mut builder.problems);
    problems.sort_by_key(|problem| step_index(&problem.path));
    Problems::or(problems, builder.recipe)
}

/// The number of the step that a JSON pointer leads to.
fn step_index(pointer: &str) -> Option<usize> {
    pointer.strip_prefix("/steps/")?.split('/').next()?.parse().ok()
}

/// A recipe in the making. Checks return a usable value even for a bad input, so that one pass finds everything; the
/// recipe is thrown away if there was any problem.
struct Builder {
    recipe: Recipe,
    problems: Vec<Problem>,
    /// Number and name of the step at hand.
    at: Option<(usize, &'static str)>,
}

impl Default for Builder {
    fn default() -> Self {
        let recipe = Recipe {
            base: String::new(),
            refresh: None,
            instructions: Vec::new(),
            cmd: None,
            entrypoint: None,
            copies: Vec::new(),
        };
        Self { recipe, problems: Vec::new(), at: None }
    }
}

impl Builder {
    fn step(&mut self, index: usize, step: &Step) {
        let is_base = matches!(step, Step::Base(_) | Step::DebianSlim(_));
        if is_base != (index == 0) {
            self.misplaced_base(is_base);
        }
        match step {
            Step::Base(s) => self.recipe.base = self.image(&s.image),
            Step::DebianSlim(s) => self.debian_slim(s),
            Step::PipInstall(s) => self.pip_install(s),
            Step::AptInstall(s) => self.apt_install(s),
            Step::AddLocalFile(s) => self.add_local_file(s),
            Step::AddLocalDir(s) => self.add_local_dir(s),
            Step::AddFile(s) => self.add_file(s),
            Step::RunCommands(s) => self.run_commands(s),
            Step::RunScript(s) => self.run_script(s),
            Step::Env(s) => self.env(s),
            Step::PathPrepend(s) => self.path_prepend(s),
            Step::Workdir(s) => self.workdir(s),
            Step::User(s) => self.user(s),
            Step::Label(s) => self.label(s),
            Step::Entrypoint(s) => self.entrypoint(s),
            Step::Cmd(s) => self.recipe.cmd = Some(self.argv(&"/command", &s.command)),
            Step::Refresh(s) => self.refresh(s),
        }
    }

    fn report(&mut self, code: Code, field: &dyn fmt::Display, message: impl Into<String>, hint: &str) {
        self.problems.push(Problem::new(code, self.pointer(field), message, hint));
    }

    /// JSON pointer of a field of the step at hand. Fields are passed as they are and written out only here: nearly
    /// always there is nothing to report.
    fn pointer(&self, field: &dyn fmt::Display) -> String {
        self.at.map_or_else(String::new, |(index, name)| format!("/steps/{index}/{name}{field}"))
    }

    fn push(&mut self, instruction: Instruction) {
        self.recipe.instructions.push(instruction);
    }

    /// A line that was put together from values, each of which is short enough.
    fn run(&mut self, line: String) {
        self.short(&"", line.len());
        self.push(Instruction::Run(line));
    }

    // The base

    fn misplaced_base(&mut self, is_base: bool) {
        if is_base {
            let message = "A second base image.";
            self.report(Code::BaseNotFirst, &"", message, "Name the base once, in the first call.");
        } else {
            let message = "The definition does not begin with a base image.";
            self.report(Code::MissingBase, &"", message, "Begin with `Image.base(\"…\")` or `Image.debianSlim()`.");
        }
    }

    fn image(&mut self, image: &str) -> String {
        const HINT: &str = "Give a name with a tag or digest, such as `debian:12-slim`.";
        let image = image.trim();
        if image.is_empty() {
            self.report(Code::Empty, &"/image", "The base image is empty.", HINT);
        } else if image == crate::dockerfile::FILES_STAGE || image.starts_with("scratch:") {
            let message = format!("`{image}` is a reserved name.");
            self.report(Code::InvalidImage, &"/image", message, "Take an image of another name.");
        } else if container_image_dist_ref::ImgRef::new(image).is_err() {
            let message = format!("Not an image reference: `{image}`.");
            let hint = if image.contains("://") {
                "Leave the scheme out."
            } else if image.contains(|c: char| c.is_ascii_uppercase()) {
                "Names are lower case, such as `debian:12-slim`."
            } else {
                HINT
            };
            self.report(Code::InvalidImage, &"/image", message, hint);
        }
        image.to_owned()
    }

    fn debian_slim(&mut self, step: &step::DebianSlim) {
        let series = step.python.as_deref().unwrap_or(DEFAULT_PYTHON);
        match PYTHONS.iter().find(|(name, _)| *name == series) {
            Some((_, version)) => self.recipe.base = format!("python:{version}-slim-bookworm"),
            None => self.unknown_python(series),
        }
        if step.build_tools != Some(false) {
            self.push(Instruction::Run(format!(
                "{}{APT_CLEAN} && pip install --no-cache-dir --upgrade pip && {DEBCONF}",
                apt_install(["build-essential", "gcc", "gfortran"], false)
            )));
        }
    }

    fn unknown_python(&mut self, series: &str) {
        let known: Vec<_> = PYTHONS.iter().map(|(name, _)| *name).collect();
        self.report(
            Code::UnknownPython,
            &"/python",
            format!("Unknown Python series: `{series}`."),
            &format!("Take one of {}, or name an image with `Image.base(\"python:…\")`.", known.join(", ")),
        );
    }

    // Packages

    fn pip_install(&mut self, step: &step::PipInstall) {
        let mut words = vec!["python -m pip install --no-cache-dir".to_owned()];
        let mut option = |name: &str, value: &str| words.push(format!("{name} {}", shell_word(value)));
        step.find_links.iter().for_each(|link| option("--find-links", link));
        step.index_url.iter().for_each(|url| option("--index-url", url));
        step.extra_index_urls.iter().for_each(|url| option("--extra-index-url", url));
        if step.pre {
            words.push("--pre".to_owned());
        }
        self.urls(step);
        if let Some(options) = &step.extra_options {
            let options = self.line(&"/extraOptions", options);
            if has_heredoc(&options) {
                let message = "Docker would read `<<` as the beginning of a heredoc.";
                self.report(Code::InvalidCommand, &"/extraOptions", message, "Put the word in quotes.");
            }
            words.extend(Some(options).filter(|options| !options.is_empty()));
        }
        let packages = self.requirements(&step.packages);
        if !packages.is_empty() || step.extra_options.is_some() {
            words.extend(packages.iter().map(|package| shell_word(package)));
            self.run(words.join(" "));
        }
    }

    fn urls(&mut self, step: &step::PipInstall) {
        for (i, url) in step.find_links.iter().enumerate() {
            self.option_value(&format_args!("/findLinks/{i}"), url);
        }
        for (i, url) in step.extra_index_urls.iter().enumerate() {
            self.option_value(&format_args!("/extraIndexUrls/{i}"), url);
        }
        if let Some(url) = &step.index_url {
            self.option_value(&"/indexUrl", url);
        }
    }

    fn option_value(&mut self, field: &dyn fmt::Display, value: &str) {
        if value.is_empty() {
            self.report(Code::Empty, field, "The value is empty.", "Leave the option out, or give it a value.");
        }
        self.one_line(field, value);
    }

    fn requirements(&mut self, packages: &[String]) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let mut kept = Vec::with_capacity(packages.len());
        for (i, package) in packages.iter().enumerate() {
            let package = package.trim();
            self.requirement(&format_args!("/packages/{i}"), package);
            if seen.insert(package) {
                kept.push(package.to_owned());
            }
        }
        kept
    }

    fn requirement(&mut self, field: &dyn fmt::Display, package: &str) {
        self.one_line(field, package);
        if package.is_empty() {
            self.report(Code::Empty, field, "The package is empty.", "Name a package, or leave the entry out.");
        } else if package.starts_with('-') {
            let message = format!("`{package}` is an option of pip, not a package.");
            let hint = "Pass options of pip in `extraOptions`; a file that they name must be in the image by then.";
            self.report(Code::InvalidRequirement, field, message, hint);
        } else if !is_one_requirement(package) {
            let message = format!("`{package}` is not one requirement specifier.");
            self.report(Code::InvalidRequirement, field, message, "Give each package as an entry of its own.");
        }
    }

    fn apt_install(&mut self, step: &step::AptInstall) {
        let mut packages = BTreeSet::new();
        for (i, package) in step.packages.iter().enumerate() {
            let package = package.trim();
            if !is_debian_package(package) {
                let message = format!("Not a Debian package: `{package}`.");
                let hint =
                    "Give each package as an entry of its own: `git`, `git=1:2.39.5-0+deb12u2` or `libc6:amd64`.";
                self.report(Code::InvalidPackage, &format_args!("/packages/{i}"), message, hint);
            }
            packages.insert(package);
        }
        if !packages.is_empty() {
            let install = apt_install(packages.into_iter().map(shell_word), step.recommends);
            self.run(install + APT_CLEAN);
        }
    }

    // Commands

    fn run_commands(&mut self, step: &step::RunCommands) {
        for (i, command) in step.commands.iter().enumerate() {
            match command {
                Command::Line(line) => self.run_line(&format_args!("/commands/{i}"), line),
                Command::Argv(argv) => self.run_argv(&format_args!("/commands/{i}"), argv),
            }
        }
    }

    fn run_line(&mut self, field: &dyn fmt::Display, line: &str) {
        let line = self.line(field, line);
        if line.is_empty() {
            self.report(Code::Empty, field, "The command is empty.", "Give a command, or leave the entry out.");
        }
        if let Some((message, hint)) = misread_line(&line) {
            self.report(Code::InvalidCommand, field, message, hint);
        }
        self.push(Instruction::Run(line));
    }

    fn run_argv(&mut self, field: &dyn fmt::Display, argv: &[String]) {
        if argv.first().is_some_and(|program| program.contains(char::is_whitespace)) {
            let message = format!("A list is one program and its arguments, but `{}` is no program.", argv[0]);
            let hint = "For several commands, pass each as an argument of its own: `runCommands(\"…\", \"…\")`.";
            self.report(Code::InvalidCommand, field, message, hint);
        }
        let argv = self.argv(field, argv);
        self.push(Instruction::Exec(argv));
    }

    fn run_script(&mut self, step: &step::RunScript) {
        let script = step.script.replace("\r\n", "\n");
        let script = script.trim_matches('\n');
        if script.trim().is_empty() {
            self.report(Code::Empty, &"/script", "The script is empty.", "Give it a line, or leave the call out.");
        }
        if script.starts_with("#!") {
            let hint = "Leave the line out and name the program: `{ shell: [\"bash\", \"-e\", \"-c\"] }`.";
            self.report(Code::InvalidCommand, &"/script", "A `#!` line is not read here.", hint);
        }
        self.argument(&"/script", script);
        let shell = if step.shell.is_empty() {
            SCRIPT_SHELL.map(str::to_owned).to_vec()
        } else {
            self.argv(&"/shell", &step.shell)
        };
        self.push(Instruction::Exec([shell, vec![script.to_owned()]].concat()));
    }

    fn entrypoint(&mut self, step: &step::Entrypoint) {
        let command = self.argv(&"/command", &step.command);
        let length = json_list(&command).len();
        if length > MAX_ENTRYPOINT {
            let message =
                format!("The entrypoint takes {length} bytes of its line, which has room for {MAX_ENTRYPOINT}.");
            self.report(Code::TooLong, &"/command", message, "Put it into a file, with `addFile` or `addLocalFile`.");
        }
        self.recipe.entrypoint = Some(command);
    }

    /// A program and its arguments; none is changed.
    fn argv(&mut self, field: &dyn fmt::Display, argv: &[String]) -> Vec<String> {
        if argv.first().is_none_or(String::is_empty) {
            self.report(Code::Empty, field, "There is no program to run.", "Give a program and its arguments.");
        }
        for (i, argument) in argv.iter().enumerate() {
            self.argument(&format_args!("{field}/{i}"), argument);
        }
        argv.to_vec()
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

    /// Text for a line of the Dockerfile: trimmed, with continued lines joined.
    fn line(&mut self, field: &dyn fmt::Display, text: &str) -> String {
        let line = join_continued(&text.replace("\r\n", "\n"));
        let line = line.trim();
        self.argument(field, line);
        if line.contains('\n') {
            let message =
                "The command has several lines, of which Docker would read all but the first as instructions.";
            self.report(Code::ForbiddenCharacter, field, message, "Use `runScript`, or end each line with ` && \\`.");
        }
        if line.ends_with('\\') {
            let message = "The command ends with a backslash, which would swallow the next instruction.";
            self.report(Code::InvalidCommand, field, message, "Leave the backslash out.");
        }
        line.to_owned()
    }

    // Environment and configuration

    fn env(&mut self, step: &step::Env) {
        for (key, value) in &step.variables.0 {
            let field = Keyed("/variables", key);
            if !is_env_name(key) {
                let message = format!("Not the name of an environment variable: `{key}`.");
                let hint = "Names have letters, digits, `_`, `.` and `-`, and do not begin with a digit.";
                self.report(Code::InvalidEnvName, &field, message, hint);
            }
            self.one_line(&field, value);
            self.short(&field, key.len() + 1 + value.len());
            if key == "PATH" && (value.contains("$PATH") || value.contains("${PATH}")) {
                let message =
                    "Values are literal: the image's `PATH` would hold the text `$PATH` and no program be found.";
                self.report(Code::VariableNotExpanded, &field, message, "Use `pathPrepend(\"…\")`.");
            }
        }
        if !step.variables.0.is_empty() {
            self.push(Instruction::Env(step.variables.clone()));
        }
    }

    fn path_prepend(&mut self, step: &step::PathPrepend) {
        let directory = self.image_path(&"/directory", &step.directory);
        let is_one = directory.starts_with('/') && !directory.contains(':');
        if !is_one && !directory.is_empty() && !directory.starts_with(['$', '~']) {
            let message = format!("Not one absolute directory: `{directory}`.");
            self.report(Code::InvalidPath, &"/directory", message, "Give each directory in a call of its own.");
        }
        self.no_variable(&"/directory", &directory);
        self.push(Instruction::PathPrepend(directory));
    }

    fn workdir(&mut self, step: &step::Workdir) {
        let path = self.image_path(&"/path", &step.path);
        self.no_variable(&"/path", &path);
        self.push(Instruction::Workdir(path));
    }

    fn user(&mut self, step: &step::User) {
        let user = self.owner(&"/user", &step.user);
        self.push(Instruction::User(user));
    }

    fn label(&mut self, step: &step::Label) {
        for (key, value) in &step.labels.0 {
            let field = Keyed("/labels", key);
            if key.is_empty() || key.contains(|c: char| c == '=' || c.is_whitespace() || c.is_control()) {
                let message = format!("Not a label key: `{key}`.");
                self.report(Code::InvalidLabel, &field, message, "Take letters, digits, `.`, `-`, `_` and `/`.");
            }
            self.one_line(&field, value);
        }
        if !step.labels.0.is_empty() {
            self.push(Instruction::Label(step.labels.clone()));
        }
    }

    fn refresh(&mut self, step: &step::Refresh) {
        if step.token.is_empty() {
            self.report(Code::Empty, &"/token", "The token is empty.", "Give a text, such as a date.");
        }
        self.one_line(&"/token", &step.token);
        self.recipe.refresh = Some(step.token.clone());
    }

    // Files

    fn add_local_file(&mut self, step: &step::AddLocalFile) {
        let path = self.local_path(&"/source", &step.source);
        if path == "." && !step.source.is_empty() {
            self.report(Code::SourceWrongKind, &"/source", "The source is the root itself.", "Name a file below it.");
        }
        let name = base_name(&path).to_owned();
        let copy = Copy {
            origin: self.local(&"/source", path, SourceKind::File),
            destination: self.file_destination(&step.destination, Some(name)),
            mode: self.mode(step.mode, Mode::FromFile),
            chown: self.chown(step.chown.as_deref()),
        };
        self.copy(copy);
    }

    fn add_local_dir(&mut self, step: &step::AddLocalDir) {
        let path = self.local_path(&"/source", &step.source);
        let exclude = self.exclude(&step.exclude);
        let ignore_file = step.ignore_file.as_ref().map(|file| {
            let path = self.local_path(&"/ignoreFile", file);
            (path, self.pointer(&"/ignoreFile"))
        });
        let mut destination = self.image_path(&"/destination", &step.destination);
        if !destination.ends_with('/') {
            destination.push('/');
        }
        let copy = Copy {
            origin: self.local(&"/source", path, SourceKind::Directory { exclude, ignore_file }),
            destination: Destination::Directory(destination),
            mode: Mode::FromFile,
            chown: self.chown(step.chown.as_deref()),
        };
        self.copy(copy);
    }

    fn exclude(&mut self, patterns: &[String]) -> IgnoreRules {
        for (i, pattern) in patterns.iter().enumerate() {
            if let Err(error) = IgnoreRules::from_patterns([pattern]) {
                let message = format!("Not a pattern: `{pattern}`: {}.", error.reason);
                self.report(
                    Code::InvalidPattern,
                    &format_args!("/exclude/{i}"),
                    message,
                    "Correct it, or leave it out.",
                );
            }
        }
        IgnoreRules::from_patterns(patterns).unwrap_or_default()
    }

    fn add_file(&mut self, step: &step::AddFile) {
        let bytes = match (&step.text, &step.base64) {
            (Some(text), None) => Some(text.clone().into_bytes()),
            (None, Some(base64)) => base64::engine::general_purpose::STANDARD.decode(base64).ok(),
            _ => None,
        };
        if bytes.is_none() {
            let message = match (&step.text, &step.base64) {
                (None, Some(_)) => "The content is not base64.",
                _ => "The content is neither `text` nor `base64`, or both.",
            };
            self.report(Code::InvalidContent, &"", message, "Give a string or bytes.");
        }
        let copy = Copy {
            origin: Origin::Inline(bytes.unwrap_or_default()),
            destination: self.file_destination(&step.destination, None),
            mode: self.mode(step.mode, Mode::Executable(false)),
            chown: self.chown(step.chown.as_deref()),
        };
        self.copy(copy);
    }

    fn copy(&mut self, copy: Copy) {
        self.push(Instruction::Copy(self.recipe.copies.len()));
        self.recipe.copies.push(copy);
    }

    fn local(&self, field: &dyn fmt::Display, path: String, kind: SourceKind) -> Origin {
        Origin::Local(LocalSource { path, kind, pointer: self.pointer(field) })
    }

    fn file_destination(&mut self, destination: &str, source_name: Option<String>) -> Destination {
        let is_directory = destination.ends_with('/') || destination.ends_with("/.");
        if let Some((first, _)) = destination.split_once('/') {
            self.no_variable(&"/destination", first); // but `$id.tsx` is a name
        }
        let mut path = self.image_path(&"/destination", destination);
        if is_directory || path == "." {
            if let Some(name) = &source_name {
                path = clean(&format!("{path}/{name}")).unwrap_or_default();
            } else {
                let message = format!("`{destination}` is a directory, and the file has no name of its own.");
                self.report(Code::InvalidPath, &"/destination", message, "Add a file name.");
            }
        }
        let source_name = source_name.unwrap_or_else(|| base_name(&path).to_owned());
        Destination::File { path, source_name }
    }

    fn mode(&mut self, mode: Option<u32>, default: Mode) -> Mode {
        let Some(mode) = mode else { return default };
        if mode > 0o7777 {
            let message = format!("Not a file mode: {mode}.");
            self.report(Code::InvalidMode, &"/mode", message, "Give a number such as `0o755`.");
        } else if DECIMAL_MODES.contains(&mode) {
            let message = format!("The mode {mode} is decimal, and means 0o{mode:o}.");
            self.report(Code::InvalidMode, &"/mode", message, &format!("Write `0o{mode}`."));
        }
        match mode {
            0o644 => Mode::Executable(false),
            0o755 => Mode::Executable(true),
            other => Mode::Other(other),
        }
    }

    fn chown(&mut self, owner: Option<&str>) -> Option<String> {
        owner.map(|owner| self.owner(&"/chown", owner))
    }

    fn owner(&mut self, field: &dyn fmt::Display, owner: &str) -> String {
        let owner = owner.trim();
        let mut parts = owner.split(':');
        let valid = parts.next().is_some_and(is_account) && parts.next().is_none_or(is_account);
        if !valid || parts.next().is_some() {
            let message = format!("Not a user or `user:group`: `{owner}`.");
            self.report(Code::InvalidUser, field, message, "Give a name or number, such as `node` or `1000:1000`.");
        }
        owner.to_owned()
    }

    /// A path in the image, cleaned as Docker does it.
    fn image_path(&mut self, field: &dyn fmt::Display, path: &str) -> String {
        self.one_line(field, path);
        if path.is_empty() {
            self.report(Code::Empty, field, "The path is empty.", "Give a path in the image, such as `/app`.");
            return String::new();
        }
        if path == "~" || path.starts_with("~/") {
            let message = format!("`{path}` would have to be expanded, but paths in the image are literal.");
            self.report(Code::VariableNotExpanded, field, message, "Write the path out, such as `/root` for `~`.");
        }
        if let Some(reason) = path.split('/').find_map(bad_layer_name) {
            let message = format!("No image can hold `{path}`: {reason}.");
            self.report(Code::InvalidFileName, field, message, "Take another name.");
        }
        clean(path).unwrap_or_else(|| {
            let message = format!("`{path}` leads out of the working directory.");
            self.report(Code::InvalidPath, field, message, "Give an absolute path, such as `/app`.");
            path.to_owned()
        })
    }

    /// A path below the root. Absolute paths and `~` differ from machine to machine and are refused.
    fn local_path(&mut self, field: &dyn fmt::Display, path: &str) -> String {
        self.no_nul(field, path);
        if path.is_empty() {
            self.report(Code::Empty, field, "The path is empty.", "Give a path below the root.");
            return ".".to_owned();
        }
        if is_absolute(path) {
            let message = format!("`{path}` is not relative, and would differ on another machine.");
            let hint =
                "Give the path below the root, the directory that `root` names or where the program was started.";
            self.report(Code::InvalidPath, field, message, hint);
            return path.to_owned();
        }
        clean(path).unwrap_or_else(|| {
            let message = format!("`{path}` lies outside the root.");
            let hint = "Move the file below the root, or take a root that holds both.";
            self.report(Code::SourceOutsideRoot, field, message, hint);
            path.to_owned()
        })
    }

    // Characters

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

/// The Daytona SDK's own tags for the series it knows, and one for 3.14. Frozen with the edition.
const PYTHONS: [(&str, &str); 6] = [
    ("3.9", "3.9.22"),
    ("3.10", "3.10.17"),
    ("3.11", "3.11.12"),
    ("3.12", "3.12.10"),
    ("3.13", "3.13.3"),
    ("3.14", "3.14.0"),
];

/// What the Daytona SDK takes when no series is given.
const DEFAULT_PYTHON: &str = "3.13";

/// Ends an apt layer: the package lists are of no use in an image.
const APT_CLEAN: &str = " && rm -rf /var/lib/apt/lists/*";

/// Keeps later `apt-get` calls of the user from asking questions.
const DEBCONF: &str = "echo 'debconf debconf/frontend select Noninteractive' | debconf-set-selections";

/// `-e`: a script ends at its first failing command.
const SCRIPT_SHELL: [&str; 3] = ["/bin/sh", "-e", "-c"];

/// `MAX_ARG_STRLEN` of Linux, with the terminating NUL.
const MAX_ARGUMENT: usize = 128 * 1024;

/// Docker reads at most 65,535 bytes a line, and Daytona an entrypoint of one line.
const MAX_ENTRYPOINT: usize = 64_000;

/// Usual modes written without `0o`: read as decimal each has a sticky bit, which means nothing on a file.
const DECIMAL_MODES: [u32; 8] = [600, 644, 664, 700, 750, 755, 775, 777];

/// The front of an apt layer, without its end.
fn apt_install<S: AsRef<str>>(packages: impl IntoIterator<Item = S>, recommends: bool) -> String {
    let mut line = String::from("apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y");
    if !recommends {
        line.push_str(" --no-install-recommends");
    }
    for package in packages {
        line.push(' ');
        line.push_str(package.as_ref());
    }
    line
}

/// Whether a string is one requirement: a name, then a version, marker, extra or URL, but not a second name.
fn is_one_requirement(package: &str) -> bool {
    let name_end = package.find(|c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c)).unwrap_or(package.len());
    let rest = package[name_end..].trim_start();
    name_end == 0 || rest.is_empty() || rest.starts_with(|c: char| "[<>=!~;@(+:/".contains(c))
}

/// `name`, `name:architecture`, `name=version`; Debian Policy 5.6.1 and 5.6.12. A `-` at the end would remove it.
fn is_debian_package(package: &str) -> bool {
    let (name, version) = package.split_once('=').unwrap_or((package, "0"));
    let (name, architecture) = name.split_once(':').unwrap_or((name, "any"));
    let of = |text: &str, marks: &str| {
        text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || marks.contains(c))
    };
    of(name, "+-.") && !name.ends_with('-') && of(architecture, "-") && of(version, "+-.~:")
}

fn is_env_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
}

/// A name or number as `useradd` takes it.
fn is_account(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
}

/// Why Docker would read a line otherwise than the shell does, and what to do.
fn misread_line(line: &str) -> Option<(&'static str, &'static str)> {
    if line.starts_with("--") {
        Some(("Docker would read the options at the beginning as those of `RUN`.", "Begin with a program."))
    } else if begins_with_json_list(line) {
        let message = "Docker would read the `[…]` at the beginning as a list of a program and its arguments.";
        Some((message, "Pass the list itself; a test of the shell can be written `test …`."))
    } else if has_heredoc(line) {
        Some(("Docker would read `<<` as the beginning of a heredoc.", "Use `runScript`."))
    } else {
        None
    }
}

/// Whether Docker takes the exec form: its parser reads one JSON list, and some versions drop what follows it.
fn begins_with_json_list(line: &str) -> bool {
    let mut values = serde_json::Deserializer::from_str(line).into_iter::<Vec<serde::de::IgnoredAny>>();
    values.next().is_some_and(|list| list.is_ok())
}

/// Whether BuildKit finds a heredoc: a word, outside quotes, of optional digits, `<<`, an optional `-` and a name.
fn has_heredoc(line: &str) -> bool {
    unquoted_words(line).any(|word| {
        let word = word.trim_start_matches(|c: char| c.is_ascii_digit());
        word.strip_prefix("<<").is_some_and(|name| !matches!(name, "" | "-") && !name.contains('<'))
    })
}

/// Splits at blanks that are neither quoted nor escaped; quotes stay in the words.
fn unquoted_words(line: &str) -> impl Iterator<Item = &str> {
    let (mut quote, mut escaped) = (None, false);
    line.split(move |c: char| {
        let splits = quote.is_none() && !escaped && c.is_whitespace();
        match c {
            _ if escaped => escaped = false,
            '\\' if quote != Some('\'') => escaped = true,
            '"' | '\'' if quote == Some(c) => quote = None,
            '"' | '\'' if quote.is_none() => quote = Some(c),
            _ => {}
        }
        splits
    })
}

/// Joins lines that end with a backslash, as Docker does it: the backslash, blanks after it and the newline go, and so
/// do comments and empty lines that follow. Engines differ on two backslashes: those do not join.
fn join_continued(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut lines = text.split('\n').peekable();
    let mut joining = false;
    while let Some(line) = lines.next() {
        if joining && (line.trim_start().is_empty() || line.trim_start().starts_with('#')) {
            continue;
        }
        let continued = line.trim_end_matches([' ', '\t']).strip_suffix('\\');
        match continued.filter(|line| !line.ends_with('\\')) {
            Some(continued) if lines.peek().is_some() => {
                out.push_str(continued);
                joining = true;
            }
            _ => {
                out.push_str(line);
                out.extend(lines.peek().map(|_| '\n'));
                joining = false;
            }
        }
    }
    out
}

/// Cleans a posix path by its text; `None` if a relative one begins with `..`.
fn clean(path: &str) -> Option<String> {
    let absolute = path.starts_with('/');
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.pop().is_some() || absolute => {}
            ".." => return None,
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    Some(if absolute { format!("/{joined}") } else { non_empty(joined) })
}

fn non_empty(path: String) -> String {
    if path.is_empty() { ".".to_owned() } else { path }
}

/// The last component of a clean path.
fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Paths of one machine: posix, home, and those of Windows with a drive or a server.
fn is_absolute(path: &str) -> bool {
    let drive = matches!(path.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic());
    drive || path == "~" || ["/", "~/", "\\\\"].iter().any(|prefix| path.starts_with(prefix))
}

/// The field of an object's key.
struct Keyed<'a>(&'static str, &'a str);

impl fmt::Display for Keyed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.0, pointer_key(self.1))
    }
}

/// A key as a part of a JSON pointer: RFC 6901.
pub(crate) fn pointer_key(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
