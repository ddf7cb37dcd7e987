//! Tools that are not one package: repositories of packages, Node.js, the GitHub CLI, Playwright.

use std::fmt;

use super::packages::{APT_CLEAN, PIP, apt_install};
use super::{Builder, CopyFrom, Instruction, distinct};
use crate::problem::Code;
use crate::step::{self, Pairs};
use crate::text::shell_word;

impl Builder<'_> {
    pub(super) fn apt_repository(&mut self, step: &step::AptRepository) {
        let step::AptRepository { name, key_url, uri, suite, components } = step;
        if !is_repository_name(name) {
            let message = format!("Not a name for a repository: `{}`.", name.escape_debug());
            self.report(Code::InvalidName, &"/name", message, "Take lower-case letters, digits, `-` and `_`.");
        }
        self.needs_root();
        self.url(&"/keyUrl", key_url);
        self.url(&"/uri", uri);
        self.word(&"/suite", suite);
        for (i, component) in components.iter().enumerate() {
            self.word(&format_args!("/components/{i}"), component);
        }
        if suite.ends_with('/') != components.is_empty() {
            let message = "A suite has components, and one that ends with `/` has none.";
            self.report(
                Code::InvalidName,
                &"/components",
                message,
                "Give components such as `main`, or leave them out.",
            );
        }
        self.run(repository(step) + APT_CLEAN);
    }

    fn url(&mut self, field: &dyn fmt::Display, url: &str) {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        if rest.is_none_or(str::is_empty) || !is_word(url) {
            let message = format!("Not a URL: `{}`.", url.escape_debug());
            self.report(Code::InvalidUrl, field, message, "Give one that begins with `https://`.");
        }
    }

    fn word(&mut self, field: &dyn fmt::Display, word: &str) {
        if !is_word(word) {
            let message = format!("Not one word: `{}`.", word.escape_debug());
            self.report(Code::InvalidName, field, message, "Give one word, such as `stable` or `main`.");
        }
    }

    /// The official image has npm beside Node.js, with links to it that `COPY` would follow: they are made anew.
    pub(super) fn nodejs(&mut self, step: &step::Nodejs) {
        let version = step.version.trim();
        if version.is_empty() || !version.split('.').all(is_number) {
            let message = format!("Not a version of Node.js: `{}`.", version.escape_debug());
            self.report(Code::InvalidVersion, &"/version", message, "Give one such as `22` or `22.21.1`.");
        }
        for path in ["/usr/local/bin/node", "/usr/local/lib/node_modules/"] {
            self.push(Instruction::CopyFrom(CopyFrom {
                from: format!("node:{version}-bookworm-slim"),
                source: path.to_owned(),
                destination: path.to_owned(),
                chown: None,
            }));
        }
        self.needs_root();
        let major = version.split('.').next().and_then(|major| major.parse().ok()).unwrap_or(0);
        let library = if major < FIRST_WITH_LIBATOMIC {
            String::new()
        } else {
            format!("{}{APT_CLEAN} && ", apt_install(["libatomic1"], false))
        };
        self.run(library + NODE_LINKS);
    }

    pub(super) fn github_cli(&mut self) {
        const SITE: &str = "https://cli.github.com/packages";
        self.needs_root();
        let repository = repository(&step::AptRepository {
            name: "github-cli".to_owned(),
            key_url: format!("{SITE}/githubcli-archive-keyring.gpg"),
            uri: SITE.to_owned(),
            suite: "stable".to_owned(),
            components: vec!["main".to_owned()],
        });
        self.run(format!("{repository} && {}{APT_CLEAN}", apt_install(["gh"], false)));
    }

    pub(super) fn playwright(&mut self, step: &step::Playwright) {
        self.needs_root();
        let version = step.version.as_deref().unwrap_or(PLAYWRIGHT);
        self.version(&"/version", version);
        for (i, browser) in step.browsers.iter().enumerate() {
            if !BROWSERS.contains(&browser.trim()) {
                let message = format!("Not a browser of Playwright: `{}`.", browser.escape_debug());
                let hint = format!("Take one of `{}`.", BROWSERS.join("`, `"));
                self.report(Code::UnknownBrowser, &format_args!("/browsers/{i}"), message, &hint);
            }
        }
        let browsers = distinct(&step.browsers);
        let browsers = if browsers.is_empty() { &BROWSERS[..1] } else { &browsers };
        let directory = ("PLAYWRIGHT_BROWSERS_PATH", "/ms-playwright");
        self.push(Instruction::Env(Pairs::from_iter([directory])));
        self.run(format!(
            "{PIP} playwright=={version} && python -m playwright install --with-deps {}{APT_CLEAN}",
            browsers.join(" ")
        ));
    }
}

/// The front of an apt layer that adds a repository. Its key is named by its form, which is how apt knows it.
fn repository(step: &step::AptRepository) -> String {
    let step::AptRepository { name, key_url, uri, suite, components } = step;
    let mut fields = vec!["Types: deb".to_owned(), format!("URIs: {uri}"), format!("Suites: {suite}")];
    if !components.is_empty() {
        fields.push(format!("Components: {}", components.join(" ")));
    }
    let fields: Vec<_> = fields.iter().map(|field| shell_word(field)).collect();
    let curl = apt_install(["ca-certificates", "curl"], false);
    let (fields, key_url) = (fields.join(" "), shell_word(key_url));
    format!(
        "{curl} && mkdir -p /etc/apt/keyrings && key=/etc/apt/keyrings/{name} && curl -fsSL --retry 3 -o $key {key_url} && \
         if grep -q 'BEGIN PGP PUBLIC KEY BLOCK' $key; then mv $key $key.asc && key=$key.asc; \
         else mv $key $key.gpg && key=$key.gpg; fi && chmod 0644 $key && \
         printf '%s\\n' {fields} \"Signed-By: $key\" > /etc/apt/sources.list.d/{name}.sources"
    )
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_repository_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte))
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// The major version of Node.js from which on it needs a library that slim images do not have.
const FIRST_WITH_LIBATOMIC: u32 = 25;

/// Ends with a try: a program that cannot start here is found while the image is built.
const NODE_LINKS: &str = "cd /usr/local/bin && ln -sf ../lib/node_modules/npm/bin/npm-cli.js npm && \
     ln -sf ../lib/node_modules/npm/bin/npx-cli.js npx && \
     if [ -d ../lib/node_modules/corepack ]; then ln -sf ../lib/node_modules/corepack/dist/corepack.js corepack; fi && \
     node --version && npm --version";

/// Frozen with the edition.
const PLAYWRIGHT: &str = "1.65.2";

/// Those that are installed below `PLAYWRIGHT_BROWSERS_PATH`; the first one is the default.
const BROWSERS: [&str; 4] = ["chromium", "chromium-headless-shell", "firefox", "webkit"];
