//! What rules look at: a Dockerfile with its commands, and where each instruction is from.

use std::collections::BTreeMap;
use std::ops::Deref;

use pithy_image_dockerfile::{
    BuildStage, Dockerfile, Form, Instruction, Joint, Keyword, Pipeline, Quoting, Redirection, Shell, ShellCommand,
    ShellWord, Span, Unclosed, Word,
};

use super::finding::{Edit, Fix};
use super::known::{Known, user_of};
use crate::context::{Context, Placement};
use crate::dockerfile::WrittenInstruction;
use crate::files::pyproject::Project;
use crate::files::seen::{HEAD, Seen};
use crate::identity::{Entry, EntryKind};
use crate::normal_form::{FILES_STAGE, NormalForm, SourceLine, Stage, Texts};
use crate::ordered;
use crate::path::{base_name, clean};
use crate::steps::{PipInstallFromPyproject, Step};

/// What rules look at.
pub(crate) struct Subject<'a> {
    pub(super) dockerfile: &'a Dockerfile,
    pub(super) stages: Vec<BuildStage<'a>>,
    /// Every instruction that the user asked for, in order.
    pub(super) lines: Vec<Line<'a>>,
    /// The definition that it was written from; none of a Dockerfile alone.
    pub(super) image: Option<Image<'a>>,
}

/// A definition, and what it became.
#[derive(Clone, Copy)]
pub(crate) struct Image<'a> {
    pub(crate) steps: &'a [Step],
    pub(crate) texts: &'a Texts,
    pub(crate) form: &'a NormalForm,
    pub(crate) written: &'a [WrittenInstruction],
    /// What is sent beside the Dockerfile; nothing while the files are unknown.
    pub(crate) contexts: &'a [Context],
    pub(crate) placements: &'a [Placement],
    /// Whether it is known what is sent.
    pub(crate) knows_files: bool,
}

impl<'a> Image<'a> {
    /// The step that made a line of the Dockerfile.
    fn step_at(self, line: usize) -> &'a str {
        let after = self.written.partition_point(|made| made.line <= line);
        after.checked_sub(1).map_or("", |index| &self.written[index].step)
    }
}

/// An instruction.
pub(crate) struct Line<'a> {
    instruction: &'a Instruction,
    /// The number of its build stage.
    pub(super) stage: usize,
    /// The call of that step, such as `runCommands`; empty in a Dockerfile alone.
    pub(super) call: &'static str,
    /// The user that it runs as, if that is not root: what its stage, and those that it begins with, say before it.
    pub(super) user: Option<&'a str>,
    /// Whether its commands are the user's, rather than what the calls for packages and tools emit.
    is_own: bool,
    /// The commands of `RUN`, if it has some in the language of the shell.
    commands: Option<Commands<'a>>,
}

/// Commands, and how to find their places in the text.
struct Commands<'a> {
    shell: Shell,
    /// What was read.
    text: &'a str,
    /// The name of the shell that runs it, such as `sh`; empty for a program that no shell runs.
    interpreter: &'a str,
    start: Start<'a>,
}

/// Where the text of commands begins.
enum Start<'a> {
    /// It is this word, perhaps on several lines.
    Word(&'a Word),
    /// It is what stands from this byte on.
    Byte(usize),
    /// It is a string of a JSON array: all commands are where that is.
    Array(usize),
}

impl Deref for Line<'_> {
    type Target = Instruction;

    fn deref(&self) -> &Instruction {
        self.instruction
    }
}

/// A command that `RUN` runs.
#[derive(Clone, Copy)]
pub(crate) struct Command<'s> {
    pub(super) line: &'s Line<'s>,
    pub(super) pipeline: &'s Pipeline,
    /// The pipelines after it.
    rest: &'s [Pipeline],
    /// Its place in the pipeline.
    index: usize,
    /// The word that is its program, behind `sudo`, `env` and the like.
    first: usize,
}

impl Deref for Command<'_> {
    type Target = ShellCommand;

    fn deref(&self) -> &ShellCommand {
        &self.pipeline.commands[self.index]
    }
}

