//! The commands that download files.

use super::subject::Command;

/// A command that downloads from another machine.
pub(super) struct Download<'s> {
    /// Its URL.
    pub(super) url: &'s str,
    /// Whether it writes what it gets to a file, or to another command.
    pub(super) is_saved: bool,
    /// The file that an option or a redirection names.
    pub(super) file: Option<&'s str>,
}

impl<'s> Download<'s> {
    pub(super) fn of(command: &Command<'s>) -> Option<Self> {
        let program = command.program();
        let words = || command.arguments().iter().map(|word| word.value.as_str());
        let url =
            words().find(|word| ["https://", "http://", "ftp://"].iter().any(|scheme| word.starts_with(scheme)))?;
        let is_own = ["://localhost", "://127.", "://0.0.0.0"].iter().any(|own| url.contains(own));
        let redirected = || {
            let out = command.redirections().iter().find(|to| [">", "1>", ">>", ">|"].contains(&&*to.operator));
            out.and_then(|to| to.target.as_ref()).map(|word| word.value.as_str())
        };
        let file = option_value(command, if program == "wget" { 'O' } else { 'o' }).or_else(redirected);
        let is_piped = command.piped_into().next().is_some();
        let is_saved = match program {
            "curl" => file.is_some() || is_piped || command.has_option(Some('O'), "--remote-name"),
            "wget" => !command.has_option(None, "--spider"),
            _ => return None,
        };
        let is_saved = is_saved && file != Some("/dev/null");
        (!is_own).then_some(Self { url, is_saved, file: file.filter(|file| *file != "-") })
    }
}

/// The value of the option for the output, also in a cluster such as `-fsSLo`, or directly behind the letter.
fn option_value<'s>(command: &Command<'s>, letter: char) -> Option<&'s str> {
    let words = command.arguments();
    words.iter().enumerate().find_map(|(index, word)| {
        let value = word.value.as_str();
        if let Some(value) = value.strip_prefix("--output=").or(value.strip_prefix("--output-document=")) {
            return Some(value);
        }
        let letters = value.strip_prefix('-').filter(|letters| !letters.starts_with('-'));
        let behind = letters.and_then(|letters| letters.split_once(letter)).map(|(_, behind)| behind);
        let is_next = behind == Some("") || ["--output", "--output-document"].contains(&value);
        let next = words.get(index + 1).map(|word| word.value.as_str()).filter(|_| is_next);
        next.or(behind.filter(|behind| !behind.is_empty()))
    })
}
