//! Begins with a Dockerfile.

use super::{Image, Pairs, StepKind};
use crate::import::{Options, Origin, import_dockerfile};
use crate::normal_form::{Builder, Import, TextFile};
use crate::path::parent;
use crate::problem::Code;

step! {
    /// Begins with a Dockerfile: all of its text stays as it is, except for what names local files. Those are sent beside it: what
    /// `COPY`, `ADD` and `RUN --mount=type=bind` take from the build context. Ignored is what `<Dockerfile>.dockerignore` says, or
    /// else `.dockerignore` in the context, and `.git` unless a source names it.
    pub struct FromDockerfile {
        /// Path of the Dockerfile below the root, with `/`.
        source: String,
        /// The build context, a directory below the root; that of the Dockerfile when not given.
        context: Option<String> = default,
        /// The stage that is the image; the last one when not given.
        target: Option<String> = default,
        /// Values of build arguments, which the Dockerfile declares with `ARG`.
        build_args: Pairs = default,
    }
    call "Image.fromDockerfile(path, { context, target, buildArgs })";
    emits "the Dockerfile (see below)";
}

impl Image {
    /// Begins with a Dockerfile below the root: [`FromDockerfile`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::from_dockerfile("Dockerfile").user("node");
    /// assert_eq!(
    ///     lines(&image),
    ///     ["# mine", "FROM node:22-slim", "COPY --chmod=755 ctx/<digest>/main.py /app/", "USER node"],
    /// );
    /// ```
    pub fn from_dockerfile(path: impl Into<String>) -> Self {
        Self::from_steps([FromDockerfile { source: path.into(), ..FromDockerfile::default() }.into()])
    }
}

/// The pointer to the Dockerfile's path.
const SOURCE: &str = "/source";

impl StepKind for FromDockerfile {
    fn build(&self, builder: &mut Builder) {
        builder.set_import(Import::default());
        let path = builder.local_path(&SOURCE, &self.source);
        let context = match &self.context {
            Some(context) => builder.local_path(&"/context", context),
            None => parent(&path).to_owned(),
        };
        if builder.is_in_stage() {
            let message = "An image that begins with a Dockerfile cannot be a stage of another one.";
            let hint = "Begin the image itself with the Dockerfile, and copy from the Dockerfile's own stages.";
            return builder.report(Code::InvalidDockerfile, &SOURCE, message, hint);
        }
        let pointer = builder.pointer(&SOURCE);
        let file = TextFile { path: path.clone(), optional: false, named_by: None, pointer, is_requirements: false };
        let Some(bytes) = builder.text(file, &SOURCE) else { return builder.note_unreadable_stage() };
        let Ok(text) = str::from_utf8(bytes) else {
            let message = format!("`{path}` is not UTF-8.");
            return builder.report(Code::InvalidDockerfile, &SOURCE, message, "Save it as UTF-8.");
        };
        let origin = Origin { file: Some(&path), context: &context, field: SOURCE };
        let options = Options { target: self.target.as_deref(), build_args: &self.build_args.0 };
        import_dockerfile(text, &origin, &options, builder);
    }
}
