//! One requirement specifier of pip (PEP 508).

use crate::problem::Code;

/// What is wrong with a line of a file, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Flaw {
    pub(crate) code: Code,
    pub(crate) message: String,
    pub(crate) hint: &'static str,
}

impl Flaw {
    pub(crate) fn requirement(message: String, hint: &'static str) -> Self {
        Self { code: Code::InvalidRequirement, message, hint }
    }
}

/// What is wrong with a requirement specifier.
pub(crate) fn bad_requirement(package: &str) -> Option<Flaw> {
    const ONE_EACH: &str = "Give each package as an entry of its own.";
    if let Some(c) = package.chars().find(|c| matches!(c, '\0' | '\n')) {
        let message = format!("The package has {}.", if c == '\n' { "a newline" } else { "a NUL character" });
        Some(Flaw { code: Code::ForbiddenCharacter, message, hint: ONE_EACH })
    } else if package.is_empty() {
        let message = "The package is empty.".to_owned();
        Some(Flaw { code: Code::Empty, message, hint: "Name a package, or leave the entry out." })
    } else if package.starts_with('-') {
        let hint = "Pass options of pip in `extraOptions`, and a file of requirements to `pipInstallFromRequirements`.";
        Some(Flaw::requirement(format!("`{package}` is an option of pip, not a package."), hint))
    } else if !is_one_requirement(package) {
        let hint = "Write one package, such as `numpy>=1.26; python_version >= '3.10'`, in each entry.";
        Some(Flaw::requirement(format!("`{package}` is not one requirement specifier."), hint))
    } else {
        None
    }
}

/// Whether a string is one requirement (PEP 508), a URL or a path, as pip 23 to 26 read them: what any of them takes.
fn is_one_requirement(package: &str) -> bool {
    let separator = if is_url(package) { "; " } else { ";" };
    let (requirement, marker) = package.split_once(separator).unwrap_or((package, ""));
    let requirement = requirement.trim();
    (is_url(requirement) || is_path(requirement) || is_named(requirement))
        && (marker.trim().is_empty() || is_marker(marker))
}

/// What pip takes for a URL by its beginning.
fn is_url(text: &str) -> bool {
    let scheme = text.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase()).unwrap_or_default();
    ["http", "https", "ftp", "file"].contains(&scheme.as_str())
        || VERSION_CONTROL.iter().any(|system| scheme.starts_with(system))
}

/// A path that is not a name.
fn is_path(text: &str) -> bool {
    text.starts_with(['.', '/']) || text[name_length(text)..].starts_with('/')
}

/// A name with extras, and then a list of versions, a URL, or nothing.
fn is_named(text: &str) -> bool {
    let (name, rest) = text.split_at(name_length(text));
    let rest = rest.trim_start_matches(BLANKS);
    let (extras, rest) = match rest.strip_prefix('[').map(|rest| rest.split_once(']')) {
        Some(Some((extras, rest))) => (extras.trim_matches(BLANKS), rest.trim_start_matches(BLANKS)),
        Some(None) => return false,
        None => ("", rest),
    };
    is_name(name)
        && (extras.is_empty() || extras.split(',').all(|extra| is_name(extra.trim_matches(BLANKS))))
        && match rest.strip_prefix('@').map(|place| place.trim_matches(BLANKS)) {
            Some(place) => place.contains([':', '/']) && !place.contains(BLANKS),
            None => is_version_list(rest),
        }
}

/// What separates words within a requirement.
const BLANKS: [char; 2] = [' ', '\t'];

/// Bytes of the name at the beginning of a requirement.
pub(super) fn name_length(requirement: &str) -> usize {
    requirement.find(|c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c)).unwrap_or(requirement.len())
}

/// A name of a package, or of an extra.
fn is_name(name: &str) -> bool {
    name_length(name) == name.len()
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
}

/// `>=1, <2`, in parentheses or not, perhaps with a comma at its end; also none.
fn is_version_list(versions: &str) -> bool {
    let inner = versions.strip_prefix('(').and_then(|versions| versions.strip_suffix(')')).unwrap_or(versions);
    let inner = inner.trim_matches(BLANKS);
    let clauses = inner.strip_suffix(',').unwrap_or(inner);
    inner.is_empty() || clauses.split(',').all(|clause| is_version_clause(clause.trim_matches(BLANKS)))
}

/// Before 24.1, pip took any word for a version, though not for the beginning of one.
fn is_version_clause(clause: &str) -> bool {
    let Some(operator) = OPERATORS.iter().find(|operator| clause.starts_with(**operator)) else { return false };
    let version = clause[operator.len()..].trim_start_matches(BLANKS);
    let is_word = !version.is_empty() && !version.contains(|c: char| c.is_whitespace() || "();".contains(c));
    is_word && (*operator != "~=" || version.contains('.'))
}

/// Those that begin with another one first.
const OPERATORS: [&str; 8] = ["===", "==", "!=", "<=", ">=", "~=", "<", ">"];

