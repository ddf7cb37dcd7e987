//! From the text of a Dockerfile to the normal form: all of it stays as the user wrote it, except for what names local files,
//! the numbers of stages, and the values of build arguments.
//!
//! ```text
//!  Dockerfile ──stages──> what the target is built from ──writer──> parts: text, and places for what is sent
//!                                                                   copies: one for each set of local sources
//! ```

mod sources;
mod stages;
mod writer;

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;

use pithy_image_dockerfile::{Dockerfile, Escape, Form, Instruction, Keyword, Pair, Span, Unfinished, Word};

use self::sources::ignore_rules;
pub(crate) use self::sources::{is_secret, mounts, reads_context};
use self::stages::Stages;
use self::writer::Writer;
use crate::ignore::IgnoreRules;
use crate::json::did_you_mean;
use crate::normal_form::{self, Builder, Import, Meaning, Variable, Variables};
use crate::ordered;
use crate::problem::{Code, Keyed};
use crate::program::{set_cmd, set_entrypoint};

/// Where instructions stand, and where their local sources are.
pub(crate) struct Origin<'a> {
    /// Path of the Dockerfile below the root; none if the definition holds the instructions.
    pub(crate) file: Option<&'a str>,
    /// Path of the build context below the root.
    pub(crate) context: &'a str,
    /// The field of the step that problems are about.
    pub(crate) field: &'a str,
}

impl Origin<'_> {
    /// A line in words, at the start of a message; nothing where the field says enough.
    fn place(&self, line: usize) -> String {
        self.file.map(|file| format!("`{file}`, line {line}: ")).unwrap_or_default()
    }

    /// Reports what Docker says of a line.
    fn refuse(&self, line: usize, message: &str, builder: &mut Builder) {
        let message = format!("{}Docker refuses this: {}.", self.place(line), visible(message));
        builder.report(Code::InvalidDockerfile, &self.field, message, "Correct the line.");
    }
}

/// What a whole Dockerfile is imported with.
pub(crate) struct Options<'a> {
    /// The stage that is the image; the last one if none is given.
    pub(crate) target: Option<&'a str>,
    pub(crate) build_args: &'a BTreeMap<String, String>,
}

/// Begins an image with a whole Dockerfile.
pub(crate) fn import_dockerfile(text: &str, origin: &Origin, options: &Options, builder: &mut Builder) {
    let read = Dockerfile::parse(text);
    for error in read.errors.iter().take(MAX_ERRORS) {
        origin.refuse(error.line, &error.message, builder);
    }
    if !read.errors.is_empty() {
        return;
    }
    let global = global_arguments(&read, options.build_args);
    let Some(stages) = Stages::of(&read, options.target, &global, origin, builder) else { return };
    check_build_args(&read, options.build_args, builder);
    let reads = stages.kept(&read).any(reads_context);
    let rules = Arc::new(if reads { ignore_rules(origin, builder) } else { IgnoreRules::default() });
    // The variables at the end of each stage, and those of the current one.
    let mut ended: Vec<Variables> = Vec::new();
    let mut variables = global.clone();
    let mut between = Between { text, end: 0, kept: None };
    let mut count = 0;
    for (index, instruction) in read.instructions.iter().enumerate() {
        let stage = stages.at(index);
        if let (Keyword::From, Some(number)) = (instruction.keyword, stage) {
            ended.extend((number > 0).then(|| mem::take(&mut variables)));
            variables = stages.variables(number, &ended);
        }
        if stage.is_none_or(|number| stages.keeps(number)) {
            let writer = Writer {
                read: &read,
                origin,
                rules: &rules,
                stages: Some((&stages, stage)),
                build_args: options.build_args,
                variables: &variables,
            };
            let written = writer.write(instruction, between.before(instruction.span), builder);
            builder.push(normal_form::Instruction::Written(written));
            count += 1;
        } else {
            between.leave_out(instruction.span);
        }
        learn(&mut variables, instruction, stage.map(|_| &global), options.build_args, read.escape);
    }
    ended.push(variables);
    *builder.variables() = ended.swap_remove(stages.target);
    stages.images(&read).for_each(|image| builder.note_base(image));
    builder.set_base(stages.base().to_owned());
    builder.set_import(Import {
        stages: stages.names(),
        escape: read.escape,
        is_unfinished: read.end.unfinished.is_some() && !stages.is_cut(),
        rest: if stages.is_cut() { "\n" } else { &text[between.end..] }.to_owned(),
        instructions: count,
    });
}

