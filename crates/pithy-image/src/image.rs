//! The builder for Rust programs.

use std::sync::Arc;

use base64::Engine as _;

use crate::step::{
    AddFile, AddLocalDir, AddLocalFile, AptInstall, AptRepository, Arg, Base, Cmd, Command, CopyFrom, DebianSlim,
    Entrypoint, Env, Expose, GithubCli, Label, MakeDir, Nodejs, NpmInstall, PathPrepend, PipInstall,
    PipInstallFromPyproject, PipInstallFromRequirements, Playwright, Raw, Refresh, RunCommands, RunScript, Shell,
    Stage, Step, Symlink, User, UvPipInstall, Workdir,
};
use crate::{Definition, Problems, Recipe};

/// An image under construction. Each call returns a new image; the one it was called on stays as it was, so that any
/// number of images can share a beginning.
///
/// In the examples of the calls `lines` are those of the Dockerfile that the image makes, with `<digest>` for the digest of
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

/// The content of a file given in the definition itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Text, kept to the byte.
    Text(String),
    /// Any bytes.
    Bytes(Vec<u8>),
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

fn strings<S: Into<String>>(items: impl IntoIterator<Item = S>) -> Vec<String> {
    items.into_iter().map(Into::into).collect()
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
        Self::from_steps([Step::Base(Base { image: image.into() })])
    }

    /// Begins with the official slim Python image on Debian 12: [`DebianSlim`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::debian_slim("3.12");
    /// assert_eq!(lines(&image)[0], "FROM python:3.12.10-slim-bookworm");
    /// assert!(lines(&image)[1].starts_with("RUN apt-get update && "));
    /// ```
    pub fn debian_slim(python: impl Into<String>) -> Self {
        Self::debian_slim_with(DebianSlim { python: Some(python.into()), build_tools: None })
    }

    /// [`Image::debian_slim`] with all its options.
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// use pithy_image::step::DebianSlim;
    ///
    /// let image = Image::debian_slim_with(DebianSlim { build_tools: Some(false), ..DebianSlim::default() });
    /// assert_eq!(lines(&image), ["FROM python:3.13.3-slim-bookworm"]);
    /// ```
    #[must_use]
    pub fn debian_slim_with(step: DebianSlim) -> Self {
        Self::from_steps([Step::DebianSlim(step)])
    }

    /// An image of these steps.
    ///
    /// ```
    /// # use pithy_image::Image;
    /// use pithy_image::step::{Base, Step};
    ///
    /// let image = Image::from_steps([Step::Base(Base { image: "debian:12-slim".into() })]);
    /// assert_eq!(image, Image::base("debian:12-slim"));
    /// ```
    pub fn from_steps(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: steps.into_iter().collect() }
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

    /// The image with one more step.
    ///
    /// ```
    /// # use pithy_image::Image;
    /// use pithy_image::step::{Step, User};
    ///
    /// let image = Image::base("debian:12-slim").with(Step::User(User { user: "node".into() }));
    /// assert_eq!(image, Image::base("debian:12-slim").user("node"));
    /// ```
    #[must_use]
    pub fn with(&self, step: Step) -> Self {
        Self::from_steps(self.steps.iter().cloned().chain([step]))
    }

    /// Installs Python packages in the order given, without exact duplicates: [`PipInstall`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").pip_install(["numpy<2", "openai"]);
    /// assert_eq!(
    ///     lines(&image),
    ///     [
    ///         "FROM debian:12-slim",
    ///         "RUN python -m pip install --no-cache-dir 'numpy<2' openai",
    ///     ],
    /// );
    /// ```
    #[must_use]
    pub fn pip_install<S: Into<String>>(&self, packages: impl IntoIterator<Item = S>) -> Self {
        self.pip_install_with(PipInstall { packages: strings(packages), ..PipInstall::default() })
    }

    /// [`Image::pip_install`] with all its options.
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// use pithy_image::step::PipInstall;
    ///
    /// let step = PipInstall { packages: vec!["torch".into()], pre: true, ..PipInstall::default() };
    /// let image = Image::base("debian:12-slim").pip_install_with(step);
    /// assert_eq!(
    ///     lines(&image),
    ///     [
    ///         "FROM debian:12-slim",
    ///         "RUN python -m pip install --no-cache-dir --pre torch",
    ///     ],
    /// );
    /// ```
    #[must_use]
    pub fn pip_install_with(&self, step: PipInstall) -> Self {
        self.with(Step::PipInstall(step))
    }

    /// Installs what a requirements file lists: [`PipInstallFromRequirements`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").pip_install_from_requirements("requirements.txt");
    /// assert_eq!(
    ///     lines(&image),
    ///     [
    ///         "FROM debian:12-slim",
    ///         r#"COPY ["ctx/<digest>/requirements.txt", "/.requirements/requirements.txt"]"#,
    ///         "RUN python -m pip install --no-cache-dir -r /.requirements/requirements.txt",
    ///     ],
    /// );
    /// ```
    #[must_use]
    pub fn pip_install_from_requirements(&self, source: impl Into<String>) -> Self {
        let step = PipInstallFromRequirements { source: source.into(), ..PipInstallFromRequirements::default() };
        self.pip_install_from_requirements_with(step)
    }

    /// [`Image::pip_install_from_requirements`] with all its options.
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// use pithy_image::step::PipInstallFromRequirements;
    ///
    /// let source = "/app/requirements.txt".into();
    /// let step = PipInstallFromRequirements { source, in_image: true, ..PipInstallFromRequirements::default() };
    /// let image = Image::base("debian:12-slim").pip_install_from_requirements_with(step);
    /// assert_eq!(
    ///     lines(&image),
    ///     [
    ///         "FROM debian:12-slim",
    ///         "RUN python -m pip install --no-cache-dir -r /app/requirements.txt",
    ///     ],
    /// );
    /// ```
    #[must_use]
    pub fn pip_install_from_requirements_with(&self, step: PipInstallFromRequirements) -> Self {
        self.with(Step::PipInstallFromRequirements(step))
    }

    /// Installs the dependencies that a `pyproject.toml` lists, and not the project itself:
    /// [`PipInstallFromPyproject`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").pip_install_from_pyproject("pyproject.toml");
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", "RUN python -m pip install --no-cache-dir httpx"]);
    /// ```
    #[must_use]
    pub fn pip_install_from_pyproject(&self, source: impl Into<String>) -> Self {
        let step = PipInstallFromPyproject { source: source.into(), ..PipInstallFromPyproject::default() };
        self.pip_install_from_pyproject_with(step)
    }

    /// [`Image::pip_install_from_pyproject`] with all its options.
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// use pithy_image::step::PipInstallFromPyproject;
    ///
    /// let (source, optional_dependencies) = ("pyproject.toml".into(), vec!["dev".into()]);
    /// let step = PipInstallFromPyproject { source, optional_dependencies, ..PipInstallFromPyproject::default() };
    /// let image = Image::base("debian:12-slim").pip_install_from_pyproject_with(step);
    /// assert_eq!(
    ///     lines(&image),
    ///     [
    ///         "FROM debian:12-slim",
    ///         "RUN python -m pip install --no-cache-dir httpx pytest",
    ///     ],
    /// );
    /// ```
    #[must_use]
    pub fn pip_install_from_pyproject_with(&self, step: PipInstallFromPyproject) -> Self {
        self.with(Step::PipInstallFromPyproject(step))
    }

    /// Installs Python packages by uv, in the order given, without exact duplicates: [`UvPipInstall`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").uv_pip_install(["torch"]);
    /// assert_eq!(
    ///     lines(&image),
    ///     [
    ///         "FROM debian:12-slim",
    ///         "RUN python -m pip install --no-cache-dir uv==0.13.9 && \
    ///          python -m uv pip install --system --no-cache torch",
    ///     ],
    /// );
    /// ```
    #[must_use]
    pub fn uv_pip_install<S: Into<String>>(&self, packages: impl IntoIterator<Item = S>) -> Self {
        self.uv_pip_install_with(UvPipInstall { packages: strings(packages), ..UvPipInstall::default() })
    }

    /// [`Image::uv_pip_install`] with all its options.
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// use pithy_image::step::UvPipInstall;
    ///
    /// let uv_version = Some("0.13.0".into());
    /// let step = UvPipInstall { packages: vec!["torch".into()], uv_version, ..UvPipInstall::default() };
    /// let image = Image::base("debian:12-slim").uv_pip_install_with(step);
    /// assert_eq!(
    ///     lines(&image),
    ///     [
    ///         "FROM debian:12-slim",
    ///         "RUN python -m pip install --no-cache-dir uv==0.13.0 && \
    ///          python -m uv pip install --system --no-cache torch",
    ///     ],
    /// );
    /// ```
    #[must_use]
    pub fn uv_pip_install_with(&self, step: UvPipInstall) -> Self {
        self.with(Step::UvPipInstall(step))
    }

    /// Installs packages of npm for the whole image, in the order given, without exact duplicates: [`NpmInstall`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("node:22-slim").npm_install(["typescript@5"]);
    /// assert_eq!(
    ///     lines(&image),
    ///     [
    ///         "FROM node:22-slim",
    ///         "RUN npm install --global --no-audit --no-fund typescript@5 && npm cache clean --force",
    ///     ],
    /// );
    /// ```
    #[must_use]
    pub fn npm_install<S: Into<String>>(&self, packages: impl IntoIterator<Item = S>) -> Self {
        self.with(Step::NpmInstall(NpmInstall { packages: strings(packages) }))
    }

    /// Installs Debian packages, sorted and without duplicates, in one layer that leaves no package lists behind:
    /// [`AptInstall`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").apt_install(["git", "curl"]);
    /// assert_eq!(
    ///     lines(&image),
    ///     [
    ///         "FROM debian:12-slim",
    ///         "RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    ///          curl git && rm -rf /var/lib/apt/lists/*",
    ///     ],
    /// );
    /// ```
    #[must_use]
    pub fn apt_install<S: Into<String>>(&self, packages: impl IntoIterator<Item = S>) -> Self {
        self.with(Step::AptInstall(AptInstall { packages: strings(packages), recommends: false }))
    }

    /// Adds a repository of Debian packages for the following `aptInstall`: [`AptRepository`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// use pithy_image::step::AptRepository;
    ///
    /// let image = Image::base("debian:12-slim").apt_repository(AptRepository {
    ///     name: "docker".into(),
    ///     key_url: "https://download.docker.com/linux/debian/gpg".into(),
    ///     uri: "https://download.docker.com/linux/debian".into(),
    ///     suite: "bookworm".into(),
    ///     components: vec!["stable".into()],
    /// });
    /// assert!(lines(&image)[1].contains("> /etc/apt/sources.list.d/docker.sources"));
    /// ```
    #[must_use]
    pub fn apt_repository(&self, step: AptRepository) -> Self {
        self.with(Step::AptRepository(step))
    }

    /// Adds Node.js with npm and npx to an image on Debian or Ubuntu: [`Nodejs`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").nodejs("22");
    /// assert_eq!(
    ///     lines(&image)[1..3],
    ///     [
    ///         r#"COPY --from=node:22-bookworm-slim ["/usr/local/bin/node", "/usr/local/bin/node"]"#,
    ///         r#"COPY --from=node:22-bookworm-slim ["/usr/local/lib/node_modules/", "/usr/local/lib/node_modules/"]"#,
    ///     ],
    /// );
    /// assert!(lines(&image)[3].starts_with("RUN cd /usr/local/bin && ln -sf "));
    /// ```
    #[must_use]
    pub fn nodejs(&self, version: impl Into<String>) -> Self {
        self.with(Step::Nodejs(Nodejs { version: version.into() }))
    }

    /// Adds the command `gh` of GitHub: [`GithubCli`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").github_cli();
    /// assert!(lines(&image)[1].ends_with("--no-install-recommends gh && rm -rf /var/lib/apt/lists/*"));
    /// ```
    #[must_use]
    pub fn github_cli(&self) -> Self {
        self.with(Step::GithubCli(GithubCli {}))
    }

    /// Adds Playwright for Python with browsers and the Debian packages that they need: [`Playwright`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").playwright(["firefox"]);
    /// assert_eq!(
    ///     lines(&image),
    ///     [
    ///         "FROM debian:12-slim",
    ///         r#"ENV PLAYWRIGHT_BROWSERS_PATH="/ms-playwright""#,
    ///         "RUN python -m pip install --no-cache-dir playwright==1.65.2 && \
    ///          python -m playwright install --with-deps firefox && rm -rf /var/lib/apt/lists/*",
    ///     ],
    /// );
    /// ```
    #[must_use]
    pub fn playwright<S: Into<String>>(&self, browsers: impl IntoIterator<Item = S>) -> Self {
        self.playwright_with(Playwright { browsers: strings(browsers), version: None })
    }

    /// [`Image::playwright`] with all its options.
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// use pithy_image::step::Playwright;
    ///
    /// let step = Playwright { version: Some("1.60.0".into()), ..Playwright::default() };
    /// let image = Image::base("debian:12-slim").playwright_with(step);
    /// assert!(lines(&image)[2].contains("playwright==1.60.0 && python -m playwright install --with-deps chromium"));
    /// ```
    #[must_use]
    pub fn playwright_with(&self, step: Playwright) -> Self {
        self.with(Step::Playwright(step))
    }

    /// Adds a file from below the root: [`AddLocalFile`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").add_local_file("run.sh", "/app/");
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", r#"COPY ["ctx/<digest>/run.sh", "/app/run.sh"]"#]);
    /// ```
    #[must_use]
    pub fn add_local_file(&self, source: impl Into<String>, destination: impl Into<String>) -> Self {
        let (source, destination) = (source.into(), destination.into());
        self.add_local_file_with(AddLocalFile { source, destination, ..AddLocalFile::default() })
    }

    /// [`Image::add_local_file`] with all its options.
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// use pithy_image::step::AddLocalFile;
    ///
    /// let (source, destination) = ("run.sh".into(), "/app/".into());
    /// let step = AddLocalFile { source, destination, mode: Some(0o755), chown: Some("node".into()) };
    /// let image = Image::base("debian:12-slim").add_local_file_with(step);
    /// assert_eq!(
    ///     lines(&image),
    ///     [
    ///         "FROM debian:12-slim",
    ///         r#"COPY --chown=node ["ctx/<digest>/run.sh", "/app/run.sh"]"#,
    ///     ],
    /// );
    /// ```
    #[must_use]
    pub fn add_local_file_with(&self, step: AddLocalFile) -> Self {
        self.with(Step::AddLocalFile(step))
    }

    /// Adds what is in a directory below the root, with its links, empty directories and executable bits:
    /// [`AddLocalDir`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").add_local_dir("src", "/app");
    /// assert_eq!(
    ///     lines(&image),
    ///     [
    ///         "FROM scratch AS pithy-files",
    ///         r#"ADD ["ctx/<digest>/tree.tar", "/<digest>/"]"#,
    ///         "FROM debian:12-slim",
    ///         r#"COPY --from=pithy-files ["/<digest>/", "/app/"]"#,
    ///     ],
    /// );
    /// ```
    #[must_use]
    pub fn add_local_dir(&self, source: impl Into<String>, destination: impl Into<String>) -> Self {
        let (source, destination) = (source.into(), destination.into());
        self.add_local_dir_with(AddLocalDir { source, destination, ..AddLocalDir::default() })
    }

    /// [`Image::add_local_dir`] with all its options.
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// use pithy_image::step::AddLocalDir;
    ///
    /// let (source, destination) = ("src".into(), "/app".into());
    /// let step = AddLocalDir { source, destination, exclude: vec!["**/*.test.ts".into()], ..AddLocalDir::default() };
    /// let image = Image::base("debian:12-slim").add_local_dir_with(step);
    /// assert_eq!(lines(&image)[3], r#"COPY --from=pithy-files ["/<digest>/", "/app/"]"#);
    /// ```
    #[must_use]
    pub fn add_local_dir_with(&self, step: AddLocalDir) -> Self {
        self.with(Step::AddLocalDir(step))
    }

    /// Adds a file whose content is given here: [`AddFile`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").add_file("/etc/motd", "Be kind.\n", None);
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", r#"COPY ["ctx/<digest>/motd", "/etc/motd"]"#]);
    /// ```
    #[must_use]
    pub fn add_file(&self, destination: impl Into<String>, content: impl Into<Content>, mode: Option<u32>) -> Self {
        let (text, base64) = match content.into() {
            Content::Text(text) => (Some(text), None),
            Content::Bytes(bytes) => (None, Some(base64::engine::general_purpose::STANDARD.encode(bytes))),
        };
        self.with(Step::AddFile(AddFile { destination: destination.into(), text, base64, mode, chown: None }))
    }

    /// Makes a symbolic link: [`Symlink`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").symlink("/usr/bin/python3", "/usr/bin/py");
    /// assert_eq!(
    ///     lines(&image),
    ///     [
    ///         "FROM debian:12-slim",
    ///         r#"RUN ["ln", "-sfT", "--", "/usr/bin/python3", "/usr/bin/py"]"#,
    ///     ],
    /// );
    /// ```
    #[must_use]
    pub fn symlink(&self, target: impl Into<String>, path: impl Into<String>) -> Self {
        self.with(Step::Symlink(Symlink { target: target.into(), path: path.into() }))
    }

    /// Makes a directory in the image, with all above it: [`MakeDir`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").make_dir("/workspace");
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", "RUN mkdir -p /workspace"]);
    /// ```
    #[must_use]
    pub fn make_dir(&self, path: impl Into<String>) -> Self {
        self.make_dir_with(MakeDir { path: path.into(), ..MakeDir::default() })
    }

    /// [`Image::make_dir`] with all its options.
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// use pithy_image::step::MakeDir;
    ///
    /// let step = MakeDir { path: "/workspace".into(), mode: Some(0o750), chown: Some("node".into()) };
    /// let image = Image::base("debian:12-slim").make_dir_with(step);
    /// assert_eq!(
    ///     lines(&image),
    ///     [
    ///         "FROM debian:12-slim",
    ///         "RUN mkdir -p /workspace && chmod 0750 /workspace && chown node /workspace",
    ///     ],
    /// );
    /// ```
    #[must_use]
    pub fn make_dir_with(&self, step: MakeDir) -> Self {
        self.with(Step::MakeDir(step))
    }

    /// Declares another image, built beside this one, to take files from with `copyFrom`: [`Stage`].
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
        self.with(Step::Stage(Stage { name: name.into(), steps: image.steps.to_vec() }))
    }

    /// Copies files of a stage or of any image: [`CopyFrom`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").copy_from("golang:1.25", "/usr/local/go", "/usr/local/go");
    /// assert_eq!(
    ///     lines(&image),
    ///     [
    ///         "FROM debian:12-slim",
    ///         r#"COPY --from=golang:1.25 ["/usr/local/go", "/usr/local/go"]"#,
    ///     ],
    /// );
    /// ```
    #[must_use]
    pub fn copy_from(
        &self,
        from: impl Into<String>,
        source: impl Into<String>,
        destination: impl Into<String>,
    ) -> Self {
        let (from, source, destination) = (from.into(), source.into(), destination.into());
        self.copy_from_with(CopyFrom { from, source, destination, chown: None })
    }

    /// [`Image::copy_from`] with all its options.
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// use pithy_image::step::CopyFrom;
    ///
    /// let (from, source, destination) = ("golang:1.25".into(), "/usr/local/go".into(), "/go".into());
    /// let step = CopyFrom { from, source, destination, chown: Some("node".into()) };
    /// let image = Image::base("debian:12-slim").copy_from_with(step);
    /// assert_eq!(
    ///     lines(&image),
    ///     [
    ///         "FROM debian:12-slim",
    ///         r#"COPY --from=golang:1.25 --chown=node ["/usr/local/go", "/go"]"#,
    ///     ],
    /// );
    /// ```
    #[must_use]
    pub fn copy_from_with(&self, step: CopyFrom) -> Self {
        self.with(Step::CopyFrom(step))
    }

    /// Runs commands, each in a layer of its own: [`RunCommands`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// use pithy_image::step::Command;
    ///
    /// let image = Image::base("debian:12-slim").run_commands([Command::from("make && make test"), Command::from(["echo", "$HOME"])]);
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", "RUN make && make test", r#"RUN ["echo", "$HOME"]"#]);
    /// ```
    #[must_use]
    pub fn run_commands<C: Into<Command>>(&self, commands: impl IntoIterator<Item = C>) -> Self {
        self.with(Step::RunCommands(RunCommands { commands: commands.into_iter().map(Into::into).collect() }))
    }

    /// Runs a script of any number of lines in one layer, which ends at the first line that fails: [`RunScript`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").run_script("cd /tmp\nmake");
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", r#"RUN ["/bin/sh", "-e", "-c", "cd /tmp\nmake"]"#]);
    /// ```
    #[must_use]
    pub fn run_script(&self, script: impl Into<String>) -> Self {
        self.with(Step::RunScript(RunScript { script: script.into(), shell: Vec::new() }))
    }

    /// Sets the shell of the following command lines: [`Shell`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").shell(["/bin/bash", "-o", "pipefail", "-c"]);
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", r#"SHELL ["/bin/bash", "-o", "pipefail", "-c"]"#]);
    /// ```
    #[must_use]
    pub fn shell<S: Into<String>>(&self, command: impl IntoIterator<Item = S>) -> Self {
        self.with(Step::Shell(Shell { command: strings(command) }))
    }

    /// Sets a variable for the following commands of the build, and not for the sandbox: [`Arg`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").arg("DEBIAN_FRONTEND", "noninteractive");
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", r#"ARG DEBIAN_FRONTEND="noninteractive""#]);
    /// ```
    #[must_use]
    pub fn arg(&self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.with(Step::Arg(Arg { name: name.into(), value: value.into() }))
    }

    /// Sets environment variables, sorted by name: [`Env`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").env([("PRICE", "$5"), ("LANG", "C.UTF-8")]);
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", r#"ENV LANG="C.UTF-8" PRICE="\$5""#]);
    /// ```
    #[must_use]
    pub fn env<K: Into<String>, V: Into<String>>(&self, variables: impl IntoIterator<Item = (K, V)>) -> Self {
        self.with(Step::Env(Env { variables: variables.into_iter().collect() }))
    }

    /// Puts a directory first in the image's `PATH`: [`PathPrepend`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").path_prepend("/opt/tool/bin");
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", r#"ENV PATH="/opt/tool/bin:$PATH""#]);
    /// ```
    #[must_use]
    pub fn path_prepend(&self, directory: impl Into<String>) -> Self {
        self.with(Step::PathPrepend(PathPrepend { directory: directory.into() }))
    }

    /// Sets the directory of the following steps and of the sandbox: [`Workdir`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").workdir("/app");
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", "WORKDIR /app"]);
    /// ```
    #[must_use]
    pub fn workdir(&self, path: impl Into<String>) -> Self {
        self.with(Step::Workdir(Workdir { path: path.into() }))
    }

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
        self.with(Step::User(User { user: user.into() }))
    }

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
        self.with(Step::Label(Label { labels: labels.into_iter().collect() }))
    }

    /// Names the ports that the image listens on, sorted and without duplicates, for people and tools to read: [`Expose`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").expose(["8080", "53/udp"]);
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", "EXPOSE 53/udp 8080"]);
    /// ```
    #[must_use]
    pub fn expose<S: Into<String>>(&self, ports: impl IntoIterator<Item = S>) -> Self {
        self.with(Step::Expose(Expose { ports: strings(ports) }))
    }

    /// Adds one instruction of a Dockerfile as it is written, for what no other call says: [`Raw`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").raw("healthcheck NONE");
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", "HEALTHCHECK NONE"]);
    /// ```
    #[must_use]
    pub fn raw(&self, instruction: impl Into<String>) -> Self {
        self.with(Step::Raw(Raw { instruction: instruction.into() }))
    }

    /// Sets the program that the sandbox starts with: [`Entrypoint`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").entrypoint(["sleep", "infinity"]);
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", r#"ENTRYPOINT ["sleep", "infinity"]"#]);
    /// ```
    #[must_use]
    pub fn entrypoint<S: Into<String>>(&self, command: impl IntoIterator<Item = S>) -> Self {
        self.with(Step::Entrypoint(Entrypoint { command: strings(command) }))
    }

    /// Sets the default command of the image: [`Cmd`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").cmd(["bash"]);
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", r#"CMD ["bash"]"#]);
    /// ```
    #[must_use]
    pub fn cmd<S: Into<String>>(&self, command: impl IntoIterator<Item = S>) -> Self {
        self.with(Step::Cmd(Cmd { command: strings(command) }))
    }

    /// Makes the image a new one although nothing in the definition changed, so that packages are fetched anew:
    /// [`Refresh`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").user("node").refresh("2026-12-01");
    /// assert_eq!(
    ///     lines(&image),
    ///     [
    ///         "FROM debian:12-slim",
    ///         r#"ARG PITHY_IMAGE_REFRESH="2026-12-01""#,
    ///         "USER node",
    ///     ],
    /// );
    /// ```
    #[must_use]
    pub fn refresh(&self, token: impl Into<String>) -> Self {
        self.with(Step::Refresh(Refresh { token: token.into() }))
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

    /// The image in normal form.
    ///
    /// ```
    /// # use pithy_image::Image;
    /// let recipe = Image::base("debian:12-slim").add_local_file("run.sh", "/run.sh").recipe()?;
    /// assert_eq!(recipe.sources().map(|source| source.path.as_str()).collect::<Vec<_>>(), ["run.sh"]);
    /// assert!(Image::base("debian:12 slim").recipe().is_err());
    /// # Ok::<(), pithy_image::Problems>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Every value that cannot be used.
    pub fn recipe(&self) -> Result<Recipe, Problems> {
        self.definition().recipe()
    }
}
