//! Says that a finding is meant to be.

use super::{Image, StepKind};
use crate::normal_form::Builder;
use crate::problem::Code;

step! {
    /// Silences a lint rule for the step before it; if a finding is about the whole image, for that. It emits nothing, so that
    /// the image and its key stay the same.
    pub struct Silence {
        /// The code of the rule, such as `pipe_to_shell`.
        code: String,
        /// Why what the rule finds is meant to be.
        reason: String,
    }
    call "silence(code, reason)";
    emits "nothing";
}

impl Image {
    /// Silences a lint rule for the step before: [`Silence`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian").silence("unpinned_base", "The newest Debian is what this image tests.");
    /// assert_eq!(lines(&image), ["FROM debian"]);
    /// ```
    #[must_use]
    pub fn silence(&self, code: impl Into<String>, reason: impl Into<String>) -> Self {
        self.with(Silence { code: code.into(), reason: reason.into() })
    }
}

impl StepKind for Silence {
    fn build(&self, builder: &mut Builder) {
        for (field, value) in [("/code", &self.code), ("/reason", &self.reason)] {
            if value.trim().is_empty() {
                let message = format!("The {} is empty.", &field[1..]);
                builder.report(
                    Code::Empty,
                    &field,
                    message,
                    "Name the rule, and say why what it finds is meant to be.",
                );
            }
        }
    }
}
