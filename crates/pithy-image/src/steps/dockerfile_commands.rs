//! Adds instructions of a Dockerfile as they are written.

use super::{Image, StepKind, strings};
use crate::import::import_instructions;
use crate::normal_form::Builder;

step! {
    /// Adds instructions of a Dockerfile as they are written. Local files that `COPY`, `ADD` and `RUN --mount=type=bind` name are
    /// sent, as with `Image.fromDockerfile`; a `CMD` or `ENTRYPOINT` in the form of a list is as if `cmd` or `entrypoint` said it.
    pub struct DockerfileCommands {
        /// Instructions; one may have several lines.
        commands: Vec<String>,
        /// The build context that local sources are in, a directory below the root; the root itself when not given.
        context: Option<String> = default,
    }
    call "dockerfileCommands(commands, contextDir)";
    emits "the instructions (see below)";
}

impl Image {
    /// Adds instructions of a Dockerfile as they are written: [`DockerfileCommands`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").dockerfile_commands(["USER node", "run  id"]);
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", "USER node", "run  id"]);
    /// ```
    #[must_use]
    pub fn dockerfile_commands<S: Into<String>>(&self, commands: impl IntoIterator<Item = S>) -> Self {
        self.with(DockerfileCommands { commands: strings(commands), context: None })
    }
}

impl StepKind for DockerfileCommands {
    fn build(&self, builder: &mut Builder) {
        let context = self.context.as_deref().map_or(".".to_owned(), |path| builder.local_path(&"/context", path));
        let mut ends = Vec::with_capacity(self.commands.len());
        for command in &self.commands {
            ends.push(ends.last().unwrap_or(&0) + command.matches('\n').count() + 1);
        }
        let field = |line: usize| format!("/commands/{}", ends.partition_point(|end| *end < line));
        import_instructions(&self.commands.join("\n"), &context, &field, builder);
    }
}
