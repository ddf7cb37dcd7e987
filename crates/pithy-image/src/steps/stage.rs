//! Declares a build stage.

use super::{Image, Step, StepKind, build_all};
use crate::normal_form::{Builder, FILES_STAGE};
use crate::problem::Code;

step! {
    /// Declares another image, built beside this one, to copy files from with `copyFrom`: a build stage, `FROM … AS
    /// <name>`. Its `cmd` and `entrypoint` do not count, and it has the `refresh` of this image unless it has its own. One
    /// name may be declared again by an image that comes out the same.
    pub struct Stage {
        /// Name: lower-case letters, digits, `_`, `.` and `-`, a letter first.
        name: String,
        /// The steps of the other image.
        steps: Vec<Step>,
    }
    call "stage(name, image)";
    emits "none where it stands";
}

impl Image {
    /// Declares another image, built beside this one, to copy files from with `copyFrom`: [`Stage`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let web = Image::base("node:22-slim").run_commands(["npm run build"]);
    /// let image = Image::base("debian:12-slim").stage("web", &web).copy_from("web", "/dist", "/srv/web");
    /// assert_eq!(
    ///     lines(&image),
    ///     [
    ///         "FROM node:22-slim AS web",
    ///         "RUN npm run build",
    ///         "FROM debian:12-slim",
    ///         r#"COPY --from=web ["/dist", "/srv/web"]"#,
    ///     ],
    /// );
    /// ```
    #[must_use]
    pub fn stage(&self, name: impl Into<String>, image: &Self) -> Self {
        self.with(Stage { name: name.into(), steps: image.steps().to_vec() })
    }
}

impl StepKind for Stage {
    fn build(&self, builder: &mut Builder) {
        let Self { name, steps } = self;
        builder.note_declaration(name);
        if !is_stage_name(name) {
            let message = format!("Invalid stage name: `{}`.", name.escape_debug());
            let hint = "Use lower-case letters, digits, `_`, `.` and `-`, a letter first.";
            builder.report(Code::InvalidName, &"/name", message, hint);
        }
        if builder.has_base(name) {
            builder.report_taken_name(&"/name", name);
        }
        if !builder.declare(name, |builder| build_all(steps.iter().map(Ok), builder)) {
            let message = format!("Another stage has the name `{name}`.");
            builder.report(Code::InvalidName, &"/name", message, "Give each stage a name of its own.");
        }
    }
}

/// A name that BuildKit and the legacy engine both take for a stage, and that is not reserved.
fn is_stage_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.-".contains(&byte))
        && name != FILES_STAGE
        && name != "scratch"
}
