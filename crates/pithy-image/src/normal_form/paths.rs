//! Paths: in the image, and below the root; and the rules that leave some out.

use std::fmt;

use super::{Builder, Destination};
use crate::identity::bad_layer_name;
use crate::ignore::{IgnoreError, IgnoreRules};
use crate::path::{base_name, clean};
use crate::problem::Code;

impl Builder<'_> {
    /// Where a file goes in the image. `source_name` is the name that it has of its own, if it has one.
    pub(crate) fn file_destination(&mut self, destination: &str, source_name: Option<String>) -> Destination {
        let is_directory = destination.ends_with('/') || destination.ends_with("/.");
        let mut path = self.literal_path(&"/destination", destination);
        if is_directory || path == "." || path == "/" {
            if let Some(name) = &source_name {
                path = clean(&format!("{path}/{name}")).unwrap_or_default();
                self.check_layer_name(&"/destination", &path);
            } else {
                let message = format!("`{destination}` is a directory, and the file has no name of its own.");
                self.report(Code::InvalidPath, &"/destination", message, "Add a file name.");
            }
        }
        let source_name = source_name.unwrap_or_else(|| base_name(&path).to_owned());
        Destination::File { path, source_name }
    }

    /// A path in the image that neither begins with a variable nor is one; `$id.tsx` is a name.
    pub(crate) fn literal_path(&mut self, field: &dyn fmt::Display, path: &str) -> String {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if let Some((first, _)) = path.split_once('/') {
            self.check_no_variable(field, first);
        } else if path.strip_prefix('$').is_some_and(|name| name.starts_with('{') || name.chars().all(is_name)) {
            self.check_no_variable(field, path);
        }
        self.image_path(field, path)
    }

    /// [`Builder::literal_path`], with the `/` at its end if it had one.
    pub(crate) fn path_with_end(&mut self, field: &dyn fmt::Display, path: &str) -> String {
        let mut clean = self.literal_path(field, path);
        if path.ends_with('/') && !clean.ends_with('/') {
            clean.push('/');
        }
        clean
    }

    /// A path in the image, cleaned as Docker does it.
    pub(crate) fn image_path(&mut self, field: &dyn fmt::Display, path: &str) -> String {
        self.check_one_line(field, path);
        if path.is_empty() {
            self.report(Code::Empty, field, "The path is empty.", "Give a path in the image, such as `/app`.");
            return String::new();
        }
        if path == "~" || path.starts_with("~/") {
            let message = format!("`{path}` would have to be expanded, but paths in the image are literal.");
            self.report(Code::VariableNotExpanded, field, message, "Write the path out, such as `/root` for `~`.");
        }
        self.check_layer_name(field, path);
        clean(path).unwrap_or_else(|| {
            let message = format!("`{path}` leads out of the working directory.");
            self.report(Code::InvalidPath, field, message, "Give an absolute path, such as `/app`.");
            path.to_owned()
        })
    }

    /// The rules of the ignore file at a path below the root.
    pub(crate) fn ignore_rules(&mut self, path: &str, content: &[u8], field: &dyn fmt::Display) -> IgnoreRules {
        let Ok(text) = str::from_utf8(content) else {
            let message = format!("`{path}` is not UTF-8.");
            self.report(Code::InvalidPattern, field, message, "Save it as UTF-8.");
            return IgnoreRules::default();
        };
        IgnoreRules::from_file(path, text).unwrap_or_else(|error| {
            let IgnoreError { line, pattern, reason } = error;
            let message = format!("`{path}`, line {line}: invalid pattern `{pattern}`: {reason}.");
            self.report(Code::InvalidPattern, field, message, "Correct the line, or leave it out.");
            IgnoreRules::default()
        })
    }

    pub(crate) fn check_layer_name(&mut self, field: &dyn fmt::Display, path: &str) {
        if let Some(reason) = path.split('/').find_map(bad_layer_name) {
            let message = format!("No image can hold `{path}`: {reason}.");
            self.report(Code::InvalidFileName, field, message, "Use another name.");
        }
    }

    pub(crate) fn check_no_variable(&mut self, field: &dyn fmt::Display, path: &str) {
        if has_variable(path) {
            let message = format!("`{path}` would have to be expanded, but paths in the image are literal.");
            self.report(Code::VariableNotExpanded, field, message, "Write the path out, such as `/root` for `$HOME`.");
        }
    }

    /// A path below the root. Absolute paths and `~` differ from machine to machine and are refused.
    pub(crate) fn local_path(&mut self, field: &dyn fmt::Display, path: &str) -> String {
        self.check_no_nul(field, path);
        if path.is_empty() {
            self.report(Code::Empty, field, "The path is empty.", "Give a path below the root.");
            return ".".to_owned();
        }
        if is_absolute(path) {
            let message = format!("`{path}` is not relative, and would differ on another machine.");
            let hint =
                "Give the path below the root: the directory of the option `root`, or else the working directory.";
            self.report(Code::InvalidPath, field, message, hint);
            return path.to_owned();
        }
        clean(path).unwrap_or_else(|| {
            let message = format!("`{path}` lies outside the root.");
            let hint = "Move the file below the root, or use a root that holds both.";
            self.report(Code::SourceOutsideRoot, field, message, hint);
            path.to_owned()
        })
    }
}

/// Whether a shell would find a variable with a name.
pub(crate) fn has_variable(text: &str) -> bool {
    text.split('$').skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic() || "_{".contains(c)))
}

/// Paths of one machine: posix, home, URLs, and those of Windows with a drive or a server. What only Windows takes for
/// such a path (`C:a`, `\a`) is a name elsewhere, and refused there when it is read.
fn is_absolute(path: &str) -> bool {
    let drive = matches!(path.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic());
    drive || path == "~" || ["/", "~/", "\\\\", "file:"].iter().any(|prefix| path.starts_with(prefix))
}
