//! Instructions: what each is made of.

mod flags;

use std::collections::BTreeMap;
use std::ops::Range;

use crate::diagnostic::{Diagnostic, DiagnosticCode, quoted};
use crate::directive::Escape;
use crate::heredoc::{Heredoc, heredoc};
use crate::json::{self, Array};
use crate::line::{Logical, Mark};
use crate::span::Span;
use crate::syntax::SyntaxKind;
use crate::words;

/// An instruction of a Dockerfile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction {
    /// Which one it is.
    pub keyword: Keyword,
    /// Its name as it is written.
    pub name: Word,
    /// What stands after its name, as one line; its heredocs are not part of it.
    pub rest: Word,
    /// Its flags, in order.
    pub flags: Vec<Flag>,
    /// How its arguments are written.
    pub form: Form,
    /// Its arguments, unless they are names and values or an instruction.
    pub words: Vec<Word>,
    /// The names and values of `ENV`, `LABEL` and `ARG`.
    pub pairs: Vec<Pair>,
    /// What `ONBUILD` is for.
    pub trigger: Option<Box<Instruction>>,
    /// The heredocs that follow it.
    pub heredocs: Vec<Heredoc>,
    /// From its name to its last argument or the end of its last heredoc, without the newline.
    pub span: Span,
    /// Where its tokens are in [`Dockerfile::tokens`](crate::Dockerfile::tokens).
    pub tokens: Range<usize>,
}

/// What an instruction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are those of the instructions")]
pub enum Keyword {
    Add,
    Arg,
    Cmd,
    Copy,
    Entrypoint,
    Env,
    Expose,
    From,
    Healthcheck,
    Label,
    Maintainer,
    Onbuild,
    Run,
    Shell,
    Stopsignal,
    User,
    Volume,
    Workdir,
    /// A name that is not one of an instruction.
    Unknown,
}

impl Keyword {
    /// Each with its name.
    pub(crate) const ALL: [(Self, &str); 18] = [
        (Self::Add, "ADD"),
        (Self::Arg, "ARG"),
        (Self::Cmd, "CMD"),
        (Self::Copy, "COPY"),
        (Self::Entrypoint, "ENTRYPOINT"),
        (Self::Env, "ENV"),
        (Self::Expose, "EXPOSE"),
        (Self::From, "FROM"),
        (Self::Healthcheck, "HEALTHCHECK"),
        (Self::Label, "LABEL"),
        (Self::Maintainer, "MAINTAINER"),
        (Self::Onbuild, "ONBUILD"),
        (Self::Run, "RUN"),
        (Self::Shell, "SHELL"),
        (Self::Stopsignal, "STOPSIGNAL"),
        (Self::User, "USER"),
        (Self::Volume, "VOLUME"),
        (Self::Workdir, "WORKDIR"),
    ];

    /// Its name in capitals; empty for an unknown one.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(keyword, _)| *keyword == self).map_or("", |(_, name)| name)
    }

    fn read(name: &str) -> Self {
        let known = Self::ALL.iter().find(|(_, known)| known.eq_ignore_ascii_case(name));
        known.map_or(Self::Unknown, |(keyword, _)| *keyword)
    }
}

/// How arguments are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A JSON array of strings. `HEALTHCHECK CMD` has a word before it.
    Json,
    /// The rest of the line as one word: a command for the shell, a directory, a user, …
    Line,
    /// Words between blanks.
    Words,
    /// Names and values.
    Pairs,
}

/// A word: what it means, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Without the ends of lines inside it, and in JSON without quotes and escapes. Elsewhere these stay, for
    /// [`expand`](crate::expand()).
    pub value: String,
    /// Where it is; in JSON with its quotes.
    pub span: Span,
}

/// A name, and a value if there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The name.
    pub name: Word,
    /// The value; only `ARG` can have none.
    pub value: Option<Word>,
    /// Whether a blank stands between them: `ENV name value`.
    pub is_legacy: bool,
}

/// A flag, such as `--from=build`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// Without dashes: `from`.
    pub name: String,
    /// What stands after `=`, without quotes and escapes.
    pub value: Option<String>,
    /// Where it is, from its dashes to its end.
    pub span: Span,
    /// Where the value is, without the quotes around it.
    pub value_span: Option<Span>,
    /// The fields of `--mount`.
    pub mount: Option<Mount>,
}

/// What `--mount` has: nothing if BuildKit cannot read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// In order.
    pub fields: Vec<MountField>,
}

