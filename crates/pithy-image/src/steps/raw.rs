//! Adds one instruction as the user wrote it: checked to be one, and not one that has a step of its own.

use std::cell::Cell;

use pithy_image_dockerfile::{
    CopySource, Diagnostic, DiagnosticCode, Dockerfile, Escape, Instruction, Keyword, Unfinished, Word, expand,
};

use super::{Image, StepKind};
use crate::import::{follow_variables, is_secret, mounts, origins, reads_context, visible};
use crate::normal_form::{self, Builder};
use crate::problem::Code;

step! {
    /// Adds one instruction of a Dockerfile as it is written, for what no other call covers. It is checked to be exactly
    /// one, and one that Docker takes; `FROM`, `COPY` and `ADD` of local files, `SHELL`, `CMD` and `ENTRYPOINT` have calls
    /// of their own.
    pub struct Raw {
        /// The instruction, such as `HEALTHCHECK CMD curl -f http://localhost/`.
        instruction: String,
    }
    call "raw(instruction)";
    emits "as one line: the name in ASCII capitals, a blank, and the rest without white space before it";
}

impl Image {
    /// Adds one instruction of a Dockerfile as it is written, for what no other call covers: [`Raw`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").raw("healthcheck NONE");
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", "HEALTHCHECK NONE"]);
    /// ```
    #[must_use]
    pub fn raw(&self, instruction: impl Into<String>) -> Self {
        self.with(Raw { instruction: instruction.into() })
    }
}

/// Why a text cannot be added, and what to do.
type Refusal = (String, String);

impl StepKind for Raw {
    fn build(&self, builder: &mut Builder) {
        let escape = builder.escape();
        if let Err((message, hint)) = self.line(escape).and_then(|line| add(line, builder)) {
            builder.report(Code::InvalidInstruction, &"/instruction", message, &hint);
        }
    }
}

impl Raw {
    /// The instruction as one line.
    fn line(&self, escape: Escape) -> Result<String, Refusal> {
        let read = Dockerfile::parse_fragment(&*self.instruction, escape);
        let Instruction { keyword, name, rest, .. } = only(&read)?;
        if read.end.unfinished == Some(Unfinished::Continuation) || rest.value.ends_with(escape.char()) {
            let message = "The last line ends with a backslash, which would swallow the next instruction.";
            return refuse(message, "Leave the backslash out.");
        }
        let name = if *keyword == Keyword::Unknown { &name.value } else { keyword.name() };
        Ok(format!("{name} {}", rest.value))
    }

    /// The user that it sets, if it does; empty if a variable says who that is.
    pub(crate) fn user(&self) -> Option<String> {
        let line = self.line(Escape::Backslash).ok()?;
        let read = Dockerfile::parse_fragment(line, Escape::Backslash);
        let user = read.instructions.first().filter(|found| found.keyword == Keyword::User)?.words.first()?;
        Some(literal(user).unwrap_or_default())
    }
}

fn only(read: &Dockerfile) -> Result<&Instruction, Refusal> {
    match read.instructions.as_slice() {
        [instruction] => Ok(instruction),
        [] if read.text().trim().is_empty() => refuse("The instruction is empty.", "Give one, or leave the call out."),
        [] => refuse("A comment is not an instruction.", "Leave it out."),
        _ => {
            let message = "These are several lines, and so several instructions.";
            refuse(message, "Give each in a call of its own; continue a line with a backslash.")
        }
    }
}

/// Adds a line, if it may stand in a Dockerfile of ours. What is checked is what is written.
fn add(line: String, builder: &mut Builder) -> Result<(), Refusal> {
    let read = Dockerfile::parse_fragment(&*line, builder.escape());
    let instruction = checked(&read)?;
    builder.check_argument(&"/instruction", &line);
    for from in origins(instruction) {
        builder.stage_or_image(&"/instruction", from);
    }
    if instruction.keyword == Keyword::Workdir {
        match instruction.words.first().and_then(literal) {
            Some(path) => builder.enter_directory(&path),
            None => builder.enter_unknown_directory(),
        }
    }
    follow_variables(instruction, builder);
    builder.push(normal_form::Instruction::Raw(line));
    Ok(())
}

