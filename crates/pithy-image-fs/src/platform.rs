//! What systems make of names, so that a definition and its files mean the same on all of them.
//!
//! | | Linux | macOS | Windows |
//! |---|---|---|---|
//! | [`name`](Platform::name) | as listed | composed | with `/` |
//! | [`target`](Platform::target) | as written | as written | with `/` |
//! | [`root`](Platform::root) | as it is | as it is | without `\\?\` |
//!
//! The system is a parameter, not a `cfg`: every line is compiled and tested everywhere. Whether a path is right, its names
//! decide as they are listed: that macOS and Windows would open others as well does not matter.

use crate::unicode::composed;

/// A system, as far as its names go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Platform {
    /// Linux, and all to which a name is its bytes.
    Unix,
    /// May list names in decomposed Unicode.
    MacOs,
    /// Separates names by `\`.
    Windows,
}

/// The system that this program runs on.
pub(crate) const HOST: Platform = if cfg!(windows) {
    Platform::Windows
} else if cfg!(target_vendor = "apple") {
    Platform::MacOs
} else {
    Platform::Unix
};

impl Platform {
    /// A listed name or path as it counts. A composed one can still be opened on macOS, whose own file systems take both
    /// forms; on one that does not (a network's) the file is unreadable, which is reported.
    pub(crate) fn name(self, listed: &str) -> String {
        match self {
            Self::Unix => listed.to_owned(),
            Self::MacOs => composed(listed),
            Self::Windows => listed.replace('\\', "/"),
        }
    }

    /// What is written in a link, as it counts. An absolute target begins with `/`.
    pub(crate) fn target(self, written: &str) -> String {
        if self != Self::Windows {
            return written.to_owned();
        }
        let target = written.replace('\\', "/");
        if target.as_bytes().get(1) == Some(&b':') { format!("/{target}") } else { target }
    }

    /// The absolute path of a root as people write it: not as the system's longer form of it.
    pub(crate) fn root(self, real: &str) -> String {
        let long = if self == Self::Windows { real.strip_prefix(r"\\?\") } else { None };
        match long.map(|path| (path, path.strip_prefix(r"UNC\"))) {
            Some((_, Some(share))) => format!(r"\\{share}"),
            Some((path, None)) => path.to_owned(),
            None => real.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Platform::{MacOs, Unix, Windows};

    const ALL: [Platform; 3] = [Unix, MacOs, Windows];

    /// `é`, as one character and as two.
    const ONE: &str = "caf\u{e9}.sh";
    const TWO: &str = "cafe\u{301}.sh";

    #[test]
    fn names_count_as_a_checkout_on_linux_has_them() {
        for (listed, unix, macos, windows) in [
            ("a/b.txt", "a/b.txt", "a/b.txt", "a/b.txt"),
            (r"a\b", r"a\b", r"a\b", "a/b"),
            (ONE, ONE, ONE, ONE),
            (TWO, TWO, ONE, TWO),
        ] {
            assert_eq!(ALL.map(|platform| platform.name(listed)), [unix, macos, windows]);
        }
    }

    #[test]
    fn links_count_as_a_checkout_on_linux_has_them() {
        for (written, windows) in [
            ("../a/b", "../a/b"),
            (r"..\a\b", "../a/b"),
            (r"C:\a", "/C:/a"),
            (r"c:a", "/c:a"),
            (r"\\?\C:\a", "//?/C:/a"),
            (r"\a", "/a"),
            (TWO, TWO),
        ] {
            assert_eq!(ALL.map(|platform| platform.target(written)), [written, written, windows]);
        }
    }

    #[test]
    fn a_root_is_written_as_people_write_it() {
        for (real, windows) in [
            (r"\\?\C:\srv\app", r"C:\srv\app"),
            (r"\\?\UNC\server\share\app", r"\\server\share\app"),
            (r"C:\srv", r"C:\srv"),
            ("/srv/app", "/srv/app"),
        ] {
            assert_eq!(ALL.map(|platform| platform.root(real)), [real, real, windows]);
        }
    }
}
