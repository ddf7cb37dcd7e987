//! The steps of a definition: plain data, one type for each builder call.
//!
//! A step has a file with everything about it: its type and the documentation of its fields, what is valid, its normal
//! form, what it emits, and its call in Rust. [`aptInstall`](AptInstall) is a good one to read first. The list below makes
//! the enum [`Step`], the dispatch, and the tables of `docs/calls.md` and `docs/identity.md`.
//!
//! In JSON a step is an object with one key, its name: `{"aptInstall":{"packages":["git"]}}`.

mod definition;
mod image;
mod pip;

pub(crate) use definition::Draft;
pub use definition::{Definition, EDITION, FORMAT};
pub use image::Image;

pub use self::add_file::Content;
pub use self::run_commands::Command;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::import::origins_in;
use crate::json::{FromObject, FromValue, Place, Value, did_you_mean, read_fields, shortened, wrong_type};
use crate::normal_form::Builder;
use crate::ordered;
use crate::problem::{Code, Problem, Problems};

/// What every kind of step does.
pub(crate) trait StepKind {
    /// Checks the values, and adds what they say to the image, in normal form.
    fn build(&self, builder: &mut Builder);
}

/// What people read about a kind of step.
#[derive(Debug, Clone, Copy)]
pub struct StepDocs {
    /// Its name in JSON.
    pub name: &'static str,
    /// What it is about, as a heading of a table.
    pub group: &'static str,
    /// Its call in TypeScript, such as `workdir(path)`.
    pub call: &'static str,
    /// What it does: the documentation of its type.
    pub docs: &'static str,
    /// What it adds to the Dockerfile, exactly enough to be written a second time; see `docs/identity.md`.
    pub emits: &'static str,
}

