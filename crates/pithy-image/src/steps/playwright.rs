//! Adds Playwright with browsers.

use std::collections::BTreeMap;

use super::apt_install::CLEAN;
use super::pip::PIP;
use super::{Image, StepKind, strings};
use crate::normal_form::{Builder, Instruction, distinct};
use crate::problem::Code;

step! {
    /// Adds Playwright for Python with browsers and the Debian packages that they need: `ENV
    /// PLAYWRIGHT_BROWSERS_PATH="/ms-playwright"`, then one layer.
    pub struct Playwright {
        /// Any of `chromium`, `chromium-headless-shell`, `firefox` and `webkit`; `["chromium"]` when not given.
        browsers: Vec<String> = default,
        /// Version of the Python package; `1.65.2` when not given.
        version: Option<String> = default,
    }
    call "playwright(browsers?, { version })";
    emits r#"`ENV PLAYWRIGHT_BROWSERS_PATH="/ms-playwright"`, `RUN python -m pip install --no-cache-dir playwright==<version, trimmed> && python -m playwright install --with-deps <distinct browsers>` _clean_; version 1.65.2, `chromium` when none is given"#;
}

impl Image {
    /// Adds Playwright for Python with browsers and the Debian packages that they need: [`Playwright`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("python:3.12-slim").playwright(["firefox"]);
    /// assert_eq!(
    ///     lines(&image),
    ///     [
    ///         "FROM python:3.12-slim",
    ///         r#"ENV PLAYWRIGHT_BROWSERS_PATH="/ms-playwright""#,
    ///         "RUN python -m pip install --no-cache-dir playwright==1.65.2 && \
    ///          python -m playwright install --with-deps firefox && rm -rf /var/lib/apt/lists/*",
    ///     ],
    /// );
    /// ```
    #[must_use]
    pub fn playwright<S: Into<String>>(&self, browsers: impl IntoIterator<Item = S>) -> Self {
        self.with(Playwright { browsers: strings(browsers), version: None })
    }
}

/// Frozen with the edition.
const VERSION: &str = "1.65.2";

/// Those that are installed below `PLAYWRIGHT_BROWSERS_PATH`; the first one is the default.
const BROWSERS: [&str; 4] = ["chromium", "chromium-headless-shell", "firefox", "webkit"];

impl StepKind for Playwright {
    fn build(&self, builder: &mut Builder) {
        let version = builder.version(&"/version", self.version.as_deref().unwrap_or(VERSION));
        for (i, browser) in self.browsers.iter().enumerate() {
            if !BROWSERS.contains(&browser.trim()) {
                let message = format!("Unknown Playwright browser: `{}`.", browser.escape_debug());
                let hint = format!("Use one of `{}`.", BROWSERS.join("`, `"));
                builder.report(Code::UnknownBrowser, &format_args!("/browsers/{i}"), message, &hint);
            }
        }
        let browsers = distinct(&self.browsers);
        let browsers = if browsers.is_empty() { &BROWSERS[..1] } else { &browsers };
        let directory = ("PLAYWRIGHT_BROWSERS_PATH".to_owned(), "/ms-playwright".to_owned());
        builder.push(Instruction::Env(BTreeMap::from([directory])));
        builder.run(format!(
            "{PIP} playwright=={version} && python -m playwright install --with-deps {}{CLEAN}",
            browsers.join(" ")
        ));
    }
}
