//! Lists, pipelines, commands and redirections.

use super::{Joint, Pipeline, Redirection, Shell, ShellCommand, ShellWord, Unclosed};
use crate::span::Span;
use crate::work;

/// How deep things are read in each other.
const MAX_NESTING: usize = 100;

/// How often in a text `((` may turn out to be two subshells after it was read as arithmetic.
const MAX_RETRIES: usize = 8;

/// The operators of redirections; those that others begin with stand after them.
const REDIRECTIONS: [&str; 12] = ["<<<", "<<-", "<<", "<&", "<>", "<", "&>>", "&>", ">>", ">&", ">|", ">"];

/// Reads a text from its start to its end.
///
/// Nothing fails: each function reads what it can, and leaves what it does not know where it is.
pub(super) struct Parser<'t> {
    pub text: &'t str,
    pub at: usize,
    /// Where what is read ends: at the end of the text, or of the backticks around.
    pub end: usize,
    nesting: usize,
    pub retries: usize,
    depth: usize,
    is_condition: bool,
    pub pipelines: Vec<Pipeline>,
    /// The heredocs whose bodies follow the line.
    pub heredocs: Vec<Heredoc>,
    /// The innermost thing that is not closed.
    pub unclosed: Option<Unclosed>,
    /// Whether shells differ about the text, so that what seems to be open may be closed.
    pub is_unsure: bool,
}

/// A heredoc whose body was not read yet.
pub(super) struct Heredoc {
    delimiter: String,
    chomp: bool,
}

/// Whether a word ends before this byte, unless it is quoted.
pub(super) fn is_break(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>')
}

/// Whether a keyword ends the list that it follows.
fn is_closing(keyword: &str) -> bool {
    matches!(keyword, "then" | "else" | "elif" | "fi" | "do" | "done" | "esac" | "}")
}