/// Declares the type of a step, and what people read about it. A field `= default` need not be given.
macro_rules! step {
    (
        $(#[doc = $doc:literal])+
        pub struct $name:ident {
            $(
                $(#[doc = $field_doc:literal])+
                $(#[cfg_attr($($attribute:tt)*)])*
                $field:ident: $ty:ty $(= $default:ident)?,
            )*
        }
        call $call:literal;
        emits $emits:literal;
    ) => {
        crate::json::object! {
            $(#[doc = $doc])+
            #[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
            #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
            #[cfg_attr(feature = "types", derive(ts_rs::TS))]
            #[cfg_attr(feature = "types", ts(optional_fields))]
            #[serde(rename_all = "camelCase", deny_unknown_fields)]
            pub struct $name {
                $(
                    $(#[doc = $field_doc])+
                    $(#[cfg_attr($($attribute)*)])*
                    $(
                        #[serde($default, skip_serializing_if = "crate::json::is_default")]
                        #[cfg_attr(feature = "types", ts(as = "<_ as super::Absent>::OrValue"))]
                    )?
                    pub $field: $ty $(= $default)?,
                )*
            }
        }

        impl $name {
            pub(super) const CALL: &'static str = $call;
            pub(super) const DOCS: &'static str = concat!($($doc, "\n"),+);
            pub(super) const EMITS: &'static str = $emits;
        }
    };
}

/// The type of a field that need not be given, as TypeScript sees it.
#[cfg(feature = "types")]
trait Absent {
    type OrValue;
}

#[cfg(feature = "types")]
impl<T> Absent for Option<T> {
    type OrValue = Self;
}

#[cfg(feature = "types")]
impl<T> Absent for Vec<T> {
    type OrValue = Option<Self>;
}

#[cfg(feature = "types")]
impl Absent for Pairs {
    type OrValue = Option<Self>;
}

#[cfg(feature = "types")]
impl Absent for bool {
    type OrValue = Option<Self>;
}

/// Declares the modules of the steps, and what holds any of them.
macro_rules! steps {
    ($( $group:literal { $( $module:ident::$name:ident = $key:literal, )* } )*) => {
        $($( mod $module; pub use $module::$name; )*)*

        /// One step of a definition: a builder call and its arguments.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[cfg_attr(feature = "types", derive(ts_rs::TS))]
        #[serde(rename_all = "camelCase")]
        pub enum Step {
            $($( #[doc = concat!("See [`", stringify!($name), "`].")] $name($name), )*)*
        }

        impl Step {
            /// The names of all steps, and what people read about them.
            pub const DOCS: &[StepDocs] = &[$($( StepDocs {
                name: $key,
                group: $group,
                call: $name::CALL,
                docs: $name::DOCS,
                emits: $name::EMITS,
            }, )*)*];

            /// The step's name in JSON and in the builders of JavaScript.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $($( Self::$name(_) => $key, )*)* }
            }

            fn kind(&self) -> &dyn StepKind {
                match self { $($( Self::$name(step) => step, )*)* }
            }

            fn read(name: &str, arguments: Value, at: &Place, problems: &mut Vec<Problem>) -> Option<Self> {
                let (mut step, fields) = match name {
                    $($( $key => (Self::$name($name::default()), $name::FIELDS), )*)*
                    _ => {
                        let message = format!("Unknown step: `{}`.", shortened(name));
                        let hint = did_you_mean(name, &[$($( $key, )*)*]);
                        problems.push(Problem::new(Code::UnknownStep, at.to_string(), message, hint));
                        return None;
                    }
                };
                let slots = match &mut step { $($( Self::$name(step) => step.slots(), )*)* };
                read_fields(arguments, &Place::Key(at, name), problems, fields, slots)?;
                Some(step)
            }
        }

        $($( impl From<$name> for Step {
            fn from(step: $name) -> Self {
                Self::$name(step)
            }
        } )*)*
    };
}

steps! {
    "a beginning" {
        base::Base = "base",
        debian_slim::DebianSlim = "debianSlim",
        from_dockerfile::FromDockerfile = "fromDockerfile",
    }
    "packages and tools" {
        pip_install::PipInstall = "pipInstall",
        pip_install_from_requirements::PipInstallFromRequirements = "pipInstallFromRequirements",
        pip_install_from_pyproject::PipInstallFromPyproject = "pipInstallFromPyproject",
        uv_pip_install::UvPipInstall = "uvPipInstall",
        npm_install::NpmInstall = "npmInstall",
        apt_install::AptInstall = "aptInstall",
        apt_repository::AptRepository = "aptRepository",
        nodejs::Nodejs = "nodejs",
        github_cli::GithubCli = "githubCli",
        playwright::Playwright = "playwright",
    }
    "files" {
        add_local_file::AddLocalFile = "addLocalFile",
        add_local_dir::AddLocalDir = "addLocalDir",
        add_file::AddFile = "addFile",
        symlink::Symlink = "symlink",
        make_dir::MakeDir = "makeDir",
        stage::Stage = "stage",
        copy_from::CopyFrom = "copyFrom",
    }
    "commands and settings" {
        run_commands::RunCommands = "runCommands",
        run_script::RunScript = "runScript",
        shell::Shell = "shell",
        arg::Arg = "arg",
        env::Env = "env",
        path_prepend::PathPrepend = "pathPrepend",
        workdir::Workdir = "workdir",
        user::User = "user",
        label::Label = "label",
        expose::Expose = "expose",
        volume::Volume = "volume",
        raw::Raw = "raw",
        dockerfile_commands::DockerfileCommands = "dockerfileCommands",
        entrypoint::Entrypoint = "entrypoint",
        cmd::Cmd = "cmd",
        refresh::Refresh = "refresh",
        silence::Silence = "silence",
    }
}

impl FromValue for Step {
    fn from_value(value: Value, at: &Place, problems: &mut Vec<Problem>) -> Option<Self> {
        if let Value::Object(entries) = value {
            let mut entries = entries.into_iter();
            if let (Some((name, arguments)), None) = (entries.next(), entries.next()) {
                return Self::read(&name, arguments, at, problems);
            }
        }
        let hint = "Write a step as an object with one key, its name: `{\"workdir\":{\"path\":\"/app\"}}`.";
        let message = "Expected a step: an object with one key.";
        problems.push(Problem::new(Code::WrongType, at.to_string(), message, hint));
        None
    }
}

/// Builds steps in order, except those that could not be read: their problems are kept.
pub(crate) fn build_all<'a>(
    steps: impl ExactSizeIterator<Item = Result<&'a Step, &'a Problems>>,
    builder: &mut Builder,
) {
    if steps.len() == 0 {
        let hint = "Begin with `Image.base(\"…\")` or `Image.debianSlim()`.";
        builder.report(Code::MissingBase, &"", "The definition has no steps.", hint);
    }
    let steps: Vec<_> = steps.collect();
    builder.want_stages(steps.iter().filter_map(|step| step.ok()).flat_map(stages_named));
    for (index, step) in steps.into_iter().enumerate() {
        match step {
            Ok(step) => {
                builder.begin_step(index, step.name());
                check_place(step, index, builder);
                step.kind().build(builder);
            }
            Err(problems) => {
                builder.keep(problems);
                let stage = format!("/steps/{index}/stage");
                if problems.0.iter().any(|problem| problem.path.starts_with(&stage)) {
                    builder.note_unreadable_stage();
                }
            }
        }
    }
}

/// The names of what a step copies or mounts from.
fn stages_named(step: &Step) -> Vec<String> {
    match step {
        Step::CopyFrom(step) => vec![step.from.trim().to_owned()],
        Step::Raw(step) => origins_in(&step.instruction),
        Step::DockerfileCommands(step) => origins_in(&step.commands.join("\n")),
        _ => Vec::new(),
    }
}

/// A definition begins with a base image, and has one.
fn check_place(step: &Step, index: usize, builder: &mut Builder) {
    let begins = matches!(step, Step::Base(_) | Step::DebianSlim(_) | Step::FromDockerfile(_));
    match (begins, index) {
        (true, 0) => {}
        (true, _) => {
            let hint = "Name the base once, in the first call.";
            builder.report(Code::BaseNotFirst, &"", "The definition has a second base image.", hint);
        }
        (false, 0) => {
            let hint = "Begin with `Image.base(\"…\")` or `Image.debianSlim()`.";
            builder.report(Code::MissingBase, &"", "The definition does not begin with a base image.", hint);
        }
        (false, _) => {}
    }
}

/// Strings by key, sorted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(transparent)]
pub struct Pairs(pub BTreeMap<String, String>);

/// As in any map of Rust, the last of pairs with one key counts.
impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Pairs {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self(ordered::map(pairs.into_iter().map(|(key, value)| (key.into(), value.into()))))
    }
}

impl FromValue for Pairs {
    fn from_value(value: Value, at: &Place, problems: &mut Vec<Problem>) -> Option<Self> {
        let Value::Object(entries) = value else {
            problems.push(wrong_type(&value, "an object of strings", at));
            return None;
        };
        let before = problems.len();
        let mut pairs = BTreeMap::new();
        for (key, value) in entries {
            if let Some(value) = String::from_value(value, &Place::Key(at, &key), problems) {
                pairs.insert(key, value);
            }
        }
        (problems.len() == before).then_some(Self(pairs))
    }
}

/// Strings of any kind.
fn strings<S: Into<String>>(items: impl IntoIterator<Item = S>) -> Vec<String> {
    items.into_iter().map(Into::into).collect()
}