fn checked(read: &Dockerfile) -> Result<&Instruction, Refusal> {
    let instruction = only(read)?;
    if let Some((keyword, step)) = STEPS.iter().find(|(keyword, _)| *keyword == instruction.keyword) {
        return refuse(format!("`{}` has a step of its own.", keyword.name()), format!("Use {step}."));
    }
    if has_heredoc(instruction) {
        let message = "Docker would read `<<` as the beginning of a heredoc, which the legacy engine does not know.";
        return refuse(message, "Use `runScript` or `addFile`.");
    }
    // The emitter continues a line that is too long.
    if let Some(error) = read.errors.iter().find(|error| error.code != DiagnosticCode::LineTooLong) {
        return refuse(format!("Docker refuses this: {}.", visible(&error.message)), hint(error));
    }
    if let Some(error) = unexpanded(instruction) {
        return refuse(format!("Docker refuses this: {}.", visible(&error)), "Close what is open, or escape it.");
    }
    if is_empty_run(instruction) {
        return refuse("`RUN` has no command.", "Write it after the name, or leave the call out.");
    }
    needs_nothing(instruction)?;
    Ok(instruction)
}

/// Whether Daytona has all that an instruction needs.
fn needs_nothing(instruction: &Instruction) -> Result<(), Refusal> {
    if mounts(instruction).any(|(_, mount)| is_secret(mount)) {
        let message = "Daytona gives a build neither secrets nor an SSH agent.";
        return refuse(message, "Fetch what needs one before, and add it with `addLocalDir`.");
    }
    if reads_context(instruction) {
        let name = instruction.keyword.name();
        let message = format!("This `{name}` reads files of the build context, and none are sent for it.");
        return refuse(message, "Use `addLocalFile`, `addLocalDir` or `copyFrom`.");
    }
    Ok(())
}

fn refuse<T>(message: impl Into<String>, hint: impl Into<String>) -> Result<T, Refusal> {
    Err((message.into(), hint.into()))
}

/// What has a step that knows more of it.
const STEPS: [(Keyword, &str); 4] = [
    (Keyword::Cmd, "`cmd`"),
    (Keyword::Entrypoint, "`entrypoint`"),
    (Keyword::From, "`Image.base`, or `stage` for a further one"),
    (Keyword::Shell, "`shell`"),
];

/// What to do about something that Docker refuses.
fn hint(error: &Diagnostic) -> &'static str {
    match error.code {
        DiagnosticCode::UnknownInstruction => {
            "Begin with the name of an instruction, such as `HEALTHCHECK`; for a command, use `runCommands`."
        }
        DiagnosticCode::NotKeyValue => "Write `name=value`, and quotes around a value with blanks.",
        DiagnosticCode::JsonNotStrings => "Put every item of the list in double quotes.",
        DiagnosticCode::Flag | DiagnosticCode::Mount => "Correct the flag, or leave it out.",
        DiagnosticCode::Healthcheck => "Write `HEALTHCHECK --interval=30s CMD <command>`, or `HEALTHCHECK NONE`.",
        DiagnosticCode::Onbuild => "Write another instruction after `ONBUILD`.",
        _ => "Correct what stands after the name.",
    }
}

/// An instruction, and what it is for if it is `ONBUILD`.
fn with_trigger(instruction: &Instruction) -> impl Iterator<Item = &Instruction> {
    [Some(instruction), instruction.trigger.as_deref()].into_iter().flatten()
}

fn has_heredoc(instruction: &Instruction) -> bool {
    let mut sources = with_trigger(instruction).flat_map(Instruction::sources);
    !instruction.heredocs.is_empty() || sources.any(|source| matches!(source, CopySource::Inline(..)))
}

/// What Docker finds wrong with quotes and variables, once it resolves them.
fn unexpanded(instruction: &Instruction) -> Option<String> {
    if matches!(instruction.keyword, Keyword::Run | Keyword::Healthcheck | Keyword::Maintainer) {
        return None;
    }
    let pairs = instruction.pairs.iter().flat_map(|pair| [Some(&pair.name), pair.value.as_ref()]);
    let mut words = pairs.flatten().chain(&instruction.words);
    let error = words.find_map(|word| expand(&word.value, &|_| Some("x".to_owned()), Escape::Backslash).err());
    error.map(|error| error.to_string())
}

fn is_empty_run(instruction: &Instruction) -> bool {
    with_trigger(instruction).any(|found| found.keyword == Keyword::Run && found.words.is_empty())
}

/// What a word means, unless that depends on a variable.
fn literal(word: &Word) -> Option<String> {
    let has_variable = Cell::new(false);
    let variable = |_: &str| {
        has_variable.set(true);
        None
    };
    expand(&word.value, &variable, Escape::Backslash).ok().filter(|_| !has_variable.get())
}
