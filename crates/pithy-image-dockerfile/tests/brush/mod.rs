//! The commands that the parser of the shell brush finds.

use brush_parser::ast::{
    AndOr, Assignment, AssignmentValue, Command, CommandPrefixOrSuffixItem as Item, CompoundCommand, CompoundList,
    ExtendedTestExpr, FunctionBody, IoFileRedirectTarget, IoRedirect, Pipeline, RedirectList, SimpleCommand,
    SubshellCommand, Word,
};
use brush_parser::word::{WordPiece, WordPieceWithSource};
use brush_parser::{ParserOptions, SourceInfo, parse_tokens, tokenize_str};

/// The simple commands of a text, in the order in which they begin: their words, without quotes.
pub fn commands(text: &str) -> Result<Vec<String>, String> {
    let mut found = Found::default();
    found.text(text);
    found.error.map_or(Ok(found.commands), Err)
}

/// Brush takes quotes after `~` for a part of a user's name.
fn options() -> ParserOptions {
    ParserOptions { tilde_expansion: false, ..ParserOptions::default() }
}

/// What was found so far.
#[derive(Default)]
struct Found {
    commands: Vec<String>,
    error: Option<String>,
}

impl Found {
    fn text(&mut self, text: &str) {
        let tokens = tokenize_str(text).map_err(|error| error.to_string());
        let program = tokens.and_then(|tokens| {
            let source = SourceInfo::default();
            parse_tokens(&tokens, &options(), &source).map_err(|error| error.to_string())
        });
        match program {
            Ok(program) => program.complete_commands.iter().for_each(|list| self.list(list)),
            Err(error) => self.error = Some(format!("{error}: {text}")),
        }
    }

