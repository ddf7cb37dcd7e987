//! Settings of the image: variables, labels, the working directory, users, and `refresh`.

use std::collections::BTreeSet;
use std::fmt;

use super::files::join;
use super::{Builder, Instruction, pointer_key};
use crate::dockerfile::REFRESH;
use crate::problem::Code;
use crate::step;

impl Builder<'_> {
    pub(super) fn env(&mut self, step: &step::Env) {
        for (key, value) in &step.variables.0 {
            let field = Keyed("/variables", key);
            if !is_env_name(key) {
                let message = format!("Not the name of an environment variable: `{key}`.");
                self.report(Code::InvalidEnvName, &field, message, ENV_NAMES);
            }
            self.one_line(&field, value);
            self.short(&field, key.len() + 1 + value.len());
            if key == "PATH" && (value.contains("$PATH") || value.contains("${PATH}")) {
                let message =
                    "Values are literal: the image's `PATH` would hold the text `$PATH` and no program be found.";
                self.report(Code::VariableNotExpanded, &field, message, "Use `pathPrepend(\"…\")`.");
            }
        }
        if !step.variables.0.is_empty() {
            self.push(Instruction::Env(step.variables.clone()));
        }
    }

    pub(super) fn arg(&mut self, step: &step::Arg) {
        let step::Arg { name, value } = step;
        if name == REFRESH {
            self.report(
                Code::InvalidEnvName,
                &"/name",
                format!("`{name}` is a reserved name."),
                "Use `refresh(\"…\")`.",
            );
        } else if !is_env_name(name) {
            let message = format!("Not the name of a variable: `{name}`.");
            self.report(Code::InvalidEnvName, &"/name", message, ENV_NAMES);
        }
        self.one_line(&"/value", value);
        self.short(&"/value", name.len() + 1 + value.len());
        self.push(Instruction::Arg(name.clone(), value.clone()));
    }

    pub(super) fn expose(&mut self, step: &step::Expose) {
        for (i, port) in step.ports.iter().enumerate() {
            if !is_port(&port.trim().to_ascii_lowercase()) {
                let message = format!("Not a port: `{}`.", port.escape_debug());
                let hint = "Give a number from 1 to 65535 or a range, with an optional protocol: `8080`, `53/udp`, `9000-9010`.";
                self.report(Code::InvalidPort, &format_args!("/ports/{i}"), message, hint);
            }
        }
        let mut ports = BTreeSet::new(); // not `collect`: see `Pairs`
        ports.extend(step.ports.iter().map(|port| shortest_port(port.trim())));
        if !ports.is_empty() {
            self.push(Instruction::Expose(ports.into_iter().collect()));
        }
    }

    pub(super) fn path_prepend(&mut self, step: &step::PathPrepend) {
        let directory = self.image_path(&"/directory", &step.directory);
        let is_one = directory.starts_with('/') && !directory.contains(':');
        if !is_one && !directory.is_empty() && !directory.starts_with(['$', '~']) {
            let message = format!("Not one absolute directory: `{directory}`.");
            self.report(Code::InvalidPath, &"/directory", message, "Give each directory in a call of its own.");
        }
        self.no_variable(&"/directory", &directory);
        self.push(Instruction::PathPrepend(directory));
    }

    pub(super) fn workdir(&mut self, step: &step::Workdir) {
        let path = self.image_path(&"/path", &step.path);
        self.no_variable(&"/path", &path);
        self.scope.workdir = join(&self.scope.workdir, &path);
        self.push(Instruction::Workdir(path));
    }

    pub(super) fn user(&mut self, step: &step::User) {
        let user = self.owner(&"/user", &step.user);
        self.push(Instruction::User(user));
    }

    pub(super) fn label(&mut self, step: &step::Label) {
        for (key, value) in &step.labels.0 {
            let field = Keyed("/labels", key);
            if key.is_empty() || key.contains(|c: char| c == '=' || c.is_whitespace() || c.is_control()) {
                let message = format!("Not a label key: `{key}`.");
                self.report(Code::InvalidLabel, &field, message, "Take letters, digits, `.`, `-`, `_` and `/`.");
            }
            self.one_line(&field, value);
        }
        if !step.labels.0.is_empty() {
            self.push(Instruction::Label(step.labels.clone()));
        }
    }

    pub(super) fn refresh(&mut self, step: &step::Refresh) {
        if step.token.is_empty() {
            self.report(Code::Empty, &"/token", "The token is empty.", "Give a text, such as a date.");
        }
        self.one_line(&"/token", &step.token);
        self.short(&"/token", step.token.len());
        self.scope.stage.refresh = Some(self.by(step.token.clone()));
    }

    pub(super) fn owner(&mut self, field: &dyn fmt::Display, owner: &str) -> String {
        let owner = owner.trim();
        let mut parts = owner.split(':');
        let valid = parts.next().is_some_and(is_account) && parts.next().is_none_or(is_account);
        if !valid || parts.next().is_some() {
            let message = format!("Not a user or `user:group`: `{owner}`.");
            self.report(Code::InvalidUser, field, message, "Give a name or number, such as `node` or `1000:1000`.");
        }
        owner.to_owned()
    }
}

const ENV_NAMES: &str = "Names have letters, digits, `_`, `.` and `-`, and do not begin with a digit.";

fn is_env_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
}

/// A port as Docker takes it without its defaults: `/tcp`, and an end of a range that is its beginning.
fn shortest_port(port: &str) -> String {
    let port = port.to_ascii_lowercase();
    let (range, protocol) = port.split_once('/').unwrap_or((&port, "tcp"));
    let range = range.split_once('-').filter(|(first, last)| first == last).map_or(range, |(first, _)| first);
    if protocol == "tcp" { range.to_owned() } else { format!("{range}/{protocol}") }
}

/// Digits, or a range of them, with an optional protocol in lower case.
fn is_port(port: &str) -> bool {
    let (range, protocol) = port.split_once('/').unwrap_or((port, "tcp"));
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let number = |digits: &str| {
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
        digits.parse::<u16>().ok().filter(|_| plain)
    };
    let ordered = number(first).zip(number(last)).is_some_and(|(first, last)| first <= last);
    ordered && matches!(protocol, "tcp" | "udp")
}

/// A name or number as `useradd` takes it.
fn is_account(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
}

/// The field of an object's key.
struct Keyed<'a>(&'static str, &'a str);

impl fmt::Display for Keyed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.0, pointer_key(self.1))
    }
}
