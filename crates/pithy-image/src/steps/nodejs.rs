//! Adds Node.js.

use super::apt_install::{CLEAN, install_line};
use super::{Image, StepKind};
use crate::normal_form::{Builder, CopyFrom, Instruction};
use crate::problem::Code;

step! {
    /// Adds Node.js with npm and npx to an image on Debian or Ubuntu: a layer that removes an npm that is there already,
    /// `COPY --from=node:<version>-bookworm-slim …` to `/usr/local`, then one layer that makes the links to npm and npx,
    /// and tries them; from version 25 on it installs Debian's `libatomic1` too. What npm has installed stays.
    pub struct Nodejs {
        /// Version, such as `22` or `22.21.1`.
        version: String,
    }
    call "nodejs(version)";
    emits r#"`RUN rm -rf /usr/local/lib/node_modules/npm`, for a version that begins with 24 or a lesser number with ` /usr/local/lib/node_modules/corepack`; `COPY --from=node:<version, trimmed>-bookworm-slim ["/usr/local/bin/node", "/usr/local/bin/node"]`, the same for `/usr/local/lib/node_modules/`, then `RUN` _links_; if the version begins with 25 or a greater number `RUN` _apt_ `libatomic1` _clean_ `&&` _links_"#;
}

impl Image {
    /// Adds Node.js with npm and npx to an image on Debian or Ubuntu: [`Nodejs`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").nodejs("22");
    /// assert_eq!(
    ///     lines(&image)[1..4],
    ///     [
    ///         "RUN rm -rf /usr/local/lib/node_modules/npm /usr/local/lib/node_modules/corepack",
    ///         r#"COPY --from=node:22-bookworm-slim ["/usr/local/bin/node", "/usr/local/bin/node"]"#,
    ///         r#"COPY --from=node:22-bookworm-slim ["/usr/local/lib/node_modules/", "/usr/local/lib/node_modules/"]"#,
    ///     ],
    /// );
    /// assert!(lines(&image)[4].starts_with("RUN cd /usr/local/bin && ln -sf "));
    /// ```
    #[must_use]
    pub fn nodejs(&self, version: impl Into<String>) -> Self {
        self.with(Nodejs { version: version.into() })
    }
}

/// The official image has npm beside Node.js, with links to it that `COPY` would follow: they are made again. And `COPY`
/// merges directories: of two npms it would make a mixture that dies at its first install.
impl StepKind for Nodejs {
    fn build(&self, builder: &mut Builder) {
        let version = self.version.trim();
        if version.is_empty() || !version.split('.').all(is_number) {
            let message = format!("Invalid Node.js version: `{}`.", version.escape_debug());
            builder.report(Code::InvalidVersion, &"/version", message, "Give one such as `22` or `22.21.1`.");
        }
        let major: u32 = version.split('.').next().and_then(|major| major.parse().ok()).unwrap_or(0);
        let is_new = major >= FIRST_WITHOUT_COREPACK;
        builder.run(if is_new { REMOVE_NPM.to_owned() } else { format!("{REMOVE_NPM} {COREPACK}") });
        for path in ["/usr/local/bin/node", "/usr/local/lib/node_modules/"] {
            builder.push(Instruction::CopyFrom(CopyFrom {
                from: format!("node:{version}-bookworm-slim"),
                source: path.to_owned(),
                destination: path.to_owned(),
                chown: None,
            }));
        }
        let library = is_new.then(|| install_line(["libatomic1"], false) + CLEAN + " && ");
        builder.run(library.unwrap_or_default() + LINKS);
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The first major version of Node.js that comes without corepack, and needs a library which slim images do not have.
const FIRST_WITHOUT_COREPACK: u32 = 25;

const REMOVE_NPM: &str = "rm -rf /usr/local/lib/node_modules/npm";

const COREPACK: &str = "/usr/local/lib/node_modules/corepack";

/// Ends with a try: a program that cannot start here is found while the image is built. `npm ls` loads what `npm install`
/// does, which `npm --version` does not, and needs no network.
const LINKS: &str = "cd /usr/local/bin && ln -sf ../lib/node_modules/npm/bin/npm-cli.js npm && \
     ln -sf ../lib/node_modules/npm/bin/npx-cli.js npx && \
     if [ -d ../lib/node_modules/corepack ]; then ln -sf ../lib/node_modules/corepack/dist/corepack.js corepack; fi && \
     node --version && npm --version && npm ls --prefix . --logs-max=0 --no-update-notifier";