/// What stands between instructions, of which some are left out.
struct Between<'t> {
    text: &'t str,
    /// The end of the last instruction.
    end: usize,
    /// What is kept from before those that are left out: the end of a line, or the head of the file.
    kept: Option<&'t str>,
}

impl Between<'_> {
    /// What stands before an instruction that is kept.
    fn before(&mut self, span: Span) -> String {
        let before = &self.text[mem::replace(&mut self.end, span.end)..span.start];
        let Some(kept) = self.kept.take() else { return before.to_owned() };
        format!("{kept}{}", &before[end_of_line(before)..])
    }

    fn leave_out(&mut self, span: Span) {
        let start = mem::replace(&mut self.end, span.end);
        let before = &self.text[start..span.start];
        self.kept.get_or_insert(if start == 0 { before } else { &before[..end_of_line(before)] });
    }
}

/// The end of the first line of a text, with its newline.
fn end_of_line(text: &str) -> usize {
    text.find('\n').map_or(text.len(), |at| at + 1)
}

/// The names of what instructions copy or mount from.
pub(crate) fn origins_in(text: &str) -> Vec<String> {
    let read = Dockerfile::parse_fragment(text, Escape::Backslash);
    read.instructions.iter().flat_map(origins).map(str::to_owned).collect()
}

/// The stages and images that `COPY --from` and `RUN --mount=…,from=` name. What `ONBUILD` is for takes them from another
/// Dockerfile.
pub(crate) fn origins(instruction: &Instruction) -> impl Iterator<Item = &str> {
    let copied = instruction.flag("from").and_then(|flag| flag.value.as_deref());
    copied.into_iter().chain(mounts(instruction).filter_map(|(_, mount)| mount.value(&["from"])))
}

/// Adds instructions that follow others. `field_of` names the field that a line is of.
pub(crate) fn import_instructions(
    text: &str,
    context: &str,
    field_of: &dyn Fn(usize) -> String,
    builder: &mut Builder,
) {
    let read = Dockerfile::parse_fragment(text, builder.escape());
    for error in read.errors.iter().take(MAX_ERRORS) {
        let origin = Origin { file: None, context, field: &field_of(error.line) };
        origin.refuse(error.line, &error.message, builder);
    }
    if read.end.unfinished == Some(Unfinished::Continuation) {
        let field = field_of(read.line(text.len().saturating_sub(1)));
        let message = "The last line goes on in the next one, and would swallow the instruction there.";
        builder.report(Code::InvalidInstruction, &field, message, "Leave out the character that continues it.");
    }
    if !read.errors.is_empty() {
        return;
    }
    let first = Origin { file: None, context, field: &field_of(1) };
    let reads = read.instructions.iter().any(reads_context);
    let rules = Arc::new(if reads { ignore_rules(&first, builder) } else { IgnoreRules::default() });
    for instruction in &read.instructions {
        let field = field_of(read.line(instruction.span.start));
        let origin = Origin { field: &field, ..first };
        add_instruction(&read, instruction, &origin, &rules, builder);
    }
}

fn add_instruction(
    read: &Dockerfile,
    instruction: &Instruction,
    origin: &Origin,
    rules: &Arc<IgnoreRules>,
    builder: &mut Builder,
) {
    let words = || instruction.words.iter().map(|word| word.value.clone()).collect::<Vec<_>>();
    match (instruction.keyword, instruction.form) {
        (Keyword::From, _) => {
            let message = "`FROM` would begin another image.";
            let hint = "Use `stage` for a further one, or `Image.fromDockerfile` for a whole Dockerfile.";
            return builder.report(Code::InvalidInstruction, &origin.field, message, hint);
        }
        (Keyword::Cmd, Form::Json) => return set_cmd(&words(), &origin.field, builder),
        (Keyword::Entrypoint, Form::Json) => return set_entrypoint(&words(), &origin.field, builder),
        (Keyword::Cmd, _) => builder.set_cmd(None),
        (Keyword::Entrypoint, _) => builder.set_entrypoint(None),
        (Keyword::Workdir, _) => enter(instruction, read.escape, builder),
        _ => {}
    }
    let mut variables = mem::take(builder.variables());
    let build_args = BTreeMap::new();
    let writer = Writer { read, origin, rules, stages: None, build_args: &build_args, variables: &variables };
    let written = writer.write(instruction, String::new(), builder);
    builder.push(normal_form::Instruction::Written(written));
    learn(&mut variables, instruction, None, &build_args, read.escape);
    *builder.variables() = variables;
}

