//! Writes the Dockerfile of edition 2026-12: the canonical form of an image, whose bytes are its identity.
//!
//! The text begins with `FROM `, has one instruction a line and ends with one newline. There is no banner, comment,
//! date or version in it. It means the same to Docker's legacy engine and to BuildKit, except for what a raw instruction asks for.

mod instruction;
mod quote;

use crate::context::Context;
use crate::normal_form::{By, Copy, FILES_STAGE, NormalForm, REFRESH, Stage};

use self::instruction::instruction;
use self::quote::{copy_paths, quoted};
pub(crate) use self::quote::{escaped, json_list, shell_word};

/// Lines of a Dockerfile that hold one instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenInstruction {
    /// The first of them; that of the whole text is 1.
    pub line: usize,
    /// How many there are.
    pub lines: usize,
    /// JSON pointer to the step that made it, such as `/steps/3` or, within a stage, `/steps/2/stage/steps/1`; empty for
    /// the head of the stage that unpacks trees.
    pub step: String,
}

/// Docker reads at most 65,535 bytes per line; longer lines are continued well before.
const MAX_LINE: usize = 32 * 1024;

/// What Docker reads at most, with the newline.
const DOCKER_LINE: usize = 64 * 1024;

/// The Dockerfile of an image whose copies come from these contexts, one each, and which step made which lines.
pub(crate) fn write(form: &NormalForm, contexts: &[Context]) -> (String, Vec<WrittenInstruction>) {
    let mut out = Dockerfile::default();
    out.files_stage(&form.copies, contexts);
    let image = &form.image;
    for stage in form.stages.iter().chain([image]) {
        out.begin(stage, stage.refresh.as_ref().or(image.refresh.as_ref()));
        for By { step, what } in &stage.instructions {
            out.line(step, &instruction(form, contexts, what));
        }
    }
    if let Some(By { step, what }) = &image.cmd {
        out.line(step, &format!("CMD {}", json_list(what)));
    }
    if let Some(By { step, what }) = &image.entrypoint {
        // Daytona reads one physical line: this one is never continued, and `entrypoint` keeps it short enough.
        out.text.extend(["ENTRYPOINT ", &json_list(what), "\n"]);
        out.written(step, 1);
    }
    (out.text, out.instructions)
}

/// Bytes of the longest line, if Docker refuses it.
pub(crate) fn longest_line(dockerfile: &str) -> Option<usize> {
    dockerfile.split('\n').map(str::len).max().filter(|&bytes| bytes >= DOCKER_LINE)
}

#[derive(Default)]
struct Dockerfile {
    text: String,
    instructions: Vec<WrittenInstruction>,
}

impl Dockerfile {
    /// Unpacks every tree once, in an image of its own.
    fn files_stage(&mut self, copies: &[Copy], contexts: &[Context]) {
        let mut names: Vec<&str> = Vec::new();
        for (copy, context) in copies.iter().zip(contexts).filter(|(_, context)| context.is_tree()) {
            if names.is_empty() {
                self.line("", &format!("FROM scratch AS {FILES_STAGE}"));
            }
            if !names.contains(&context.name()) || context.is_unknown() {
                names.push(context.name());
                let directory = format!("/{}/", context.name());
                self.line(&copy.step, &format!("ADD {}", copy_paths(&context.archive_path, &directory)));
            }
        }
    }

    fn begin(&mut self, stage: &Stage, refresh: Option<&By<String>>) {
        let name = stage.name.as_ref().map(|name| format!(" AS {name}")).unwrap_or_default();
        self.line(&stage.step(0), &format!("FROM {}{name}", stage.base));
        if let Some(By { step, what }) = refresh {
            self.line(step, &format!("ARG {REFRESH}={}", quoted(what)));
        }
    }

    /// One instruction of a step, continued on further lines if it is long, or if Daytona would find an entrypoint in it: it
    /// uses the last text that looks like one, wherever it is.
    fn line(&mut self, step: &str, line: &str) {
        let before = self.text.len();
        let mut rest = line;
        while let Some(at) = break_word(rest) {
            self.long(&rest[..at]);
            self.text.push_str("\\\n");
            rest = &rest[at..];
        }
        self.long(rest);
        self.text.push('\n');
        self.written(step, self.text[before..].matches('\n').count());
    }

    fn long(&mut self, mut rest: &str) {
        while let Some(at) = break_before(rest) {
            self.text.push_str(&rest[..at]);
            self.text.push_str("\\\n");
            rest = &rest[at..];
        }
        self.text.push_str(rest);
    }

    /// Records which step made the last lines.
    fn written(&mut self, step: &str, lines: usize) {
        let line = self.instructions.last().map_or(1, |last| last.line + last.lines);
        self.instructions.push(WrittenInstruction { line, lines, step: step.to_owned() });
    }
}

/// Where to break a word that Daytona's expression, `ENTRYPOINT\s+(.*)`, would match: before its last letter.
fn break_word(line: &str) -> Option<usize> {
    const WORD: &str = "ENTRYPOINT";
    let is_space = |c: char| c.is_whitespace() || c == '\u{feff}';
    let stray = |&(at, _): &(usize, &str)| {
        let rest = &line[at + WORD.len()..];
        rest.is_empty() || rest.starts_with(is_space)
    };
    line.match_indices(WORD).find(stray).map(|(at, _)| at + WORD.len() - 1)
}

/// Where to continue a long line: not before a blank, which Docker may trim, nor before `#`, which would begin a
/// comment, nor after a backslash.
fn break_before(line: &str) -> Option<usize> {
    if line.len() <= MAX_LINE {
        return None;
    }
    let safe = |&at: &usize| {
        line.is_char_boundary(at)
            && !line[at..].starts_with(|c: char| c.is_whitespace() || c == '#')
            && !line[..at].ends_with('\\')
    };
    (1..=MAX_LINE).rev().find(safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_continued_where_docker_joins_them_again() {
        let text = format!("RUN {}", "# \\é".repeat(20_000));
        let mut out = Dockerfile::default();
        out.line("", &text);
        let out = out.text;
        assert!(out.lines().all(|line| line.len() <= MAX_LINE + 1));
        assert!(out.lines().skip(1).all(|line| !line.starts_with([' ', '#'])));
        assert!(!out.contains("\\\\\n"));
        assert_eq!(out.replace("\\\n", ""), text + "\n");
    }
}
