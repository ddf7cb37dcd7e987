//! What systems make of names, so that a definition and its files mean the same on all of them, or are an error.
//!
//! | | Linux | macOS | Windows |
//! |---|---|---|---|
//! | [`refuse`](Platform::refuse) | | | paths that would mean something else there |
//! | [`is_spelled`](Platform::is_spelled) | | by listing | by listing |
//! | [`name`](Platform::name) | as listed | composed | with `/` |
//! | [`target`](Platform::target) | as written | as written | with `/` |
//!
//! The system is a parameter, not a `cfg`: every line is compiled and tested everywhere.

use std::fs;
use std::path::Path;

use pithy_image::{Code, Problem};
use unicode_normalization::char::{canonical_combining_class, compose};

/// A system, as far as its names go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Platform {
    /// Linux, and all to which a name is its bytes. A mount that folds case is not noticed: what is spelled wrong works
    /// there, with the key that the definition's spelling makes, and is missing elsewhere.
    Unix,
    /// Opens names in any case and Unicode form, and may list them decomposed.
    MacOs,
    /// Opens names in any case, and some as devices, streams or several names.
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
    /// Refuses a path of a definition that would not be opened as the names it has.
    pub(crate) fn refuse(self, path: &str, pointer: &str) -> Result<(), Problem> {
        let mut names = path.split('/').filter(|name| *name != ".");
        let Some(reason) = names.find_map(not_on_windows).filter(|_| self == Self::Windows) else { return Ok(()) };
        let message = format!("`{path}` would not be on Windows what it is elsewhere: {reason}.");
        let hint = if path.contains('\\') {
            "Write the path with `/`."
        } else {
            "Give a path below the root with other names, or resolve the image on another system."
        };
        Err(Problem::new(Code::InvalidPath, pointer, message, hint))
    }

    /// Whether something that exists has just this path. Where a wrong one opens it too, directories are listed; one
    /// that may not be listed is taken for right.
    pub(crate) fn is_spelled(self, root: &Path, path: &str) -> bool {
        self == Self::Unix || path == "." || self.spelling(root, path).is_some_and(|found| found == path)
    }

    /// What to do about a path that does not exist as it is written.
    pub(crate) fn hint(self, root: &Path, path: &str) -> String {
        match self.spelling(root, path).filter(|found| found != path) {
            Some(found) if composed(&found) == composed(path) => {
                format!("The name of `{found}` only looks the same: give both the composed form of Unicode (NFC).")
            }
            Some(found) => format!("Write `{found}`, as it is on disk: not every system takes both for the same."),
            None if path.contains('\\') => "Write the path with `/`.".to_owned(),
            None => "Correct the path, make the file, or give the right `root`.".to_owned(),
        }
    }

    /// The names of a path as they are listed. `None` if one of them is not there in any spelling.
    fn spelling(self, root: &Path, path: &str) -> Option<String> {
        let mut directory = root.to_path_buf();
        let mut found = Vec::new();
        for part in path.split('/') {
            let listed = match names(&directory) {
                Ok(names) => self.alike(part, names)?,
                Err(_) => part.to_owned(),
            };
            directory.push(&listed);
            found.push(self.name(&listed));
        }
        Some(found.join("/"))
    }

    /// The name that is meant: the same, or else the first that differs in case or Unicode form alone.
    fn alike(self, part: &str, names: Vec<String>) -> Option<String> {
        if let Some(same) = names.iter().find(|name| self.name(name) == part) {
            return Some(same.clone());
        }
        let part = folded(part);
        names.into_iter().filter(|name| folded(name) == part).min()
    }

    /// A listed name or path as it counts. A composed one is still opened on macOS, whose own file systems take both
    /// forms; one that does not (a network's) makes the file unreadable, which is told.
    pub(crate) fn name(self, listed: &str) -> String {
        match self {
            Self::Unix => listed.to_owned(),
            Self::MacOs => composed(listed),
            Self::Windows => listed.replace('\\', "/"),
        }
    }

    /// What is written in a link, as it counts. An absolute target begins with `/`: it leads out of any source.
    pub(crate) fn target(self, written: &str) -> String {
        if self != Self::Windows {
            return written.to_owned();
        }
        let target = written.replace('\\', "/");
        if target.as_bytes().get(1) == Some(&b':') { format!("/{target}") } else { target }
    }
}

/// The names in a directory, but for those that are no text.
fn names(directory: &Path) -> std::io::Result<Vec<String>> {
    let entries = fs::read_dir(directory)?;
    Ok(entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect())
}

