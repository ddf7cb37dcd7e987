//! Windows: roots with a drive, and names that mean something else there than elsewhere.
//!
//! The root decides: only on Windows it does not begin with `/`. So every line is tested everywhere.

use std::borrow::Cow;

use crate::problem::{Code, Problem};

/// Whether the absolute path of a root is one of Windows.
pub(super) fn is_root(root: &str) -> bool {
    !root.starts_with('/')
}

/// The path of a root with `/` between names; `\` is part of a name except on Windows.
pub(super) fn with_slashes(root: &str) -> Cow<'_, str> {
    if is_root(root) { root.replace('\\', "/").into() } else { root.into() }
}

/// Refuses a path of a definition that Windows would not open as the names it has.
pub(super) fn refuse(path: &str, pointer: &str) -> Result<(), Problem> {
    let mut names = path.split('/').filter(|name| *name != ".");
    let Some(reason) = names.find_map(not_on_windows) else { return Ok(()) };
    let message = format!("`{path}` means something else on Windows: {reason}.");
    let hint = if path.contains('\\') {
        "Write the path with `/`."
    } else {
        "Use a path below the root with other names, or resolve the image on another system."
    };
    Err(Problem::new(Code::InvalidPath, pointer, message, hint))
}

/// Why Windows does not take a name for itself.
fn not_on_windows(name: &str) -> Option<String> {
    let forbidden = |c: &char| c.is_ascii_control() || r#"\<>:"|?*"#.contains(*c);
    match name.chars().find(forbidden) {
        Some('\\') => return Some("`\\` separates names".to_owned()),
        Some(':') => return Some("`:` follows a drive letter, or precedes the name of a stream".to_owned()),
        Some(c) => return Some(format!("no name can contain `{}`", c.escape_debug())),
        None => {}
    }
    if name.ends_with(['.', ' ']) {
        return Some(format!("`{name}` loses its trailing dots and spaces"));
    }
    is_device(name).then(|| format!("`{name}` is a device"))
}

/// What follows the first dot, and spaces before it, do not count.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end_matches(' ').to_ascii_uppercase();
    let port = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
    let is_port = port.is_some_and(|number| {
        let mut digits = number.chars();
        matches!((digits.next(), digits.next()), (Some('1'..='9' | '¹' | '²' | '³'), None))
    });
    is_port || matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(path: &str) -> Option<Problem> {
        refuse(path, "/at").err()
    }

    #[test]
    fn what_windows_would_read_otherwise_is_refused() {
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
            let problem = refusal(path).unwrap_or_else(|| panic!("`{path}` is not refused"));
            assert_eq!((problem.code, problem.path.as_str()), (Code::InvalidPath, "/at"));
            assert!(problem.message.contains(path), "{}", problem.message);
        }
    }

    #[test]
    fn names_that_windows_takes_for_themselves_are_not_refused() {
        let near =
            ["COM0", "COM10", "COM", "LPT", "com\u{2074}", "console", "null", "auxiliary.c", "nul_", "src/my.aux"];
        let plain = [
            ".",
            "a",
            "a b",
            ".env",
            "..a",
            "a..b",
            "[id].tsx",
            "$x",
            "it's",
            "~",
            "caf\u{e9}.sh",
            "cafe\u{301}.sh",
            "#1",
            "%TEMP%",
        ];
        for path in [&near[..], &plain].concat() {
            assert_eq!(refusal(path), None);
        }
    }

    #[test]
    fn a_path_with_backslashes_should_have_slashes() {
        assert_eq!(refusal(r"src\app").unwrap().hint, "Write the path with `/`.");
        assert_ne!(refusal("aux").unwrap().hint, "Write the path with `/`.");
    }

    #[test]
    fn only_roots_of_windows_have_backslashes_between_names() {
        for (root, expected, is_windows) in [
            (r"C:\a\b", "C:/a/b", true),
            (r"\\server\share", "//server/share", true),
            (r"/srv/a\b", r"/srv/a\b", false),
        ] {
            assert_eq!((with_slashes(root).as_ref(), is_root(root)), (expected, is_windows));
        }
    }
}
