//! Sets a variable of the build.

use super::env::{NAMES, is_variable_name};
use super::{Image, StepKind};
use crate::normal_form::{Builder, Instruction, REFRESH};
use crate::problem::Code;

step! {
    /// Sets a variable for the following commands of the build, not for the sandbox: `ARG NAME="value"`. Daytona
    /// passes no build arguments, so the default is the value.
    pub struct Arg {
        /// Name of the variable.
        name: String,
        /// Its value, which is literal: nothing is expanded.
        value: String,
    }
    call "arg(name, value)";
    emits "`ARG <name>=<quoted>`";
}

impl Image {
    /// Sets a variable for the following commands of the build, not for the sandbox: [`Arg`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").arg("DEBIAN_FRONTEND", "noninteractive");
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", r#"ARG DEBIAN_FRONTEND="noninteractive""#]);
    /// ```
    #[must_use]
    pub fn arg(&self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.with(Arg { name: name.into(), value: value.into() })
    }
}

impl StepKind for Arg {
    fn build(&self, builder: &mut Builder) {
        let Self { name, value } = self;
        if name == REFRESH {
            let message = format!("`{name}` is a reserved name.");
            builder.report(Code::InvalidEnvName, &"/name", message, "Use `refresh(\"…\")`.");
        } else if !is_variable_name(name) {
            builder.report(Code::InvalidEnvName, &"/name", format!("Invalid variable name: `{name}`."), NAMES);
        }
        builder.check_one_line(&"/value", value);
        builder.check_length(&"/value", name.len() + 1 + value.len());
        builder.push(Instruction::Arg(name.clone(), value.clone()));
    }
}
