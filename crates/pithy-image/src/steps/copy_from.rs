//! Copies files of a stage or of another image.

use super::{Image, StepKind};
use crate::normal_form::{self, Builder, Instruction};
use crate::problem::Code;

step! {
    /// Copies files from a stage or from any image: `COPY --from=<from> ["<source>", "<destination>"]`. Of a directory,
    /// what is in it is copied.
    pub struct CopyFrom {
        /// Name of a stage of this definition, or else an image with a tag or digest.
        from: String,
        /// Absolute path there; nothing in it is a pattern or a variable.
        source: String,
        /// Path in the image; with a `/` at its end, the directory to put a file in under its own name.
        destination: String,
        /// Owner in the image, `user` or `user:group`; when not given, each file keeps the number of its owner.
        chown: Option<String> = default,
    }
    call "copyFrom(from, source, destination, { chown })";
    emits r#"`COPY --from=<from, trimmed> ["<pattern>", "<destination>"]` (see below)"#;
}

impl Image {
    /// Copies files from a stage or from any image: [`CopyFrom`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").copy_from("golang:1.25", "/usr/local/go", "/usr/local/go");
    /// assert_eq!(
    ///     lines(&image),
    ///     [
    ///         "FROM debian:12-slim",
    ///         r#"COPY --from=golang:1.25 ["/usr/local/go", "/usr/local/go"]"#,
    ///     ],
    /// );
    /// ```
    #[must_use]
    pub fn copy_from(
        &self,
        from: impl Into<String>,
        source: impl Into<String>,
        destination: impl Into<String>,
    ) -> Self {
        let (from, source, destination) = (from.into(), source.into(), destination.into());
        self.with(CopyFrom { from, source, destination, chown: None })
    }
}

impl StepKind for CopyFrom {
    fn build(&self, builder: &mut Builder) {
        let from = builder.stage_or_image(&"/from", &self.from);
        let source = builder.path_with_end(&"/source", &self.source);
        if !source.is_empty() && !source.starts_with(['/', '$', '~']) {
            let message = format!("`{source}` is not absolute, and a stage has no working directory for it.");
            builder.report(Code::InvalidPath, &"/source", message, "Begin with a `/`.");
        }
        let destination = builder.path_with_end(&"/destination", &self.destination);
        let chown = builder.chown(self.chown.as_deref());
        builder.push(Instruction::CopyFrom(normal_form::CopyFrom { from, source, destination, chown }));
    }
}