/// Why Windows does not take a name for itself.
fn not_on_windows(name: &str) -> Option<String> {
    let forbidden = |c: &char| c.is_ascii_control() || r#"\<>:"|?*"#.contains(*c);
    match name.chars().find(forbidden) {
        Some('\\') => return Some("there, `\\` stands between two names".to_owned()),
        Some(':') => return Some("there, `:` follows a drive, or the file of a stream".to_owned()),
        Some(c) => return Some(format!("there, no name can have `{}`", c.escape_debug())),
        None => {}
    }
    if name.ends_with(['.', ' ']) {
        return Some(format!("there, `{name}` loses the dots and blanks at its end"));
    }
    is_device(name).then(|| format!("there, `{name}` is a device"))
}

/// Whatever follows the first dot, and blanks before it, do not count.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end_matches(' ').to_ascii_uppercase();
    let port = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
    let is_port = port.is_some_and(|number| {
        let mut digits = number.chars();
        matches!((digits.next(), digits.next()), (Some('1'..='9' | '¹' | '²' | '³'), None))
    });
    is_port || matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
}

/// What is equal in names that differ in case or Unicode form alone. Good enough for a hint, and only hints need it:
/// whether a path is right, its exact name decides.
fn folded(name: &str) -> String {
    composed(&name.to_lowercase())
}

