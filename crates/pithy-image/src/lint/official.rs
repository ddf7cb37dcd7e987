//! What is known of an official image by its name and its tag: its system, its shell, and the programs that it does not have.

use super::known::{ALPINE, DEBIANS, Known, LANGUAGES, NODE, PYTHON};

/// An official image that is known by name, and whose tag says which variant it is.
#[derive(Clone, Copy)]
pub(super) struct Official<'a> {
    /// As messages name it.
    pub(super) base: &'a str,
    name: &'static str,
    tag: &'a str,
}

/// Images of services whose variants are on Debian, or on Alpine.
const SERVICES: [&str; 6] = ["haproxy", "httpd", "memcached", "nginx", "postgres", "redis"];

/// Releases before Debian 13 and Ubuntu 25.04, by their names.
const OLD: [&str; 12] = [
    "bionic", "bookworm", "buster", "bullseye", "focal", "jammy", "jessie", "noble", "stretch", "trusty", "wheezy",
    "xenial",
];

/// Releases whose images had more programs than those after them.
const OLDEST: [&str; 6] = ["jessie", "precise", "stretch", "trusty", "wheezy", "xenial"];

impl<'a> Official<'a> {
    /// None if the base, or what it is built on, is not known.
    pub(super) fn of(base: &'a str) -> Option<Self> {
        let Known { base, name: Some(name), tag: Some(tag), .. } = Known::of(base) else { return None };
        let is_linux = !["windows", "nanoserver"].iter().any(|system| tag.contains(system));
        let is_known = name == ALPINE
            || [PYTHON, NODE].contains(&name)
            || DEBIANS.contains(&name)
            || LANGUAGES.contains(&name)
            || SERVICES.contains(&name);
        let is_decided = !tag.contains('$') || tag.contains("slim") || tag.contains(ALPINE) || DEBIANS.contains(&name);
        (is_linux && is_known && is_decided).then_some(Self { base, name, tag })
    }

    pub(super) fn is_alpine(&self) -> bool {
        self.name == ALPINE || self.tag.contains(ALPINE)
    }

    /// Whether it is Debian or Ubuntu.
    pub(super) fn is_debian(&self) -> bool {
        !self.is_alpine()
    }

    pub(super) fn is_ubuntu(&self) -> bool {
        self.name == "ubuntu"
    }

    pub(super) fn is_node(&self) -> bool {
        self.name == NODE
    }

    /// Whether its packages are few enough to know that it has none of those that builds ask for.
    pub(super) fn is_small(&self) -> bool {
        ["debian", "ubuntu"].contains(&self.name) || self.tag.contains("slim")
    }

    /// Whether its shell is known to have no `set -o pipefail`. dash has it since Debian 13 and Ubuntu 25.04.
    pub(super) fn is_before_pipefail(&self) -> bool {
        let number = self.tag.split(['.', '-']).next().and_then(|number| number.parse::<u32>().ok());
        let is_old = match self.name {
            "debian" => number.is_some_and(|number| number < 13),
            "ubuntu" => number.is_some_and(|number| number < 25),
            _ => false,
        };
        self.is_debian() && (is_old || self.tag.split('-').any(|part| OLD.contains(&part)))
    }

    /// Whether it certainly does not have a program.
    pub(super) fn lacks(&self, program: &str) -> bool {
        if self.is_oldest() {
            return false;
        }
        let own: &[&str] = match self.name {
            PYTHON => &["python", "python3", "pip", "pip3"],
            NODE => &["node", "npm", "npx"],
            "php" => &["curl", "gcc", "g++", "cc", "make", "bash", "gpg"],
            "rust" => &["gcc", "cc"],
            _ => &[],
        };
        !own.contains(&program) && self.missing().iter().any(|programs| programs.contains(&program))
    }

    /// Programs that its variant does not have.
    fn missing(&self) -> &'static [&'static [&'static str]] {
        const DEBIAN: &[&str] = &["apk", "yum", "dnf", "sudo", "jq", "pip", "pip3", "node", "npm", "npx"];
        const SMALL: &[&str] =
            &["curl", "wget", "git", "unzip", "gpg", "gcc", "g++", "cc", "make", "python", "python3"];
        match (self.name, self.tag) {
            ("golang", _) if !self.is_alpine() => &[DEBIAN, &["unzip"]],
            ("buildpack-deps", tag) if tag.ends_with("curl") => &[DEBIAN, &["git", "gcc", "g++", "make", "unzip"]],
            ("buildpack-deps", tag) if tag.ends_with("scm") => &[DEBIAN, &["gcc", "g++", "make", "unzip"]],
            _ if SERVICES.contains(&self.name) => &[],
            _ if self.is_alpine() => &[
                &["apt-get", "apt", "yum", "dnf", "sudo", "jq", "pip", "pip3", "node", "npm", "npx", "bash"],
                &["curl", "git", "gpg", "gcc", "g++", "cc", "make", "python", "python3"],
            ],
            ("php", _) => &[DEBIAN, &["git", "wget", "unzip", "python", "python3"]],
            _ if self.is_small() => &[DEBIAN, SMALL],
            _ => &[DEBIAN],
        }
    }

    /// Whether it is old enough to have what its successors do not have.
    pub(super) fn is_oldest(&self) -> bool {
        let number = self.tag.split(['.', '-']).next().and_then(|number| number.parse::<u32>().ok());
        let first = match self.name {
            NODE => 12,
            "debian" => 10,
            "ubuntu" => 18,
            _ => 0,
        };
        let is_undecided = self.tag.contains('$') && DEBIANS.contains(&self.name);
        is_undecided
            || number.is_some_and(|number| number < first)
            || self.tag.split('-').any(|part| OLDEST.contains(&part))
    }
}
