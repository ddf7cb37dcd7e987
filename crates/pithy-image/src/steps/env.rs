//! Sets environment variables.

use super::{Image, Pairs, StepKind};
use crate::normal_form::{Builder, Instruction};
use crate::problem::{Code, Keyed};

step! {
    /// Sets environment variables, sorted by name: `ENV NAME="value" …`. Values are literal: nothing is expanded.
    /// Nothing is emitted if there are none.
    pub struct Env {
        /// The variables.
        variables: Pairs,
    }
    call "env(variables)";
    emits "`ENV <key>=<quoted> …`, sorted by the bytes of the keys";
}

impl Image {
    /// Sets environment variables, sorted by name: [`Env`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").env([("PRICE", "$5"), ("LANG", "C.UTF-8")]);
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", r#"ENV LANG="C.UTF-8" PRICE="\$5""#]);
    /// ```
    #[must_use]
    pub fn env<K: Into<String>, V: Into<String>>(&self, variables: impl IntoIterator<Item = (K, V)>) -> Self {
        self.with(Env { variables: variables.into_iter().collect() })
    }
}

impl StepKind for Env {
    fn build(&self, builder: &mut Builder) {
        for (key, value) in &self.variables.0 {
            let field = Keyed("/variables", key);
            if !is_variable_name(key) {
                let message = format!("Invalid environment variable name: `{key}`.");
                builder.report(Code::InvalidEnvName, &field, message, NAMES);
            }
            builder.check_one_line(&field, value);
            builder.check_length(&field, key.len() + 1 + value.len());
            if key == "PATH" && (value.contains("$PATH") || value.contains("${PATH}")) {
                let message =
                    "Values are literal: the image's `PATH` would hold the text `$PATH`, and no program be found.";
                builder.report(Code::VariableNotExpanded, &field, message, "Use `pathPrepend(\"…\")`.");
            }
        }
        if !self.variables.0.is_empty() {
            builder.push(Instruction::Env(self.variables.0.clone()));
        }
    }
}

/// What the name of a variable may be.
pub(super) const NAMES: &str = "Names have letters, digits, `_`, `.` and `-`, and do not begin with a digit.";

pub(super) fn is_variable_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
}
