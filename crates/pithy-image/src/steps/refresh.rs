//! Makes the image a new one although nothing in the definition changed.

use super::{Image, StepKind};
use crate::normal_form::Builder;
use crate::problem::Code;

step! {
    /// Makes the image a new one although nothing in the definition changed, so that packages are fetched again: `ARG
    /// PITHY_IMAGE_REFRESH="<token>"` right after `FROM`. The last call wins.
    pub struct Refresh {
        /// Any text; another token is another image.
        token: String,
    }
    call "refresh(token)";
    emits "`ARG PITHY_IMAGE_REFRESH=<quoted token>` after `FROM` (see above)";
}

impl Image {
    /// Makes the image a new one although nothing in the definition changed, so that packages are fetched again:
    /// [`Refresh`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").user("node").refresh("2026-12-01");
    /// assert_eq!(
    ///     lines(&image),
    ///     [
    ///         "FROM debian:12-slim",
    ///         r#"ARG PITHY_IMAGE_REFRESH="2026-12-01""#,
    ///         "USER node",
    ///     ],
    /// );
    /// ```
    #[must_use]
    pub fn refresh(&self, token: impl Into<String>) -> Self {
        self.with(Refresh { token: token.into() })
    }
}

impl StepKind for Refresh {
    fn build(&self, builder: &mut Builder) {
        if self.token.is_empty() {
            builder.report(Code::Empty, &"/token", "The token is empty.", "Give a string, such as a date.");
        }
        builder.check_one_line(&"/token", &self.token);
        builder.check_length(&"/token", self.token.len());
        builder.set_refresh(self.token.clone());
    }
}
