//! What is checked of `RUN`.

use super::{Checked, flags, mistake, suggest::similar, suggestion};
use crate::diagnostic::{DiagnosticCode, quoted};
use crate::instruction::{Flag, Instruction};
use crate::mount;

pub(super) fn check(instruction: &Instruction) -> Checked {
    flags::check(instruction)?;
    let flags = |name| instruction.flags.iter().filter(move |flag| flag.name == name);
    for flag in flags("device") {
        wrong(DiagnosticCode::Mount, flag, device(value(flag)))?;
    }
    for flag in flags("mount") {
        wrong(DiagnosticCode::Mount, flag, mount(value(flag)))?;
    }
    if let Some(flag) = instruction.flag("network").filter(|flag| !matches!(value(flag), "default" | "none" | "host")) {
        wrong(DiagnosticCode::Flag, flag, Err(format!("invalid network mode {}", quoted(value(flag)))))?;
    }
    if let Some(flag) = instruction.flag("security").filter(|flag| !matches!(value(flag), "insecure" | "sandbox")) {
        wrong(DiagnosticCode::Flag, flag, Err(format!("security {} is not valid", quoted(value(flag)))))?;
    }
    Ok(())
}

fn value(flag: &Flag) -> &str {
    flag.value.as_deref().unwrap_or_default()
}

fn wrong(code: DiagnosticCode, flag: &Flag, checked: Result<(), String>) -> Checked {
    checked.or_else(|message| mistake(code, flag.span, message))
}

/// All that BuildKit checks of a mount before variables are known.
fn mount(value: &str) -> Result<(), String> {
    let fields = mount::fields(value).map_err(|error| format!("failed to parse csv mounts: {error}"))?;
    let mut pairs = fields.iter().filter_map(|field| field.text.split_once('='));
    let has_variable = |value: &str| value.find('$').is_some_and(|at| at + 1 != value.len());
    match pairs.find(|(key, value)| key.eq_ignore_ascii_case("from") && has_variable(value)) {
        Some(_) => Err("'from' doesn't support variable expansion, define alias stage instead".to_owned()),
        None => Ok(()),
    }
}

fn device(value: &str) -> Result<(), String> {
    let fields = mount::fields(value).map_err(|error| format!("failed to parse csv devices: {error}"))?;
    let mut name: Option<&str> = None;
    for field in &fields {
        let field = field.text.as_str();
        let (key, value) = field.split_once('=').map_or((field, None), |(key, value)| (key, Some(value)));
        match (key.to_ascii_lowercase().as_str(), value) {
            ("required", None) => {}
            ("name", Some(value)) => match name {
                Some(name) if !name.is_empty() => return Err(format!("device name already set to {name}")),
                _ => name = Some(value),
            },
            ("required", Some(value)) if is_bool(value) => {}
            ("required", Some(value)) => return Err(format!("invalid value for required: {value}")),
            _ if name.is_none_or(str::is_empty) => name = Some(field),
            (_, None) => return Err(format!("invalid field '{field}' must be a key=value pair")),
            (key, Some(_)) => {
                let similar = similar(key, ["name", "required"].into_iter());
                return Err(format!("unexpected key '{key}' in '{field}'{}", suggestion(similar)));
            }
        }
    }
    Ok(())
}

/// Whether Go reads it as true or false.
fn is_bool(value: &str) -> bool {
    matches!(value, "1" | "t" | "T" | "true" | "TRUE" | "True" | "0" | "f" | "F" | "false" | "FALSE" | "False")
}
