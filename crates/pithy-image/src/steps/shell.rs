//! Sets the shell of the following commands.

use super::{Image, StepKind, strings};
use crate::normal_form::{Builder, Instruction, is_posix_shell};
use crate::problem::Code;

step! {
    /// Sets the shell of the following command lines: `SHELL ["…"]`. Steps of other kinds use it too, so it must
    /// be a POSIX shell.
    pub struct Shell {
        /// Program and arguments that take a line as their last argument, such as `["/bin/bash", "-o", "pipefail", "-c"]`.
        command: Vec<String>,
    }
    call "shell(command)";
    emits "`SHELL` and the list";
}

impl Image {
    /// Sets the shell of the following command lines: [`Shell`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").shell(["/bin/bash", "-o", "pipefail", "-c"]);
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", r#"SHELL ["/bin/bash", "-o", "pipefail", "-c"]"#]);
    /// ```
    #[must_use]
    pub fn shell<S: Into<String>>(&self, command: impl IntoIterator<Item = S>) -> Self {
        self.with(Shell { command: strings(command) })
    }
}

impl StepKind for Shell {
    fn build(&self, builder: &mut Builder) {
        let command = builder.argv(&"/command", &self.command);
        if command.first().is_some_and(|program| !program.is_empty()) && !is_posix_shell(&command) {
            let message =
                format!("`{}` does not take a line of a POSIX shell, which other steps write.", command.join(" "));
            let hint = "Name one, with `-c` last: `[\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]`; scripts for other programs go \
                        to `runScript` with its option `shell`.";
            builder.report(Code::InvalidCommand, &"/command", message, hint);
        }
        builder.push(Instruction::List("SHELL", command));
    }
}
