//! PLACEHOLDER
#![allow(missing_docs, clippy::all, clippy::pedantic)]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IgnoreRules;
pub struct Rule;
#[derive(Debug)]
pub struct IgnoreError {
    pub line: usize,
    pub pattern: String,
    pub reason: String,
}
impl IgnoreRules {
    pub fn from_file(_: &str) -> Result<Self, IgnoreError> {
        Ok(Self)
    }
    pub fn from_patterns<I: IntoIterator<Item = S>, S: AsRef<str>>(_: I) -> Result<Self, IgnoreError> {
        Ok(Self)
    }
    pub fn is_empty(&self) -> bool {
        true
    }
    pub fn chain(self, _: Self) -> Self {
        self
    }
    pub fn ignored_by(&self, _: &str) -> Option<&Rule> {
        None
    }
    pub fn prunes(&self, _: &str) -> bool {
        false
    }
}