    fn list(&mut self, list: &CompoundList) {
        for item in &list.0 {
            self.pipeline(&item.0.first);
            for next in &item.0.additional {
                let (AndOr::And(pipeline) | AndOr::Or(pipeline)) = next;
                self.pipeline(pipeline);
            }
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline) {
        for command in &pipeline.seq {
            match command {
                Command::Simple(command) => self.simple(command),
                Command::Compound(command, redirections) => self.compound(command, redirections.as_ref()),
                Command::Function(function) => {
                    let FunctionBody(body, redirections) = &function.body;
                    self.compound(body, redirections.as_ref());
                }
                Command::ExtendedTest(test) => {
                    self.commands.push("[[".to_owned());
                    self.test(&test.expr);
                }
            }
        }
    }

    fn simple(&mut self, command: &SimpleCommand) {
        let before = command.prefix.iter().flat_map(|prefix| &prefix.0);
        let after = command.suffix.iter().flat_map(|suffix| &suffix.0);
        let mut words = Vec::new();
        let mut inner = Self::default();
        for item in before {
            inner.item(item, &mut words);
        }
        words.extend(command.word_or_name.iter().map(|word| inner.word(word)));
        for item in after {
            inner.item(item, &mut words);
        }
        self.commands.extend((!words.is_empty()).then(|| words.join("␣")));
        self.commands.extend(inner.commands);
        self.error = self.error.take().or(inner.error);
    }

    fn item(&mut self, item: &Item, words: &mut Vec<String>) {
        match item {
            Item::IoRedirect(redirection) => self.redirection(redirection),
            // An array stays as it is written.
            Item::AssignmentWord(Assignment { value: AssignmentValue::Array(_), .. }, word) => {
                self.word(word);
                words.push(word.value.clone());
            }
            Item::Word(word) | Item::AssignmentWord(_, word) => words.push(self.word(word)),
            Item::ProcessSubstitution(_, SubshellCommand { list, .. }) => self.list(list),
        }
    }

    fn compound(&mut self, command: &CompoundCommand, redirections: Option<&RedirectList>) {
        match command {
            CompoundCommand::Arithmetic(command) => {
                self.part(&command.expr.value);
            }
            CompoundCommand::ArithmeticForClause(command) => self.list(&command.body.list),
            CompoundCommand::BraceGroup(command) => self.list(&command.list),
            CompoundCommand::Subshell(command) => self.list(&command.list),
            CompoundCommand::ForClause(command) => {
                self.words(command.values.iter().flatten());
                self.list(&command.body.list);
            }
            CompoundCommand::CaseClause(command) => {
                self.word(&command.value);
                for case in &command.cases {
                    self.words(&case.patterns);
                    case.cmd.iter().for_each(|list| self.list(list));
                }
            }
            CompoundCommand::IfClause(command) => {
                self.list(&command.condition);
                self.list(&command.then);
                for clause in command.elses.iter().flatten() {
                    clause.condition.iter().for_each(|list| self.list(list));
                    self.list(&clause.body);
                }
            }
            CompoundCommand::WhileClause(command) | CompoundCommand::UntilClause(command) => {
                self.list(&command.0);
                self.list(&command.1.list);
            }
        }
        redirections.iter().flat_map(|list| &list.0).for_each(|redirection| self.redirection(redirection));
    }

    fn redirection(&mut self, redirection: &IoRedirect) {
        match redirection {
            IoRedirect::File(_, _, IoFileRedirectTarget::ProcessSubstitution(_, command)) => self.list(&command.list),
            IoRedirect::File(_, _, IoFileRedirectTarget::Filename(word) | IoFileRedirectTarget::Duplicate(word))
            | IoRedirect::HereString(_, word)
            | IoRedirect::OutputAndError(word, _) => {
                self.word(word);
            }
            IoRedirect::File(..) | IoRedirect::HereDocument(..) => {}
        }
    }

    fn test(&mut self, expression: &ExtendedTestExpr) {
        match expression {
            ExtendedTestExpr::And(left, right) | ExtendedTestExpr::Or(left, right) => {
                self.test(left);
                self.test(right);
            }
            ExtendedTestExpr::Not(inner) | ExtendedTestExpr::Parenthesized(inner) => self.test(inner),
            ExtendedTestExpr::UnaryTest(_, word) => self.words([word]),
            ExtendedTestExpr::BinaryTest(_, left, right) => self.words([left, right]),
        }
    }

    fn words<'w>(&mut self, words: impl IntoIterator<Item = &'w Word>) {
        for word in words {
            self.word(word);
        }
    }

    /// The commands in a word, and its value.
    fn word(&mut self, word: &Word) -> String {
        self.part(&word.value)
    }

    fn part(&mut self, text: &str) -> String {
        match brush_parser::word::parse(text, &options()) {
            Ok(pieces) => pieces.iter().map(|piece| self.piece(text, piece)).collect(),
            Err(error) => {
                self.error = Some(error.to_string());
                String::new()
            }
        }
    }

    fn piece(&mut self, word: &str, piece: &WordPieceWithSource) -> String {
        let raw = word[piece.start_index..piece.end_index].to_owned();
        match &piece.piece {
            WordPiece::Text(text) | WordPiece::SingleQuotedText(text) => text.clone(),
            WordPiece::AnsiCQuotedText(text) => text.replace("\\t", "\t").replace("\\'", "'"),
            WordPiece::DoubleQuotedSequence(pieces) | WordPiece::GettextDoubleQuotedSequence(pieces) => {
                pieces.iter().map(|piece| self.piece(word, piece)).collect()
            }
            WordPiece::EscapeSequence(text) if text == "\\\n" => String::new(),
            WordPiece::EscapeSequence(text) => text.trim_start_matches('\\').to_owned(),
            WordPiece::TildePrefix(_) | WordPiece::ParameterExpansion(_) => raw,
            WordPiece::CommandSubstitution(text) | WordPiece::BackquotedCommandSubstitution(text) => {
                self.text(text);
                raw
            }
            WordPiece::ArithmeticExpression(expression) => {
                self.part(&expression.value);
                raw
            }
        }
    }
}
