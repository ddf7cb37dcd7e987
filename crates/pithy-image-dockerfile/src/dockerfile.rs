//! A Dockerfile as a whole.

use std::fmt;
use std::ops::Range;

use crate::check;
use crate::diagnostic::{Diagnostic, DiagnosticCode};
use crate::directive::{Directive, Directives, Escape};
use crate::heredoc;
use crate::instruction::{Flag, Instruction, Keyword, Parser, Word};
use crate::line::{Line, Lines, Logical};
use crate::span::Span;
use crate::syntax::{SyntaxKind, SyntaxToken};

/// A text that was read as a Dockerfile, whatever it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dockerfile {
    text: String,
    /// Where each line starts.
    line_starts: Vec<usize>,
    /// All parts of the text, side by side.
    pub tokens: Vec<SyntaxToken>,
    /// The parser directives at its start.
    pub directives: Vec<Directive>,
    /// Its instructions, in order.
    pub instructions: Vec<Instruction>,
    /// What is wrong with it, in order. Where something is, the instructions are what could be made of it.
    pub errors: Vec<Diagnostic>,
    /// What BuildKit warns of: blank lines inside instructions.
    pub warnings: Vec<Diagnostic>,
    /// The escape character that holds in it.
    pub escape: Escape,
    /// How it ends.
    pub end: End,
}

/// How a text ends: whether another instruction can be appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// What swallows an instruction that is appended.
    pub unfinished: Option<Unfinished>,
    /// Whether the last line has its newline. An empty text needs none.
    pub has_newline: bool,
}

/// What a text may end in the middle of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfinished {
    /// An instruction that goes on in the next line.
    Continuation,
    /// A heredoc whose end is missing.
    Heredoc,
}

/// A build stage: `FROM`, and what follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildStage<'d> {
    /// Its name in lower case, as BuildKit keeps it.
    pub name: Option<String>,
    /// The image or the stage that it begins with.
    pub base: &'d Word,
    /// The flag `--platform`.
    pub platform: Option<&'d Flag>,
    /// Its instructions, `FROM` first, as a range of [`Dockerfile::instructions`].
    pub instructions: Range<usize>,
}

impl Dockerfile {
    /// Reads a whole Dockerfile.
    ///
    /// BuildKit reads bytes; what is not UTF-8 is for the caller to refuse.
    #[must_use]
    pub fn parse(text: impl Into<String>) -> Self {
        let mut read = Self::read(text.into(), Directives::start());
        if let Some(error) = missing(&read) {
            insert(&mut read.errors, error);
        }
        read
    }

    /// Reads instructions that follow others: there are no parser directives, and no `FROM` has to be there.
    ///
    /// ```
    /// use pithy_image_dockerfile::{Dockerfile, Escape, Keyword};
    ///
    /// let read = Dockerfile::parse_fragment("RUN echo a \\\n  b\n", Escape::Backslash);
    /// assert!(read.errors.is_empty() && read.end.unfinished.is_none());
    /// assert_eq!(read.instructions.len(), 1);
    /// assert_eq!(read.instructions[0].keyword, Keyword::Run);
    /// ```
    #[must_use]
    pub fn parse_fragment(text: impl Into<String>, escape: Escape) -> Self {
        Self::read(text.into(), Directives::none(escape))
    }

    fn read(text: String, directives: Directives) -> Self {
        let read = Reader::new(&text, directives).run();
        Self { text, ..read }
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The error that BuildKit reports.
    #[must_use]
    pub fn error(&self) -> Option<&Diagnostic> {
        self.errors.iter().find(|error| error.code.is_syntax()).or_else(|| self.errors.first())
    }

    /// The line that a byte is in; the first one is 1.
    #[must_use]
    pub fn line(&self, at: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= at).max(1)
    }

