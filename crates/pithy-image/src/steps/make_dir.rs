//! Makes a directory in the image.

use super::{Image, StepKind};
use crate::dockerfile::shell_word;
use crate::normal_form::Builder;

step! {
    /// Makes a directory in the image, with its parents: `RUN mkdir -p …`, then its mode and owner if they are given.
    /// One that exists keeps everything else.
    pub struct MakeDir {
        /// Path in the image.
        path: String,
        /// File mode, such as `0o750`; when not given, 0755 for a new directory.
        #[cfg_attr(feature = "schema", schemars(range(max = 0o7777)))]
        mode: Option<u32> = default,
        /// Owner in the image, `user` or `user:group`; the user of the step when not given.
        chown: Option<String> = default,
    }
    call "makeDir(path, { mode, chown })";
    emits "`RUN mkdir -p <p>`, then ` && chmod <four octal digits> <p>` and ` && chown <owner> <p>` if they are given; `<p>` is the cleaned path, with `./` before a `-`, as a word; the owner trimmed";
}

impl Image {
    /// Makes a directory in the image, with its parents: [`MakeDir`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").make_dir("/workspace");
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", "RUN mkdir -p /workspace"]);
    /// ```
    #[must_use]
    pub fn make_dir(&self, path: impl Into<String>) -> Self {
        self.with(MakeDir { path: path.into(), ..MakeDir::default() })
    }
}

impl StepKind for MakeDir {
    fn build(&self, builder: &mut Builder) {
        let path = builder.literal_path(&"/path", &self.path);
        let path = shell_word(&if path.starts_with('-') { format!("./{path}") } else { path });
        let mut commands = vec![format!("mkdir -p {path}")];
        if let Some(mode) = self.mode {
            builder.check_mode(mode);
            commands.push(format!("chmod {mode:04o} {path}"));
        }
        commands.extend(builder.chown(self.chown.as_deref()).map(|owner| format!("chown {owner} {path}")));
        builder.run(commands.join(" && "));
    }
}
