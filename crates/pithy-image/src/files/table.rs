//! Tables of TOML, and what is wrong with one.

use toml::de::{DeTable, DeValue};

use super::requirement::Flaw;
use crate::problem::Code;

/// Why nothing can be taken from a `pyproject.toml`.
pub(super) fn unusable(message: impl Into<String>, hint: &'static str) -> Flaw {
    Flaw { code: Code::InvalidPyproject, message: message.into(), hint }
}

pub(super) fn value<'a>(table: &'a DeTable<'a>, key: &str) -> Option<&'a DeValue<'a>> {
    table.get(key).map(toml::Spanned::get_ref)
}

/// The table under keys, one in the other.
pub(super) fn table<'a>(table: &'a DeTable<'a>, keys: &[&str]) -> Option<&'a DeTable<'a>> {
    keys.iter().try_fold(table, |table, key| value(table, key).and_then(DeValue::as_table))
}

pub(super) fn string<'a>(table: &'a DeTable<'a>, key: &str) -> Option<&'a str> {
    value(table, key).and_then(DeValue::as_str)
}

pub(super) fn is_true(table: &DeTable, key: &str) -> bool {
    value(table, key).and_then(DeValue::as_bool) == Some(true)
}

/// The array of strings under a key; empty where there is none.
pub(super) fn strings(table: &DeTable, key: &str) -> Result<Vec<String>, Flaw> {
    let list = match value(table, key) {
        None => return Ok(Vec::new()),
        Some(DeValue::Array(items)) => items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect(),
        Some(_) => None,
    };
    list.ok_or_else(|| unusable(format!("`{key}` is not an array of strings."), "Make it one."))
}

/// The tables in the array under a key; empty where there is none.
pub(super) fn tables<'a>(table: &'a DeTable<'a>, key: &str) -> impl Iterator<Item = &'a DeTable<'a>> {
    let items = value(table, key).and_then(DeValue::as_array).into_iter().flatten();
    items.filter_map(|item| item.get_ref().as_table())
}