impl<'s> Command<'s> {
    /// The program without its directory, behind `sudo`, `env` and the like; empty if there is none.
    pub(super) fn program(&self) -> &'s str {
        self.first_word().map_or("", |word| base_name(&word.value))
    }

    /// The word that names the program.
    pub(super) fn first_word(&self) -> Option<&'s ShellWord> {
        self.pipeline.commands[self.index].words.get(self.first)
    }

    /// What stands behind the program.
    pub(super) fn arguments(&self) -> &'s [ShellWord] {
        let command = &self.pipeline.commands[self.index];
        command.words.get(self.first + 1..).unwrap_or_default()
    }

    /// Its redirections, wherever they stand in it.
    pub(super) fn redirections(&self) -> &'s [Redirection] {
        &self.pipeline.commands[self.index].redirections
    }

    /// The first arguments that are not options, such as `install` of `apt-get -y install`.
    pub(super) fn operands(&self) -> impl Iterator<Item = &'s ShellWord> {
        self.arguments().iter().filter(|word| !word.value.starts_with('-'))
    }

    /// Whether it is a program with a subcommand, such as `apt-get` `install`.
    pub(super) fn is(&self, programs: &[&str], subcommands: &[&str]) -> bool {
        programs.contains(&self.program())
            && self.operands().next().is_some_and(|word| subcommands.contains(&&*word.value))
    }

    /// The command as it is written.
    pub(super) fn text(&self) -> &'s str {
        self.line
            .commands
            .as_ref()
            .and_then(|commands| commands.text.get(self.span.start..self.span.end))
            .unwrap_or_default()
    }

    /// Whether something follows that runs if it fails: `… || …`.
    pub(super) fn is_forgiven(&self) -> bool {
        let depth = self.pipeline.depth;
        let following = self.rest.iter().take_while(|next| next.depth >= depth).filter(|next| next.depth == depth);
        self.pipeline.is_condition
            || following.map(|next| next.before).find(|joint| *joint != Joint::And) == Some(Joint::Or)
    }

    /// The commands that it is piped into.
    pub(super) fn piped_into(&self) -> impl Iterator<Item = Self> {
        let command = *self;
        (self.index + 1..self.pipeline.commands.len()).map(move |index| command.at(index))
    }

    fn at(self, index: usize) -> Self {
        Self { index, first: program_at(&self.pipeline.commands[index]), ..self }
    }
}

/// A file, directory or link that is sent.
#[derive(Clone, Copy)]
pub(crate) struct Sent<'a> {
    pub(super) placement: &'a Placement,
    context: &'a Context,
    pub(super) entry: &'a Entry,
}

impl<'a> Sent<'a> {
    /// Its name, without directories.
    pub(super) fn name(&self) -> &'a str {
        base_name(&self.entry.path)
    }

    /// Its path below the root; of a file whose content is in the definition, that in the image.
    pub(super) fn path(&self) -> String {
        self.placement.places(self.context, self.entry).0
    }

    /// Its path in the image.
    pub(super) fn destination(&self) -> String {
        self.placement.places(self.context, self.entry).1
    }

    /// The mode that it gets in the image.
    pub(super) fn mode(&self) -> u32 {
        match self.entry.kind {
            EntryKind::File { executable, .. } => self.context.file_mode(executable),
            EntryKind::Directory | EntryKind::Link { .. } => 0o777,
        }
    }

    /// Whether it is local, rather than in the definition.
    pub(super) fn is_local(&self) -> bool {
        self.placement.local.is_some()
    }

    /// What was seen in its content; that of a file in the definition is looked at here.
    pub(super) fn seen(&self) -> Seen {
        match &self.placement.local {
            Some(_) if self.placement.seen.is_empty() => Seen::default(),
            Some(_) => self.placement.seen.get(&self.path()).copied().unwrap_or_default(),
            None => Seen::of(&self.context.inline[..self.context.inline.len().min(HEAD)]),
        }
    }

    /// JSON pointer to the field that names its source, or to the step.
    pub(super) fn pointer(&self) -> &'a str {
        self.placement.local.as_ref().map_or(&self.placement.step, |local| &local.pointer)
    }
}

/// Programs that run another one.
const WRAPPERS: [&str; 8] = ["sudo", "env", "exec", "command", "nohup", "time", "nice", "doas"];

/// Which word of a command is its program, behind those that only run another one.
fn program_at(command: &ShellCommand) -> usize {
    let mut at = 0;
    while let Some(word) = command.words.get(at).filter(|word| WRAPPERS.contains(&base_name(&word.value))) {
        let is_passed = |next: &&ShellWord| {
            next.value.starts_with('-') || (base_name(&word.value) == "env" && next.value.contains('='))
        };
        at += 1 + command.words[at + 1..].iter().take_while(is_passed).count();
    }
    at
}

