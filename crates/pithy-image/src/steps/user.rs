//! Sets the user.

use super::{Image, StepKind};
use crate::normal_form::{Builder, Instruction};

step! {
    /// Sets the user of the following steps and of the sandbox: `USER <user>`.
    pub struct User {
        /// Name or number, with an optional `:group`.
        user: String,
    }
    call "user(user)";
    emits "`USER` and the trimmed user, bare";
}

impl Image {
    /// Sets the user of the following steps and of the sandbox: [`User`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").user("node");
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", "USER node"]);
    /// ```
    #[must_use]
    pub fn user(&self, user: impl Into<String>) -> Self {
        self.with(User { user: user.into() })
    }
}

impl StepKind for User {
    fn build(&self, builder: &mut Builder) {
        let user = builder.owner(&"/user", &self.user);
        builder.push(Instruction::User(user));
    }
}
