//! Declares volumes.

use super::{Image, StepKind, strings};
use crate::dockerfile::escaped;
use crate::normal_form::{Builder, Instruction};
use crate::problem::Code;

step! {
    /// Declares directories whose content does not belong to the image: `VOLUME ["<path>", …]`, each once. Put it after the
    /// steps that write there: the legacy engine drops what later ones write. Nothing is emitted if there are no paths.
    pub struct Volume {
        /// Absolute paths in the image.
        paths: Vec<String>,
    }
    call "volume(paths)";
    emits "`VOLUME` and the list of the paths: cleaned, in order, each once, with a backslash before each `\\`, `\"`, `'` and `$`";
}

impl Image {
    /// Declares directories whose content does not belong to the image: [`Volume`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").volume(["/data", "/var/cache/"]);
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", r#"VOLUME ["/data", "/var/cache"]"#]);
    /// ```
    #[must_use]
    pub fn volume<S: Into<String>>(&self, paths: impl IntoIterator<Item = S>) -> Self {
        self.with(Volume { paths: strings(paths) })
    }
}

impl StepKind for Volume {
    fn build(&self, builder: &mut Builder) {
        let mut paths = Vec::new();
        for (i, path) in self.paths.iter().enumerate() {
            let field = format_args!("/paths/{i}");
            let before = builder.problem_count();
            let path = builder.literal_path(&field, path);
            let is_reported = builder.problem_count() > before;
            if !is_reported && (path == "/" || !path.starts_with('/')) {
                let message = format!("`{path}` cannot be a volume.");
                let hint = "Give the absolute path of a directory, such as `/data`.";
                builder.report(Code::InvalidPath, &field, message, hint);
            }
            if path.ends_with(char::is_whitespace) {
                let message = format!("Docker drops the blanks at the end of the volume `{path}`.");
                builder.report(Code::InvalidPath, &field, message, "Name a directory without them.");
            }
            let path = escaped(&path, builder.escape());
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        if !paths.is_empty() {
            builder.push(Instruction::List("VOLUME", paths));
        }
    }
}
