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
    pub fn base(image: impl Into<String>) -> Self {
        Self::from_steps([Step::Base(Base { image: image.into() })])
    }

    /// Begins with Python on Debian, and compilers: [`DebianSlim`].
    pub fn debian_slim(python: impl Into<String>) -> Self {
        Self::debian_slim_with(DebianSlim { python: Some(python.into()), build_tools: None })
    }

    /// [`Image::debian_slim`] with all its options.
    #[must_use]
    pub fn debian_slim_with(step: DebianSlim) -> Self {
        Self::from_steps([Step::DebianSlim(step)])
    }

    /// An image of these steps.
    pub fn from_steps(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: steps.into_iter().collect() }
    }

    /// The steps so far.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The image with one more step.
    #[must_use]
    pub fn with(&self, step: Step) -> Self {
        Self::from_steps(self.steps.iter().cloned().chain([step]))
    }

    /// Installs Python packages: [`PipInstall`].
    #[must_use]
    pub fn pip_install<S: Into<String>>(&self, packages: impl IntoIterator<Item = S>) -> Self {
        self.pip_install_with(PipInstall { packages: strings(packages), ..PipInstall::default() })
    }

    /// [`Image::pip_install`] with all its options.
    #[must_use]
    pub fn pip_install_with(&self, step: PipInstall) -> Self {
        self.with(Step::PipInstall(step))
    }

    /// Installs what a requirements file below the root lists: [`PipInstallFromRequirements`].
    #[must_use]
    pub fn pip_install_from_requirements(&self, source: impl Into<String>) -> Self {
        let step = PipInstallFromRequirements { source: source.into(), ..PipInstallFromRequirements::default() };
        self.pip_install_from_requirements_with(step)
    }

    /// [`Image::pip_install_from_requirements`] with all its options.
    #[must_use]
    pub fn pip_install_from_requirements_with(&self, step: PipInstallFromRequirements) -> Self {
        self.with(Step::PipInstallFromRequirements(step))
    }

    /// Installs the dependencies of a `pyproject.toml` below the root: [`PipInstallFromPyproject`].
    #[must_use]
    pub fn pip_install_from_pyproject(&self, source: impl Into<String>) -> Self {
        let step = PipInstallFromPyproject { source: source.into(), ..PipInstallFromPyproject::default() };
        self.pip_install_from_pyproject_with(step)
    }

    /// [`Image::pip_install_from_pyproject`] with all its options.
    #[must_use]
    pub fn pip_install_from_pyproject_with(&self, step: PipInstallFromPyproject) -> Self {
        self.with(Step::PipInstallFromPyproject(step))
    }

    /// Installs Python packages by uv: [`UvPipInstall`].
    #[must_use]
    pub fn uv_pip_install<S: Into<String>>(&self, packages: impl IntoIterator<Item = S>) -> Self {
        self.uv_pip_install_with(UvPipInstall { packages: strings(packages), ..UvPipInstall::default() })
    }

    /// [`Image::uv_pip_install`] with all its options.
    #[must_use]
    pub fn uv_pip_install_with(&self, step: UvPipInstall) -> Self {
        self.with(Step::UvPipInstall(step))
    }

    /// Installs packages of npm for the whole image: [`NpmInstall`].
    #[must_use]
    pub fn npm_install<S: Into<String>>(&self, packages: impl IntoIterator<Item = S>) -> Self {
        self.with(Step::NpmInstall(NpmInstall { packages: strings(packages) }))
    }

    /// Installs Debian packages: [`AptInstall`].
    #[must_use]
    pub fn apt_install<S: Into<String>>(&self, packages: impl IntoIterator<Item = S>) -> Self {
        self.with(Step::AptInstall(AptInstall { packages: strings(packages), recommends: false }))
    }

    /// Adds a repository of Debian packages: [`AptRepository`].
    #[must_use]
    pub fn apt_repository(&self, step: AptRepository) -> Self {
        self.with(Step::AptRepository(step))
    }

    /// Adds Node.js: [`Nodejs`].
    #[must_use]
    pub fn nodejs(&self, version: impl Into<String>) -> Self {
        self.with(Step::Nodejs(Nodejs { version: version.into() }))
    }

    /// Adds the command `gh`: [`GithubCli`].
    #[must_use]
    pub fn github_cli(&self) -> Self {
        self.with(Step::GithubCli(GithubCli {}))
    }

    /// Adds Playwright with browsers: [`Playwright`].
    #[must_use]
    pub fn playwright<S: Into<String>>(&self, browsers: impl IntoIterator<Item = S>) -> Self {
        self.playwright_with(Playwright { browsers: strings(browsers), version: None })
    }

    /// [`Image::playwright`] with all its options.
    #[must_use]
    pub fn playwright_with(&self, step: Playwright) -> Self {
        self.with(Step::Playwright(step))
    }

    /// Adds a file from below the root: [`AddLocalFile`].
    #[must_use]
    pub fn add_local_file(&self, source: impl Into<String>, destination: impl Into<String>) -> Self {
        let (source, destination) = (source.into(), destination.into());
        self.add_local_file_with(AddLocalFile { source, destination, ..AddLocalFile::default() })
    }

    /// [`Image::add_local_file`] with all its options.
    #[must_use]
    pub fn add_local_file_with(&self, step: AddLocalFile) -> Self {
        self.with(Step::AddLocalFile(step))
    }

    /// Adds what is in a directory below the root: [`AddLocalDir`].
    #[must_use]
    pub fn add_local_dir(&self, source: impl Into<String>, destination: impl Into<String>) -> Self {
        let (source, destination) = (source.into(), destination.into());
        self.add_local_dir_with(AddLocalDir { source, destination, ..AddLocalDir::default() })
    }

    /// [`Image::add_local_dir`] with all its options.
    #[must_use]
    pub fn add_local_dir_with(&self, step: AddLocalDir) -> Self {
        self.with(Step::AddLocalDir(step))
    }

    /// Adds a file whose content is given here: [`AddFile`].
    #[must_use]
    pub fn add_file(&self, destination: impl Into<String>, content: impl Into<Content>, mode: Option<u32>) -> Self {
        let (text, base64) = match content.into() {
            Content::Text(text) => (Some(text), None),
            Content::Bytes(bytes) => (None, Some(base64::engine::general_purpose::STANDARD.encode(bytes))),
        };
        self.with(Step::AddFile(AddFile { destination: destination.into(), text, base64, mode, chown: None }))
    }

    /// Makes a symbolic link: [`Symlink`].
    #[must_use]
    pub fn symlink(&self, target: impl Into<String>, path: impl Into<String>) -> Self {
        self.with(Step::Symlink(Symlink { target: target.into(), path: path.into() }))
    }

    /// Makes a directory: [`MakeDir`].
    #[must_use]
    pub fn make_dir(&self, path: impl Into<String>) -> Self {
        self.make_dir_with(MakeDir { path: path.into(), ..MakeDir::default() })
    }

    /// [`Image::make_dir`] with all its options.
    #[must_use]
    pub fn make_dir_with(&self, step: MakeDir) -> Self {
        self.with(Step::MakeDir(step))
    }

    /// Declares a build stage: [`Stage`].
    #[must_use]
    pub fn stage(&self, name: impl Into<String>, image: &Self) -> Self {
        self.with(Step::Stage(Stage { name: name.into(), steps: image.steps.to_vec() }))
    }

    /// Copies files of a stage or of any image: [`CopyFrom`].
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
    #[must_use]
    pub fn copy_from_with(&self, step: CopyFrom) -> Self {
        self.with(Step::CopyFrom(step))
    }

    /// Runs commands: [`RunCommands`].
    #[must_use]
    pub fn run_commands<C: Into<Command>>(&self, commands: impl IntoIterator<Item = C>) -> Self {
        self.with(Step::RunCommands(RunCommands { commands: commands.into_iter().map(Into::into).collect() }))
    }

    /// Runs a script: [`RunScript`].
    #[must_use]
    pub fn run_script(&self, script: impl Into<String>) -> Self {
        self.with(Step::RunScript(RunScript { script: script.into(), shell: Vec::new() }))
    }

    /// Sets the shell of command lines: [`Shell`].
    #[must_use]
    pub fn shell<S: Into<String>>(&self, command: impl IntoIterator<Item = S>) -> Self {
        self.with(Step::Shell(Shell { command: strings(command) }))
    }

    /// Sets a variable of the build: [`Arg`].
    #[must_use]
    pub fn arg(&self, name: impl Into<String>, default: impl Into<String>) -> Self {
        self.with(Step::Arg(Arg { name: name.into(), default: default.into() }))
    }

    /// Sets environment variables: [`Env`].
    #[must_use]
    pub fn env<K: Into<String>, V: Into<String>>(&self, variables: impl IntoIterator<Item = (K, V)>) -> Self {
        self.with(Step::Env(Env { variables: variables.into_iter().collect() }))
    }

    /// Puts a directory first in `PATH`: [`PathPrepend`].
    #[must_use]
    pub fn path_prepend(&self, directory: impl Into<String>) -> Self {
        self.with(Step::PathPrepend(PathPrepend { directory: directory.into() }))
    }

    /// Sets the working directory: [`Workdir`].
    #[must_use]
    pub fn workdir(&self, path: impl Into<String>) -> Self {
        self.with(Step::Workdir(Workdir { path: path.into() }))
    }

    /// Sets the user: [`User`].
    #[must_use]
    pub fn user(&self, user: impl Into<String>) -> Self {
        self.with(Step::User(User { user: user.into() }))
    }

    /// Sets labels: [`Label`].
    #[must_use]
    pub fn label<K: Into<String>, V: Into<String>>(&self, labels: impl IntoIterator<Item = (K, V)>) -> Self {
        self.with(Step::Label(Label { labels: labels.into_iter().collect() }))
    }

    /// Names the ports that the image listens on: [`Expose`].
    #[must_use]
    pub fn expose<S: Into<String>>(&self, ports: impl IntoIterator<Item = S>) -> Self {
        self.with(Step::Expose(Expose { ports: strings(ports) }))
    }

    /// Adds an instruction as it is written: [`Raw`].
    #[must_use]
    pub fn raw(&self, instruction: impl Into<String>) -> Self {
        self.with(Step::Raw(Raw { instruction: instruction.into() }))
    }

    /// Sets the entrypoint: [`Entrypoint`].
    #[must_use]
    pub fn entrypoint<S: Into<String>>(&self, command: impl IntoIterator<Item = S>) -> Self {
        self.with(Step::Entrypoint(Entrypoint { command: strings(command) }))
    }

    /// Sets the default command: [`Cmd`].
    #[must_use]
    pub fn cmd<S: Into<String>>(&self, command: impl IntoIterator<Item = S>) -> Self {
        self.with(Step::Cmd(Cmd { command: strings(command) }))
    }

    /// Makes the image a new one: [`Refresh`].
    #[must_use]
    pub fn refresh(&self, token: impl Into<String>) -> Self {
        self.with(Step::Refresh(Refresh { token: token.into() }))
    }

    /// The image as data.
    #[must_use]
    pub fn definition(&self) -> Definition {
        Definition::new(self.steps.to_vec())
    }

    /// The image in normal form.
    ///
    /// # Errors
    ///
    /// Every value that cannot be used.
    pub fn recipe(&self) -> Result<Recipe, Problems> {
        self.definition().recipe()
    }
}
