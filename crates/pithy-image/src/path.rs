//! Posix paths as strings.

/// A path in the image that starts at a working directory; empty if it leads out of a relative one.
pub(crate) fn join(workdir: &str, path: &str) -> String {
    clean(&if path.starts_with('/') { path.to_owned() } else { format!("{workdir}/{path}") }).unwrap_or_default()
}

/// Cleans a posix path by its text; `None` if a relative one begins with `..`.
pub(crate) fn clean(path: &str) -> Option<String> {
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
    Some(match (absolute, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    })
}

/// The last component of a clean path.
pub(crate) fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The path below the root of what is below a source.
pub(crate) fn below(source: &str, path: &str) -> String {
    if source == "." { path.to_owned() } else { format!("{source}/{path}") }
}

/// The part of a path that is below a source which holds it: what [`below`] put behind it.
pub(crate) fn part_below<'p>(source: &str, path: &'p str) -> &'p str {
    path.strip_prefix(source).and_then(|rest| rest.strip_prefix('/')).unwrap_or(path)
}

/// The directory that a clean path is in.
pub(crate) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or(".", |(parent, _)| parent)
}
