//! Adds a local file.

use super::{Image, StepKind};
use crate::identity::Mode;
use crate::normal_form::{Builder, Copy, SourceKind};
use crate::path::base_name;
use crate::problem::Code;

step! {
    /// Adds a file from below the root: `COPY ["ctx/<digest>/<name>", "<destination>"]`. One with a mode or a name that
    /// cannot be sent as it is comes from a tar: `COPY --from=pithy-files ["/<digest>/<name>", "<destination>"]`.
    pub struct AddLocalFile {
        /// Path below the root, with `/`.
        source: String,
        /// Path in the image; with a `/` at its end, the directory to put the file in under its own name.
        destination: String,
        /// File mode, such as `0o755`; when not given, 0755 for an executable file and 0644 for any other.
        #[cfg_attr(feature = "schema", schemars(range(max = 0o7777)))]
        mode: Option<u32> = default,
        /// Owner in the image, `user` or `user:group`; `root:root` when not given.
        chown: Option<String> = default,
    }
    call "addLocalFile(source, destination, { mode, chown })";
    emits "`COPY` (see below)";
}

impl Image {
    /// Adds a file from below the root: [`AddLocalFile`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").add_local_file("run.sh", "/app/");
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", r#"COPY ["ctx/<digest>/run.sh", "/app/run.sh"]"#]);
    /// ```
    #[must_use]
    pub fn add_local_file(&self, source: impl Into<String>, destination: impl Into<String>) -> Self {
        let (source, destination) = (source.into(), destination.into());
        self.with(AddLocalFile { source, destination, ..AddLocalFile::default() })
    }
}

impl StepKind for AddLocalFile {
    fn build(&self, builder: &mut Builder) {
        let path = builder.local_path(&"/source", &self.source);
        if path == "." && !self.source.is_empty() {
            let hint = "Name a file below it.";
            builder.report(Code::SourceWrongKind, &"/source", "The source is the root itself.", hint);
        }
        let name = base_name(&path).to_owned();
        let copy = Copy {
            origin: builder.local(&"/source", path, SourceKind::File),
            destination: builder.file_destination(&self.destination, Some(name)),
            mode: builder.mode(self.mode, Mode::FromFile),
            chown: builder.chown_from_root(self.chown.as_deref()),
            ..builder.empty_copy()
        };
        builder.copy(copy);
    }
}
