//! Sets the program that the sandbox starts with.

use super::{Image, StepKind, strings};
use crate::normal_form::Builder;
use crate::program::set_entrypoint;

step! {
    /// Sets the program that the sandbox starts with: `ENTRYPOINT ["…"]`, always the last line. The last call wins;
    /// without one Daytona runs `sleep infinity`.
    pub struct Entrypoint {
        /// Program and arguments.
        command: Vec<String>,
    }
    call "entrypoint(command)";
    emits "`ENTRYPOINT` and the list, at the end (see above)";
}

impl Image {
    /// Sets the program that the sandbox starts with: [`Entrypoint`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").entrypoint(["sleep", "infinity"]);
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", r#"ENTRYPOINT ["sleep", "infinity"]"#]);
    /// ```
    #[must_use]
    pub fn entrypoint<S: Into<String>>(&self, command: impl IntoIterator<Item = S>) -> Self {
        self.with(Entrypoint { command: strings(command) })
    }
}

impl StepKind for Entrypoint {
    fn build(&self, builder: &mut Builder) {
        set_entrypoint(&self.command, &"/command", builder);
    }
}