/// A field of a mount, such as `source=package.json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MountField {
    /// In lower case: `source`.
    pub key: String,
    /// What stands after `=`.
    pub value: Option<String>,
    /// Where the field is, with its key.
    pub span: Span,
}

impl Mount {
    /// The value of the last field that has one of these keys. As BuildKit does, expand it before use.
    #[must_use]
    pub fn value(&self, keys: &[&str]) -> Option<&str> {
        let field = self.fields.iter().rev().find(|field| keys.contains(&field.key.as_str()) && field.value.is_some());
        field.and_then(|field| field.value.as_deref())
    }
}

/// What `COPY` and `ADD` copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopySource<'i> {
    /// A path, a pattern or a URL.
    Path(&'i Word),
    /// A file written in the Dockerfile, with the word that announces it. In JSON it has no lines.
    Inline(&'i Word, Option<&'i Heredoc>),
}

impl Instruction {
    /// The first flag of this name.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<&Flag> {
        self.flags.iter().find(|flag| flag.name == name)
    }

    /// Whether a flag without a value, such as `--link`, is set.
    #[must_use]
    pub fn is_set(&self, name: &str) -> bool {
        self.flag(name)
            .is_some_and(|flag| !flag.value.as_ref().is_some_and(|value| value.eq_ignore_ascii_case("false")))
    }

    /// What `COPY` or `ADD` copies; of another instruction nothing.
    pub fn sources(&self) -> impl Iterator<Item = CopySource<'_>> {
        let sources = if self.is_copy() { self.words.split_last().map(|(_, sources)| sources) } else { None };
        // Of several with one name, all are the last one.
        let mut heredocs: BTreeMap<&str, &Heredoc> = BTreeMap::new();
        heredocs.extend(self.heredocs.iter().map(|heredoc| (heredoc.name.as_str(), heredoc)));
        sources.unwrap_or_default().iter().map(move |word| match heredoc(&word.value) {
            Some(found) => CopySource::Inline(word, heredocs.get(found.name.as_str()).copied()),
            None => CopySource::Path(word),
        })
    }

    /// Where `COPY` or `ADD` copies to.
    #[must_use]
    pub fn destination(&self) -> Option<&Word> {
        self.words.last().filter(|_| self.is_copy() && self.words.len() > 1)
    }

    fn is_copy(&self) -> bool {
        matches!(self.keyword, Keyword::Copy | Keyword::Add)
    }

    /// Whether lines may follow it, as an instruction of its own or as what `ONBUILD` is for.
    pub(crate) fn takes_heredocs(&self) -> bool {
        let instruction = self.trigger.as_deref().unwrap_or(self);
        matches!(instruction.keyword, Keyword::Add | Keyword::Copy | Keyword::Run) && instruction.form != Form::Json
    }
}

/// Reads an instruction from its joined lines.
pub(crate) struct Parser<'l> {
    pub line: &'l Logical,
    pub escape: Escape,
    /// The number of its first line.
    pub number: usize,
    pub marks: Vec<Mark>,
    /// The first mistake: BuildKit reports no other.
    pub error: Option<Diagnostic>,
}

