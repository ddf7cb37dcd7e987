//! The builder for Rust programs. Each step's file adds its call.

use std::sync::Arc;

use super::Step;
use super::definition::Definition;

/// An image under construction. Each call returns a new image and leaves the one it was called on as it was, so any number
/// of images can share a beginning.
///
/// The examples of the calls show the lines of the Dockerfile that the image makes, with `<digest>` in place of the digest of
/// a source.
///
/// ```
/// use pithy_image::Image;
///
/// let common = Image::debian_slim("3.12").apt_install(["git", "curl"]);
/// let agent = common.pip_install(["openai"]).workdir("/app");
/// assert_eq!(common.steps().len(), 2);
/// assert_eq!(agent.steps().len(), 4);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    steps: Arc<[Step]>,
}

impl Image {
    /// An image of these steps.
    ///
    /// ```
    /// # use pithy_image::Image;
    /// use pithy_image::steps::{Base, Step};
    ///
    /// let image = Image::from_steps([Step::Base(Base { image: "debian:12-slim".into() })]);
    /// assert_eq!(image, Image::base("debian:12-slim"));
    /// ```
    pub fn from_steps(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: steps.into_iter().collect() }
    }

    /// The image with one more step. Use it for a step with options that its call does not take.
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// use pithy_image::steps::PipInstall;
    ///
    /// let torch = PipInstall { packages: vec!["torch".into()], pre: true, ..PipInstall::default() };
    /// let image = Image::base("debian:12-slim").with(torch);
    /// assert_eq!(lines(&image)[1], "RUN python -m pip install --no-cache-dir --pre torch");
    /// ```
    #[must_use]
    pub fn with(&self, step: impl Into<Step>) -> Self {
        Self::from_steps(self.steps.iter().cloned().chain([step.into()]))
    }

    /// The steps so far.
    ///
    /// ```
    /// # use pithy_image::Image;
    /// let image = Image::base("debian:12-slim").user("node");
    /// assert_eq!(image.steps()[1].name(), "user");
    /// ```
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The image as data.
    ///
    /// ```
    /// # use pithy_image::Image;
    /// let image = Image::base("debian:12-slim").user("node");
    /// let text = serde_json::to_string(&image.definition())?;
    /// assert!(text.ends_with(r#""steps":[{"base":{"image":"debian:12-slim"}},{"user":{"user":"node"}}]}"#));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn definition(&self) -> Definition {
        Definition::new(self.steps.to_vec())
    }
}