/// Joins letters with the marks after them, as git does on macOS (`core.precomposeunicode`).
///
/// This is not NFC, which would also replace what has no marks (`Å`, the sign of Ångström, and CJK ideographs kept for
/// compatibility): those are listed as they were written, on macOS as on Linux.
fn composed(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut chars: Vec<char> = Vec::with_capacity(text.len());
    let (mut letter, mut last_class) = (None, 0);
    for next in text.chars() {
        let class = canonical_combining_class(next);
        if let Some(at) = letter
            && (at + 1 == chars.len() || last_class < class)
            && let Some(joined) = compose(chars[at], next)
        {
            chars[at] = joined;
            continue;
        }
        if class == 0 {
            letter = Some(chars.len());
        }
        last_class = class;
        chars.push(next);
    }
    chars.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Platform::{MacOs, Unix, Windows};
    use unicode_normalization::UnicodeNormalization as _;

    const ALL: [Platform; 3] = [Unix, MacOs, Windows];

    /// `é`, as one character and as two.
    const ONE: &str = "caf\u{e9}.sh";
    const TWO: &str = "cafe\u{301}.sh";

    fn root(files: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        root
    }

    fn refusal(path: &str) -> Option<Problem> {
        Windows.refuse(path, "/at").err()
    }

    #[test]
    fn what_windows_would_read_otherwise_is_refused_there_and_a_name_elsewhere() {
        let separators = [r"src\app", r"\app", r"..\app", r"~\app", "a/b\\"];
        let drives_and_streams = ["C:", "C:x", "c:x", "src/C:x", "run.sh:stream", "run.sh::$DATA"];
        let characters = ["a<b", "a>b", "a\"b", "a|b", "a?", "*.py", "a\nb", "a\u{1f}"];
        let ends = ["a.", "a ", "a /b", ".../b", "a. ."];
        let devices = [
            "CON",
            "nul",
            "Prn",
            "aux.txt",
            "src/aux.c/x",
            "COM1",
            "com9.tar.gz",
            "LPT\u{b2}",
            "com\u{b9}",
            "nul .txt",
            "conin$",
            "CONOUT$",
        ];
        for path in [&separators[..], &drives_and_streams, &characters, &ends, &devices].concat() {
            let problem = refusal(path).unwrap_or_else(|| panic!("`{path}` is refused"));
            assert_eq!((problem.code, problem.path.as_str()), (Code::InvalidPath, "/at"));
            assert!(problem.message.contains(path), "{}", problem.message);
            assert!(Unix.refuse(path, "").is_ok() && MacOs.refuse(path, "").is_ok(), "`{path}` is a name elsewhere");
        }
    }

    #[test]
    fn names_that_windows_takes_for_themselves_are_not_refused() {
        let near =
            ["COM0", "COM10", "COM", "LPT", "com\u{2074}", "console", "null", "auxiliary.c", "nul_", "src/my.aux"];
        let plain = [".", "a", "a b", ".env", "..a", "a..b", "[id].tsx", "$x", "it's", "~", ONE, TWO, "#1", "%TEMP%"];
        for path in [&near[..], &plain].concat() {
            assert_eq!(refusal(path), None);
        }
    }

    #[test]
    fn a_path_with_backslashes_is_told_to_have_slashes() {
        assert_eq!(refusal(r"src\app").unwrap().hint, "Write the path with `/`.");
        assert_ne!(refusal("aux").unwrap().hint, "Write the path with `/`.");
    }

    #[test]
    fn where_case_is_folded_a_path_is_right_only_as_it_is_listed() {
        let root = root(&["daytona/Execution.sh", "run"]);
        for platform in [MacOs, Windows] {
            for path in [".", "run", "daytona", "daytona/Execution.sh"] {
                assert!(platform.is_spelled(root.path(), path), "{platform:?} `{path}`");
            }
            for path in ["Run", "Daytona", "daytona/execution.sh", "Daytona/Execution.sh", "DAYTON~1", "run "] {
                assert!(!platform.is_spelled(root.path(), path), "{platform:?} `{path}`");
            }
        }
    }

    #[test]
    fn a_wrong_case_is_answered_with_the_right_one_everywhere() {
        let root = root(&["daytona/Execution.sh", "daytona/other.sh"]);
        for platform in ALL {
            let hint = platform.hint(root.path(), "Daytona/execution.SH");
            assert!(hint.contains("`daytona/Execution.sh`"), "{hint}");
            for path in ["daytona/none.sh", "daytona/other.sh/x", "none/Execution.sh"] {
                let hint = platform.hint(root.path(), path);
                assert!(hint.starts_with("Correct the path"), "{hint}");
            }
        }
    }

    #[test]
    fn the_exact_name_goes_before_one_that_is_alike() {
        for platform in ALL {
            let names = || ["README", "ReadMe", "readme"].map(str::to_owned).to_vec();
            assert_eq!(platform.alike("readme", names()).unwrap(), "readme");
            assert_eq!(platform.alike("Readme", names()).unwrap(), "README", "always the same one");
            assert_eq!(platform.alike("readme.md", names()), None);
            let names = || [ONE, TWO].map(str::to_owned).to_vec();
            assert_eq!(platform.alike(ONE, names()).unwrap(), ONE);
            assert_eq!(platform.alike("CAF\u{c9}.SH", names()).unwrap(), TWO);
        }
        let names = ["CAF\u{c9}.sh", TWO].map(str::to_owned).to_vec();
        assert_eq!(MacOs.alike(ONE, names).unwrap(), TWO, "the same once it is composed");
    }

    #[cfg(target_os = "linux")] // others may list what they were not given
    #[test]
    fn on_macos_a_decomposed_name_on_disk_is_written_composed() {
        let root = root(&[&format!("de\u{301}p\u{f4}t/{TWO}")]);
        let path = format!("d\u{e9}p\u{f4}t/{ONE}");
        assert!(MacOs.is_spelled(root.path(), &path), "as a checkout on Linux has it");
        for wrong in [format!("d\u{e9}p\u{f4}t/{TWO}"), path.to_uppercase()] {
            assert!(!MacOs.is_spelled(root.path(), &wrong));
            assert!(MacOs.hint(root.path(), &wrong).contains(&path));
        }
        assert!(!Windows.is_spelled(root.path(), &path), "names are what they are on Windows");
    }

    #[cfg(target_os = "linux")] // others may list what they were not given
    #[test]
    fn a_name_that_only_looks_the_same_is_told_so() {
        for (on_disk, written) in [(ONE, TWO), (TWO, ONE)] {
            let root = root(&[on_disk]);
            for platform in [Unix, Windows] {
                let hint = platform.hint(root.path(), written);
                assert!(hint.contains(&format!("`{on_disk}` only looks the same")), "{hint}");
            }
        }
    }

    #[test]
    fn a_directory_that_cannot_be_listed_is_taken_for_right() {
        let root = root(&["file"]);
        assert!(MacOs.is_spelled(root.path(), "file/x"), "as `file` cannot be listed");
        assert!(!MacOs.is_spelled(root.path(), "File/x"));
    }

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
    fn marks_are_joined_and_nothing_else_is_changed() {
        for (decomposed, expected) in [
            ("e\u{301}", "\u{e9}"),
            ("A\u{30a}", "\u{c5}"),
            ("e\u{323}\u{302}", "\u{1ec7}"),          // two marks, one after the other
            ("a\u{321}\u{301}", "\u{e1}\u{321}"),     // past a mark of another place
            ("a\u{315}\u{301}", "a\u{315}\u{301}"),   // not past one of the same place or a later one
            ("q\u{323}\u{301}", "q\u{323}\u{301}"),   // no such letter
            ("\u{1112}\u{1161}\u{11ab}", "\u{d55c}"), // Hangul
            ("\u{304b}\u{3099}", "\u{304c}"),         // kana
            ("\u{9c7}\u{9be}", "\u{9cb}"),            // a vowel of two halves, neither of them a mark
            ("\u{301}e", "\u{301}e"),
        ] {
            assert_eq!(composed(decomposed), expected, "{}", decomposed.escape_unicode());
        }
        for same in ["", "a", ONE, "\u{212b}", "\u{2126}", "\u{fa19}", "\u{fb2a}", "\u{1f468}\u{200d}\u{1f4bb}"] {
            assert_eq!(composed(same), same, "{}", same.escape_unicode());
        }
    }

    #[test]
    fn every_character_with_a_composed_form_is_found_again() {
        for c in ('\0'..=char::MAX).filter(|c| c.nfc().eq([*c])) {
            assert_eq!(composed(&c.nfd().collect::<String>()), c.to_string(), "U+{:04X}", u32::from(c));
        }
    }
}