impl Parser<'_> {
    pub(crate) fn instruction(&mut self, range: Range<usize>, is_trigger: bool) -> Instruction {
        let range = words::trim(&self.line.text, range);
        let (name, rest) = words::split_once(&self.line.text, range.clone());
        self.marks.push((name.clone(), SyntaxKind::Keyword));
        let after_name = rest.unwrap_or(range.end..range.end);
        let (flags, rest) = self.flags(after_name.clone());
        let rest = words::trim(&self.line.text, rest);
        let mut instruction = Instruction {
            keyword: Keyword::read(&self.line.text[name.clone()]),
            name: self.slice(name),
            rest: self.slice(words::trim(&self.line.text, after_name)),
            flags,
            form: Form::Line,
            words: Vec::new(),
            pairs: Vec::new(),
            trigger: None,
            heredocs: Vec::new(),
            span: self.line.span(range),
            tokens: 0..0,
        };
        if !rest.is_empty() {
            self.arguments(&mut instruction, rest, is_trigger);
        }
        instruction
    }

    fn arguments(&mut self, instruction: &mut Instruction, rest: Range<usize>, is_trigger: bool) {
        match instruction.keyword {
            Keyword::Add | Keyword::Copy | Keyword::Volume => self.json_or(instruction, rest, Form::Words),
            Keyword::Run | Keyword::Cmd | Keyword::Entrypoint | Keyword::Shell => {
                self.json_or(instruction, rest, Form::Line);
            }
            Keyword::Healthcheck => self.healthcheck(instruction, rest),
            Keyword::Env | Keyword::Label => self.pairs(instruction, rest),
            Keyword::Arg => self.args(instruction, rest),
            Keyword::Expose | Keyword::From => self.plain(instruction, rest),
            // `ONBUILD ONBUILD` is an error: nothing is read deeper than that.
            Keyword::Onbuild if !is_trigger => {
                instruction.trigger = Some(Box::new(self.instruction(rest, true)));
            }
            _ => instruction.words.push(self.word(rest)),
        }
    }

    /// What stands at a range.
    fn slice(&self, range: Range<usize>) -> Word {
        Word { value: self.line.text[range.clone()].to_owned(), span: self.line.span(range) }
    }

    /// What stands at a range, as a word of its own.
    fn word(&mut self, range: Range<usize>) -> Word {
        self.marks.push((range.clone(), SyntaxKind::Word));
        self.slice(range)
    }

    fn plain(&mut self, instruction: &mut Instruction, rest: Range<usize>) {
        instruction.form = Form::Words;
        let words = words::plain(&self.line.text, rest);
        instruction.words.extend(words.into_iter().map(|word| self.word(word)));
    }

    fn json_or(&mut self, instruction: &mut Instruction, rest: Range<usize>, other: Form) {
        let start = words::trim(&self.line.text, rest.clone()).start;
        match json::array(&self.line.text[start..rest.end]) {
            Array::Strings(strings) => {
                instruction.form = Form::Json;
                for (value, range) in strings {
                    let range = start + range.start..start + range.end;
                    instruction.words.push(Word { value, ..self.word(range) });
                }
            }
            Array::NotJson if other == Form::Words => self.plain(instruction, rest),
            array => {
                if let Array::Mixed = array {
                    let message = "when using JSON array syntax, arrays must be comprised of strings only";
                    self.mistake(DiagnosticCode::JsonNotStrings, message.to_owned(), rest.clone());
                }
                instruction.words.push(self.word(rest));
            }
        }
    }

    /// Its type, and then a command. Only here the blanks are those of ASCII.
    fn healthcheck(&mut self, instruction: &mut Instruction, rest: Range<usize>) {
        let (kind, command) = words::split_once(&self.line.text, rest);
        let kind = self.word(kind);
        instruction.words.push(kind);
        if let Some(command) = command {
            self.json_or(instruction, command, Form::Line);
        }
    }

    fn pairs(&mut self, instruction: &mut Instruction, rest: Range<usize>) {
        instruction.form = Form::Pairs;
        let words = words::quoted(&self.line.text, rest.clone(), self.escape);
        let Some(first) = words.first() else { return };
        if !self.line.text[first.clone()].contains('=') {
            return self.legacy_pair(instruction, rest);
        }
        for word in words {
            let pair = self.pair(word);
            if pair.value.is_none() && self.error.is_none() {
                let word = quoted(&pair.name.value);
                let message = format!("Syntax error - can't find = in {word}. Must be of the form: name=value");
                self.mistake(DiagnosticCode::NotKeyValue, message, rest.clone());
            }
            instruction.pairs.push(pair);
        }
    }

    fn legacy_pair(&mut self, instruction: &mut Instruction, rest: Range<usize>) {
        let (name, value) = words::split_once(&self.line.text, rest.clone());
        let name = self.word(name);
        let value = value.map(|value| self.word(value));
        if value.is_none() {
            let message = format!("{} must have two arguments", instruction.keyword.name());
            self.mistake(DiagnosticCode::NotKeyValue, message, rest);
        }
        instruction.pairs.push(Pair { name, value, is_legacy: true });
    }

    fn args(&mut self, instruction: &mut Instruction, rest: Range<usize>) {
        instruction.form = Form::Pairs;
        for word in words::quoted(&self.line.text, rest, self.escape) {
            let pair = self.pair(word);
            instruction.pairs.push(pair);
        }
    }

    /// A word that may be a name and a value.
    fn pair(&mut self, word: Range<usize>) -> Pair {
        let equals = self.line.text[word.clone()].find('=').map(|at| word.start + at);
        let name = self.word(word.start..equals.unwrap_or(word.end));
        let value = equals.map(|at| self.word(at + 1..word.end));
        Pair { name, value, is_legacy: false }
    }

    fn mistake(&mut self, code: DiagnosticCode, message: String, range: Range<usize>) {
        self.error = Some(Diagnostic { code, message, span: self.line.span(range), line: self.number });
    }
}
