//! Writes an instruction in the user's words, with places for what is sent.

use std::collections::BTreeMap;
use std::sync::Arc;

use pithy_image_dockerfile::{CopySource, Dockerfile, Flag, Form, Instruction, Keyword, Mount, Pair, Span, Word};

use super::sources::{is_of_context, is_remote, mounts};
use super::stages::Stages;
use super::{Origin, origins};
use crate::dockerfile::quoted;
use crate::files::wildcard::literal;
use crate::ignore::IgnoreRules;
use crate::normal_form::{
    self, Builder, ContextSource, Copy, Destination, LocalSource, Meaning, Part, Selection, SourceKind, SourceLine,
    Transfer, Variables, Written,
};
use crate::path::{clean, parent};
use crate::problem::Code;

/// What an instruction stands among.
pub(super) struct Writer<'a> {
    pub(super) read: &'a Dockerfile,
    pub(super) origin: &'a Origin<'a>,
    /// What is left out of the build context.
    pub(super) rules: &'a Arc<IgnoreRules>,
    /// The stages of the Dockerfile, and the number of the one that the instruction is in.
    pub(super) stages: Option<(&'a Stages, Option<usize>)>,
    pub(super) build_args: &'a BTreeMap<String, String>,
    /// The variables before the instruction.
    pub(super) variables: &'a Variables,
}

/// Flags of `ADD` that `COPY` does not have.
const ONLY_ADD: [&str; 3] = ["checksum", "keep-git-dir", "unpack"];

/// What stands in the place of a part of the text.
type Edit = (Span, Vec<Part>);

