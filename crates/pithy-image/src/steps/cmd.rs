//! Sets the default command of the image.

use super::{Image, StepKind, strings};
use crate::normal_form::Builder;
use crate::program::set_cmd;

step! {
    /// Sets the default command of the image: `CMD ["…"]`. The last call wins. Daytona ignores it; other users of the
    /// image do not.
    pub struct Cmd {
        /// Program and arguments.
        command: Vec<String>,
    }
    call "cmd(command)";
    emits "`CMD` and the list, before `ENTRYPOINT` (see above)";
}

impl Image {
    /// Sets the default command of the image: [`Cmd`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").cmd(["bash"]);
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", r#"CMD ["bash"]"#]);
    /// ```
    #[must_use]
    pub fn cmd<S: Into<String>>(&self, command: impl IntoIterator<Item = S>) -> Self {
        self.with(Cmd { command: strings(command) })
    }
}

impl StepKind for Cmd {
    fn build(&self, builder: &mut Builder) {
        set_cmd(&self.command, &"/command", builder);
    }
}
