//! Scripts that no system can start.

/// What Linux reads of a file to find its interpreter.
pub(crate) const MAX_FIRST_LINE: usize = 256;

/// Whether a file that begins with these bytes names its interpreter.
pub(crate) fn is_script(head: &[u8]) -> bool {
    head.starts_with(b"#!")
}

/// Whether a file that begins with these bytes is a script whose first line ends with CRLF: the system looks for an
/// interpreter whose name ends with a carriage return.
pub(crate) fn is_crlf_script(head: &[u8]) -> bool {
    let head = &head[..head.len().min(MAX_FIRST_LINE)];
    let end = head.iter().position(|&byte| byte == b'\n').unwrap_or_default();
    is_script(head) && head[..end].ends_with(b"\r")
}
