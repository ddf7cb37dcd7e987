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
        Some(Flaw::requirement(format!("`{package}` is not one requirement specifier."), ONE_EACH))
    } else {
        None
    }
}

/// Whether a string is one requirement (PEP 508), a URL or a path: a name with extras, and then a list of versions, a URL,
/// a marker, or nothing.
fn is_one_requirement(package: &str) -> bool {
    let name_end = package.find(|c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c)).unwrap_or(package.len());
    let rest = package[name_end..].trim_start();
    if name_end == 0 || rest.starts_with(['/', '+']) || rest.starts_with("://") || package.starts_with("file:") {
        return true; // a path, a URL of a version control system, any other URL
    }
    let rest = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((_, rest)) => rest.trim_start(),
        None => rest,
    };
    let (versions, _marker) = rest.split_once(';').unwrap_or((rest, ""));
    match rest.strip_prefix('@') {
        Some(place) => place.contains([':', '/']),
        None => is_version_list(versions.trim()),
    }
}

/// `>=1, <2`, in parentheses or not; also none.
fn is_version_list(versions: &str) -> bool {
    let inner = versions.strip_prefix('(').and_then(|versions| versions.strip_suffix(')')).unwrap_or(versions);
    inner.trim().is_empty() || inner.split(',').all(|version| is_version_clause(version.trim()))
}

fn is_version_clause(clause: &str) -> bool {
    let version =
        ["===", "==", "!=", "<=", ">=", "~=", "<", ">"].iter().find_map(|operator| clause.strip_prefix(operator));
    version.map(str::trim).is_some_and(|version| {
        !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".*+!_-".contains(&byte))
    })
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

/// A URL that pip fetches, of a version control system too.
pub(super) fn is_remote(place: &str) -> bool {
    place.split_once("://").is_some_and(|(scheme, _)| !scheme.eq_ignore_ascii_case("file"))
        || ["git+", "hg+", "svn+", "bzr+"].iter().any(|scheme| place.starts_with(scheme))
}

/// What pip takes for an archive by its name.
const ARCHIVES: [&str; 10] = [".whl", ".zip", ".tar.gz", ".tgz", ".tar", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tlz"];
