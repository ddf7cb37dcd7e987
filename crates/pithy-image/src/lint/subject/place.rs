//! Where a finding is, and how it is edited.

use pithy_image_dockerfile::Span;

use super::commands::{Commands, Start};
use super::{Command, Image, Line, Subject};
use crate::lint::finding::{Edit, Fix};
use crate::normal_form::SourceLine;

impl Subject<'_> {
    /// JSON pointer to the call that made a line of the Dockerfile, and the line of the user's own file that it is.
    pub(in crate::lint) fn made(&self, line: usize) -> (String, Option<SourceLine>) {
        let Some(Image { form, written, .. }) = self.image else { return (String::new(), None) };
        let after = written.partition_point(|made| made.line <= line);
        let own = after.checked_sub(1).map(|index| &written[index]);
        let Some(made) = own.or(written.iter().find(|made| made.source.is_some())) else {
            return (String::new(), None);
        };
        let call = form.calls.iter().find(|call| call.step == made.step).map_or("", |call| call.what.name);
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
        let text = self.dockerfile.text();
        let within = match commands.start {
            Start::Word(word) => word.value.as_str(),
            Start::Array(_) if !commands.text.is_empty() => commands.text,
            _ => return None,
        };
        let utf16 = |text: &str, byte: usize| text.get(..byte).map(|before| before.encode_utf16().count());
        let last = Span { start: span.end.checked_sub(1)?, ..span };
        let at = match commands.start {
            Start::Array(_) => (0, 0),
            _ => (utf16(text, self.place_of(command.line, span))?, utf16(text, self.place_of(command.line, last) + 1)?),
        };
        let (start, end) = (utf16(within, span.start)?, utf16(within, span.end)?);
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