/// Comparisons in parentheses or not, with `and` or `or` between them.
fn is_marker(text: &str) -> bool {
    let mut rest = Words(text);
    let mut open = 0_usize;
    loop {
        while rest.take("(") {
            open += 1;
        }
        if !(rest.take_value() && rest.take_operator() && rest.take_value()) {
            return false;
        }
        while open > 0 && rest.take(")") {
            open -= 1;
        }
        if rest.is_empty() {
            return open == 0;
        }
        if !(rest.take_word("and") || rest.take_word("or")) {
            return false;
        }
    }
}

/// What is left of a marker.
struct Words<'a>(&'a str);

impl Words<'_> {
    fn is_empty(&mut self) -> bool {
        self.0 = self.0.trim_start();
        self.0.is_empty()
    }

    fn take(&mut self, mark: &str) -> bool {
        let rest = self.0.trim_start().strip_prefix(mark);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn take_word(&mut self, word: &str) -> bool {
        let before = self.0;
        let whole = self.take(word) && !self.0.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        if !whole {
            self.0 = before;
        }
        whole
    }

    fn take_operator(&mut self) -> bool {
        let is_in = self.take_word("in") || (self.take_word("not") && self.take_word("in"));
        is_in || OPERATORS.iter().any(|operator| self.take(operator))
    }

    /// A string in quotes, or a variable.
    fn take_value(&mut self) -> bool {
        for quote in ["'", "\""] {
            if self.take(quote) {
                return self.0.split_once(quote).map(|(_, rest)| self.0 = rest).is_some();
            }
        }
        VARIABLES.iter().any(|variable| self.take_word(variable))
    }
}

/// The variables of markers, with the old forms of their names.
const VARIABLES: [&str; 20] = [
    "dependency_groups",
    "extra",
    "extras",
    "implementation_name",
    "implementation_version",
    "os.name",
    "os_name",
    "platform.machine",
    "platform.python_implementation",
    "platform.version",
    "platform_machine",
    "platform_python_implementation",
    "platform_release",
    "platform_system",
    "platform_version",
    "python_full_version",
    "python_implementation",
    "python_version",
    "sys.platform",
    "sys_platform",
];

/// What is wrong with a requirement that holds for what other packages bring. pip takes none with extras.
pub(crate) fn bad_constraint(constraint: &str) -> Option<Flaw> {
    let has_extras = || constraint[name_length(constraint)..].trim_start().starts_with('[');
    let extras = || Flaw::requirement(format!("The constraint `{constraint}` has extras."), "Leave them out.");
    bad_requirement(constraint)
        .or_else(|| local_project(constraint))
        .or_else(|| unexpanded(constraint))
        .or_else(|| has_extras().then(extras))
}

/// Tools put the project's directory into URLs: `file:///${PROJECT_ROOT}/x`, `{root:uri}/x`.
pub(super) fn unexpanded(requirement: &str) -> Option<Flaw> {
    let message = || format!("`{requirement}` has a variable, which pip does not expand.");
    let hint = "Write its value out; add a local project with `addLocalDir`, and install it by its path in the image: \
                `pipInstall([\"/app\"])`.";
    requirement.contains('{').then(|| Flaw::requirement(message(), hint))
}

/// What to say of a requirement that pip would look for beside the image.
pub(crate) fn local_project(requirement: &str) -> Option<Flaw> {
    let (_, place) = requirement.split_once(" @ ").unwrap_or(("", requirement));
    let place = place.split(';').next().unwrap_or_default().trim();
    let is_archive = ARCHIVES.iter().any(|ending| place.ends_with(ending));
    let is_path = place.starts_with('.') || place.contains(['/', '\\']) || place.starts_with("file:") || is_archive;
    let in_image = place.starts_with('/') || place.starts_with("file:///");
    (is_path && !in_image && !is_remote(place)).then(|| local(requirement, is_archive))
}

pub(super) fn local(requirement: &str, is_archive: bool) -> Flaw {
    let message = format!("`{requirement}` is a local package, which is not in the image.");
    let hint = if is_archive {
        "Remove the line, add the file with `addLocalFile`, and install it by its path in the image: `pipInstall([\"/tmp/…whl\"])`."
    } else {
        "Remove the line, add the project with `addLocalDir`, and install it by its path in the image: `pipInstall([\"/app\"])`."
    };
    Flaw::requirement(message, hint)
}

/// A URL of a version control system, which may be installed as editable.
pub(super) fn is_version_control(place: &str) -> bool {
    let (_, url) = place.split_once(" @ ").unwrap_or(("", place));
    VERSION_CONTROL.iter().any(|system| url.starts_with(system))
}

/// A URL that pip fetches, of a version control system too.
pub(super) fn is_remote(place: &str) -> bool {
    place.split_once("://").is_some_and(|(scheme, _)| !scheme.eq_ignore_ascii_case("file"))
        || VERSION_CONTROL.iter().any(|system| place.starts_with(system))
}

/// How URLs of version control systems begin.
const VERSION_CONTROL: [&str; 4] = ["git+", "hg+", "svn+", "bzr+"];

/// What pip takes for an archive by its name.
const ARCHIVES: [&str; 10] = [".whl", ".zip", ".tar.gz", ".tgz", ".tar", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tlz"];
