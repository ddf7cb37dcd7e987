//! Adds a file whose content is in the definition.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Image, StepKind};
use crate::identity::Mode;
use crate::normal_form::{Builder, Copy, Origin};
use crate::problem::Code;

step! {
    /// Adds a file whose content is given here: `COPY ["ctx/<digest>/<name>", "<destination>"]`, as for a local one.
    pub struct AddFile {
        /// Path in the image.
        destination: String,
        /// The content as text; kept to the byte. Either this or `base64`.
        text: Option<String> = default,
        /// The content as bytes, in base64 with padding. Either this or `text`.
        base64: Option<String> = default,
        /// File mode, such as `0o755`; 0644 when not given.
        #[cfg_attr(feature = "schema", schemars(range(max = 0o7777)))]
        mode: Option<u32> = default,
        /// Owner in the image, `user` or `user:group`; `root:root` when not given.
        chown: Option<String> = default,
    }
    call "addFile(destination, textOrBytes, { mode, chown })";
    emits "`COPY` (see below)";
}

impl Image {
    /// Adds a file whose content is given here: [`AddFile`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").add_file("/etc/motd", "Be kind.\n", None);
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", r#"COPY ["ctx/<digest>/motd", "/etc/motd"]"#]);
    /// ```
    #[must_use]
    pub fn add_file(&self, destination: impl Into<String>, content: impl Into<Content>, mode: Option<u32>) -> Self {
        let (text, base64) = match content.into() {
            Content::Text(text) => (Some(text), None),
            Content::Bytes(bytes) => (None, Some(STANDARD.encode(bytes))),
        };
        self.with(AddFile { destination: destination.into(), text, base64, mode, chown: None })
    }
}

/// The content of a file given in the definition itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Text, kept to the byte.
    Text(String),
    /// Any bytes.
    Bytes(Vec<u8>),
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl AddFile {
    /// The bytes of the file, if they are given as they should be.
    pub(crate) fn content(&self) -> Option<Vec<u8>> {
        match (&self.text, &self.base64) {
            (Some(text), None) => Some(text.clone().into_bytes()),
            (None, Some(base64)) => STANDARD.decode(base64).ok(),
            _ => None,
        }
    }
}

impl StepKind for AddFile {
    fn build(&self, builder: &mut Builder) {
        let bytes = self.content();
        if bytes.is_none() {
            let message = match (&self.text, &self.base64) {
                (None, Some(_)) => "The content is not valid base64.",
                _ => "Expected exactly one of `text` and `base64`.",
            };
            builder.report(Code::InvalidContent, &"", message, "Give a string or bytes.");
        }
        let copy = Copy {
            origin: Origin::Inline(bytes.unwrap_or_default()),
            destination: builder.file_destination(&self.destination, None),
            mode: builder.mode(self.mode, Mode::Executable(false)),
            chown: builder.chown_from_root(self.chown.as_deref()),
            ..builder.empty_copy()
        };
        builder.copy(copy);
    }
}