    /// The first and the last line of a span.
    #[must_use]
    pub fn lines(&self, span: Span) -> (usize, usize) {
        (self.line(span.start), self.line(span.end.saturating_sub(1).max(span.start)))
    }

    /// Where byte `at` of the value of a word in shell form is in the text: continuations, comments and blank lines between its
    /// lines are not part of the value. The end of the value is at the end of the word.
    ///
    /// `instruction` is the one that `word` is of; for a word of what `ONBUILD` is for, it is `ONBUILD`.
    ///
    /// ```
    /// use pithy_image_dockerfile::Dockerfile;
    ///
    /// let read = Dockerfile::parse("FROM debian:12\nRUN apt-get update && \\\n    # why\n    apt-get install curl\n");
    /// let run = &read.instructions[1];
    /// let at = run.words[0].value.find("install").unwrap();
    /// let place = read.place_in(run, &run.words[0], at);
    /// assert!(read.text()[place..].starts_with("install curl"));
    /// assert_eq!(read.line(place), 4);
    /// ```
    #[must_use]
    pub fn place_in(&self, instruction: &Instruction, word: &Word, at: usize) -> usize {
        let tokens = self.tokens.get(instruction.tokens.clone()).unwrap_or_default();
        let is_part = |token: &&SyntaxToken| {
            token.kind == SyntaxKind::Word && word.span.start <= token.span.start && token.span.end <= word.span.end
        };
        let mut left = at;
        for token in tokens.iter().filter(is_part) {
            if left < token.span.len() {
                return token.span.start + left;
            }
            left -= token.span.len();
        }
        word.span.end
    }

    /// Its build stages, in order.
    #[must_use]
    pub fn stages(&self) -> Vec<BuildStage<'_>> {
        let mut stages: Vec<BuildStage<'_>> = Vec::new();
        for (i, instruction) in self.instructions.iter().enumerate() {
            match (instruction.keyword, instruction.words.as_slice(), stages.last_mut()) {
                (Keyword::From, [base, rest @ ..], _) => stages.push(BuildStage {
                    name: rest.get(1).map(|name| name.value.to_ascii_lowercase()),
                    base,
                    platform: instruction.flag("platform"),
                    instructions: i..i + 1,
                }),
                (_, _, Some(stage)) => stage.instructions.end = i + 1,
                _ => {}
            }
        }
        stages
    }

    /// The number of the stage that BuildKit builds for the target `name`, whose case does not matter: the last one of that name.
    #[must_use]
    pub fn stage(&self, name: &str) -> Option<usize> {
        let is_named =
            |stage: &BuildStage<'_>| stage.name.as_ref().is_some_and(|found| found.eq_ignore_ascii_case(name));
        self.stages().iter().rposition(is_named)
    }

    /// The text with other texts in the place of these spans, which must be in order and apart.
    ///
    /// ```
    /// use pithy_image_dockerfile::Dockerfile;
    ///
    /// let read = Dockerfile::parse("FROM debian:12\nCOPY  a b   /app/\n");
    /// let words = &read.instructions[1].words;
    /// let edits = [(words[0].span, "x/a".to_owned()), (words[1].span, "x/b".to_owned())];
    /// assert_eq!(read.replace(edits), "FROM debian:12\nCOPY  x/a x/b   /app/\n");
    /// ```
    #[must_use]
    pub fn replace(&self, edits: impl IntoIterator<Item = (Span, String)>) -> String {
        let mut out = String::new();
        let mut at = 0;
        for (span, text) in edits {
            out.push_str(Span::new(at, span.start).of(&self.text));
            out.push_str(&text);
            at = span.end;
        }
        out + Span::new(at, self.text.len()).of(&self.text)
    }
}

impl fmt::Display for Dockerfile {
    /// Writes the tokens: the same bytes as [`Dockerfile::text`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tokens.iter().try_for_each(|token| f.write_str(token.span.of(&self.text)))
    }
}

