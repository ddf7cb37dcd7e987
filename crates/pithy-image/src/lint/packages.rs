//! The commands that install packages, and what their arguments mean.

use pithy_image_dockerfile::ShellWord;

use super::report::named;
use super::subject::{Command, Line};
use super::{Report, Subject};

/// Programs with the commands of apt.
pub(super) const APT: [&str; 3] = ["apt-get", "apt", "aptitude"];
pub(super) const YUM: [&str; 2] = ["yum", "dnf"];
pub(super) const PIP: [&str; 2] = ["pip", "pip3"];

/// Where apt keeps the lists of packages.
pub(super) const APT_LISTS: &str = "/var/lib/apt/lists";

/// A command that installs packages.
pub(super) struct Install<'s> {
    pub(super) manager: Manager,
    /// What it installs, as it is written: names, files and URLs.
    pub(super) packages: Vec<&'s ShellWord>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Manager {
    Apt,
    Apk,
    Yum,
    Pip,
    Npm,
}

/// Options of apt, apk, yum, pip and npm whose value is the next word.
const APT_VALUES: &[&str] = &["-t", "-o", "-c", "--target-release", "--option", "--config-file"];
const APK_VALUES: &[&str] = &["-t", "-X", "-p", "--virtual", "--repository", "--root", "--arch", "--keys-dir"];
const YUM_VALUES: &[&str] = &["-c", "-x", "--enablerepo", "--disablerepo", "--installroot", "--setopt", "--releasever"];
const NPM_VALUES: &[&str] = &["-C", "--prefix", "--registry", "--loglevel", "--cache", "-w", "--workspace", "--omit"];
const PIP_VALUES: &[&str] = &[
    "-r",
    "-c",
    "-e",
    "-i",
    "-f",
    "-t",
    "--requirement",
    "--constraint",
    "--editable",
    "--index-url",
    "--extra-index-url",
    "--find-links",
    "--target",
    "--prefix",
    "--root",
    "--trusted-host",
    "--platform",
    "--python-version",
    "--timeout",
    "--retries",
    "--cache-dir",
    "--progress-bar",
    "--no-binary",
    "--only-binary",
    "--proxy",
    "--cert",
    "--src",
    "--log",
    "--upgrade-strategy",
    "--global-option",
    "--config-settings",
    "--report",
    "--implementation",
    "--abi",
];

impl<'s> Install<'s> {
    /// What a command installs; none if it does something else.
    pub(super) fn of(command: &Command<'s>) -> Option<Self> {
        let program = command.program();
        let (manager, arguments, values, subcommands): (_, _, _, &[&str]) = match program {
            _ if APT.contains(&program) => (Manager::Apt, command.arguments(), APT_VALUES, &["install"]),
            "apk" => (Manager::Apk, command.arguments(), APK_VALUES, &["add"]),
            "yum" | "dnf" | "microdnf" => (Manager::Yum, command.arguments(), YUM_VALUES, &["install"]),
            "npm" => (Manager::Npm, command.arguments(), NPM_VALUES, &["install", "i", "add"]),
            _ => (Manager::Pip, pip_arguments(command)?, PIP_VALUES, &["install"]),
        };
        let mut operands = operands(arguments, values);
        operands.next().filter(|word| subcommands.contains(&&*word.value))?;
        Some(Self { manager, packages: operands.collect() })
    }

    pub(super) fn of_manager(command: &Command<'s>, manager: Manager) -> Option<Self> {
        Self::of(command).filter(|install| install.manager == manager)
    }
}

/// The subcommand of apt and the like.
pub(super) fn apt_subcommand<'s>(command: &Command<'s>) -> Option<&'s str> {
    let is_apt = APT.contains(&command.program());
    operands(command.arguments(), APT_VALUES).next().filter(|_| is_apt).map(|word| &*word.value)
}

/// What `pip` is given, also as `python -m pip`.
fn pip_arguments<'s>(command: &Command<'s>) -> Option<&'s [ShellWord]> {
    let program = command.program();
    let rest = program.strip_prefix("python").or(program.strip_prefix("pip"));
    if !rest.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')) {
        return None;
    }
    if program.starts_with("pip") {
        return Some(command.arguments());
    }
    let at = command.arguments().windows(2).position(|words| words[0].value == "-m" && words[1].value == "pip")?;
    command.arguments().get(at + 2..)
}

