//! The steps of a definition, as they are written down: plain data, one type a builder call.
//!
//! Nothing is checked here but the shape; what the values mean decides [`crate::Recipe`]. In JSON a step is an
//! object with one key, its name: `{"aptInstall":{"packages":["git"]}}`.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::Serialize;

use crate::json::{Found, List, Object, Place, did_you_mean, duplicate_key, record};
use crate::problem::{Code, Problem};

/// Declares a step type with what all have, and for `with pip` the options that pip's steps share. A field that serde is told
/// a `default` of need not be given.
macro_rules! step {
    ($(#[$doc:meta])* $name:ident {
        $(
            $(#[doc = $field_doc:literal])*
            $(#[serde($default:ident, skip_serializing_if = $skipped:literal)])?
            $(#[cfg_attr($($generated:tt)*)])*
            $field:ident : $ty:ty
        ),* $(,)?
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[cfg_attr(feature = "types", derive(ts_rs::TS))]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub struct $name {
            $(
                $(#[doc = $field_doc])*
                $(#[serde($default, skip_serializing_if = $skipped)])?
                $(#[cfg_attr($($generated)*)])*
                pub $field: $ty,
            )*
        }

        record!($name { $($field $($default)?),* });
    };
    ($(#[$doc:meta])* $name:ident with pip { $($fields:tt)* }) => {
        step! {
            $(#[$doc])*
            $name {
                $($fields)*
                /// Places to look for archives: `--find-links`.
                #[serde(default, skip_serializing_if = "Vec::is_empty")]
                #[cfg_attr(feature = "types", ts(optional, as = "Option<Vec<String>>"))]
                find_links: Vec<String>,
                /// The package index: `--index-url`.
                #[serde(default, skip_serializing_if = "Option::is_none")]
                #[cfg_attr(feature = "types", ts(optional))]
                index_url: Option<String>,
                /// Further package indexes: `--extra-index-url`.
                #[serde(default, skip_serializing_if = "Vec::is_empty")]
                #[cfg_attr(feature = "types", ts(optional, as = "Option<Vec<String>>"))]
                extra_index_urls: Vec<String>,
                /// Whether pre-releases count: `--pre`.
                #[serde(default, skip_serializing_if = "std::ops::Not::not")]
                #[cfg_attr(feature = "types", ts(optional, as = "Option<bool>"))]
                pre: bool,
                /// Further options of pip, added as they are and read by the shell, such as `--no-deps --upgrade`.
                #[serde(default, skip_serializing_if = "Option::is_none")]
                #[cfg_attr(feature = "types", ts(optional))]
                extra_options: Option<String>,
            }
        }

        impl $name {
            pub(crate) fn pip(&self) -> PipOptions<'_> {
                PipOptions {
                    find_links: &self.find_links,
                    index_url: self.index_url.as_deref(),
                    extra_index_urls: &self.extra_index_urls,
                    pre: self.pre,
                    extra_options: self.extra_options.as_deref(),
                }
            }
        }
    };
}

/// The options that pip's steps share.
pub(crate) struct PipOptions<'a> {
    pub(crate) find_links: &'a [String],
    pub(crate) index_url: Option<&'a str>,
    pub(crate) extra_index_urls: &'a [String],
    pub(crate) pre: bool,
    pub(crate) extra_options: Option<&'a str>,
}

/// Declares the step types with their names in JSON, and the enum that holds them.
macro_rules! steps {
    ($( $(#[$doc:meta])* $key:literal $name:ident $(with $pip:ident)? { $($fields:tt)* } )*) => {
        $( step! { $(#[$doc])* $name $(with $pip)? { $($fields)* } } )*

        /// One step of a definition: a builder call and its arguments.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[cfg_attr(feature = "types", derive(ts_rs::TS))]
        #[serde(rename_all = "camelCase")]
        pub enum Step {
            $( $(#[$doc])* $name($name), )*
        }

        impl Step {
            const NAMES: &[&str] = &[$($key),*];

            /// The step's name in JSON and in the builders of JavaScript.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $( Self::$name(_) => $key, )* }
            }

            /// The step of a name, with nothing in it yet.
            fn named(name: &str) -> Option<Self> {
                Some(match name { $( $key => Self::$name($name::default()), )* _ => return None })
            }

            /// What takes its arguments.
            fn arguments(&mut self) -> &mut dyn Place {
                match self { $( Self::$name(step) => step, )* }
            }
        }
    };
}

steps! {
    /// Begins with any image: `FROM <image>`.
    "base" Base {
        /// Image reference, such as `node:22-slim` or `debian@sha256:…`.
        image: String,
    }

    /// Begins with the official slim Python image on Debian 12: `FROM python:3.12.10-slim-bookworm` and the like, then
    /// one layer with what the Daytona SDK's `debianSlim` installs: gcc, gfortran, build-essential, the newest pip, a
    /// debconf that asks nothing.
    "debianSlim" DebianSlim {
        /// Python series from `3.9` to `3.14`; `3.13` when not given, as in the Daytona SDK.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "types", ts(optional))]
        python: Option<String>,
        /// `false` leaves the layer with the compilers out; `true` when not given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "types", ts(optional))]
        build_tools: Option<bool>,
    }

    /// Installs Python packages in the order given, without exact duplicates: `RUN python -m pip install --no-cache-dir
    /// …`. Nothing is emitted if there are neither packages nor `extraOptions`.
    "pipInstall" PipInstall with pip {
        /// Requirement specifiers, such as `numpy<2` or `uvicorn[standard]`.
        packages: Vec<String>,
    }

    /// Installs what a requirements file lists: the file and those that it includes (`-r`, `-c`) are copied to
    /// `/.requirements/`, under their paths below the root, then `RUN python -m pip install --no-cache-dir -r …`. What
    /// pip would look for beside the file (`-e .`, `./package`, a wheel) is a problem: it is not in the image.
    "pipInstallFromRequirements" PipInstallFromRequirements with pip {
        /// Path below the root, with `/`; with `inImage`, a path in the image.
        source: String,
        /// Whether the file lies in the image already, with all that it includes; `false` when not given.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        #[cfg_attr(feature = "types", ts(optional, as = "Option<bool>"))]
        in_image: bool,
    }

    /// Installs the dependencies that a `pyproject.toml` lists, and not the project itself: `RUN python -m pip install
    /// --no-cache-dir …`.
    "pipInstallFromPyproject" PipInstallFromPyproject with pip {
        /// Path below the root, with `/`.
        source: String,
        /// Groups of `[project.optional-dependencies]` to install as well.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[cfg_attr(feature = "types", ts(optional, as = "Option<Vec<String>>"))]
        optional_dependencies: Vec<String>,
    }

    /// Installs Python packages by uv, in the order given, without exact duplicates: `RUN python -m pip install
    /// --no-cache-dir uv==… && python -m uv pip install --system --no-cache …`. Nothing is emitted if there are neither
    /// packages nor `extraOptions`.
    "uvPipInstall" UvPipInstall with pip {
        /// Requirement specifiers, such as `numpy<2` or `uvicorn[standard]`.
        packages: Vec<String>,
        /// Version of uv; `0.13.9` when not given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "types", ts(optional))]
        uv_version: Option<String>,
    }

    /// Installs packages of npm for the whole image, in the order given, without exact duplicates: `RUN npm install
    /// --global …`. Nothing is emitted if there are no packages. The image must have npm: see `nodejs`.
    "npmInstall" NpmInstall {
        /// Package specifiers, such as `typescript@5` or `@openai/codex`.
        packages: Vec<String>,
    }

    /// Installs Debian packages, sorted and without duplicates, in one layer that leaves no package lists behind: `RUN
    /// apt-get update && … apt-get install -y --no-install-recommends … && rm -rf /var/lib/apt/lists/*`. Nothing is
    /// emitted if there are no packages.
    "aptInstall" AptInstall {
        /// Package names, each with an optional `=version`, `/suite` or `:architecture`; or paths of `.deb` files in the
        /// image.
        packages: Vec<String>,
        /// Whether recommended packages come along; `false` when not given.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        #[cfg_attr(feature = "types", ts(optional, as = "Option<bool>"))]
        recommends: bool,
    }

    /// Adds a repository of Debian packages for the following `aptInstall`: a layer that fetches its key to
    /// `/etc/apt/keyrings/`, with curl, which is installed for it, and writes `/etc/apt/sources.list.d/<name>.sources`.
    "aptRepository" AptRepository {
        /// Name of the file: lower-case letters, digits and `-`.
        name: String,
        /// URL of the key that signs the repository, armored or not.
        key_url: String,
        /// URL of the repository.
        uri: String,
        /// Suite, such as `stable` or `bookworm`; one that ends with `/` is a path and has no components.
        suite: String,
        /// Components, such as `main`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[cfg_attr(feature = "types", ts(optional, as = "Option<Vec<String>>"))]
        components: Vec<String>,
    }

    /// Adds Node.js with npm and npx to an image on Debian or Ubuntu: `COPY --from=node:<version>-bookworm-slim …` to
    /// `/usr/local`, then one layer that makes the links to npm and npx, and tries them; from version 25 on it installs
    /// Debian's `libatomic1`, too.
    "nodejs" Nodejs {
        /// Version, such as `22` or `22.21.1`.
        version: String,
    }

    /// Adds the command `gh` of GitHub: a layer that adds GitHub's own repository of Debian packages, and installs it
    /// from there.
    "githubCli" GithubCli {}

    /// Adds Playwright for Python with browsers and the Debian packages that they need: `ENV
    /// PLAYWRIGHT_BROWSERS_PATH="/ms-playwright"`, then one layer.
    "playwright" Playwright {
        /// Any of `chromium`, `chromium-headless-shell`, `firefox` and `webkit`; `["chromium"]` when not given.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[cfg_attr(feature = "types", ts(optional, as = "Option<Vec<String>>"))]
        browsers: Vec<String>,
        /// Version of the Python package; `1.65.2` when not given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "types", ts(optional))]
        version: Option<String>,
    }

    /// Adds a file from below the root: `COPY ["ctx/<digest>/<name>", "<destination>"]`. One with a mode or a name that
    /// cannot be sent as it is comes out of a tar: `COPY --from=pithy-files ["/<digest>/<name>", "<destination>"]`.
    "addLocalFile" AddLocalFile {
        /// Path below the root, with `/`.
        source: String,
        /// Path in the image; with a `/` at its end, the directory to put the file in under its own name.
        destination: String,
        /// File mode, such as `0o755`; when not given, 0755 for an executable file and 0644 for any other.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "types", ts(optional))]
        #[cfg_attr(feature = "schema", schemars(range(max = 0o7777)))]
        mode: Option<u32>,
        /// Owner in the image, `user` or `user:group`; `root:root` when not given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "types", ts(optional))]
        chown: Option<String>,
    }

    /// Adds what is in a directory below the root, with its links, empty directories and executable bits: `COPY
    /// --from=pithy-files ["/<digest>/", "<destination>/"]`. Left out is what ignore rules say: those of `ignoreFile`,
    /// or else of `.dockerignore` in the root, then those of `exclude`.
    "addLocalDir" AddLocalDir {
        /// Path below the root, with `/`; `.` is the root itself.
        source: String,
        /// Directory in the image that takes the entries.
        destination: String,
        /// Patterns of entries to leave out, in the syntax of `.dockerignore`, relative to `source`. They come after those of
        /// the ignore file: `!**` takes all along.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[cfg_attr(feature = "types", ts(optional, as = "Option<Vec<String>>"))]
        exclude: Vec<String>,
        /// File below the root with such patterns, one a line, relative to `source`; when not given, `.dockerignore` in the
        /// root if there is one, whose patterns are relative to the root.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "types", ts(optional))]
        ignore_file: Option<String>,
        /// Owner in the image, `user` or `user:group`; `root:root` when not given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "types", ts(optional))]
        chown: Option<String>,
    }

    /// Adds a file whose content is given here: `COPY ["ctx/<digest>/<name>", "<destination>"]`, as for a local one.
    "addFile" AddFile {
        /// Path in the image.
        destination: String,
        /// The content as text; kept to the byte. Either this or `base64`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "types", ts(optional))]
        text: Option<String>,
        /// The content as bytes, in base64 with padding. Either this or `text`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "types", ts(optional))]
        base64: Option<String>,
        /// File mode, such as `0o755`; 0644 when not given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "types", ts(optional))]
        #[cfg_attr(feature = "schema", schemars(range(max = 0o7777)))]
        mode: Option<u32>,
        /// Owner in the image, `user` or `user:group`; `root:root` when not given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "types", ts(optional))]
        chown: Option<String>,
    }

    /// Makes a symbolic link: `RUN ["ln", "-sfT", "--", "<target>", "<path>"]`. It takes the place of a file or link,
    /// never that of a directory.
    "symlink" Symlink {
        /// What the link points to, as it is written; it need not exist.
        target: String,
        /// Path of the link in the image; its directory must exist.
        path: String,
    }

    /// Makes a directory in the image, with all above it: `RUN mkdir -p …`, then its mode and owner if they are given.
    /// One that exists stays as it is, but for those.
    "makeDir" MakeDir {
        /// Path in the image.
        path: String,
        /// File mode, such as `0o750`; when not given, 0755 for a new directory.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "types", ts(optional))]
        #[cfg_attr(feature = "schema", schemars(range(max = 0o7777)))]
        mode: Option<u32>,
        /// Owner in the image, `user` or `user:group`; the user of the step when not given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "types", ts(optional))]
        chown: Option<String>,
    }

    /// Declares another image, built beside this one, to take files from with `copyFrom`: a build stage, `FROM … AS
    /// <name>`. Its `cmd` and `entrypoint` do not count, and `refresh` of this image is also its own unless it has one.
    "stage" Stage {
        /// Name: lower-case letters, digits, `_`, `.` and `-`, a letter first.
        name: String,
        /// The steps of the other image.
        steps: Vec<Step>,
    }

    /// Copies files of a stage or of any image: `COPY --from=<from> ["<source>", "<destination>"]`. Of a directory,
    /// what is in it is copied.
    "copyFrom" CopyFrom {
        /// Name of a stage of this definition, or else an image with a tag or digest.
        from: String,
        /// Absolute path there; nothing in it is a pattern or a variable.
        source: String,
        /// Path in the image; with a `/` at its end, the directory to put a file in under its own name.
        destination: String,
        /// Owner in the image, `user` or `user:group`; `root:root` when not given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "types", ts(optional))]
        chown: Option<String>,
    }

    /// Runs commands, each in a layer of its own: a string is a line for the image's shell (`RUN …`), a list is a
    /// program and its arguments, which no shell reads (`RUN ["…", "…"]`).
    "runCommands" RunCommands {
        /// The commands, in order.
        commands: Vec<Command>,
    }

    /// Runs a script of any number of lines in one layer, which ends at the first line that fails: `RUN ["/bin/sh",
    /// "-e", "-c", "…"]`.
    "runScript" RunScript {
        /// The text of the script, without a `#!` line.
        script: String,
        /// Program and arguments that take the script as their last argument; `["/bin/sh", "-e", "-c"]` when not given.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[cfg_attr(feature = "types", ts(optional, as = "Option<Vec<String>>"))]
        shell: Vec<String>,
    }

    /// Sets the shell of the following command lines: `SHELL ["…"]`. Steps of other kinds use it, too, so that it must
    /// be a POSIX shell.
    "shell" Shell {
        /// Program and arguments that take a line as their last argument, such as `["/bin/bash", "-o", "pipefail", "-c"]`.
        command: Vec<String>,
    }

    /// Sets a variable for the following commands of the build, and not for the sandbox: `ARG NAME="value"`. Daytona
    /// passes no build arguments, so that the default is the value.
    "arg" Arg {
        /// Name of the variable.
        name: String,
        /// Its value, which is literal: nothing is expanded.
        value: String,
    }

    /// Sets environment variables, sorted by name: `ENV NAME="value" …`. Values are literal: nothing is expanded.
    /// Nothing is emitted if there are none.
    "env" Env {
        /// The variables.
        variables: Pairs,
    }

    /// Puts a directory first in the image's `PATH`: `ENV PATH="<directory>:$PATH"`.
    "pathPrepend" PathPrepend {
        /// Absolute path in the image.
        directory: String,
    }

    /// Sets the directory of the following steps and of the sandbox: `WORKDIR <path>`. It is made if it does not exist.
    "workdir" Workdir {
        /// Path in the image; a relative one starts at the previous working directory.
        path: String,
    }

    /// Sets the user of the following steps and of the sandbox: `USER <user>`.
    "user" User {
        /// Name or number, with an optional `:group`.
        user: String,
    }

    /// Labels the image, sorted by key: `LABEL "key"="value" …`. Values are literal. Nothing is emitted if there are no
    /// labels.
    "label" Label {
        /// The labels.
        labels: Pairs,
    }

    /// Names the ports that the image listens on, sorted and without duplicates, for people and tools to read: `EXPOSE 53/udp
    /// 8080`. Daytona opens none for it.
    "expose" Expose {
        /// Ports or ranges of ports, each with an optional `/tcp` or `/udp`.
        ports: Vec<String>,
    }

    /// Adds one instruction of a Dockerfile as it is written, for what no other call says. It is checked to be exactly
    /// one; `FROM`, `COPY` and `ADD` of local files, `WORKDIR`, `SHELL`, `CMD` and `ENTRYPOINT` have calls of their
    /// own.
    "raw" Raw {
        /// The instruction, such as `HEALTHCHECK CMD curl -f http://localhost/`.
        instruction: String,
    }

    /// Sets the program that the sandbox starts with: `ENTRYPOINT ["…"]`, always the last line. The last call wins;
    /// without one Daytona runs `sleep infinity`.
    "entrypoint" Entrypoint {
        /// Program and arguments.
        command: Vec<String>,
    }

    /// Sets the default command of the image: `CMD ["…"]`. The last call wins. Daytona ignores it; other users of the
    /// image do not.
    "cmd" Cmd {
        /// Program and arguments.
        command: Vec<String>,
    }

    /// Makes the image a new one although nothing in the definition changed, so that packages are fetched anew: `ARG
    /// PITHY_IMAGE_REFRESH="<token>"` right after `FROM`. The last call wins.
    "refresh" Refresh {
        /// Any text; another token is another image.
        token: String,
    }
}

/// Takes the only entry of a step: its name, and its arguments.
struct Named<'a> {
    step: &'a mut Step,
    is_given: bool,
}

impl Place for Step {
    fn blank() -> Self {
        Self::Base(Base::default())
    }

    fn wanted(&self) -> &'static str {
        "an object with one key"
    }

    fn object(&mut self, read: &mut dyn FnMut(&mut dyn Object)) {
        read(&mut Named { step: self, is_given: false });
    }

    fn mistake(&self, _: &Found) -> Problem {
        not_a_step()
    }
}

impl Object for Named<'_> {
    fn entry(&mut self, key: &str) -> Result<&mut dyn Place, Problem> {
        if self.is_given {
            return Err(not_a_step());
        }
        let Some(step) = Step::named(key) else {
            let hint = did_you_mean(key, Step::NAMES.iter().copied());
            return Err(Problem::new(Code::UnknownStep, "", format!("Unknown step: `{key}`."), hint));
        };
        (*self.step, self.is_given) = (step, true);
        Ok(self.step.arguments())
    }

    fn end(&self) -> Result<(), Problem> {
        if self.is_given { Ok(()) } else { Err(not_a_step()) }
    }
}

fn not_a_step() -> Problem {
    let hint = "Write a step as an object with one key, its name: `{\"workdir\":{\"path\":\"/app\"}}`.";
    Problem::new(Code::WrongType, "", "Not a step: it is no object with one key.", hint)
}

/// A command of [`RunCommands`]: a line for the shell, or a program with its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(untagged)]
pub enum Command {
    /// A line for the image's shell.
    Line(String),
    /// A program and its arguments.
    Argv(Vec<String>),
}

impl From<&str> for Command {
    fn from(line: &str) -> Self {
        Self::Line(line.to_owned())
    }
}

impl From<String> for Command {
    fn from(line: String) -> Self {
        Self::Line(line)
    }
}

impl<S: Into<String>, const N: usize> From<[S; N]> for Command {
    fn from(argv: [S; N]) -> Self {
        Self::Argv(argv.into_iter().map(Into::into).collect())
    }
}

impl<S: Into<String>> From<Vec<S>> for Command {
    fn from(argv: Vec<S>) -> Self {
        Self::Argv(argv.into_iter().map(Into::into).collect())
    }
}

impl Place for Command {
    fn blank() -> Self {
        Self::Line(String::new())
    }

    fn wanted(&self) -> &'static str {
        "a command line or a list of a program and its arguments"
    }

    fn scalar<'t>(&mut self, value: Found<'t>) -> Result<(), Found<'t>> {
        let Found::Text(line) = value else { return Err(value) };
        *self = line.into_owned().into();
        Ok(())
    }

    fn list(&mut self) -> Option<&mut dyn List> {
        *self = Self::Argv(Vec::new());
        if let Self::Argv(argv) = self { Some(argv) } else { None }
    }
}

/// Strings by key, sorted; the same key twice is refused when read, where a plain map would keep one silently.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(transparent)]
pub struct Pairs(pub BTreeMap<String, String>);

/// Of pairs with one key the last counts, as in any map of Rust.
impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Pairs {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut map = BTreeMap::new();
        // Not `collect`, which is compiled with a sort of its own: 6 kB of WebAssembly for each type.
        map.extend(pairs.into_iter().map(|(k, v)| (k.into(), v.into())));
        Self(map)
    }
}

impl Place for Pairs {
    fn blank() -> Self {
        Self::default()
    }

    fn wanted(&self) -> &'static str {
        "an object of strings"
    }

    fn object(&mut self, read: &mut dyn FnMut(&mut dyn Object)) {
        read(self);
    }
}

impl Object for Pairs {
    fn entry(&mut self, key: &str) -> Result<&mut dyn Place, Problem> {
        match self.0.entry(key.to_owned()) {
            Entry::Vacant(entry) => Ok(entry.insert(String::new())),
            Entry::Occupied(_) => Err(duplicate_key(key)),
        }
    }
}