/// Reads a text line by line.
struct Reader<'t> {
    text: &'t str,
    lines: Lines<'t>,
    directives: Directives,
    /// What was read so far, without the text.
    read: Dockerfile,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str, directives: Directives) -> Self {
        let read = Dockerfile {
            text: String::new(),
            line_starts: std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect(),
            tokens: Vec::new(),
            directives: Vec::new(),
            instructions: Vec::new(),
            errors: Vec::new(),
            warnings: Vec::new(),
            escape: Escape::default(),
            end: End { unfinished: None, has_newline: text.is_empty() || text.ends_with('\n') },
        };
        Self { text, lines: Lines::new(text), directives, read }
    }

    fn run(mut self) -> Dockerfile {
        while let Some(mut line) = self.lines.next() {
            if line.number == 1 && !self.directives.is_over() && self.text.starts_with('\u{feff}') {
                line.start = '\u{feff}'.len_utf8();
                self.token(SyntaxKind::Bom, Span::new(0, line.start));
            }
            self.line(line);
        }
        if let Some(line) = self.lines.too_long {
            let message = "dockerfile line greater than max allowed size of 65535".to_owned();
            let span = Span::new(line.start, line.end);
            let error = Diagnostic { code: DiagnosticCode::LineTooLong, message, span, line: line.number };
            insert(&mut self.read.errors, error);
        }
        Dockerfile { escape: self.directives.escape, directives: self.directives.all, ..self.read }
    }

    fn token(&mut self, kind: SyntaxKind, span: Span) {
        if !span.is_empty() {
            self.read.tokens.push(SyntaxToken { kind, span });
        }
    }

    /// Reads a line that is not within an instruction, with those that it goes on in.
    fn line(&mut self, line: Line) {
        let content = line.text(self.text).trim_start();
        let span = Span::new(line.end - content.len(), line.end);
        let is_directive = self.directives.read(content, span).unwrap_or_else(|(code, message)| {
            self.read.errors.push(Diagnostic { code, message, span, line: line.number });
            true
        });
        self.token(SyntaxKind::Space, Span::new(line.start, span.start));
        if content.is_empty() || content.starts_with('#') {
            self.token(if is_directive { SyntaxKind::Directive } else { SyntaxKind::Comment }, span);
            self.token(SyntaxKind::Newline, line.newline());
        } else {
            self.instruction(Line { start: span.start, ..line });
        }
    }

    fn instruction(&mut self, first: Line) {
        let logical = self.join(first);
        let errors = self.read.errors.len();
        let mut parser = Parser {
            line: &logical,
            escape: self.directives.escape,
            number: first.number,
            marks: Vec::new(),
            error: None,
        };
        let mut instruction = parser.instruction(0..logical.text.len(), false);
        let Parser { marks, error, .. } = parser;
        self.read.errors.extend(error);
        let tokens = self.read.tokens.len();
        logical.write_tokens(&marks, &mut self.read.tokens);
        if self.read.errors.len() == errors && instruction.takes_heredocs() {
            self.heredocs(&logical, &mut instruction, first);
        }
        instruction.tokens = tokens..self.read.tokens.len();
        if self.read.errors.len() == errors {
            let mistake = check::check(&instruction).err();
            self.read.errors.extend(mistake.map(|mistake| mistake.on_line(first.number)));
        }
        self.read.instructions.push(instruction);
    }

    /// Joins the lines of an instruction. Comments and blank lines between them are not part of it.
    fn join(&mut self, first: Line) -> Logical {
        let mut logical = Logical::new(first.start);
        let mut blank = None;
        let mut goes_on = self.join_line(first, &mut logical);
        while goes_on {
            let Some(line) = self.lines.next() else {
                self.read.end.unfinished = Some(Unfinished::Continuation);
                break;
            };
            let content = line.text(self.text).trim_start();
            let start = line.end - content.len();
            if content.is_empty() || content.starts_with('#') {
                logical.skip(SyntaxKind::Space, Span::new(line.start, start));
                logical.skip(SyntaxKind::Comment, Span::new(start, line.end));
                logical.skip(SyntaxKind::Newline, line.newline());
                blank = blank.or(content.is_empty().then_some(line));
            } else {
                goes_on = self.join_line(line, &mut logical);
            }
        }
        if let Some(line) = blank {
            let message = format!("Empty continuation line found in: {}", logical.text);
            let span = Span::new(line.start, line.next);
            let code = DiagnosticCode::EmptyContinuation;
            self.read.warnings.push(Diagnostic { code, message, span, line: line.number });
        }
        logical
    }

    /// Joins a line. Returns whether the instruction goes on in the next one.
    fn join_line(&self, line: Line, logical: &mut Logical) -> bool {
        let content = line.text(self.text);
        let escape = self.directives.escape.char();
        // An escape character is not the end of a line if another one stands before it.
        let before = content.trim_end_matches([' ', '\t']).strip_suffix(escape);
        let goes_on = before.filter(|before| !before.ends_with(escape));
        let end = line.start + goes_on.unwrap_or(content).len();
        logical.join(self.text, Span::new(line.start, end));
        if goes_on.is_some() {
            logical.skip(SyntaxKind::Continuation, Span::new(end, line.next));
        } else {
            logical.skip(SyntaxKind::Newline, line.newline());
        }
        goes_on.is_some()
    }

    /// Reads the heredocs of an instruction.
    fn heredocs(&mut self, logical: &Logical, instruction: &mut Instruction, first: Line) {
        for mut heredoc in heredoc::announced(&logical.text) {
            let start = self.read.tokens.last().map_or(0, |token| token.span.end);
            let end = self.lines.find(|line| heredoc.ends_at(line.text(self.text)));
            heredoc.body = Span::new(start, end.map_or(self.text.len(), |line| line.start));
            heredoc.end = end.map(|line| Span::new(line.start, line.end));
            self.token(SyntaxKind::HeredocBody, heredoc.body);
            instruction.span.end = heredoc.end.unwrap_or(heredoc.body).end;
            instruction.heredocs.push(heredoc);
            let Some(line) = end else {
                let (code, message) = (DiagnosticCode::UnterminatedHeredoc, "unterminated heredoc".to_owned());
                self.read.errors.push(Diagnostic { code, message, span: instruction.span, line: first.number });
                self.read.end.unfinished = Some(Unfinished::Heredoc);
                break;
            };
            self.token(SyntaxKind::HeredocEnd, Span::new(line.start, line.end));
            self.token(SyntaxKind::Newline, line.newline());
        }
    }
}

/// Adds an error after those of the same line.
fn insert(errors: &mut Vec<Diagnostic>, error: Diagnostic) {
    let at = errors.partition_point(|earlier| earlier.line <= error.line);
    errors.insert(at, error);
}

/// What a file as a whole lacks: instructions, a `FROM`, or one before the first of the others.
fn missing(read: &Dockerfile) -> Option<Diagnostic> {
    let first = read.instructions.iter().find(|instruction| instruction.keyword != Keyword::Arg);
    let whole = Span::new(0, read.text.len());
    let (code, message, span, line) = match first {
        _ if read.instructions.is_empty() => {
            let last = read.line(whole.end.saturating_sub(1));
            (DiagnosticCode::NoInstructions, "file with no instructions", whole, last)
        }
        Some(Instruction { keyword: Keyword::From | Keyword::Unknown, .. }) => return None,
        Some(Instruction { span, .. }) => {
            (DiagnosticCode::NoStage, "no build stage in current context", *span, read.line(span.start))
        }
        None if !read.errors.is_empty() => return None,
        None => (DiagnosticCode::NoStages, "dockerfile contains no stages to build", whole, 1),
    };
    Some(Diagnostic { code, message: message.to_owned(), span, line })
}
