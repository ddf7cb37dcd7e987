//! Which flags an instruction has, and what values these take.

use super::{Checked, mistake, suggest::similar, suggestion};
use crate::diagnostic::DiagnosticCode;
use crate::instruction::{Flag, Instruction, Keyword};

/// What a flag takes.
#[derive(Clone, Copy, PartialEq)]
enum Takes {
    Bool,
    Value,
    /// Values: the flag may be there several times.
    Values,
}

fn known(keyword: Keyword) -> &'static [(&'static str, Takes)] {
    use Takes::{Bool, Value, Values};
    match keyword {
        Keyword::Add => &[
            ("chown", Value),
            ("chmod", Value),
            ("link", Bool),
            ("keep-git-dir", Bool),
            ("checksum", Value),
            ("unpack", Bool),
            ("exclude", Values),
        ],
        Keyword::Copy => &[
            ("chown", Value),
            ("from", Value),
            ("chmod", Value),
            ("link", Bool),
            ("exclude", Values),
            ("parents", Bool),
        ],
        Keyword::From => &[("platform", Value)],
        Keyword::Run => &[("device", Values), ("mount", Values), ("network", Value), ("security", Value)],
        Keyword::Healthcheck => &[
            ("interval", Value),
            ("timeout", Value),
            ("start-period", Value),
            ("start-interval", Value),
            ("retries", Value),
        ],
        _ => &[],
    }
}

/// Checks the flags of an instruction.
pub(super) fn check(instruction: &Instruction) -> Checked {
    let known = known(instruction.keyword);
    for (i, flag) in instruction.flags.iter().enumerate() {
        let name = flag.name.as_str();
        let failed = |message: String| mistake(DiagnosticCode::Flag, flag.span, message);
        let Some((_, takes)) = known.iter().find(|(known, _)| *known == name) else {
            let similar = similar(name, known.iter().map(|(name, _)| *name));
            return failed(format!("unknown flag: --{name}{}", suggestion(similar)));
        };
        if *takes != Takes::Values && instruction.flags[..i].iter().any(|earlier| earlier.name == name) {
            return failed(format!("duplicate flag specified: --{name}"));
        }
        if let Some(message) = wrong_value(*takes, flag) {
            return failed(message);
        }
    }
    Ok(())
}

fn wrong_value(takes: Takes, flag: &Flag) -> Option<String> {
    let name = &flag.name;
    let missing = || format!("missing a value on flag: --{name}");
    let Some(value) = &flag.value else { return (takes != Takes::Bool).then(missing) };
    match takes {
        Takes::Bool if value.is_empty() => Some(missing()),
        Takes::Bool if !matches!(value.to_ascii_lowercase().as_str(), "true" | "false") => {
            Some(format!("expecting boolean value for flag --{name}, not: {value}"))
        }
        _ => None,
    }
}
