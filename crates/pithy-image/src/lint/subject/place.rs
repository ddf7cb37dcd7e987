//! Where a finding is, and how it is edited.

use pithy_image_dockerfile::Span;

use super::commands::{Commands, Start};
use super::{Command, Image, Line, Subject};
use crate::lint::finding::{Edit, Fix};
use crate::normal_form::SourceLine;

impl Subject<'_> {
    /// JSON pointer to the call that made a line of the Dockerfile, and the line of the user's own file that it is.
    pub(in crate::lint) fn made(&self, line: usize) -> (String, Option<SourceLine>) {
        let Some(Image { written, .. }) = self.image else { return (String::new(), None) };
        let after = written.partition_point(|made| made.line <= line);
        let own = after.checked_sub(1).map(|index| &written[index]);
        let Some(made) = own.or(written.iter().find(|made| made.source.is_some())) else {
            return (String::new(), None);
        };
        let call = self.calls.get(made.step.as_str()).copied().unwrap_or_default();
        let source = made.source.as_ref().map(|source| {
            // What stands between two instructions is counted from the second: the first may have fewer lines than in the
            // user's file.
            let is_within = own.is_some_and(|own| line < own.line + own.lines);
            let next = written.get(after).filter(|_| !is_within);
            let line = match (own, next.and_then(|next| Some((next.line, next.source.as_ref()?.line)))) {
                (None, _) => line, // the head of a file has the same lines
                (_, Some((next, in_source))) => in_source + line - next,
                (Some(own), None) => source.line + line - own.line,
            };
            SourceLine { path: source.path.clone(), line }
        });
        (format!("{}/{call}", made.step), source)
    }

    /// An edit of a command with its places; none where the text of the command is not in the Dockerfile as it is.
    pub(in crate::lint) fn fix(&self, command: &Command<'_>, Edit { span, replacement }: Edit) -> Option<Fix> {
        let commands = command.line.commands.as_ref()?;
        let within = match commands.start {
            Start::Word(word) => word.value.as_str(),
            Start::Array(_) if !commands.text.is_empty() => commands.text,
            _ => return None,
        };
        if within.len() > MOST_TEXT {
            return None;
        }
        let last = Span { start: span.end.checked_sub(1)?, ..span };
        let utf16 = |span, behind| self.wide.utf16(self.place_of(command.line, span) + behind);
        let is_array = matches!(commands.start, Start::Array(_));
        let at = if is_array { (0, 0) } else { (utf16(span, 0), utf16(last, 1)) };
        let wide = Wide::of(within);
        let (start, end) = (wide.utf16(span.start), wide.utf16(span.end));
        Some(Fix { within: within.to_owned(), start, end, replacement, at })
    }

    /// Where a part of the commands of a line stands in the text.
    pub(in crate::lint) fn place_of(&self, line: &Line, span: Span) -> usize {
        match &line.commands {
            Some(Commands { start: Start::Word(word), .. }) => {
                self.dockerfile.place_in(line.instruction, word, span.start)
            }
            Some(Commands { start: Start::Byte(at), .. }) => at + span.start,
            Some(Commands { start: Start::Array(at), .. }) => *at,
            None => line.span.start,
        }
    }
}

/// Bytes of a command that is edited, at most: each fix has its text.
const MOST_TEXT: usize = 16 * 1024;

/// The characters of a text that are not ASCII, and so have another length in UTF-16: where each ends, and by how much the
/// text up to there is longer in UTF-8.
pub(super) struct Wide(Vec<(usize, usize)>);

impl Wide {
    pub(super) fn of(text: &str) -> Self {
        let mut longer = 0;
        let wide = text.char_indices().filter(|(_, char)| !char.is_ascii()).map(|(at, char)| {
            longer += char.len_utf8() - char.len_utf16();
            (at + char.len_utf8(), longer)
        });
        Self(wide.collect())
    }

    /// The offset in UTF-16 of a byte that a character begins at.
    fn utf16(&self, byte: usize) -> usize {
        let before = self.0.partition_point(|(end, _)| *end <= byte);
        byte - before.checked_sub(1).map_or(0, |index| self.0[index].1)
    }
}
