//! Sets the working directory.

use super::{Image, StepKind};
use crate::normal_form::{Builder, Instruction};

step! {
    /// Sets the directory of the following steps and of the sandbox: `WORKDIR <path>`. It is made if it does not exist.
    pub struct Workdir {
        /// Path in the image; a relative one starts at the previous working directory.
        path: String,
    }
    call "workdir(path)";
    emits "`WORKDIR` and the cleaned path, bare";
}

impl Image {
    /// Sets the directory of the following steps and of the sandbox: [`Workdir`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").workdir("/app");
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", "WORKDIR /app"]);
    /// ```
    #[must_use]
    pub fn workdir(&self, path: impl Into<String>) -> Self {
        self.with(Workdir { path: path.into() })
    }
}

impl StepKind for Workdir {
    fn build(&self, builder: &mut Builder) {
        let path = builder.image_path(&"/path", &self.path);
        builder.check_no_variable(&"/path", &path);
        builder.enter_directory(&path);
        builder.push(Instruction::Workdir(path));
    }
}
