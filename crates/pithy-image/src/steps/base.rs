//! Begins with any image.

use super::{Image, StepKind};
use crate::normal_form::Builder;

step! {
    /// Begins with any image: `FROM <image>`.
    pub struct Base {
        /// Image reference, such as `node:22-slim` or `debian@sha256:…`.
        image: String,
    }
    call "Image.base(image)";
    emits "the base, trimmed";
}

impl Image {
    /// Begins with any image: [`Base`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim");
    /// assert_eq!(lines(&image), ["FROM debian:12-slim"]);
    /// ```
    pub fn base(image: impl Into<String>) -> Self {
        Self::from_steps([Base { image: image.into() }.into()])
    }
}

impl StepKind for Base {
    fn build(&self, builder: &mut Builder) {
        let image = builder.image_reference(&"/image", &self.image);
        if builder.is_declared(&image) {
            builder.report_taken_name(&"/image", &image);
        }
        builder.set_base(image);
    }
}
