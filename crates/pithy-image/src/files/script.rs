//! Scripts that no system can start.

/// What Linux reads of a file to find its interpreter.
pub(crate) const MAX_FIRST_LINE: usize = 256;

/// Paths that a finding names at most.
const NAMED: usize = 3;

/// Whether a file that begins with these bytes is a script whose first line ends with CRLF: the system looks for an
/// interpreter whose name ends with a carriage return.
pub(crate) fn is_crlf_script(head: &[u8]) -> bool {
    let head = &head[..head.len().min(MAX_FIRST_LINE)];
    let end = head.iter().position(|&byte| byte == b'\n').unwrap_or_default();
    head.starts_with(b"#!") && head[..end].ends_with(b"\r")
}

/// What to do about such a script.
pub(crate) const HINT: &str =
    "Save it with LF. In a repository, `* text=auto eol=lf` in `.gitattributes` checks files out with LF.";

/// What is wrong with such scripts, of which there is at least one.
pub(crate) fn message(paths: &[String]) -> String {
    let mut names: Vec<_> = paths.iter().take(NAMED).map(|path| format!("`{path}`")).collect();
    if paths.len() > NAMED {
        names.push(format!("{} more", paths.len() - NAMED));
    }
    let last = names.pop().unwrap_or_default();
    let names = if names.is_empty() { last } else { format!("{} and {last}", names.join(", ")) };
    let verb = if paths.len() == 1 { "has" } else { "have" };
    format!("{names} {verb} a `#!` line that ends with CRLF, which Linux takes for part of it.")
}