/// The arguments that are neither options nor the values of options.
fn operands<'s>(arguments: &'s [ShellWord], values: &'static [&str]) -> impl Iterator<Item = &'s ShellWord> {
    let mut is_value = false;
    arguments.iter().filter(move |word| {
        let is_operand = !is_value && !word.value.starts_with('-');
        is_value = !is_value && values.contains(&word.value.as_str());
        is_operand
    })
}

/// Whether a command removes something at or below one of these paths, or what they hold.
pub(super) fn removes(command: &Command, paths: &[&str]) -> bool {
    let is_part = |word: &ShellWord| paths.iter().any(|path| word.value.contains(path));
    ["rm", "find"].contains(&command.program()) && command.arguments().iter().any(is_part)
}

/// Whether a line mounts one of these directories, or one that they are in or that is in them.
pub(super) fn mounts(line: &Line, paths: &[&str]) -> bool {
    let is_part = |target: &str, path: &str| target.starts_with(path) || path.starts_with(target.trim_end_matches('/'));
    line.mounted().any(|target| target.contains('$') || paths.iter().any(|path| is_part(target, path)))
}

/// The name of a package of apt, apk or yum without its version, architecture or release.
pub(super) fn package_name(word: &str) -> &str {
    word.split(['=', '/', ':', '<', '>', '~']).next().unwrap_or_default()
}

/// Packages that bring none of the programs that rules ask for.
const WITHOUT_PROGRAMS: [&str; 17] = [
    "apt-transport-https",
    "bzip2",
    "ca-certificates",
    "dumb-init",
    "less",
    "libffi-dev",
    "libpq5",
    "libssl-dev",
    "locales",
    "nano",
    "openssh-client",
    "procps",
    "tini",
    "tzdata",
    "vim",
    "xz-utils",
    "zip",
];

/// The programs that installing a package may bring, of those that rules ask for; none if it may bring any.
pub(super) fn programs_of(package: &str, manager: Manager) -> Option<&'static [&'static str]> {
    Some(match (package, manager) {
        _ if WITHOUT_PROGRAMS.contains(&package) => &[],
        ("curl", _) => &["curl"],
        ("wget", _) => &["wget"],
        ("git", _) => &["git"],
        ("jq", _) => &["jq"],
        ("unzip", _) => &["unzip"],
        ("sudo", _) => &["sudo"],
        ("bash", _) => &["bash"],
        ("make", _) => &["make"],
        ("gnupg" | "gnupg2" | "gpg", _) => &["gpg"],
        ("gcc" | "gfortran", _) => &["gcc", "cc"],
        ("build-essential" | "build-base", _) => &["gcc", "g++", "cc", "make", "gpg"],
        ("python3-pip", _) => &["pip", "pip3", "python3", "gcc", "g++", "cc", "make", "gpg"],
        ("py3-pip", _) => &["pip", "pip3", "python3", "python"],
        ("python3-dev" | "python3-venv", _) => &["python3", "gcc", "cc"],
        ("python3", Manager::Apk) => &["python3", "python", "pip3"],
        ("python3", _) => &["python3"],
        _ => return None,
    })
}

/// Reports each command that installs packages which are not pinned, with their names.
pub(super) fn report_unpinned(
    subject: &Subject,
    report: &mut Report,
    manager: Manager,
    is_pinned: fn(&str) -> bool,
    hint: &str,
) {
    for command in subject.commands() {
        let packages = Install::of_manager(&command, manager).map(|install| install.packages).unwrap_or_default();
        let open = packages.into_iter().filter(|word| !word.has_expansion && !is_pinned(&word.value));
        let names: Vec<_> = open.map(|word| word.value.clone()).collect();
        if !names.is_empty() {
            let message = format!(
                "{} {} installed in whatever version is the newest.",
                named(&names),
                if names.len() == 1 { "is" } else { "are" }
            );
            report.command(&command, message, hint);
        }
    }
}