impl<'a> Subject<'a> {
    /// A Dockerfile, with the definition that it was written from.
    pub(crate) fn new(dockerfile: &'a Dockerfile, image: Option<Image<'a>>) -> Self {
        let stages = dockerfile.stages();
        let calls = image.iter().flat_map(|image| &image.form.calls);
        let calls = ordered::map(calls.map(|call| (call.step.as_str(), call.what.name)));
        let mut lines = Vec::with_capacity(dockerfile.instructions.len());
        let mut shells: Vec<&str> = Vec::with_capacity(stages.len());
        let mut users: Vec<Option<&str>> = Vec::with_capacity(stages.len());
        for (index, instruction) in dockerfile.instructions.iter().enumerate() {
            let step = image.map_or("", |image| image.step_at(dockerfile.line(instruction.span.start)));
            let call = calls.get(step).copied().unwrap_or_default();
            let stage = stages.partition_point(|stage| stage.instructions.start <= index).saturating_sub(1);
            if instruction.keyword == Keyword::From {
                let parent = parent(&stages, stage);
                let of_base = || stages.get(stage).and_then(|stage| user_of(&stage.base.value));
                shells.push(parent.and_then(|parent| shells.get(parent).copied()).unwrap_or(DEFAULT_SHELL));
                users.push(parent.map_or_else(of_base, |parent| users.get(parent).copied().flatten()));
            } else if let (Keyword::Shell, Some(shell)) = (instruction.keyword, shells.last_mut()) {
                *shell = instruction.words.first().map_or("", |word| base_name(&word.value));
            } else if let (Keyword::User, Some(user)) = (instruction.keyword, users.last_mut()) {
                let name = instruction.words.first().map_or("", |word| &word.value).split(':').next();
                *user = name.filter(|user| !["root", "0", ""].contains(user));
            }
            if image.is_some() && step.is_empty() {
                continue; // the stage that unpacks trees
            }
            let is_own = image.is_none() || RUNS.contains(&call);
            let commands = Commands::of(dockerfile, instruction, shells.last().copied().unwrap_or(DEFAULT_SHELL));
            lines.push(Line { instruction, stage, call, user: users.last().copied().flatten(), is_own, commands });
        }
        let is_of_files =
            |line: &Line| stages.get(line.stage).is_some_and(|stage| stage.name.as_deref() == Some(FILES_STAGE));
        lines.retain(|line| image.is_none() || !is_of_files(line));
        Self { dockerfile, stages, lines, image }
    }

