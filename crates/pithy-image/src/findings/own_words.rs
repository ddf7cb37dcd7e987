//! What is found in the user's own instructions: they are read in the Dockerfile that is sent, with all that stands around them.

use pithy_image_dockerfile::{Dockerfile, Form, Instruction, Keyword};

use super::daytona::START;
use crate::dockerfile::{WrittenInstruction, entrypoint};
use crate::import::{is_secret, mounts};
use crate::normal_form::{self, NormalForm};
use crate::problem::{Code, Problem};

/// What Daytona does otherwise than Docker with the instructions that steps have in the user's words.
pub(super) fn in_own_words(form: &NormalForm, dockerfile: &str, written: &[WrittenInstruction]) -> Vec<Problem> {
    let is_written = |stage: &normal_form::Stage| {
        stage.instructions.iter().any(|made| matches!(made.what, normal_form::Instruction::Written(_)))
    };
    if !form.stages.iter().chain([&form.image]).any(is_written) {
        return Vec::new();
    }
    let text = Text { form, written, read: Dockerfile::parse(dockerfile) };
    let each = text.read.instructions.iter();
    let of_each = each.flat_map(|instruction| text.of_instruction(instruction));
    text.syntax().into_iter().chain(of_each).chain(text.program()).collect()
}

struct Text<'a> {
    form: &'a NormalForm,
    written: &'a [WrittenInstruction],
    read: Dockerfile,
}

impl Text<'_> {
    fn syntax(&self) -> Option<Problem> {
        let directive = self.read.directives.iter().find(|directive| directive.name == "syntax")?;
        let message = format!(
            "`# syntax={}` makes the build download a Dockerfile frontend, which may fail on Daytona.",
            directive.value
        );
        let hint = "Leave the line out, unless something in the file needs it.";
        Some(self.finding(Code::MissingInDaytona, directive.span.start, &message, hint))
    }

    fn of_instruction(&self, instruction: &Instruction) -> Vec<Problem> {
        let platform = instruction.flag("platform").and_then(|flag| flag.value.as_deref());
        let other = platform.filter(|platform| !platform.contains('$') && !platform.starts_with("linux/amd64"));
        let platform = other.map(|platform| {
            let message = format!("Daytona builds for `linux/amd64`, and this stage is for `{platform}`.");
            let hint = "Leave `--platform` out.";
            self.finding(Code::MissingInDaytona, instruction.span.start, &message, hint)
        });
        let kinds =
            mounts(instruction).filter(|(_, mount)| is_secret(mount)).filter_map(|(_, mount)| mount.value(&["type"]));
        let secrets = kinds.map(|kind| {
            let message =
                format!("Daytona gives a build neither secrets nor an SSH agent: there is no `{kind}` to mount.");
            let hint = "Fetch it before the build, and copy it from the build context.";
            self.finding(Code::MissingInDaytona, instruction.span.start, &message, hint)
        });
        platform.into_iter().chain(secrets).collect()
    }

    /// What the sandbox starts with, if that is not what the image says: Daytona looks for the last text that looks like an
    /// `ENTRYPOINT` in capitals, and knows no `CMD`.
    fn program(&self) -> Option<Problem> {
        let said = self.last(Keyword::Entrypoint);
        let Some((at, taken)) = entrypoint(self.read.text()) else {
            let (name, ignored) = match said {
                Some(entrypoint) => (entrypoint.name.value.as_str(), entrypoint),
                None if self.form.image.cmd.is_some() => return None,
                None => ("CMD", self.last(Keyword::Cmd).filter(|cmd| !waits(cmd))?),
            };
            let message =
                format!("Daytona ignores `{name}`: without an `ENTRYPOINT`, the sandbox runs `sleep infinity`.");
            return Some(self.finding(Code::IgnoredByDaytona, ignored.span.start, &message, START));
        };
        let is_said = said.is_some_and(|said| said.span.start <= at && at < said.span.end && said.form == Form::Json);
        if is_said && taken.trim_end().ends_with(']') {
            return None;
        }
        let message = format!("Daytona takes this for the entrypoint, and would start `{}`.", taken.trim_end());
        let hint = "Write one `ENTRYPOINT [\"…\"]` on a line of its own, the last one with this word.";
        Some(self.finding(Code::IgnoredByDaytona, at, &message, hint))
    }

    /// The last instruction of a kind that counts for the image.
    fn last(&self, keyword: Keyword) -> Option<&Instruction> {
        let stages = self.read.stages();
        let mut stage = stages.last();
        while let Some(current) = stage {
            let instructions = &self.read.instructions[current.instructions.clone()];
            let found = instructions.iter().rfind(|instruction| instruction.keyword == keyword);
            if found.is_some() {
                return found;
            }
            let name = current.base.value.to_ascii_lowercase();
            let is_parent = |other: &&pithy_image_dockerfile::BuildStage| {
                other.instructions.end <= current.instructions.start && other.name.as_ref() == Some(&name)
            };
            stage = stages.iter().rfind(is_parent);
        }
        None
    }

    /// A finding at a place of the text, which names the line of the user's file.
    fn finding(&self, code: Code, at: usize, message: &str, hint: &str) -> Problem {
        let line = self.read.line(at);
        let after = self.written.partition_point(|made| made.line <= line);
        let own = after.checked_sub(1).map(|index| &self.written[index]);
        let made = own.or(self.written.iter().find(|made| made.source.is_some()));
        let (step, source) = made.map_or(("", None), |made| (made.step.as_str(), made.source.as_ref()));
        let call = self.form.calls.iter().find(|call| call.step == step).map_or("", |call| call.what.name);
        // What stands between two instructions is counted from the second: the first may have fewer lines than in the user's file.
        let is_within = own.is_some_and(|own| line < own.line + own.lines);
        let next = self.written.get(after).filter(|_| !is_within).and_then(|next| Some((next, next.source.as_ref()?)));
        let source_line = match (source, own, next) {
            (Some(_), Some(_), Some((next, source))) => Some(source.line + line - next.line),
            (Some(source), Some(own), None) => Some(source.line + line - own.line),
            // The head of a file has the same lines.
            (Some(_), None, _) => Some(line),
            (None, ..) => None,
        };
        let path = source.map(|source| source.path.as_str()).unwrap_or_default();
        let place = source_line.map(|line| format!("`{path}`, line {line}: ")).unwrap_or_default();
        Problem::new(code, format!("{step}/{call}"), format!("{place}{message}"), hint)
    }
}

/// Whether a command does what Daytona does without one.
fn waits(cmd: &Instruction) -> bool {
    let words: Vec<_> = cmd.words.iter().map(|word| word.value.as_str()).collect();
    words.join(" ") == "sleep infinity"
}
