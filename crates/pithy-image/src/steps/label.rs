//! Labels the image.

use super::{Image, Pairs, StepKind};
use crate::normal_form::{Builder, Instruction};
use crate::problem::{Code, Keyed};

step! {
    /// Labels the image, sorted by key: `LABEL "key"="value" …`. Values are literal. Nothing is emitted if there are no
    /// labels.
    pub struct Label {
        /// The labels.
        labels: Pairs,
    }
    call "label(labels)";
    emits "`LABEL <quoted key>=<quoted> …`, sorted by the bytes of the keys";
}

impl Image {
    /// Labels the image, sorted by key: [`Label`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").label([("org.example.team", "agents")]);
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", r#"LABEL "org.example.team"="agents""#]);
    /// ```
    #[must_use]
    pub fn label<K: Into<String>, V: Into<String>>(&self, labels: impl IntoIterator<Item = (K, V)>) -> Self {
        self.with(Label { labels: labels.into_iter().collect() })
    }
}

impl StepKind for Label {
    fn build(&self, builder: &mut Builder) {
        for (key, value) in &self.labels.0 {
            let field = Keyed("/labels", key);
            if key.is_empty() || key.contains(|c: char| c == '=' || c.is_whitespace() || c.is_control()) {
                let message = format!("Invalid label key: `{key}`.");
                builder.report(Code::InvalidLabel, &field, message, "Use letters, digits, `.`, `-`, `_` and `/`.");
            }
            builder.check_one_line(&field, value);
        }
        if !self.labels.0.is_empty() {
            builder.push(Instruction::Label(self.labels.0.clone()));
        }
    }
}
