//! The limits of Docker and Daytona for a whole image.

use pithy_image_dockerfile::Keyword;

use crate::normal_form::{By, Instruction, Stage};

/// Layers above which an image may not build: Docker allows 127 with those of the base image, which are unknown here.
pub(crate) const MAX_LAYERS: usize = 100;

/// Bytes of the Dockerfile as a JSON string. Daytona's API takes bodies of about 100 kB, with everything else in them.
const MAX_DOCKERFILE: usize = 90_000;

/// Layers of a stage besides those of its base.
pub(crate) fn layers(stage: &Stage) -> usize {
    // Of an imported Dockerfile, those of the last stage.
    let is_from = |made: &By<Instruction>| matches!(&made.what, Instruction::Written(written) if written.keyword == Keyword::From);
    let start = stage.instructions.iter().rposition(is_from).unwrap_or_default();
    stage.instructions[start..].iter().filter(|made| makes_layer(&made.what)).count()
}

/// Whether Daytona's API may refuse a Dockerfile.
pub(crate) fn is_too_large(dockerfile: &str) -> bool {
    json_length(dockerfile) > MAX_DOCKERFILE
}

fn makes_layer(instruction: &Instruction) -> bool {
    match instruction {
        Instruction::Written(written) => {
            matches!(written.keyword, Keyword::Run | Keyword::Copy | Keyword::Add | Keyword::Workdir)
        }
        Instruction::Raw(line) => ["RUN", "COPY", "ADD", "WORKDIR"].iter().any(|name| line.starts_with(name)),
        Instruction::Run(_)
        | Instruction::Exec(_)
        | Instruction::Script(..)
        | Instruction::Workdir(_)
        | Instruction::Copy(_)
        | Instruction::CopyFrom(_) => true,
        _ => false,
    }
}

/// Bytes of a text as `JSON.stringify` writes it.
pub(crate) fn json_length(text: &str) -> usize {
    let length = |c: char| match c {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        c if u32::from(c) < 0x20 => 6,
        c => c.len_utf8(),
    };
    text.chars().map(length).sum()
}
