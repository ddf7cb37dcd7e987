//! Adds the GitHub CLI.

use super::apt_install::{CLEAN, install_line};
use super::{AptRepository, Image, StepKind};
use crate::normal_form::Builder;

step! {
    /// Adds GitHub's command `gh`: a layer that adds GitHub's own repository of Debian packages, and installs it
    /// from there.
    pub struct GithubCli {}
    call "githubCli()";
    emits "`RUN` _repository_ of `github-cli`, key `https://cli.github.com/packages/githubcli-archive-keyring.gpg`, `https://cli.github.com/packages`, `stable`, `main`, then `&&` _apt_ `gh` _clean_";
}

impl Image {
    /// Adds GitHub's command `gh`: [`GithubCli`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").github_cli();
    /// assert!(lines(&image)[1].ends_with("--no-install-recommends gh && rm -rf /var/lib/apt/lists/*"));
    /// ```
    #[must_use]
    pub fn github_cli(&self) -> Self {
        self.with(GithubCli {})
    }
}

const SITE: &str = "https://cli.github.com/packages";

impl StepKind for GithubCli {
    fn build(&self, builder: &mut Builder) {
        let repository = AptRepository {
            name: "github-cli".to_owned(),
            key_url: format!("{SITE}/githubcli-archive-keyring.gpg"),
            uri: SITE.to_owned(),
            suite: "stable".to_owned(),
            components: vec!["main".to_owned()],
        };
        builder.run(format!("{} && {}{CLEAN}", repository.add_line(), install_line(["gh"], false)));
    }
}
