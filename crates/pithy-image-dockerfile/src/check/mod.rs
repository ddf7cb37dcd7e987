//! What BuildKit checks of an instruction once it is read: the first thing that is wrong with it.

mod duration;
mod flags;
mod run;
mod suggest;

use crate::diagnostic::{Diagnostic, DiagnosticCode, quoted};
use crate::heredoc::heredoc;
use crate::instruction::{Form, Instruction, Keyword};
use crate::span::Span;

pub(crate) use self::suggest::suggestion;

/// What is wrong, and where.
pub(crate) struct Mistake {
    code: DiagnosticCode,
    message: String,
    span: Span,
}

impl Mistake {
    pub(crate) fn on_line(self, line: usize) -> Diagnostic {
        let Self { code, message, span } = self;
        Diagnostic { code, message, span, line }
    }
}

type Checked = Result<(), Mistake>;

/// Finds what is wrong with an instruction. The order of the checks is BuildKit's.
pub(crate) fn check(instruction: &Instruction) -> Checked {
    match instruction.keyword {
        Keyword::Env | Keyword::Label => {
            flags::check(instruction)?;
            at_least_one(instruction, instruction.pairs.len())?;
            blank_names(instruction)
        }
        Keyword::Arg => {
            at_least_one(instruction, instruction.pairs.len())?;
            blank_names(instruction)
        }
        Keyword::Maintainer | Keyword::Workdir | Keyword::User => {
            exactly_one(instruction)?;
            flags::check(instruction)
        }
        // Its flags are not looked at.
        Keyword::Stopsignal => exactly_one(instruction),
        Keyword::Add | Keyword::Copy => copy(instruction),
        Keyword::From => from(instruction),
        Keyword::Onbuild => onbuild(instruction),
        Keyword::Run => run::check(instruction),
        Keyword::Cmd | Keyword::Entrypoint => flags::check(instruction),
        Keyword::Healthcheck => healthcheck(instruction),
        Keyword::Expose => {
            at_least_one(instruction, instruction.words.len())?;
            flags::check(instruction)
        }
        Keyword::Volume => volume(instruction),
        Keyword::Shell => shell(instruction),
        Keyword::Unknown => unknown(instruction),
    }
}

fn mistake<T>(code: DiagnosticCode, span: Span, message: impl Into<String>) -> Result<T, Mistake> {
    Err(Mistake { code, message: message.into(), span })
}

fn arguments<T>(instruction: &Instruction, message: &str) -> Result<T, Mistake> {
    mistake(DiagnosticCode::Arguments, instruction.span, message)
}

fn at_least_one(instruction: &Instruction, count: usize) -> Checked {
    if count > 0 {
        return Ok(());
    }
    arguments(instruction, &format!("{} requires at least one argument", instruction.keyword.name()))
}

fn exactly_one(instruction: &Instruction) -> Checked {
    if instruction.words.len() == 1 {
        return Ok(());
    }
    arguments(instruction, &format!("{} requires exactly one argument", instruction.keyword.name()))
}

fn blank_names(instruction: &Instruction) -> Checked {
    match instruction.pairs.iter().find(|pair| pair.name.value.is_empty()) {
        Some(_) => arguments(instruction, &format!("{} names can not be blank", instruction.keyword.name())),
        None => Ok(()),
    }
}

fn copy(instruction: &Instruction) -> Checked {
    let name = instruction.keyword.name();
    let Some(destination) = instruction.destination() else {
        let rest = "requires at least two arguments, but only one was provided. Destination could not be determined";
        return arguments(instruction, &format!("{name} {rest}"));
    };
    flags::check(instruction)?;
    match heredoc(&destination.value) {
        Some(_) => {
            let message = format!("{name} cannot accept a heredoc as a destination");
            mistake(DiagnosticCode::Arguments, destination.span, message)
        }
        None => Ok(()),
    }
}

fn from(instruction: &Instruction) -> Checked {
    match instruction.words.as_slice() {
        [_] => {}
        [_, word, name] if word.value.eq_ignore_ascii_case("as") => {
            if !is_stage_name(&name.value.to_ascii_lowercase()) {
                let name_quoted = quoted(&name.value);
                let rest = "name can't start with a number or contain symbols";
                let message = format!("invalid name for build stage: {name_quoted}, {rest}");
                return mistake(DiagnosticCode::StageName, name.span, message);
            }
        }
        _ => return arguments(instruction, "FROM requires either one or three arguments"),
    }
    flags::check(instruction)
}

fn is_stage_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.'))
}

fn onbuild(instruction: &Instruction) -> Checked {
    let Some(trigger) = &instruction.trigger else { return at_least_one(instruction, 0) };
    flags::check(instruction)?;
    let message = match trigger.name.value.trim().to_ascii_uppercase().as_str() {
        "ONBUILD" => "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed".to_owned(),
        name @ ("MAINTAINER" | "FROM") => format!("{name} isn't allowed as an ONBUILD trigger"),
        _ => return Ok(()),
    };
    mistake(DiagnosticCode::Onbuild, trigger.name.span, message)
}

fn healthcheck(instruction: &Instruction) -> Checked {
    let Some((kind, command)) = instruction.words.split_first() else { return at_least_one(instruction, 0) };
    let failed = |message: String| mistake(DiagnosticCode::Healthcheck, instruction.span, message);
    let name = kind.value.to_ascii_uppercase();
    if name == "NONE" {
        let message = "HEALTHCHECK NONE takes no arguments".to_owned();
        return if command.is_empty() { Ok(()) } else { failed(message) };
    }
    flags::check(instruction)?;
    if name != "CMD" {
        return failed(format!("Unknown type {} in HEALTHCHECK (try CMD)", quoted(&name)));
    }
    if command.is_empty() {
        return failed("Missing command after HEALTHCHECK CMD".to_owned());
    }
    for name in ["interval", "timeout", "start-period", "start-interval"] {
        duration::check(instruction, name)?;
    }
    duration::retries(instruction)
}

fn volume(instruction: &Instruction) -> Checked {
    at_least_one(instruction, instruction.words.len())?;
    flags::check(instruction)?;
    match instruction.words.iter().find(|word| word.value.trim().is_empty()) {
        Some(word) => mistake(DiagnosticCode::Arguments, word.span, "VOLUME specified can not be an empty string"),
        None => Ok(()),
    }
}

fn shell(instruction: &Instruction) -> Checked {
    flags::check(instruction)?;
    at_least_one(instruction, instruction.words.len())?;
    if instruction.form != Form::Json {
        return arguments(instruction, "SHELL requires the arguments to be in JSON form");
    }
    Ok(())
}

fn unknown(instruction: &Instruction) -> Checked {
    let name = &instruction.name.value;
    let lower = name.to_ascii_lowercase();
    let known = Keyword::ALL.map(|(_, known)| known.to_ascii_lowercase());
    let similar = suggest::similar(&lower, known.iter().map(String::as_str));
    let is_upper = *name != lower && *name == name.to_ascii_uppercase();
    let similar = similar.map(|found| if is_upper { found.to_ascii_uppercase() } else { found.to_owned() });
    let message = format!("unknown instruction: {name}{}", suggestion(similar.as_deref()));
    mistake(DiagnosticCode::UnknownInstruction, instruction.name.span, message)
}