impl<'t> Parser<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            at: 0,
            end: text.len(),
            nesting: 0,
            retries: MAX_RETRIES,
            depth: 0,
            is_condition: false,
            pipelines: Vec::new(),
            heredocs: Vec::new(),
            unclosed: None,
            is_unsure: text.contains('\r'),
        }
    }

    pub(super) fn run(mut self) -> Shell {
        self.lists(false);
        Shell { pipelines: self.pipelines, unclosed: self.unclosed.filter(|_| !self.is_unsure) }
    }

    /// Notes that something is open at the end of the text. Of what stands in backticks, shells find that when they run it.
    pub(super) fn miss(&mut self, open: &'static str, close: &'static str, at: usize) {
        if self.at >= self.text.len() && self.unclosed.is_none() {
            self.unclosed = Some(Unclosed { open, close, at });
        }
    }

    /// What is not read yet.
    pub(super) fn rest(&self) -> &'t [u8] {
        self.text.as_bytes().get(self.at..self.end).unwrap_or_default()
    }

    /// What was read since `start`.
    pub(super) fn since(&self, start: usize) -> &'t str {
        Span::new(start, self.at).of(self.text)
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.peek_at(0)
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<u8> {
        work::count(1);
        let at = self.at + ahead;
        self.text.as_bytes().get(at).copied().filter(|_| at < self.end)
    }

    /// Moves behind a byte if it stands here.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let is_here = self.peek() == Some(byte);
        self.at += usize::from(is_here);
        is_here
    }

    /// The short unquoted word that stands here, which may be a keyword.
    fn keyword(&self) -> &'t str {
        // One more than the longest keyword, and the byte after it.
        let length = (0..10).find(|ahead| self.peek_at(*ahead).is_none_or(is_break));
        length.and_then(|length| self.text.get(self.at..self.at + length)).unwrap_or_default()
    }

    /// Moves behind a keyword if it stands here.
    fn eat_keyword(&mut self, keyword: &str) -> bool {
        let is_here = self.keyword() == keyword;
        self.at += if is_here { keyword.len() } else { 0 };
        is_here
    }

    /// Goes one level deeper, unless it is too deep: then nothing more is read.
    pub(super) fn enter(&mut self) -> bool {
        if self.nesting == MAX_NESTING {
            self.at = self.end;
            self.is_unsure = true;
            return false;
        }
        self.nesting += 1;
        true
    }

    pub(super) fn leave(&mut self) {
        self.nesting -= 1;
    }

    /// Skips blanks, lines that go on, and a comment up to the end of its line.
    pub(super) fn skip_blanks(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t') => self.at += 1,
                Some(b'\\') if self.peek_at(1) == Some(b'\n') => self.at += 2,
                Some(b'#') => self.skip_line(),
                _ => return,
            }
        }
    }

    /// Skips up to the end of the line.
    fn skip_line(&mut self) {
        while self.peek().is_some_and(|byte| byte != b'\n') {
            self.at += 1;
        }
    }

    /// Skips blanks and ends of lines, with the heredocs that follow them.
    pub(super) fn skip_lines(&mut self) {
        self.skip_blanks();
        while self.eat(b'\n') {
            for heredoc in std::mem::take(&mut self.heredocs) {
                self.skip_heredoc(&heredoc);
            }
            self.skip_blanks();
        }
    }

    fn skip_heredoc(&mut self, heredoc: &Heredoc) {
        while self.at < self.end {
            while heredoc.chomp && self.eat(b'\t') {}
            let start = self.at;
            self.skip_line();
            let line = self.since(start);
            self.eat(b'\n');
            if line == heredoc.delimiter {
                return;
            }
            self.is_unsure |= ["$(", "${", "`"].iter().any(|open| line.contains(open)); // what they open may go on behind the body
        }
        self.is_unsure = true; // to a shell, it ends with the text
    }

    /// Reads all commands up to the `)` of a substitution or a subshell, or to the end. Returns whether the `)` is there.
    pub(super) fn lists(&mut self, is_enclosed: bool) -> bool {
        loop {
            self.list(false);
            let Some(byte) = self.peek() else { return false };
            if is_enclosed && byte == b')' {
                self.at += 1;
                return true;
            }
            // What has no business here.
            let keyword = self.keyword();
            self.at += if is_closing(keyword) { keyword.len() } else { 1 };
        }
    }

    /// Reads a list up to what cannot be part of it.
    fn list(&mut self, is_condition: bool) {
        let outer = self.is_condition;
        self.is_condition |= is_condition;
        let mut before = Joint::First;
        loop {
            self.skip_lines();
            if !self.pipeline(before) {
                break;
            }
            before = self.joint();
        }
        self.is_condition = outer;
    }

    /// Reads a list inside of something.
    fn inner_list(&mut self, is_condition: bool) {
        if self.enter() {
            self.depth += 1;
            self.list(is_condition);
            self.depth -= 1;
            self.leave();
        }
    }

    /// Reads what is inside of parentheses or backticks. Returns whether there is a `)` at its end.
    pub(super) fn inner_lists(&mut self, is_enclosed: bool) -> bool {
        let mut is_closed = false;
        if self.enter() {
            self.depth += 1;
            is_closed = self.lists(is_enclosed);
            self.depth -= 1;
            self.leave();
        }
        is_closed
    }

    /// Reads what stands between two pipelines.
    fn joint(&mut self) -> Joint {
        self.skip_blanks();
        let (joint, length) = match (self.peek(), self.peek_at(1)) {
            (Some(b'&'), Some(b'&')) => (Joint::And, 2),
            (Some(b'|'), Some(b'|')) => (Joint::Or, 2),
            (Some(b'&'), _) => (Joint::Background, 1),
            // The end of a branch of `case`.
            (Some(b';'), Some(b';' | b'&')) => (Joint::Sequence, 0),
            (Some(b';'), _) => (Joint::Sequence, 1),
            _ => (Joint::Sequence, 0),
        };
        self.at += length;
        joint
    }

    /// Reads a pipeline. Returns whether something was read.
    fn pipeline(&mut self, before: Joint) -> bool {
        let start = self.at;
        let outer = self.is_condition;
        self.is_condition |= self.is_negated();
        // What its commands hold is read before them, and stands after them.
        let index = self.pipelines.len();
        let (depth, is_condition) = (self.depth, self.is_condition);
        self.pipelines.push(Pipeline { commands: Vec::new(), before, depth, is_condition });
        let commands = self.commands();
        if commands.is_empty() {
            self.pipelines.truncate(index);
        } else if let Some(pipeline) = self.pipelines.get_mut(index) {
            pipeline.commands = commands;
        }
        self.is_condition = outer;
        self.at > start
    }

    /// Reads `!` and `time` before a pipeline.
    fn is_negated(&mut self) -> bool {
        let mut is_negated = false;
        loop {
            if self.eat_keyword("!") {
                is_negated = !is_negated;
            } else if self.eat_keyword("time") {
                self.is_unsure = true; // to POSIX, it is a program
                self.skip_blanks();
                self.eat_keyword("-p");
            } else {
                return is_negated;
            }
            self.skip_blanks();
        }
    }

    fn commands(&mut self) -> Vec<ShellCommand> {
        let mut commands = Vec::new();
        while let Some(command) = self.command() {
            commands.push(command);
            self.skip_blanks();
            if self.peek() != Some(b'|') || self.peek_at(1) == Some(b'|') {
                break;
            }
            self.at += 1;
            self.eat(b'&');
            self.skip_lines();
        }
        commands
    }

    fn command(&mut self) -> Option<ShellCommand> {
        let start = self.at;
        let keyword = self.keyword();
        let mut words = Vec::new();
        if is_closing(keyword) {
            return None;
        } else if keyword == "function" {
            self.function();
        } else if keyword == "[[" {
            words = self.test();
        } else if !self.compound(keyword) {
            return self.simple();
        }
        let mut span = Span::new(start, self.at);
        let mut redirections = Vec::new();
        self.skip_blanks();
        while let Some(redirection) = self.redirection(&mut span) {
            redirections.push(redirection);
            self.skip_blanks();
        }
        Some(ShellCommand { assignments: Vec::new(), words, redirections, span })
    }

    fn simple(&mut self) -> Option<ShellCommand> {
        let mut span = Span::new(self.at, self.at);
        let mut command = ShellCommand { assignments: Vec::new(), words: Vec::new(), redirections: Vec::new(), span };
        loop {
            self.skip_blanks();
            if let Some(redirection) = self.redirection(&mut span) {
                command.redirections.push(redirection);
            } else if let Some(word) = self.word() {
                span.end = word.span.end;
                let is_assignment = command.words.is_empty() && is_assignment(word.span.of(self.text));
                if is_assignment { &mut command.assignments } else { &mut command.words }.push(word);
            } else if command.words.len() == 1 && command.words[0].span == span && self.eat_parentheses() {
                command.words.clear();
                self.skip_lines();
                self.compound(self.keyword());
                span.end = self.at;
            } else {
                break;
            }
        }
        command.span = span;
        (!span.is_empty()).then_some(command)
    }

    /// Reads a redirection, and extends the span of its command to it.
    fn redirection(&mut self, span: &mut Span) -> Option<Redirection> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        let Some(symbol) = self.redirection_symbol(self.at > start) else {
            self.at = start;
            return None;
        };
        self.at += symbol.len();
        let operator = self.since(start).to_owned();
        span.end = self.at;
        self.skip_blanks();
        let target = self.word();
        if let Some(word) = &target {
            span.end = word.span.end;
            if matches!(symbol, "<<" | "<<-") {
                self.heredocs.push(Heredoc { delimiter: word.value.clone(), chomp: symbol == "<<-" });
            }
        }
        Some(Redirection { operator, target })
    }

    /// The operator of a redirection that stands here, after a number or not.
    fn redirection_symbol(&self, is_numbered: bool) -> Option<&'static str> {
        match (self.peek()?, self.peek_at(1)) {
            (b'<' | b'>', Some(b'(')) => return None,
            (b'<' | b'>', _) => {}
            (b'&', Some(b'>')) if !is_numbered => {}
            _ => return None,
        }
        REDIRECTIONS.into_iter().find(|symbol| self.rest().starts_with(symbol.as_bytes()))
    }

    /// Reads `()` after the name of a function.
    fn eat_parentheses(&mut self) -> bool {
        let start = self.at;
        let is_open = self.eat(b'(');
        self.skip_blanks();
        let is_function = is_open && self.eat(b')');
        if !is_function {
            self.at = start;
        }
        is_function
    }

    fn function(&mut self) {
        self.is_unsure = true; // to POSIX, it is a program
        self.at += "function".len();
        self.skip_blanks();
        self.word();
        self.skip_blanks();
        self.eat_parentheses();
        self.skip_lines();
        self.compound(self.keyword());
    }

    /// Reads `[[ … ]]`. Operators are words, too.
    fn test(&mut self) -> Vec<ShellWord> {
        let mut words = Vec::new();
        loop {
            self.skip_lines();
            let is_end = self.keyword() == "]]";
            let Some(word) = self.word().or_else(|| self.operator()) else {
                self.is_unsure = true; // bash ends without a failure
                return words;
            };
            words.push(word);
            if is_end {
                return words;
            }
        }
    }

    /// Reads an operator of `[[ … ]]` as a word.
    fn operator(&mut self) -> Option<ShellWord> {
        let byte = self.peek()?;
        let start = self.at;
        self.at += 1;
        if matches!(byte, b'&' | b'|') {
            self.eat(byte);
        }
        Some(self.bare_word(start))
    }

    /// Reads a compound command, if one starts here.
    fn compound(&mut self, keyword: &str) -> bool {
        match keyword {
            "if" => self.clauses("if", true, "fi"),
            "while" => self.clauses("while", true, "done"),
            "until" => self.clauses("until", true, "done"),
            "{" => self.clauses("{", false, "}"),
            "for" | "select" => self.for_loop(keyword),
            "case" => self.case(),
            _ if self.peek() != Some(b'(') => return false,
            _ => self.parenthesis(),
        }
        true
    }

    /// Reads the lists of a compound command, up to the keyword that ends it.
    fn clauses(&mut self, start: &'static str, is_condition: bool, end: &'static str) {
        let at = self.at;
        self.at += start.len();
        self.inner_list(is_condition);
        loop {
            let keyword = self.keyword();
            if keyword == end {
                self.at += end.len();
                return;
            }
            if !matches!(keyword, "then" | "else" | "elif" | "do") {
                return self.miss(start, end, at);
            }
            self.at += keyword.len();
            self.inner_list(keyword == "elif");
        }
    }

    /// Reads `for x in …; do …; done`, also with `((…))`.
    fn for_loop(&mut self, keyword: &str) {
        let at = self.at;
        self.is_unsure |= keyword == "select";
        self.at += keyword.len();
        self.skip_blanks();
        if self.rest().starts_with(b"((") {
            self.arithmetic();
        } else {
            self.word();
            self.skip_lines();
            let is_in = self.eat_keyword("in");
            self.skip_blanks();
            while is_in && self.word().is_some() {
                self.skip_blanks();
            }
        }
        self.skip_blanks();
        self.eat(b';');
        self.skip_lines();
        if self.keyword() == "do" {
            self.clauses("do", false, "done");
        } else {
            self.miss("for", "done", at);
        }
    }

    fn case(&mut self) {
        let at = self.at;
        self.at += "case".len();
        self.skip_blanks();
        self.word();
        self.skip_lines();
        self.eat_keyword("in");
        self.skip_lines();
        while !self.eat_keyword("esac") {
            if !self.branch() {
                return self.miss("case", "esac", at);
            }
            self.skip_lines();
        }
    }

    /// Reads a branch of `case`. Returns whether another may follow.
    fn branch(&mut self) -> bool {
        self.eat(b'(');
        loop {
            self.skip_blanks();
            self.word();
            self.skip_blanks();
            if !self.eat(b'|') {
                break;
            }
        }
        if !self.eat(b')') {
            return false;
        }
        self.inner_list(false);
        let rest = self.rest();
        let end = [";;&", ";;", ";&"].into_iter().find(|end| rest.starts_with(end.as_bytes()));
        self.at += end.map_or(0, str::len);
        end.is_some() || self.keyword() == "esac"
    }

    /// Reads `((…))` or a subshell.
    fn parenthesis(&mut self) {
        if !self.rest().starts_with(b"((") || !self.arithmetic() {
            let at = self.at;
            self.at += 1;
            if !self.inner_lists(true) {
                self.miss("(", ")", at);
            }
        }
    }
}

/// Whether a word as it is written is an assignment: `name=`, `name+=` or `name[…]=`.
pub(super) fn is_assignment(word: &str) -> bool {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let mut bytes = word.bytes();
    let mut next = bytes.next().filter(|byte| !byte.is_ascii_digit() && is_name(byte));
    if next.is_none() {
        return false;
    }
    while next.as_ref().is_some_and(is_name) {
        work::count(1);
        next = bytes.next();
    }
    if next == Some(b'[') {
        bytes.find(|byte| *byte == b']');
        next = bytes.next();
    }
    next == Some(b'=') || next == Some(b'+') && bytes.next() == Some(b'=')
}