    /// The instructions of a kind.
    pub(super) fn of_kind(&self, keyword: Keyword) -> impl Iterator<Item = &Line<'a>> {
        self.lines.iter().filter(move |line| line.keyword == keyword)
    }

    /// The instructions of the stage that becomes the image, and of those that it is built from, last first.
    pub(super) fn of_image(&self) -> Vec<&Line<'a>> {
        let mut stage = self.stages.len().checked_sub(1);
        let mut found = Vec::new();
        while let Some(number) = stage {
            found.extend(self.of_stage(number).iter().rev());
            stage = self.parent(number);
        }
        found
    }

    /// The instructions of a stage, and for the first one those before it.
    fn of_stage(&self, number: usize) -> &[Line<'a>] {
        let start = self.lines.partition_point(|line| line.stage < number);
        let end = self.lines.partition_point(|line| line.stage <= number);
        self.lines.get(start..end).unwrap_or_default()
    }

    /// The image that a stage is built on in the end.
    pub(super) fn base_of(&self, stage: usize) -> &'a str {
        let parents = std::iter::successors(Some(stage), |stage| self.parent(*stage));
        parents.last().and_then(|stage| self.stages.get(stage)).map_or("", |stage| &stage.base.value)
    }

    /// The stage that a stage begins with.
    pub(super) fn parent(&self, stage: usize) -> Option<usize> {
        parent(&self.stages, stage)
    }

    /// Visits every instruction with what is known before it. A stage begins with what is known after the one that it begins with,
    /// or with what is known of its base.
    pub(super) fn follow<S: Clone>(&'a self, begin: fn(&'a str) -> S, visit: &mut dyn FnMut(&mut S, &'a Line<'a>)) {
        let mut ends: Vec<S> = Vec::with_capacity(self.stages.len());
        for (number, stage) in self.stages.iter().enumerate() {
            let mut state = match self.parent(number).and_then(|parent| ends.get(parent)) {
                Some(end) => end.clone(),
                None => begin(&stage.base.value),
            };
            let first = self.lines.partition_point(|line| line.stage < number);
            for line in self.lines[first..].iter().take_while(|line| line.stage == number) {
                visit(&mut state, line);
            }
            ends.push(state);
        }
    }

    /// Every command, in the order of the text.
    pub(super) fn commands(&self) -> impl Iterator<Item = Command<'_>> {
        self.lines.iter().flat_map(Line::commands)
    }

    /// Visits every step that emits something, with its JSON pointer and what is known of the image before it.
    pub(super) fn steps(&self, visit: &mut dyn FnMut(&str, &Step, &Known)) {
        let Some(Image { form, steps, .. }) = self.image else { return };
        let stages = form.stages.iter().filter_map(|stage| Some((stage.name.as_deref()?, Some(stage))));
        Walk { stages: ordered::map(stages), visit }.steps("", steps, &form.image);
    }

    /// Visits every step that installs a project whose file is known.
    pub(super) fn projects(&self, visit: &mut dyn FnMut(&str, &PipInstallFromPyproject, &Project, &Known)) {
        let Some(Image { texts, .. }) = self.image else { return };
        self.steps(&mut |path, step, known| {
            let Step::PipInstallFromPyproject(step) = step else { return };
            let content = clean(&step.source).and_then(|path| texts.get(&path)?.as_deref());
            let read = |content| Project::read(content, !step.dependency_groups.is_empty()).ok();
            if let Some(project) = content.and_then(read) {
                visit(path, step, &project, known);
            }
        });
    }

    /// Whether it is known what is sent.
    pub(super) fn knows_files(&self) -> bool {
        self.image.is_some_and(|image| image.knows_files)
    }

    /// Everything that is sent, and copied to the image or a stage of it; nothing while the files are unknown.
    pub(super) fn sent(&self) -> impl Iterator<Item = Sent<'a>> {
        self.placements().iter().flat_map(|placement| self.sent_of(placement))
    }

    /// What is sent for one copy.
    pub(super) fn sent_of(&self, placement: &'a Placement) -> impl Iterator<Item = Sent<'a>> + Clone + use<'a> {
        let contexts = self.image.map_or(&[][..], |image| image.contexts);
        let context = &contexts[placement.context];
        context.entries.iter().map(move |entry| Sent { placement, context, entry })
    }

    /// What is sent of a local path for one copy.
    pub(super) fn sent_at(&self, placement: &'a Placement, path: &str) -> Option<Sent<'a>> {
        let context = self.image?.contexts.get(placement.context)?;
        let source = placement.source.as_deref()?;
        let entry = if context.is_tree() {
            let inner = if source == "." { path } else { path.strip_prefix(source)?.strip_prefix('/')? };
            context.entries.binary_search_by(|entry| entry.path.as_str().cmp(inner)).ok()
        } else {
            (path == source).then_some(0)
        };
        Some(Sent { placement, context, entry: context.entries.get(entry?)? })
    }

    /// The paths of what is sent and is meant, by the JSON pointers of the sources, in order.
    pub(super) fn sent_by_source(&self, is_meant: impl Fn(&Sent) -> bool) -> Vec<(&'a str, Vec<String>)> {
        let mut found: Vec<(&str, Vec<String>)> = Vec::new();
        for sent in self.sent().filter(|sent| is_meant(sent)) {
            match found.last_mut() {
                Some((pointer, paths)) if *pointer == sent.pointer() => paths.push(sent.path()),
                _ => found.push((sent.pointer(), vec![sent.path()])),
            }
        }
        found
    }

    /// Where the files go that are sent; none while they are unknown.
    pub(super) fn placements(&self) -> &'a [Placement] {
        self.image.map_or(&[], |image| image.placements)
    }

    /// JSON pointer to the call that made a line of the Dockerfile, and the line of the user's own file that it is.
    pub(super) fn made(&self, line: usize) -> (String, Option<SourceLine>) {
        let Some(Image { form, written, .. }) = self.image else { return (String::new(), None) };
        let after = written.partition_point(|made| made.line <= line);
        let own = after.checked_sub(1).map(|index| &written[index]);
        let Some(made) = own.or(written.iter().find(|made| made.source.is_some())) else {
            return (String::new(), None);
        };
        let call = form.calls.iter().find(|call| call.step == made.step).map_or("", |call| call.what.name);
        let source = made.source.as_ref().map(|source| {
            // What stands between two instructions is counted from the second: the first may have fewer lines than in the
            // user's file.
            let is_within = own.is_some_and(|own| line < own.line + own.lines);
            let next = written.get(after).filter(|_| !is_within);
            let line = match (own, next.and_then(|next| Some((next.line, next.source.as_ref()?.line)))) {
                (None, _) => line, // the head of a file has the same lines
                (_, Some((next, in_source))) => in_source + line - next,
                (Some(own), None) => source.line + line - own.line,
            };
            SourceLine { path: source.path.clone(), line }
        });
        (format!("{}/{call}", made.step), source)
    }

    /// An edit of a command with its places; none where the text of the command is not in the Dockerfile as it is.
    pub(super) fn fix(&self, command: &Command<'_>, Edit { span, replacement }: Edit) -> Option<Fix> {
        let commands = command.line.commands.as_ref()?;
        let text = self.dockerfile.text();
        let within = match commands.start {
            Start::Word(word) => word.value.as_str(),
            Start::Array(_) if !commands.text.is_empty() => commands.text,
            _ => return None,
        };
        let utf16 = |text: &str, byte: usize| text.get(..byte).map(|before| before.encode_utf16().count());
        let last = Span { start: span.end.checked_sub(1)?, ..span };
        let at = match commands.start {
            Start::Array(_) => (0, 0),
            _ => (utf16(text, self.place_of(command.line, span))?, utf16(text, self.place_of(command.line, last) + 1)?),
        };
        let (start, end) = (utf16(within, span.start)?, utf16(within, span.end)?);
        Some(Fix { within: within.to_owned(), start, end, replacement, at })
    }

    /// Where a part of the commands of a line stands in the text.
    pub(super) fn place_of(&self, line: &Line, span: Span) -> usize {
        match &line.commands {
            Some(Commands { start: Start::Word(word), .. }) => {
                self.dockerfile.place_in(line.instruction, word, span.start)
            }
            Some(Commands { start: Start::Byte(at), .. }) => at + span.start,
            Some(Commands { start: Start::Array(at), .. }) => *at,
            None => line.span.start,
        }
    }
}

