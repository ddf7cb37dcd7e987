//! The variables of a build stage, as far as their values are known: those of a base image are not.

use std::cell::Cell;
use std::collections::BTreeMap;

use pithy_image_dockerfile::{Escape, ExpandError, expand};

use super::Instruction;

/// Bytes of the values in a word above which nobody looks at it: a value that is doubled in each line has no end.
const MAX_LENGTH: usize = 64 * 1024;

/// The variables of a build stage.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Variables {
    arguments: BTreeMap<String, Variable>,
    environment: BTreeMap<String, Variable>,
    /// Whether there is no base image that may have others.
    is_complete: bool,
}

/// What is known of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Variable {
    Known(String),
    /// An argument without a value.
    Unset,
    Unknown,
}

/// What a word means.
pub(crate) enum Meaning {
    Known(String),
    /// It depends on this variable, whose value nobody knows before the build.
    Unknown(String),
}

impl Variables {
    /// No variables, and no base image that may have any.
    pub(crate) fn none() -> Self {
        Self { is_complete: true, ..Self::default() }
    }

    /// Sets an argument. What it is behind a variable of its name with another value, engines say differently.
    pub(crate) fn set_argument(&mut self, name: &str, value: Variable) {
        if self.environment.get(name).is_some_and(|known| *known != value) {
            self.environment.insert(name.to_owned(), Variable::Unknown);
        }
        self.arguments.insert(name.to_owned(), value);
    }

    /// Follows what an instruction of a step says.
    pub(crate) fn follow(&mut self, instruction: &Instruction) {
        match instruction {
            Instruction::Env(variables) => {
                for (name, value) in variables {
                    self.set_environment(name, Variable::Known(value.clone()));
                }
            }
            Instruction::PathPrepend(_) => self.set_environment("PATH", Variable::Unknown),
            Instruction::Arg(name, value) => self.set_argument(name, Variable::Known(value.clone())),
            _ => {}
        }
    }

    pub(crate) fn set_environment(&mut self, name: &str, value: Variable) {
        self.environment.insert(name.to_owned(), value);
    }

    /// The value of an argument.
    pub(crate) fn argument(&self, name: &str) -> Option<&Variable> {
        self.arguments.get(name)
    }

    /// What a word means where these variables are set.
    pub(crate) fn expand(&self, word: &str, escape: Escape) -> Result<Meaning, ExpandError> {
        let unknown = Cell::new(None);
        let length = Cell::new(0);
        let is_short = |value: &String| {
            length.set(length.get() + value.len());
            length.get() <= MAX_LENGTH
        };
        let value = |name: &str| match self.environment.get(name).or_else(|| self.arguments.get(name)) {
            Some(Variable::Known(value)) if is_short(value) => Some(value.clone()),
            Some(Variable::Unset) => None,
            None if self.is_complete => None,
            _ => {
                unknown.set(Some(name.to_owned()));
                None
            }
        };
        let expanded = expand(word, &value, escape);
        match unknown.into_inner() {
            Some(name) => Ok(Meaning::Unknown(name)),
            None => expanded.map(Meaning::Known),
        }
    }

    /// The value that a variable gets from a word.
    pub(crate) fn value(&self, word: &str, escape: Escape) -> Variable {
        match self.expand(word, escape) {
            Ok(Meaning::Known(value)) => Variable::Known(value),
            _ => Variable::Unknown,
        }
    }
}
