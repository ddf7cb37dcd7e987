//! Files: where they come from, where they go, and with which mode.

use std::fmt;

use base64::Engine as _;

use super::{Builder, Copy, Destination, Instruction, LocalSource, Mode, Origin, SourceKind};
use crate::ignore::{IgnoreError, IgnoreRules};
use crate::problem::Code;
use crate::source::bad_layer_name;
use crate::step;
use crate::text::shell_word;

impl Builder<'_> {
    pub(super) fn add_local_file(&mut self, step: &step::AddLocalFile) {
        let path = self.local_path(&"/source", &step.source);
        if path == "." && !step.source.is_empty() {
            self.report(Code::SourceWrongKind, &"/source", "The source is the root itself.", "Name a file below it.");
        }
        let name = base_name(&path).to_owned();
        let copy = Copy {
            origin: self.local(&"/source", path, SourceKind::File),
            destination: self.file_destination(&step.destination, Some(name)),
            mode: self.mode(step.mode, Mode::FromFile),
            chown: self.chown(step.chown.as_deref()),
            ..self.no_copy()
        };
        self.copy(copy);
    }

    pub(super) fn add_local_dir(&mut self, step: &step::AddLocalDir) {
        let path = self.local_path(&"/source", &step.source);
        let rules = self.ignore_file(step.ignore_file.as_deref(), &path).chain(self.exclude(&step.exclude));
        let mut destination = self.image_path(&"/destination", &step.destination);
        if !destination.ends_with('/') {
            destination.push('/');
        }
        let copy = Copy {
            origin: self.local(&"/source", path, SourceKind::Directory { rules }),
            destination: Destination::Directory(destination),
            chown: self.chown(step.chown.as_deref()),
            ..self.no_copy()
        };
        self.copy(copy);
    }

    /// The rules of the file that is named, or else of the root's `.dockerignore`, for the paths below a source.
    fn ignore_file(&mut self, named: Option<&str>, source: &str) -> IgnoreRules {
        let path = named.map(|path| self.local_path(&"/ignoreFile", path));
        let field = if named.is_some() { "/ignoreFile" } else { "/source" };
        let file = path.as_deref().unwrap_or(DOCKERIGNORE);
        let Some(content) = self.text(file, named.is_none(), &field) else { return IgnoreRules::default() };
        let Ok(text) = str::from_utf8(content) else {
            let message = format!("`{file}` is not UTF-8.");
            self.report(Code::InvalidPattern, &field, message, "Save it as UTF-8.");
            return IgnoreRules::default();
        };
        let rules = IgnoreRules::from_file(file, text).unwrap_or_else(|error| {
            let IgnoreError { line, pattern, reason } = error;
            let message = format!("`{file}`, line {line}: not a pattern: `{pattern}`: {reason}.");
            self.report(Code::InvalidPattern, &field, message, "Correct the line, or leave it out.");
            IgnoreRules::default()
        });
        if named.is_some() { rules } else { rules.below(source) }
    }

    fn exclude(&mut self, patterns: &[String]) -> IgnoreRules {
        for (i, pattern) in patterns.iter().enumerate() {
            if let Err(error) = IgnoreRules::from_patterns([pattern]) {
                let message = format!("Not a pattern: `{pattern}`: {}.", error.reason);
                self.report(
                    Code::InvalidPattern,
                    &format_args!("/exclude/{i}"),
                    message,
                    "Correct it, or leave it out.",
                );
            }
        }
        IgnoreRules::from_patterns(patterns).unwrap_or_default()
    }

    pub(super) fn add_file(&mut self, step: &step::AddFile) {
        let bytes = match (&step.text, &step.base64) {
            (Some(text), None) => Some(text.clone().into_bytes()),
            (None, Some(base64)) => base64::engine::general_purpose::STANDARD.decode(base64).ok(),
            _ => None,
        };
        if bytes.is_none() {
            let message = match (&step.text, &step.base64) {
                (None, Some(_)) => "The content is not base64.",
                _ => "The content is neither `text` nor `base64`, or both.",
            };
            self.report(Code::InvalidContent, &"", message, "Give a string or bytes.");
        }
        let copy = Copy {
            origin: Origin::Inline(bytes.unwrap_or_default()),
            destination: self.file_destination(&step.destination, None),
            mode: self.mode(step.mode, Mode::Executable(false)),
            chown: self.chown(step.chown.as_deref()),
            ..self.no_copy()
        };
        self.copy(copy);
    }

    pub(super) fn symlink(&mut self, step: &step::Symlink) {
        if step.target.is_empty() {
            self.report(Code::Empty, &"/target", "The target is empty.", "Say what the link points to.");
        }
        if step.path.ends_with('/') {
            let message = format!("`{}` is a directory, and the link has no name.", step.path);
            self.report(Code::InvalidPath, &"/path", message, "Add a name.");
        }
        self.argument(&"/target", &step.target);
        let path = self.literal_path(&"/path", &step.path);
        self.push(Instruction::Exec(["ln", "-sfT", "--", &step.target, &path].map(str::to_owned).to_vec()));
    }

    pub(super) fn make_dir(&mut self, step: &step::MakeDir) {
        let path = self.literal_path(&"/path", &step.path);
        let path = shell_word(&if path.starts_with('-') { format!("./{path}") } else { path });
        let mut commands = vec![format!("mkdir -p {path}")];
        if let Some(mode) = step.mode {
            self.check_mode(mode);
            commands.push(format!("chmod {mode:04o} {path}"));
        }
        commands.extend(self.chown(step.chown.as_deref()).map(|owner| format!("chown {owner} {path}")));
        self.run(commands.join(" && "));
    }

    /// What a copy is before anything is said of it.
    pub(super) fn no_copy(&self) -> Copy {
        Copy {
            origin: Origin::Inline(Vec::new()),
            destination: Destination::Directory(String::new()),
            workdir: self.scope.workdir.clone(),
            mode: Mode::FromFile,
            chown: None,
            stage: self.scope.stage.name.clone(),
            step: self.by(()).step,
            sha256: None,
        }
    }

    pub(super) fn copy(&mut self, copy: Copy) {
        self.push(Instruction::Copy(self.recipe.copies.len()));
        self.recipe.copies.push(copy);
    }

    pub(super) fn local(&self, field: &dyn fmt::Display, path: String, kind: SourceKind) -> Origin {
        Origin::Local(LocalSource { path, kind, pointer: self.pointer(field) })
    }

    fn file_destination(&mut self, destination: &str, source_name: Option<String>) -> Destination {
        let is_directory = destination.ends_with('/') || destination.ends_with("/.");
        let mut path = self.literal_path(&"/destination", destination);
        if is_directory || path == "." || path == "/" {
            if let Some(name) = &source_name {
                path = clean(&format!("{path}/{name}")).unwrap_or_default();
                self.layer_name(&"/destination", &path);
            } else {
                let message = format!("`{destination}` is a directory, and the file has no name of its own.");
                self.report(Code::InvalidPath, &"/destination", message, "Add a file name.");
            }
        }
        let source_name = source_name.unwrap_or_else(|| base_name(&path).to_owned());
        Destination::File { path, source_name }
    }

    fn mode(&mut self, mode: Option<u32>, default: Mode) -> Mode {
        let Some(mode) = mode else { return default };
        self.check_mode(mode);
        match mode {
            0o644 => Mode::Executable(false),
            0o755 => Mode::Executable(true),
            other => Mode::Other(other),
        }
    }

    fn check_mode(&mut self, mode: u32) {
        if mode > 0o7777 {
            let message = format!("Not a file mode: {mode}.");
            self.report(Code::InvalidMode, &"/mode", message, "Give a number such as `0o755`.");
        } else if DECIMAL_MODES.contains(&mode) {
            let message = format!("The mode {mode} is decimal, and means 0o{mode:o}.");
            self.report(Code::InvalidMode, &"/mode", message, &format!("Write `0o{mode}`."));
        }
    }

    pub(super) fn chown(&mut self, owner: Option<&str>) -> Option<String> {
        owner.map(|owner| self.owner(&"/chown", owner))
    }

    /// A path in the image that does not begin with a variable; `$id.tsx` further on is a name.
    pub(super) fn literal_path(&mut self, field: &dyn fmt::Display, path: &str) -> String {
        if let Some((first, _)) = path.split_once('/') {
            self.no_variable(field, first);
        }
        self.image_path(field, path)
    }

    /// A path in the image, cleaned as Docker does it.
    pub(super) fn image_path(&mut self, field: &dyn fmt::Display, path: &str) -> String {
        self.one_line(field, path);
        if path.is_empty() {
            self.report(Code::Empty, field, "The path is empty.", "Give a path in the image, such as `/app`.");
            return String::new();
        }
        if path == "~" || path.starts_with("~/") {
            let message = format!("`{path}` would have to be expanded, but paths in the image are literal.");
            self.report(Code::VariableNotExpanded, field, message, "Write the path out, such as `/root` for `~`.");
        }
        self.layer_name(field, path);
        clean(path).unwrap_or_else(|| {
            let message = format!("`{path}` leads out of the working directory.");
            self.report(Code::InvalidPath, field, message, "Give an absolute path, such as `/app`.");
            path.to_owned()
        })
    }

    pub(super) fn layer_name(&mut self, field: &dyn fmt::Display, path: &str) {
        if let Some(reason) = path.split('/').find_map(bad_layer_name) {
            let message = format!("No image can hold `{path}`: {reason}.");
            self.report(Code::InvalidFileName, field, message, "Take another name.");
        }
    }

    /// A path below the root. Absolute paths and `~` differ from machine to machine and are refused.
    pub(super) fn local_path(&mut self, field: &dyn fmt::Display, path: &str) -> String {
        self.no_nul(field, path);
        if path.is_empty() {
            self.report(Code::Empty, field, "The path is empty.", "Give a path below the root.");
            return ".".to_owned();
        }
        if is_absolute(path) {
            let message = format!("`{path}` is not relative, and would differ on another machine.");
            let hint =
                "Give the path below the root, the directory that `root` names or where the program was started.";
            self.report(Code::InvalidPath, field, message, hint);
            return path.to_owned();
        }
        clean(path).unwrap_or_else(|| {
            let message = format!("`{path}` lies outside the root.");
            let hint = "Move the file below the root, or take a root that holds both.";
            self.report(Code::SourceOutsideRoot, field, message, hint);
            path.to_owned()
        })
    }
}

