//! Adds a local directory.

use super::{Image, StepKind};
use crate::ignore::IgnoreRules;
use crate::normal_form::{Builder, Copy, DOCKERIGNORE, Destination, SourceKind, TextFile};
use crate::problem::Code;

step! {
    /// Adds what is in a directory below the root, with its links, empty directories and executable bits: `COPY
    /// --from=pithy-files ["/<digest>/", "<destination>/"]`. Ignore rules leave entries out: `.git`, then those of `ignoreFile`,
    /// or else of `.dockerignore` in the root, then those of `exclude`; one that begins with `!` takes in again.
    pub struct AddLocalDir {
        /// Path below the root, with `/`; `.` is the root itself.
        source: String,
        /// Directory in the image that takes the entries.
        destination: String,
        /// Patterns of entries to leave out, in the syntax of `.dockerignore`, relative to `source`. They come after those of
        /// the ignore file: `!**` includes everything.
        exclude: Vec<String> = default,
        /// File below the root with such patterns, one a line, relative to `source`; when not given, `.dockerignore` in the
        /// root if there is one, whose patterns are relative to the root.
        ignore_file: Option<String> = default,
        /// Owner in the image, `user` or `user:group`; `root:root` when not given.
        chown: Option<String> = default,
    }
    call "addLocalDir(source, destination, { exclude, ignoreFile, chown })";
    emits "`COPY` (see below)";
}

impl Image {
    /// Adds what is in a directory below the root, with its links, empty directories and executable bits:
    /// [`AddLocalDir`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").add_local_dir("src", "/app");
    /// assert_eq!(
    ///     lines(&image),
    ///     [
    ///         "FROM scratch AS pithy-files",
    ///         r#"ADD ["ctx/<digest>/tree.tar", "/<digest>/"]"#,
    ///         "FROM debian:12-slim",
    ///         r#"COPY --from=pithy-files ["/<digest>/", "/app/"]"#,
    ///     ],
    /// );
    /// ```
    #[must_use]
    pub fn add_local_dir(&self, source: impl Into<String>, destination: impl Into<String>) -> Self {
        let (source, destination) = (source.into(), destination.into());
        self.with(AddLocalDir { source, destination, ..AddLocalDir::default() })
    }
}

impl StepKind for AddLocalDir {
    fn build(&self, builder: &mut Builder) {
        let path = builder.local_path(&"/source", &self.source);
        let rules =
            IgnoreRules::built_in().chain(self.ignore_file(&path, builder)).chain(exclude(&self.exclude, builder));
        let mut destination = builder.literal_path(&"/destination", &self.destination);
        if !destination.ends_with('/') {
            destination.push('/');
        }
        let copy = Copy {
            origin: builder.local(&"/source", path, SourceKind::Directory { rules }),
            destination: Destination::Directory(destination),
            chown: builder.chown_from_root(self.chown.as_deref()),
            ..builder.empty_copy()
        };
        builder.copy(copy);
    }
}

impl AddLocalDir {
    /// The rules of the file that is named, or else of the root's `.dockerignore`, for the paths below the source.
    fn ignore_file(&self, source: &str, builder: &mut Builder) -> IgnoreRules {
        let named = self.ignore_file.as_deref().map(|path| builder.local_path(&"/ignoreFile", path));
        let field = if named.is_some() { "/ignoreFile" } else { "/source" };
        let path = named.as_deref().unwrap_or(DOCKERIGNORE);
        let file = TextFile {
            path: path.to_owned(),
            optional: named.is_none(),
            named_by: None,
            pointer: builder.pointer(&field),
            is_requirements: false,
        };
        let Some(content) = builder.text(file, &field) else { return IgnoreRules::default() };
        let rules = builder.ignore_rules(path, content, &field);
        if named.is_some() { rules } else { rules.below(source) }
    }
}

fn exclude(patterns: &[String], builder: &mut Builder) -> IgnoreRules {
    for (i, pattern) in patterns.iter().enumerate() {
        if let Err(error) = IgnoreRules::from_patterns([pattern]) {
            let message = format!("Invalid pattern `{pattern}`: {}.", error.reason);
            let field = format_args!("/exclude/{i}");
            builder.report(Code::InvalidPattern, &field, message, "Correct it, or leave it out.");
        }
    }
    IgnoreRules::from_patterns(patterns).unwrap_or_default()
}
