//! What a changed step says that it did not say before.

use super::align::{align, merged, refs};
use crate::json::Value;
use crate::problem::pointer_key;
use crate::wire::FieldChange;

/// The arguments of the steps of a definition or a stage.
pub(super) fn collect_arguments<'a>(holder: &'a Value, arguments: &mut Vec<&'a Value>) {
    let Value::Object(holder) = holder else { return };
    let Some(Value::List(steps)) = holder.get(STEPS) else { return };
    for step in steps {
        if let Value::Object(calls) = step {
            for (_, call) in calls.iter() {
                arguments.push(call);
                collect_arguments(call, arguments);
            }
        }
    }
}

/// The key of the steps of a definition and of a stage.
const STEPS: &str = "steps";

/// What a step is about: the place that it fills, the name that it gives, or the names of what it sets; empty if nothing says it.
pub(super) fn key_of(arguments: &Value) -> String {
    let Value::Object(arguments) = arguments else { return String::new() };
    match KEYS.iter().find_map(|key| arguments.get(key)) {
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Object(pairs)) => pairs.iter().map(|(name, _)| name).collect::<Vec<_>>().join(" "),
        _ => String::new(),
    }
}

const KEYS: [&str; 6] = ["destination", "path", "name", "source", "variables", "labels"];

/// Finds where two values differ, except in the steps of a stage, which are steps of their own.
pub(super) fn compare(path: String, before: Option<&Value>, after: Option<&Value>, changes: &mut Vec<FieldChange>) {
    match (before, after) {
        _ if before == after => {}
        (Some(Value::Object(was)), Some(Value::Object(is))) => {
            let gone = was.iter().filter(|(key, _)| is.get(key).is_none());
            for (key, _) in is.iter().chain(gone).filter(|(key, _)| *key != STEPS) {
                let path = format!("{path}/{}", pointer_key(key));
                compare(path, was.get(key), is.get(key), changes);
            }
        }
        (Some(Value::List(was)), Some(Value::List(is))) => {
            let known: Vec<_> = was.iter().chain(is).collect();
            let is_alike = |old, new| are_alike(&was[old], &is[new]);
            let partners = align(&refs(&texts(was, &known)), &refs(&texts(is, &known)), &is_alike);
            for (old, new) in merged(was.len(), &partners) {
                let index = new.or(old).unwrap_or_default();
                compare(format!("{path}/{index}"), old.map(|old| &was[old]), new.map(|new| &is[new]), changes);
            }
        }
        _ => changes.push(FieldChange { path, before: before.cloned(), after: after.cloned() }),
    }
}

/// Whether one may have become the other: commands are those of one program.
fn are_alike(was: &Value, is: &Value) -> bool {
    let (Value::Text(was), Value::Text(is)) = (was, is) else { return true };
    !(was.contains(' ') || is.contains(' ')) || was.split(' ').next() == is.split(' ').next()
}

/// Texts that are the same for what is the same.
fn texts(values: &[Value], known: &[&Value]) -> Vec<String> {
    let number = |value: &Value| known.iter().take_while(|known| **known != value).count();
    let text = |value: &Value| match value {
        Value::Text(text) => text.clone(),
        _ => number(value).to_string(),
    };
    values.iter().map(text).collect()
}