/// The ignore file that Docker reads.
pub(crate) const DOCKERIGNORE: &str = ".dockerignore";

/// Usual modes written without `0o`: none is one that anybody means when it is read as decimal.
const DECIMAL_MODES: [u32; 17] =
    [555, 600, 640, 644, 660, 664, 666, 700, 711, 750, 755, 770, 775, 777, 1777, 2755, 2775];

/// A path in the image that starts at a working directory.
pub(crate) fn join(workdir: &str, path: &str) -> String {
    clean(&if path.starts_with('/') { path.to_owned() } else { format!("{workdir}/{path}") }).unwrap_or_default()
}

/// Cleans a posix path by its text; `None` if a relative one begins with `..`.
pub(super) fn clean(path: &str) -> Option<String> {
    let absolute = path.starts_with('/');
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.pop().is_some() || absolute => {}
            ".." => return None,
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    Some(if absolute { format!("/{joined}") } else { non_empty(joined) })
}

fn non_empty(path: String) -> String {
    if path.is_empty() { ".".to_owned() } else { path }
}

/// The last component of a clean path.
pub(super) fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Paths of one machine: posix, home, URLs, and those of Windows with a drive or a server. What only Windows takes for
/// such a path (`C:a`, `\a`) is a name elsewhere, and refused there when it is read.
fn is_absolute(path: &str) -> bool {
    let drive = matches!(path.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic());
    drive || path == "~" || ["/", "~/", "\\\\", "file:"].iter().any(|prefix| path.starts_with(prefix))
}
