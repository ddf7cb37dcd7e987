//! The limits of Docker and Daytona for a whole image.

use crate::normal_form::{Instruction, NormalForm, Stage};
use crate::problem::{Code, Problem};

/// Layers above which an image may not build: Docker allows 127 with those of the base image, which are unknown here.
const MAX_LAYERS: usize = 100;

/// Bytes of the Dockerfile as a JSON string. Daytona's API takes bodies of about 100 kB, with everything else in them.
const MAX_DOCKERFILE: usize = 90_000;

/// What is valid, but probably not what is meant, of an image that is resolved.
pub(crate) fn findings(form: &NormalForm, dockerfile: &str) -> Vec<Problem> {
    let stages = form.stages.iter().chain([&form.image]);
    stages.filter_map(many_layers).chain(large(dockerfile)).collect()
}

fn many_layers(stage: &Stage) -> Option<Problem> {
    let layers = stage.instructions.iter().filter(|made| makes_layer(&made.what)).count();
    (layers > MAX_LAYERS).then(|| {
        let what = stage.name.as_ref().map_or("image".to_owned(), |name| format!("stage `{name}`"));
        let message = format!("The {what} has {layers} layers besides those of its base; Docker allows 127 in all.");
        let hint = "Add whole directories instead of single files, and put commands together in `runScript`.";
        Problem::new(Code::TooManyLayers, "", message, hint)
    })
}

fn large(dockerfile: &str) -> Option<Problem> {
    is_too_large(dockerfile).then(|| {
        let size = json_length(dockerfile);
        let message =
            format!("The Dockerfile has {size} bytes as JSON, and Daytona's API accepts about 100,000 in all.");
        let hint = "Put long values into files, with `addFile` or `addLocalFile`: their content is sent beside it.";
        Problem::new(Code::DockerfileTooLarge, "", message, hint)
    })
}

/// Whether Daytona's API may refuse a Dockerfile.
pub(crate) fn is_too_large(dockerfile: &str) -> bool {
    json_length(dockerfile) > MAX_DOCKERFILE
}

fn makes_layer(instruction: &Instruction) -> bool {
    match instruction {
        Instruction::Raw(line) => ["RUN", "COPY", "ADD"].iter().any(|name| line.starts_with(name)),
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
fn json_length(text: &str) -> usize {
    let length = |c: char| match c {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        c if u32::from(c) < 0x20 => 6,
        c => c.len_utf8(),
    };
    text.chars().map(length).sum()
}