/// The way through the steps.
struct Walk<'a, 'v> {
    /// The stages to come, by name: one that is declared again is the same, and `None`.
    stages: BTreeMap<&'a str, Option<&'a Stage>>,
    visit: &'v mut dyn FnMut(&str, &Step, &Known),
}

impl<'a> Walk<'a, '_> {
    fn steps(&mut self, prefix: &str, steps: &'a [Step], built: &'a Stage) {
        let mut known = Known::of(&built.base);
        let emitting = ordered::set(built.instructions.iter().map(|made| made.step.as_str()));
        for (index, step) in steps.iter().enumerate() {
            let place = format!("{prefix}/steps/{index}");
            let pointer = format!("{place}/{}", step.name());
            if let Step::Stage(stage) = step
                && let Some(built) = self.stages.get_mut(&*stage.name).and_then(Option::take)
            {
                self.steps(&pointer, &stage.steps, built);
            }
            if emitting.contains(place.as_str()) {
                (self.visit)(&pointer, step, &known);
            }
            known.learn(step);
        }
    }
}

impl Line<'_> {
    /// Whether the user wrote the instruction itself, rather than a call that emits it.
    pub(super) fn is_text(&self) -> bool {
        TEXTS.contains(&self.call)
    }

    /// Its commands, in the order of the text, if they are the user's.
    pub(super) fn commands(&self) -> impl Iterator<Item = Command<'_>> {
        self.run().filter(|_| self.is_own)
    }

    /// Whether its commands are the user's, rather than what the calls for packages and tools emit.
    pub(super) fn is_own(&self) -> bool {
        self.is_own
    }

    /// Its commands, whoever wrote them.
    pub(super) fn run(&self) -> impl Iterator<Item = Command<'_>> {
        let pipelines = self.commands.as_ref().map_or(&[][..], |commands| &commands.shell.pipelines);
        pipelines.iter().enumerate().flat_map(move |(number, pipeline)| {
            let rest = &pipelines[number + 1..];
            let command = Command { line: self, pipeline, rest, index: 0, first: 0 };
            (0..pipeline.commands.len()).map(move |index| command.at(index))
        })
    }

    /// The name of the shell that runs its commands; empty if there is none, or it has another language.
    pub(super) fn interpreter(&self) -> &str {
        self.commands.as_ref().map_or("", |commands| commands.interpreter)
    }

    /// Whether it runs something that is not read.
    pub(super) fn is_opaque(&self) -> bool {
        self.keyword == Keyword::Run && self.commands.is_none()
    }

    /// What its commands open and do not close.
    pub(super) fn unclosed(&self) -> Option<Unclosed> {
        self.commands.as_ref()?.shell.unclosed
    }

    /// What stands behind the last of its commands.
    pub(super) fn after_commands(&self) -> &str {
        let Some(Commands { shell, text, .. }) = &self.commands else { return "" };
        let ends = shell.pipelines.iter().flat_map(|pipeline| &pipeline.commands).map(|command| command.span.end);
        ends.max().and_then(|end| text.get(end..)).unwrap_or_default()
    }

    /// Where the caches and directories are that it mounts.
    pub(super) fn mounted(&self) -> impl Iterator<Item = &str> {
        let mounts = self.flags.iter().filter_map(|flag| flag.mount.as_ref());
        mounts.filter_map(|mount| mount.value(&["target", "dst", "destination"]))
    }
}

