//! What BuildKit's parser would return for Dockerfiles, to be compared with it: one in hexadecimal digits on each line of
//! the input, JSON for it on a line of the output.
#![allow(clippy::unwrap_used, reason = "a tool for tests")]

use std::io::{Write, stdin, stdout};

use pithy_image_dockerfile::{Diagnostic, Dockerfile, Form, Instruction, Keyword, SyntaxToken};

#[allow(dead_code, reason = "the tree itself is for other tests")]
#[path = "../../../tests/dockerfiles/dump.rs"]
mod dump;

use dump::quoted;

fn main() {
    let mut out = stdout().lock();
    for line in stdin().lines() {
        let read = Dockerfile::parse(text(&line.unwrap()));
        assert_eq!(read.to_string(), read.text());
        let commands = read.instructions.iter().map(|instruction| command(&read, instruction));
        let syntax = read.error().filter(|error| error.code.is_syntax());
        let error = |found: Option<&Diagnostic>| found.map_or("null".to_owned(), |found| quoted(&found.message));
        let (syntax, any) = (error(syntax), error(read.error()));
        writeln!(out, r#"{{"syntax":{syntax},"error":{any},"commands":{}}}"#, list(commands)).unwrap();
    }
}

fn text(digits: &str) -> String {
    let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
    String::from_utf8((0..digits.len()).step_by(2).map(byte).collect()).unwrap()
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

fn command(read: &Dockerfile, instruction: &Instruction) -> String {
    let inner = instruction.trigger.as_deref().unwrap_or(instruction);
    let sub =
        instruction.trigger.as_ref().map_or("null".to_owned(), |trigger| quoted(&trigger.name.value.to_lowercase()));
    let flags = instruction.flags.iter().map(|flag| match &flag.value {
        Some(value) => quoted(&format!("--{}={value}", flag.name)),
        None => quoted(&format!("--{}", flag.name)),
    });
    // BuildKit does not look at the arguments of an unknown instruction.
    let unknown = (inner.keyword == Keyword::Unknown).then(|| quoted(""));
    let words = inner.words.iter().filter(|_| unknown.is_none()).map(|word| quoted(&word.value));
    let pairs = inner.pairs.iter().flat_map(|pair| {
        let name = pair.name.value.as_str();
        match &pair.value {
            Some(value) if inner.keyword == Keyword::Arg => {
                vec![quoted(&format!("{name}={}", value.value))]
            }
            Some(value) => vec![quoted(name), quoted(&value.value)],
            None => vec![quoted(name)],
        }
    });
    let heredocs = instruction.heredocs.iter().map(|heredoc| {
        let (name, body) = (quoted(&heredoc.name), quoted(heredoc.body.of(read.text())));
        format!(r"[{name},{body},{},{},{}]", heredoc.fd, heredoc.expand, heredoc.chomp)
    });
    // An escape character alone can be the first line of an instruction, and a comment the last one.
    let tokens = &read.tokens[instruction.tokens.clone()];
    let lines = |token: Option<&SyntaxToken>| read.lines(token.map_or(instruction.span, |token| token.span));
    let (start, end) = (lines(tokens.first()).0, lines(tokens.last()).1);
    format!(
        r#"{{"cmd":{},"sub_cmd":{sub},"json":{},"start_line":{start},"end_line":{end},"flags":{},"value":{},"heredocs":{}}}"#,
        quoted(&instruction.name.value.to_lowercase()),
        inner.form == Form::Json,
        list(flags),
        list(unknown.iter().cloned().chain(words).chain(pairs)),
        list(heredocs),
    )
}
