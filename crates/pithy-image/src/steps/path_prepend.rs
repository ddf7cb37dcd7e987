//! Puts a directory first in `PATH`.

use super::{Image, StepKind};
use crate::normal_form::{Builder, Instruction};
use crate::problem::Code;

step! {
    /// Puts a directory first in the image's `PATH`: `ENV PATH="<directory>:$PATH"`.
    pub struct PathPrepend {
        /// Absolute path in the image.
        directory: String,
    }
    call "pathPrepend(directory)";
    emits r#"`ENV PATH="<directory, with the escapes of quoted>:$PATH"`, the directory cleaned"#;
}

impl Image {
    /// Puts a directory first in the image's `PATH`: [`PathPrepend`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").path_prepend("/opt/tool/bin");
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", r#"ENV PATH="/opt/tool/bin:$PATH""#]);
    /// ```
    #[must_use]
    pub fn path_prepend(&self, directory: impl Into<String>) -> Self {
        self.with(PathPrepend { directory: directory.into() })
    }
}

impl StepKind for PathPrepend {
    fn build(&self, builder: &mut Builder) {
        let directory = builder.image_path(&"/directory", &self.directory);
        let is_one = directory.starts_with('/') && !directory.contains(':');
        if !is_one && !directory.is_empty() && !directory.starts_with(['$', '~']) {
            let message = format!("Expected one absolute directory, got `{directory}`.");
            builder.report(Code::InvalidPath, &"/directory", message, "Give each directory in a call of its own.");
        }
        builder.check_no_variable(&"/directory", &directory);
        builder.push(Instruction::PathPrepend(directory));
    }
}