impl Writer<'_> {
    pub(super) fn write(&self, instruction: &Instruction, before: String, builder: &mut Builder) -> Written {
        for from in origins(instruction) {
            match self.stages {
                Some((stages, Some(stage))) if stages.is_later(from, stage) => {
                    self.refuse(instruction, &format!("the stage `{from}` is not before this one"), builder);
                }
                Some(_) => {}
                None => _ = builder.stage_or_image(&self.origin.field, from),
            }
        }
        let parts = match instruction.keyword {
            Keyword::Arg => self.edited(instruction, self.given_arguments(&instruction.pairs)),
            Keyword::Run => self.edited(instruction, self.mounted(instruction, builder)),
            Keyword::Copy if instruction.flag("from").is_some() => {
                self.edited(instruction, self.renumbered(instruction, builder))
            }
            Keyword::Copy | Keyword::Add => self.copied(instruction, builder),
            _ => self.edited(instruction, Vec::new()),
        };
        let line = self.line(instruction);
        let source = self.origin.file.map(|file| SourceLine { path: file.to_owned(), line });
        Written { keyword: instruction.keyword, before, parts, source }
    }

    fn line(&self, instruction: &Instruction) -> usize {
        self.read.line(instruction.span.start)
    }

    fn text(&self, start: usize, end: usize) -> &str {
        &self.read.text()[start..end]
    }

    /// The text of an instruction with other parts in these places, which are in order and apart.
    fn edited(&self, instruction: &Instruction, edits: Vec<Edit>) -> Vec<Part> {
        let Span { start: mut at, end } = instruction.span;
        let mut parts = Vec::new();
        for (span, edit) in edits {
            parts.push(Part::Text(self.text(at, span.start).to_owned()));
            parts.extend(edit);
            at = span.end;
        }
        parts.push(Part::Text(self.text(at, end).to_owned()));
        parts
    }

    /// Gives arguments their values.
    fn given_arguments(&self, pairs: &[Pair]) -> Vec<Edit> {
        let given = pairs.iter().filter_map(|Pair { name, value, .. }| {
            let given = self.build_args.get(&name.value)?;
            let end = value.as_ref().unwrap_or(name).span.end;
            let text = format!("{}={}", name.value, quoted(given, self.read.escape));
            Some((Span { start: name.span.start, end }, vec![Part::Text(text)]))
        });
        given.collect()
    }

    /// Names the stage of `COPY --from` by the number that it has now.
    fn renumbered(&self, instruction: &Instruction, builder: &mut Builder) -> Vec<Edit> {
        let Some(Flag { value: Some(from), value_span: Some(span), .. }) = instruction.flag("from") else {
            return Vec::new();
        };
        let Some((stages, current)) = self.stages else { return Vec::new() };
        match from.parse::<usize>() {
            Ok(number) if current.is_some_and(|current| number < current) => {
                vec![(*span, vec![Part::Stage(stages.new_number(number))])]
            }
            Ok(number) => {
                let message = format!("there is no stage {number} before this one");
                self.refuse(instruction, &message, builder);
                Vec::new()
            }
            Err(_) => Vec::new(),
        }
    }

    /// Has `RUN` mount files of the build context from the stage that unpacks trees.
    fn mounted(&self, instruction: &Instruction, builder: &mut Builder) -> Vec<Edit> {
        let of_context = mounts(instruction).filter(|(_, mount)| is_of_context(mount));
        of_context.flat_map(|(flag, mount)| self.mount(instruction, flag, mount, builder)).collect()
    }

    fn mount(&self, instruction: &Instruction, flag: &Flag, mount: &Mount, builder: &mut Builder) -> Vec<Edit> {
        const SOURCE: [&str; 2] = ["source", "src"];
        let Some(Span { start, .. }) = flag.value_span else { return Vec::new() };
        let path = mount.value(&SOURCE).unwrap_or(".");
        let Some(source) = self.source(instruction, path, builder) else { return Vec::new() };
        // It is a name, whatever is in it.
        let source = ContextSource { path: literal(&source.path), ..source };
        let target = mount.value(&["target", "dst", "destination"]).unwrap_or_default();
        let selection = Selection { is_tree: true, ..self.selection(instruction, vec![source]) };
        let tree = Part::Tree(self.copy(selection, target, builder));
        let start = Span { start, end: start };
        let from = |rest: &str| Part::Text(format!("from={},{rest}", normal_form::FILES_STAGE));
        // The last of several counts.
        let field = mount.fields.iter().rfind(|field| SOURCE.contains(&field.key.as_str()) && field.value.is_some());
        let Some(field) = field else { return vec![(start, vec![from("source="), tree, Part::Text(",".to_owned())])] };
        let value = field.span.start + field.span.of(self.read.text()).find('=').map_or(0, |at| at + 1);
        vec![(start, vec![from("")]), (Span { start: value, end: value }, vec![tree])]
    }

    /// `COPY` or `ADD` with its local sources as copies.
    fn copied(&self, instruction: &Instruction, builder: &mut Builder) -> Vec<Part> {
        let Some(destination) = instruction.destination() else { return self.edited(instruction, Vec::new()) };
        let is_add = instruction.keyword == Keyword::Add;
        // Docker copies heredocs last.
        let (mut sources, mut inline): (Vec<(String, Option<ContextSource>)>, Vec<_>) = (Vec::new(), Vec::new());
        for source in instruction.sources() {
            let (word, local) = match source {
                CopySource::Inline(word, _) => {
                    inline.push((self.raw(instruction, word), None));
                    continue;
                }
                CopySource::Path(word) if is_add && self.is_fetched(word) => (word, None),
                CopySource::Path(word) => (word, self.source(instruction, &word.value, builder)),
            };
            sources.push((self.below_tree(instruction, word, local.as_ref()), local));
        }
        sources.append(&mut inline);
        let locals: Vec<_> = sources.iter().filter_map(|(_, local)| local.clone()).collect();
        if locals.is_empty() {
            return self.edited(instruction, Vec::new());
        }
        let target = self.meaning(&destination.value);
        let mut shared = None;
        let mut numbered = |local: ContextSource, builder: &mut Builder| {
            if is_add {
                return self.copy(self.selection(instruction, vec![local]), &target, builder);
            }
            *shared.get_or_insert_with(|| self.copy(self.selection(instruction, locals.clone()), &target, builder))
        };
        let sources = sources.into_iter().map(|(raw, local)| (raw, local.map(|local| numbered(local, builder))));
        let sources = sources.collect();
        let Span { start, end } = instruction.span;
        let flags = |is_one: &dyn Fn(&Flag) -> bool| -> String {
            let flags = instruction.flags.iter().filter(|flag| is_one(flag));
            flags.flat_map(|flag| [" ", flag.span.of(self.read.text())]).collect()
        };
        let rest_start = if instruction.heredocs.is_empty() { end } else { destination.span.end };
        vec![Part::Transfer(Transfer {
            name: self.text(start, instruction.name.span.end).to_owned(),
            flags: flags(&|_| true),
            copy_flags: flags(&|flag| !ONLY_ADD.contains(&flag.name.as_str())),
            is_json: instruction.form == Form::Json,
            sources,
            destination: self.raw(instruction, destination),
            rest: self.text(rest_start, end).to_owned(),
        })]
    }

    /// A word as it is written, without the quotes of JSON.
    fn raw(&self, instruction: &Instruction, word: &Word) -> String {
        let raw = word.span.of(self.read.text());
        let raw = if instruction.form == Form::Json { &raw[1..raw.len() - 1] } else { raw };
        raw.to_owned()
    }

    /// A source, to be put behind the directory of a tree: clean, since the legacy engine takes no other patterns, unless
    /// something in it has to be expanded. For `--parents`, `/./` stands before what is kept of the path.
    fn below_tree(&self, instruction: &Instruction, word: &Word, local: Option<&ContextSource>) -> String {
        let raw = self.raw(instruction, word);
        let is_literal = !raw.contains(['$', '"', '\'', '\\', self.read.escape.char(), '\n']);
        match local {
            Some(ContextSource { pivot: Some(pivot), path, .. }) if is_literal && pivot == "." => format!("./{path}"),
            Some(ContextSource { pivot: Some(pivot), path, .. }) if is_literal => format!("{pivot}/./{path}"),
            Some(ContextSource { pivot: None, path, .. }) if is_literal => path.clone(),
            Some(ContextSource { pivot: Some(_), .. }) if !raw.contains("/./") => format!("./{raw}"),
            Some(_) => raw.trim_start_matches("./").trim_start_matches('/').to_owned(),
            None => raw,
        }
    }

    fn is_fetched(&self, word: &Word) -> bool {
        match self.variables.expand(&word.value, self.read.escape) {
            Ok(Meaning::Known(source)) => is_remote(&source),
            _ => is_remote(&word.value),
        }
    }

    /// What a word means, as far as its variables are known.
    fn meaning(&self, word: &str) -> String {
        match self.variables.expand(word, self.read.escape) {
            Ok(Meaning::Known(meaning)) => meaning,
            _ => word.to_owned(),
        }
    }

    /// A source of the build context.
    fn source(&self, instruction: &Instruction, word: &str, builder: &mut Builder) -> Option<ContextSource> {
        let path = match self.variables.expand(word, self.read.escape) {
            Ok(Meaning::Known(path)) => path,
            Ok(Meaning::Unknown(name)) => {
                let place = self.origin.place(self.line(instruction));
                let message = format!("{place}`${name}` in `{word}` has no value that is known before the build.");
                let hint = match self.origin.file {
                    Some(_) => {
                        "Declare it in this stage, with `ARG` and a default or a value in `buildArgs`, or write the path out."
                    }
                    None => "Set it before, with `ENV` or `ARG`, or write the path out.",
                };
                builder.report(Code::UnknownVariable, &self.origin.field, message, hint);
                return None;
            }
            Err(error) => {
                self.refuse(instruction, &error.to_string(), builder);
                return None;
            }
        };
        if instruction.keyword == Keyword::Copy && is_remote(&path) {
            self.refuse(instruction, "source can't be a URL for COPY", builder);
            return None;
        }
        let source = context_source(&path, instruction.is_set("parents"));
        if source.is_none() {
            let place = self.origin.place(self.line(instruction));
            let message = format!("{place}`{path}` lies outside the build context, `{}`.", self.origin.context);
            let hint = "Choose a build context that holds it, and start the paths there.";
            builder.report(Code::SourceOutsideRoot, &self.origin.field, message, hint);
        }
        source.map(|source| ContextSource { excluded: excluded(instruction), ..source })
    }

    fn selection(&self, instruction: &Instruction, sources: Vec<ContextSource>) -> Selection {
        let is_plain = |source: &ContextSource| source.pivot.is_none() && source.excluded.is_empty();
        let keeps_packed = instruction.flag("unpack").is_some() && !instruction.is_set("unpack");
        Selection {
            rules: Arc::clone(self.rules),
            unpacks: instruction.keyword == Keyword::Add && !keeps_packed,
            is_tree: sources.len() > 1 || !sources.iter().all(is_plain),
            sources,
            place: self.origin.place(self.line(instruction)),
            beside: self.origin.file.map_or(".", parent).to_owned(),
        }
    }

    /// Adds the copy of a selection; returns its number.
    fn copy(&self, selection: Selection, destination: &str, builder: &mut Builder) -> usize {
        let stage = self.stages.and_then(|(stages, stage)| stages.label(stage?));
        let kind = SourceKind::Context(selection);
        let path = self.origin.context.to_owned();
        let source = LocalSource { path, kind, pointer: builder.pointer(&self.origin.field) };
        let copy = builder.empty_copy();
        builder.add_copy(Copy {
            origin: normal_form::Origin::Local(source),
            destination: Destination::Instruction(destination.to_owned()),
            stage: stage.or_else(|| copy.stage.clone()),
            ..copy
        })
    }

    fn refuse(&self, instruction: &Instruction, message: &str, builder: &mut Builder) {
        self.origin.refuse(self.line(instruction), message, builder);
    }
}

/// A source as Docker understands it, with what its path is below if that is kept; none if it leads out of the build context.
fn context_source(path: &str, keeps_parents: bool) -> Option<ContextSource> {
    let relative = |path: &str| clean(path.trim_start_matches('/'));
    let (pivot, path) = match path.split_once("/./") {
        Some((pivot, path)) if keeps_parents => (Some(relative(pivot)?), path),
        _ => (keeps_parents.then(|| ".".to_owned()), path),
    };
    Some(ContextSource { path: relative(path)?, pivot, ..ContextSource::default() })
}

/// What `--exclude` leaves out.
fn excluded(instruction: &Instruction) -> IgnoreRules {
    let flags = instruction.flags.iter().filter(|flag| flag.name == "exclude");
    // Docker expands nothing in them, and one with a `/` at its start matches nothing.
    let patterns = flags.filter_map(|flag| flag.value.as_deref()).filter(|pattern| !pattern.starts_with('/'));
    IgnoreRules::from_patterns(patterns).unwrap_or_default()
}
