//! Makes a symbolic link.

use super::{Image, StepKind};
use crate::normal_form::{Builder, Instruction};
use crate::problem::Code;

step! {
    /// Makes a symbolic link: `RUN ["ln", "-sfT", "--", "<target>", "<path>"]`. It replaces a file or link,
    /// never a directory.
    pub struct Symlink {
        /// What the link points to, as it is written; it need not exist.
        target: String,
        /// Path of the link in the image; its directory must exist.
        path: String,
    }
    call "symlink(target, path)";
    emits r#"`RUN ["ln", "-sfT", "--", "<target>", "<cleaned path>"]`"#;
}

impl Image {
    /// Makes a symbolic link: [`Symlink`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").symlink("/usr/bin/python3", "/usr/bin/py");
    /// assert_eq!(
    ///     lines(&image),
    ///     [
    ///         "FROM debian:12-slim",
    ///         r#"RUN ["ln", "-sfT", "--", "/usr/bin/python3", "/usr/bin/py"]"#,
    ///     ],
    /// );
    /// ```
    #[must_use]
    pub fn symlink(&self, target: impl Into<String>, path: impl Into<String>) -> Self {
        self.with(Symlink { target: target.into(), path: path.into() })
    }
}

impl StepKind for Symlink {
    fn build(&self, builder: &mut Builder) {
        if self.target.is_empty() {
            builder.report(Code::Empty, &"/target", "The target is empty.", "Say what the link points to.");
        }
        if self.path.ends_with('/') {
            let message = format!("`{}` is a directory, and the link has no name.", self.path);
            builder.report(Code::InvalidPath, &"/path", message, "Add a name.");
        }
        builder.check_argument(&"/target", &self.target);
        let path = builder.literal_path(&"/path", &self.path);
        builder.push(Instruction::Exec(["ln", "-sfT", "--", &self.target, &path].map(str::to_owned).to_vec()));
    }
}