/// Follows what an instruction that was added says of variables.
pub(crate) fn follow_variables(instruction: &Instruction, builder: &mut Builder) {
    let escape = builder.escape();
    learn(builder.variables(), instruction, None, &BTreeMap::new(), escape);
}

/// Follows a `WORKDIR`.
fn enter(instruction: &Instruction, escape: Escape, builder: &mut Builder) {
    let path = instruction.words.first().and_then(|word| builder.variables().expand(&word.value, escape).ok());
    match path {
        Some(Meaning::Known(path)) => builder.enter_directory(&path),
        _ => builder.enter_unknown_directory(),
    }
}

/// Nobody reads more mistakes of a file, and one may be the reason for all.
const MAX_ERRORS: usize = 20;

/// A text in which every character can be seen.
pub(crate) fn visible(text: &str) -> String {
    let escaped = |c: char| if c.is_ascii_graphic() { c.to_string() } else { c.escape_debug().to_string() };
    text.chars().map(escaped).collect()
}

/// Every build argument must be one of the Dockerfile's: Docker would only warn of others.
fn check_build_args(read: &Dockerfile, build_args: &BTreeMap<String, String>, builder: &mut Builder) {
    let arguments = read.instructions.iter().filter(|instruction| instruction.keyword == Keyword::Arg);
    let declared = ordered::set(arguments.flat_map(|arg| &arg.pairs).map(|pair| pair.name.value.as_str()));
    let known: Vec<_> = declared.iter().copied().collect();
    for (name, value) in build_args {
        let field = Keyed("/buildArgs", name);
        builder.check_one_line(&field, value);
        if !declared.contains(name.as_str()) {
            let message = format!("The Dockerfile has no `ARG {}`.", visible(name));
            builder.report(Code::UnknownVariable, &field, message, &did_you_mean(name, &known));
        }
    }
}

/// The arguments before the first stage: they count in `FROM`, and where a stage declares them again.
fn global_arguments(read: &Dockerfile, build_args: &BTreeMap<String, String>) -> Variables {
    let mut global = Variables::none();
    for (name, value) in PLATFORM_ARGUMENTS {
        global.set_argument(name, Variable::Known(value.to_owned()));
    }
    for instruction in read.instructions.iter().take_while(|instruction| instruction.keyword != Keyword::From) {
        learn(&mut global, instruction, None, build_args, read.escape);
    }
    global
}

/// Notes what an instruction says of variables. `outside` has the arguments from before the stage.
fn learn(
    variables: &mut Variables,
    instruction: &Instruction,
    outside: Option<&Variables>,
    build_args: &BTreeMap<String, String>,
    escape: Escape,
) {
    let Instruction { keyword, pairs, .. } = instruction;
    let value = |word: &Word| variables.value(&word.value, escape);
    match keyword {
        Keyword::Env => {
            // A variable in an instruction has the value from before the instruction.
            let values: Vec<_> =
                pairs.iter().map(|pair| pair.value.as_ref().map_or(Variable::Unknown, value)).collect();
            for (pair, value) in pairs.iter().zip(values) {
                variables.set_environment(&pair.name.value, value);
            }
        }
        Keyword::Arg => {
            for Pair { name, value, .. } in pairs {
                let name = name.value.as_str();
                let value = match (build_args.get(name), value) {
                    (Some(given), _) => Variable::Known(given.clone()),
                    (None, Some(word)) => variables.value(&word.value, escape),
                    (None, None) => {
                        let value = outside.unwrap_or(variables).argument(name).cloned().unwrap_or(Variable::Unset);
                        // Where it had another one, engines differ.
                        let is_same = variables.argument(name).is_none_or(|known| *known == value);
                        if is_same { value } else { Variable::Unknown }
                    }
                };
                variables.set_argument(name, value);
            }
        }
        _ => {}
    }
}

/// What BuildKit sets on the machines that Daytona builds on. (The legacy engine does not: there a file that depends on it is missing.)
const PLATFORM_ARGUMENTS: [(&str, &str); 8] = [
    ("BUILDARCH", "amd64"),
    ("BUILDOS", "linux"),
    ("BUILDPLATFORM", "linux/amd64"),
    ("BUILDVARIANT", ""),
    ("TARGETARCH", "amd64"),
    ("TARGETOS", "linux"),
    ("TARGETPLATFORM", "linux/amd64"),
    ("TARGETVARIANT", ""),
];
