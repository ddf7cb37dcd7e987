//! # A variable of the same instruction
//!
//! Docker replaces the variables of an instruction before it sets any: in `ENV A=1 B=$A`, `B` gets the value that `A` had before, which is
//! often none.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM debian:12-slim
//! ENV JAVA_HOME=/opt/java PATH=$JAVA_HOME/bin:$PATH
//! ```
//!
//! ```dockerfile
//! FROM acme/base:1
//! ENV VERSION=1
//! ENV VERSION=2 \
//!     TOOLS=/opt/tools-${VERSION}
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM acme/base:1
//! ENV JAVA_HOME=/opt/java
//! ENV PATH=$JAVA_HOME/bin:$PATH OLD=$VERSION VERSION=2 NAME='$VERSION'
//! ENV THREADS=${THREADS} MAKEFLAGS="-j ${THREADS}"
//! ```
//!
//! ## Source
//!
//! Docker's reference, "Environment replacement".

use std::cell::RefCell;
use std::collections::BTreeSet;

use pithy_image_dockerfile::{Escape, Keyword, Pair, Word, expand};

use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    for line in subject.of_kind(Keyword::Env) {
        let mut before = BTreeSet::new();
        for pair in &line.pairs {
            let name = pair.name.value.as_str();
            let found = uses_of(pair, subject.dockerfile.escape).into_iter();
            for used in found.filter(|used| before.contains(used.name.as_str()) && used.name != name) {
                let message = format!("`{name}` gets the value that `{}` had before this instruction.", used.name);
                report.at(used.at, message, format!("Set `{name}` in an `ENV` of its own, after this one."));
            }
            if !is_itself(pair) {
                before.insert(name);
            }
        }
    }
}

/// Whether a variable keeps the value that it has, as `ENV VERSION=$VERSION` does for an argument.
fn is_itself(pair: &Pair) -> bool {
    let value = pair.value.as_ref().map_or("", |value| value.value.trim_matches('"'));
    value.strip_prefix('$').is_some_and(|rest| rest.trim_matches(['{', '}']) == pair.name.value)
}

/// A variable in a word.
struct Use {
    name: String,
    /// Where the word stands.
    at: usize,
}

/// The variables in the value of a pair.
fn uses_of(pair: &Pair, escape: Escape) -> Vec<Use> {
    let of_word = |word: &Word| uses_in(&word.value, word.span.start, escape);
    pair.value.as_ref().map(of_word).unwrap_or_default()
}

fn uses_in(word: &str, at: usize, escape: Escape) -> Vec<Use> {
    if !word.contains('$') {
        return Vec::new();
    }
    let names = RefCell::new(Vec::new());
    let note = |name: &str| {
        names.borrow_mut().push(name.to_owned());
        None
    };
    // What is missing in `${NAME?message}` is an error, behind which the rest of the word is not read.
    let _ = expand(word, &note, escape);
    let is_name = |name: &String| name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let to_use = |name: String| Use { name, at };
    names.into_inner().into_iter().filter(is_name).map(to_use).collect()
}
