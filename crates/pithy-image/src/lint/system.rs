//! What instructions and commands may change of the system: which programs there may be after them.

use pithy_image_dockerfile::{CopySource, Keyword};

use super::packages::{Install, Manager, apt_subcommand, package_name, programs_of};
use super::subject::{Command, Line};
use crate::path::base_name;

/// What an instruction or a command may bring.
pub(super) enum Brought {
    Nothing,
    /// These programs.
    Programs(&'static [&'static str]),
    /// Programs that packages of a language bring: not those of the system.
    Packages,
    Anything,
}

/// Programs that packages of a language may bring.
pub(super) const OF_PACKAGES: [&str; 12] =
    ["python", "python3", "pip", "pip3", "node", "npm", "npx", "jq", "make", "gcc", "g++", "cc"];

/// Commands that install nothing, unless they write to directories of the system.
const HARMLESS: [&str; 60] = [
    ".",
    ":",
    "[",
    "[[",
    "adduser",
    "addgroup",
    "apt-cache",
    "apt-key",
    "apt-mark",
    "awk",
    "cat",
    "cd",
    "chmod",
    "chown",
    "chpasswd",
    "command",
    "cp",
    "curl",
    "date",
    "debconf-set-selections",
    "du",
    "echo",
    "exit",
    "export",
    "find",
    "git",
    "gpg",
    "grep",
    "groupadd",
    "head",
    "id",
    "ldconfig",
    "ln",
    "locale-gen",
    "ls",
    "mkdir",
    "mv",
    "passwd",
    "printf",
    "rm",
    "sed",
    "set",
    "sha256sum",
    "sha512sum",
    "sleep",
    "sort",
    "tail",
    "tee",
    "test",
    "touch",
    "true",
    "umask",
    "uname",
    "unset",
    "unzip",
    "update-ca-certificates",
    "useradd",
    "usermod",
    "wget",
    "which",
];

/// Whether programs are looked for at or below a path.
fn is_of_system(path: &str) -> bool {
    const OTHERS: [&str; 2] = ["/usr/src", "/usr/share"];
    let is_below = |top: &str| path.strip_prefix(top).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    path == "/" || ["/usr", "/bin", "/sbin", "/lib"].into_iter().any(is_below) && !OTHERS.into_iter().any(is_below)
}

/// What a command may bring.
pub(super) fn brought_by(command: &Command) -> Vec<Brought> {
    if let Some(install) = Install::of(command) {
        return match install.manager {
            Manager::Pip | Manager::Npm => vec![Brought::Packages],
            manager => install.packages.iter().map(|package| brought_by_package(&package.value, manager)).collect(),
        };
    }
    let program = command.program();
    let is_harmless = match program {
        "apk" => command.operands().next().is_some_and(|word| ["update", "upgrade", "del"].contains(&&*word.value)),
        "pip" | "pip3" | "npm" | "npx" | "yarn" | "pnpm" | "corepack" | "go" | "cargo" | "bundle" | "gem" => {
            return vec![Brought::Packages];
        }
        "dpkg" => command.arguments().iter().any(|word| word.value == "--add-architecture"),
        "" => command.words.is_empty(),
        _ => HARMLESS.contains(&program) || apt_subcommand(command).is_some_and(|name| name != "build-dep"),
    };
    vec![if is_harmless && !touches_system(command) { Brought::Nothing } else { Brought::Anything }]
}

fn brought_by_package(word: &str, manager: Manager) -> Brought {
    programs_of(package_name(word), manager).map_or(Brought::Anything, Brought::Programs)
}

/// Whether a command names a path where programs may be, to write to.
fn touches_system(command: &Command) -> bool {
    const READERS: [&str; 16] = [
        "[", "[[", "cat", "chmod", "chown", "command", "du", "echo", "find", "grep", "ls", "mkdir", "printf", "rm",
        "test", "which",
    ];
    let is_path = |word: &str, has_expansion: bool| {
        let path = word.rsplit('=').next().unwrap_or(word);
        !word.contains("://") && (is_of_system(path) || has_expansion && path.starts_with('$'))
    };
    let writes = !READERS.contains(&command.program());
    let targets =
        command.redirections.iter().filter(|to| to.operator.contains('>')).filter_map(|to| to.target.as_ref());
    let arguments = command.arguments().iter().filter(|_| writes);
    arguments.chain(targets).any(|word| is_path(&word.value, word.has_expansion))
}

/// What the instructions of a call bring, where its commands need not be read.
pub(super) fn brought_by_call(line: &Line) -> Option<Brought> {
    Some(match line.call {
        "nodejs" => Brought::Programs(&["node", "npm", "npx"]),
        "npmInstall" | "pipInstall" | "pipInstallFromPyproject" | "pipInstallFromRequirements" | "uvPipInstall" => {
            Brought::Packages
        }
        _ => return None,
    })
}

/// What an instruction other than `RUN` may bring. `workdir` is whether its directory is one of the system.
pub(super) fn brought_by_line(line: &Line, workdir: bool) -> Brought {
    match line.keyword {
        Keyword::Copy | Keyword::Add if copies_to_system(line, workdir) => Brought::Anything,
        Keyword::Env => brought_by_path(line),
        Keyword::Run if line.is_opaque() || mounts_image(line) => Brought::Anything,
        _ => Brought::Nothing,
    }
}

/// Whether `WORKDIR` names a directory of the system; none for another instruction.
pub(super) fn is_system_workdir(line: &Line) -> Option<bool> {
    let path = line.words.first().filter(|_| line.keyword == Keyword::Workdir)?;
    Some(path.value.contains('$') || is_of_system(&path.value))
}

fn mounts_image(line: &Line) -> bool {
    line.flags.iter().filter_map(|flag| flag.mount.as_ref()).any(|mount| mount.value(&["from"]).is_some())
}

fn copies_to_system(line: &Line, workdir: bool) -> bool {
    let to = line.destination().map_or("", |word| word.value.as_str());
    let is_system = if to.starts_with('/') {
        is_of_system(to.trim_end_matches('/')) || to == "/"
    } else {
        workdir || to.contains('$')
    };
    let mut sources = line.sources();
    // `ADD` unpacks archives.
    let is_other = |source| matches!(source, CopySource::Path(word) if is_other_file(&word.value));
    is_system && (line.keyword == Keyword::Add || !sources.all(is_other))
}

/// Whether a source is a file that is no program that rules ask for: it has an extension, or is a known other program.
fn is_other_file(source: &str) -> bool {
    let name = base_name(source);
    let is_extension =
        |extension: &str| !extension.is_empty() && extension.bytes().all(|byte| byte.is_ascii_alphabetic());
    let has_extension =
        name.rsplit_once('.').is_some_and(|(stem, extension)| !stem.is_empty() && is_extension(extension));
    !source.contains(['*', '?', '[', '$']) && !source.ends_with('/') && (has_extension || ["uv", "uvx"].contains(&name))
}

/// A search path may name directories with anything in them, unless they are those of a language's packages.
fn brought_by_path(line: &Line) -> Brought {
    const OF_LANGUAGES: [&str; 8] = ["$PATH", "${PATH}", "venv", "node_modules", ".local/bin", "cargo", "pnpm", "npm"];
    let Some(pair) = line.pairs.iter().find(|pair| pair.name.value == "PATH") else { return Brought::Nothing };
    let value = pair.value.as_ref().map_or("", |value| value.value.trim_matches('"'));
    let is_known = |entry: &str| OF_LANGUAGES.iter().any(|known| entry.contains(known));
    if value.split(':').all(is_known) { Brought::Packages } else { Brought::Anything }
}