/// The calls whose instructions are the user's; those of a Dockerfile alone have none.
const TEXTS: [&str; 4] = ["", "raw", "dockerfileCommands", "fromDockerfile"];

/// The calls whose commands are the user's.
const RUNS: [&str; 5] = ["runCommands", "runScript", "raw", "dockerfileCommands", "fromDockerfile"];

/// Shells that this is the language of.
pub(super) const SHELLS: [&str; 5] = ["sh", "bash", "dash", "ash", "zsh"];

/// What runs the commands of an image that says nothing else.
const DEFAULT_SHELL: &str = "sh";

/// The stage that a stage begins with.
fn parent(stages: &[BuildStage], stage: usize) -> Option<usize> {
    let name = stages.get(stage)?.base.value.to_ascii_lowercase();
    stages[..stage].iter().rposition(|other| other.name.as_ref() == Some(&name))
}

impl<'a> Commands<'a> {
    /// What an instruction runs; `shell` is the one of its stage.
    fn of(dockerfile: &'a Dockerfile, instruction: &'a Instruction, shell: &'a str) -> Option<Self> {
        if instruction.keyword != Keyword::Run {
            return None;
        }
        let speaks_posix = SHELLS.contains(&shell);
        match (instruction.form, instruction.words.as_slice(), instruction.heredocs.as_slice()) {
            (Form::Json, [program, .., option, script], _)
                if SHELLS.contains(&base_name(&program.value)) && is_command_option(&option.value) =>
            {
                Some(Self::new(&script.value, base_name(&program.value), Start::Array(script.span.start)))
            }
            (Form::Json, words @ [first, ..], _) => {
                let start = Start::Array(first.span.start);
                Some(Self { shell: program(words), text: "", interpreter: "", start })
            }
            (_, [word], [heredoc]) if word.value.trim_start().starts_with("<<") => {
                let body = heredoc.body.of(dockerfile.text());
                let interpreter = interpreter_of(body).unwrap_or(shell);
                let start = Start::Byte(heredoc.body.start);
                SHELLS.contains(&interpreter).then(|| Self::new(body, interpreter, start))
            }
            (_, [word, ..], _) => speaks_posix.then(|| Self::new(&word.value, shell, Start::Word(word))),
            _ => None,
        }
    }

    fn new(text: &'a str, interpreter: &'a str, start: Start<'a>) -> Self {
        Self { shell: Shell::parse(text), text, interpreter, start }
    }
}

/// The name of the program that the first line of a script names: `#!/usr/bin/env bash`.
fn interpreter_of(script: &str) -> Option<&str> {
    let line = script.strip_prefix("#!")?.lines().next()?;
    let mut words = line.split_whitespace().filter(|word| !word.starts_with('-')).map(base_name);
    words.find(|word| *word != "env")
}

/// Whether a shell takes the next word for a line: `-c`, `-ec`, `-lc`.
pub(super) fn is_command_option(word: &str) -> bool {
    word.starts_with('-') && !word.starts_with("--") && word.ends_with('c')
}

/// A program and its arguments, which no shell reads.
fn program(words: &[Word]) -> Shell {
    let span = Span { start: 0, end: 0 };
    let word =
        |word: &Word| ShellWord { value: word.value.clone(), span, has_expansion: false, quoting: Quoting::Mixed };
    let words = words.iter().map(word).collect();
    let command = ShellCommand { assignments: Vec::new(), words, redirections: Vec::new(), span };
    let pipeline = Pipeline { commands: vec![command], before: Joint::First, depth: 0, is_condition: false };
    Shell { pipelines: vec![pipeline], unclosed: None }
}
