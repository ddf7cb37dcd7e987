//! The commands of a shell text, such as the one of `RUN`.
//!
//! ```text
//!  text ──Shell::parse──> pipelines     `a | b`, in textual order, with how they follow each other
//!                           commands      `X=1 curl -f $URL > out`
//!                             words         what the shell passes on, and where it stands
//! ```
//!
//! It reads as much of POSIX sh and bash as it takes to find the commands. Any text can be read: of one that no shell
//! accepts, the commands are what could be made of it; where something in it is certainly not closed, that is known. Reading takes
//! linear time. Where a text is nested deeper than 100
//! levels, the rest of it is left out.
//!
//! | to change | look in |
//! |---|---|
//! | lists, pipelines, compound commands, redirections, heredocs | `parser` |
//! | words: quotes, escapes, expansions | `word` |
//!
//! # Where it differs from a shell on purpose
//!
//! - `((` begins arithmetic, as in bash, if `))` ends it, and two subshells otherwise. In a shell without arithmetic
//!   commands, such as dash, it is always two subshells. After eight such subshells in a text, `((` is always arithmetic.
//! - `&>`, `[[`, `<(…)`, arrays and `@(…)` are read as in bash, whatever shell runs the text.
//! - Bodies of heredocs are skipped, with the substitutions in them. In backticks, a backslash is read as it is outside:
//!   backticks that are nested with backslashes are not commands.
//! - Arrays and patterns such as `@(a|b)` are one word, as it is written. The operators of `[[ … ]]` are words, too.
//! - In `"${a#'}'}"`, single quotes do not quote.
//!
//! A test compares it with the parser of brush 0.3. That one reads `( (a))` as arithmetic and `! time a` as a program
//! `time`, finds no heredoc inside of double quotes, and refuses `case` inside of `$(…)` in several forms, and `time` after
//! `|`. It also looks for subshells in `((a; b))`, which bash does not.

mod parser;
#[cfg(test)]
mod tests;
mod word;

use crate::span::Span;
use parser::Parser;

/// The commands of a shell text (POSIX sh and bash), as far as rules need them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shell {
    /// All pipelines in textual order, with those of substitutions and compound commands.
    pub pipelines: Vec<Pipeline>,
    /// What the text opens and does not close, where that is certain: no shell can read it.
    pub unclosed: Option<Unclosed>,
}

/// A quote, a parenthesis or a compound command without an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unclosed {
    /// What opens it: `'`, `$(`, `if`.
    pub open: &'static str,
    /// What would close it: `'`, `)`, `fi`.
    pub close: &'static str,
    /// Where it is opened.
    pub at: usize,
}

/// Commands that are joined by `|` or `|&`. A single command is a pipeline, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipeline {
    /// Its commands, at least one.
    pub commands: Vec<ShellCommand>,
    /// How it follows the previous pipeline of its list.
    pub before: Joint,
    /// How many substitutions, compound commands and function bodies it is inside of; 0 in the outermost list.
    pub depth: usize,
    /// Whether its failure is expected: it is negated with `!`, or stands between `if`, `elif`, `while` or `until` and
    /// the `then` or `do` that follows.
    pub is_condition: bool,
}

/// How a pipeline follows the previous one of its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joint {
    /// It is the first one.
    First,
    /// `&&` stands before it.
    And,
    /// `||` stands before it.
    Or,
    /// `;` or a newline stands before it.
    Sequence,
    /// `&` stands before it: the previous one runs in the background.
    Background,
}

/// A command. A compound command (`{ …; }`, `if …`, a function) has no words: what it consists of are later pipelines of
/// a greater depth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellCommand {
    /// The assignments before its program: `X=1`.
    pub assignments: Vec<ShellWord>,
    /// Its program and arguments.
    pub words: Vec<ShellWord>,
    /// Its redirections, wherever they stand in it.
    pub redirections: Vec<Redirection>,
    /// From its first word to its last one, or to its last redirection.
    pub span: Span,
}

/// A word of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellWord {
    /// Without quotes and escapes. Expansions stay as they are written: `$HOME/x`, `$(date)`.
    pub value: String,
    /// Where it is in the text, with its quotes.
    pub span: Span,
    /// Whether the shell replaces a part of it: `$name`, `${…}`, `$(…)`, `$((…))`, backticks or `<(…)`.
    pub has_expansion: bool,
    /// How it is quoted.
    pub quoting: Quoting,
}

/// How a word is quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quoting {
    /// Not at all.
    None,
    /// All of it in one pair of single quotes: `'a b'` or `$'a\tb'`.
    Single,
    /// All of it in one pair of double quotes.
    Double,
    /// In any other way: in part, several times, or with a backslash.
    Mixed,
}

/// A redirection, such as `2>&1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirection {
    /// The operator, with the number before it if there is one: `>`, `2>&`, `<<-`.
    pub operator: String,
    /// The word after it: a file, a descriptor, or the word that ends a heredoc.
    pub target: Option<ShellWord>,
}

impl Shell {
    /// Reads the commands of a text.
    ///
    /// ```
    /// use pithy_image_dockerfile::{Joint, Shell};
    ///
    /// let shell = Shell::parse("apt-get update && X=1 apt-get install -qy \"$(cat list)\" | tee log");
    /// let programs = |i: usize| shell.pipelines[i].commands.iter().map(|command| command.program()).collect::<Vec<_>>();
    /// assert_eq!([programs(0), programs(1), programs(2)], [vec!["apt-get"], vec!["apt-get", "tee"], vec!["cat"]]);
    ///
    /// let install = &shell.pipelines[1].commands[0];
    /// assert_eq!(shell.pipelines[1].before, Joint::And);
    /// assert_eq!(install.assignments[0].value, "X=1");
    /// assert!(install.has_option(Some('y'), "--yes"));
    /// assert!(install.arguments()[2].has_expansion);
    /// assert_eq!(shell.pipelines[2].depth, 1);
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Parser::new(text).run()
    }
}

impl ShellCommand {
    /// The first word without its directory: `curl` for `/usr/bin/curl`. Empty if there is none.
    #[must_use]
    pub fn program(&self) -> &str {
        let value = self.words.first().map_or("", |word| word.value.as_str());
        match value.rsplit_once('/') {
            // A `/` inside an expansion separates nothing.
            Some((_, name)) if !name.contains(['}', ')', '`']) => name,
            _ => value,
        }
    }

    /// The words after the program.
    #[must_use]
    pub fn arguments(&self) -> &[ShellWord] {
        self.words.get(1..).unwrap_or_default()
    }

    /// Whether an option is among the arguments before `--`: a long one (`--yes`, also `--yes=…`), or a letter (`-y`, also
    /// in `-qy`). The dashes of `long` can be left out.
    #[must_use]
    pub fn has_option(&self, short: Option<char>, long: &str) -> bool {
        let long = long.trim_start_matches('-');
        let options = self.arguments().iter().map(|word| word.value.as_str()).take_while(|value| *value != "--");
        options.filter_map(|value| value.strip_prefix('-')).any(|option| match option.strip_prefix('-') {
            Some(name) => name.strip_prefix(long).is_some_and(|rest| rest.is_empty() || rest.starts_with('=')),
            None => short.is_some_and(|short| is_cluster(option) && option.contains(short)),
        })
    }
}

/// Whether what stands after a dash is letters of options, without the value of one.
fn is_cluster(option: &str) -> bool {
    option.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
