//! The steps of a definition, as they are written down: plain data, one type a builder call.
//!
//! Nothing is checked here but the shape; what the values mean decides [`crate::Recipe`]. In JSON a step is an
//! object with one key, its name: `{"aptInstall":{"packages":["git"]}}`.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

/// Declares the step types with the same derives, and the enum that holds them.
macro_rules! steps {
    ($(
        $(#[$doc:meta])*
        $name:ident { $( $(#[$field_doc:meta])* $field:ident : $ty:ty ),* $(,)? }
    )*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
            #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
            #[cfg_attr(feature = "types", derive(ts_rs::TS))]
            #[serde(rename_all = "camelCase", deny_unknown_fields)]
            pub struct $name { $( $(#[$field_doc])* pub $field: $ty, )* }
        )*

        /// One step of a definition: a builder call and its arguments.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[cfg_attr(feature = "types", derive(ts_rs::TS))]
        #[serde(rename_all = "camelCase")]
        pub enum Step {
            $( $(#[$doc])* $name(#[serde(deserialize_with = "object")] $name), )*
        }
    };
}

steps! {
    /// The image that everything is built on: `FROM image`.
    Base {
        /// Image reference, such as `node:22-slim` or `debian@sha256:…`.
        image: String,
    }

    /// The official slim Python image on Debian 12: `FROM python:3.12.10-slim-bookworm`, then one layer with what the
    /// Daytona SDK's `debianSlim` installs: gcc, gfortran, build-essential, the newest pip, a debconf that asks nothing.
    DebianSlim {
        /// Python series from `3.9` to `3.14`; `3.13` when not given, as in the Daytona SDK.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "types", ts(optional))]
        python: Option<String>,
        /// `false` leaves the layer with the compilers out; `true` when not given.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "types", ts(optional))]
        build_tools: Option<bool>,
    }

    /// Python packages: `RUN python -m pip install --no-cache-dir …`, in the order given, exact duplicates dropped.
    /// Neither packages nor `extraOptions`, no instruction.
    PipInstall {
        /// Requirement specifiers, such as `numpy<2` or `uvicorn[standard]`.
        packages: Vec<String>,
        /// Places to look for archives: `--find-links`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[cfg_attr(feature = "types", ts(optional, as = "Option<Vec<String>>"))]
        find_links: Vec<String>,
        /// The package index: `--index-url`.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
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
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "types", ts(optional))]
        extra_options: Option<String>,
    }

    /// Debian packages, in one layer that leaves no package lists behind: `RUN apt-get update && … apt-get install -y
    /// --no-install-recommends … && rm -rf /var/lib/apt/lists/*`; sorted, duplicates dropped. No packages, no instruction.
    AptInstall {
        /// Package names, each with an optional `=version` or `:architecture`.
        packages: Vec<String>,
        /// Whether recommended packages come along; `false` when not given.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        #[cfg_attr(feature = "types", ts(optional, as = "Option<bool>"))]
        recommends: bool,
    }

    /// A file from below the root: `COPY ["ctx/<digest>/<name>", "<destination>"]`.
    AddLocalFile {
        /// Path below the root, with `/`.
        source: String,
        /// Path in the image; with a `/` at its end, the directory to put the file in under its own name.
        destination: String,
        /// File mode, such as `0o755`; when not given, 0755 for an executable file and 0644 for any other.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "types", ts(optional))]
        #[cfg_attr(feature = "schema", schemars(range(max = 0o7777)))]
        mode: Option<u32>,
        /// Owner in the image, `user` or `user:group`; `root:root` when not given.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "types", ts(optional))]
        chown: Option<String>,
    }

    /// What is in a directory below the root, with its links, empty directories and executable bits:
    /// `COPY --from=pithy-files ["/<digest>/", "<destination>/"]`.
    AddLocalDir {
        /// Path below the root, with `/`; `.` is the root itself.
        source: String,
        /// Directory in the image that takes the entries.
        destination: String,
        /// Patterns of entries to leave out, in the syntax of `.dockerignore`, relative to `source`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[cfg_attr(feature = "types", ts(optional, as = "Option<Vec<String>>"))]
        exclude: Vec<String>,
        /// File below the root with such patterns, one a line; those of `exclude` come after them.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "types", ts(optional))]
        ignore_file: Option<String>,
        /// Owner in the image, `user` or `user:group`; `root:root` when not given.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "types", ts(optional))]
        chown: Option<String>,
    }

    /// A file whose content is in the definition; it is sent like a local one. Exactly one of `text` and `base64`.
    AddFile {
        /// Path in the image.
        destination: String,
        /// The content as text; kept to the byte.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "types", ts(optional))]
        text: Option<String>,
        /// The content as bytes, in base64 with padding.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "types", ts(optional))]
        base64: Option<String>,
        /// File mode, such as `0o755`; 0644 when not given.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "types", ts(optional))]
        #[cfg_attr(feature = "schema", schemars(range(max = 0o7777)))]
        mode: Option<u32>,
        /// Owner in the image, `user` or `user:group`; `root:root` when not given.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "types", ts(optional))]
        chown: Option<String>,
    }

    /// Commands, each a layer of its own: a string is a line for the image's shell (`RUN …`), a list is a program and
    /// its arguments, which no shell reads (`RUN ["…", "…"]`).
    RunCommands {
        /// The commands, in order.
        commands: Vec<Command>,
    }

    /// A script of any number of lines, in one layer: `RUN ["/bin/sh", "-e", "-c", "…"]`.
    RunScript {
        /// The text of the script, without a `#!` line.
        script: String,
        /// Program and arguments that take the script as their last argument; `["/bin/sh", "-e", "-c"]` when not given.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[cfg_attr(feature = "types", ts(optional, as = "Option<Vec<String>>"))]
        shell: Vec<String>,
    }

    /// Environment variables of the image: `ENV KEY="value" …`, sorted by key. Values are literal: nothing is expanded.
    Env {
        /// The variables.
        variables: Pairs,
    }

    /// Puts a directory first in the image's `PATH`: `ENV PATH="<directory>:$PATH"`.
    PathPrepend {
        /// Absolute path in the image.
        directory: String,
    }

    /// The directory for the following steps and for the sandbox: `WORKDIR path`; made if it does not exist.
    Workdir {
        /// Path in the image; a relative one starts at the previous working directory.
        path: String,
    }

    /// The user of the following steps and of the sandbox: `USER user`.
    User {
        /// Name or number, with an optional `:group`.
        user: String,
    }

    /// Labels of the image: `LABEL "key"="value" …`, sorted by key.
    Label {
        /// The labels.
        labels: Pairs,
    }

    /// The program that the sandbox starts with: `ENTRYPOINT ["…"]`, always the last line; the last call wins.
    /// Without one Daytona runs `sleep infinity`.
    Entrypoint {
        /// Program and arguments.
        command: Vec<String>,
    }

    /// The default command of the image: `CMD ["…"]`; the last call wins. Daytona ignores it; other users of the image
    /// do not.
    Cmd {
        /// Program and arguments.
        command: Vec<String>,
    }

    /// Makes the image a new one although nothing in the definition changed, so that packages are fetched anew:
    /// `ARG PITHY_IMAGE_REFRESH="token"` right after `FROM`. The last call wins.
    Refresh {
        /// Any text; another token is another image.
        token: String,
    }
}

impl Step {
    /// The step's name in JSON and in the builders of JavaScript.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Base(_) => "base",
            Self::DebianSlim(_) => "debianSlim",
            Self::PipInstall(_) => "pipInstall",
            Self::AptInstall(_) => "aptInstall",
            Self::AddLocalFile(_) => "addLocalFile",
            Self::AddLocalDir(_) => "addLocalDir",
            Self::AddFile(_) => "addFile",
            Self::RunCommands(_) => "runCommands",
            Self::RunScript(_) => "runScript",
            Self::Env(_) => "env",
            Self::PathPrepend(_) => "pathPrepend",
            Self::Workdir(_) => "workdir",
            Self::User(_) => "user",
            Self::Label(_) => "label",
            Self::Entrypoint(_) => "entrypoint",
            Self::Cmd(_) => "cmd",
            Self::Refresh(_) => "refresh",
        }
    }
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

// Written by hand, since serde's `untagged` reads into a buffer and forgets where it was.
impl<'de> Deserialize<'de> for Command {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CommandVisitor;
        impl<'de> Visitor<'de> for CommandVisitor {
            type Value = Command;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a command line or a list of a program and its arguments")
            }

            fn visit_str<E: de::Error>(self, line: &str) -> Result<Command, E> {
                Ok(line.into())
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, seq: A) -> Result<Command, A::Error> {
                Vec::deserialize(de::value::SeqAccessDeserializer::new(seq)).map(Command::Argv)
            }
        }
        deserializer.deserialize_any(CommandVisitor)
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
        Self(pairs.into_iter().map(|(k, v)| (k.into(), v.into())).collect())
    }
}

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor;
        impl<'de> Visitor<'de> for PairsVisitor {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of strings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = BTreeMap::new();
                while let Some(key) = map.next_key::<String>()? {
                    if pairs.contains_key(&key) {
                        return Err(de::Error::custom(format_args!("duplicate field `{key}`")));
                    }
                    pairs.insert(key, map.next_value()?);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(PairsVisitor)
    }
}

/// Reads an object only: serde would take a list of the fields' values as well.
pub(crate) fn object<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    struct ObjectVisitor<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            T::deserialize(de::value::MapAccessDeserializer::new(map))
        }
    }
    deserializer.deserialize_map(ObjectVisitor(PhantomData))
}

/// Reads an optional field: absent is `None`, but `null` is refused. JavaScript writes `NaN` as `null`, and a mode that
/// came out as `NaN` must not become the default.
pub(crate) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
