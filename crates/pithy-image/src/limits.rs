//! What Docker and Daytona take at most of a whole image: found when it is resolved, and avoided where that can be done.

use crate::problem::{Code, Problem};
use crate::recipe::commands::is_posix_shell;
use crate::recipe::{Copy, Destination, Instruction, Mode, Origin, Recipe, Stage};
use crate::source::sha256;
use crate::text::hex;

/// Layers above which an image may not build: Docker takes 127 with those of the base image, of which nobody knows here.
const MAX_LAYERS: usize = 100;

/// Bytes of the Dockerfile as a JSON string. Daytona's API takes bodies of about 100 kB, with all else that is in them.
const MAX_DOCKERFILE: usize = 90_000;

/// Shorter scripts stay in the Dockerfile.
const SHORT_SCRIPT: usize = 1024;

/// Where scripts lie in the image that were too long for the Dockerfile.
const SCRIPTS: &str = "/.scripts";

/// What should be known of an image that is resolved.
pub(crate) fn findings(recipe: &Recipe, dockerfile: &str) -> Vec<Problem> {
    let stages = recipe.stages.iter().chain([&recipe.image]);
    stages.filter_map(many_layers).chain(large(dockerfile)).collect()
}

fn many_layers(stage: &Stage) -> Option<Problem> {
    let layers = stage.instructions.iter().filter(|instruction| makes_layer(instruction)).count();
    (layers > MAX_LAYERS).then(|| {
        let what = stage.name.as_ref().map_or("image".to_owned(), |name| format!("stage `{name}`"));
        let message = format!("The {what} has {layers} layers beside those of its base; Docker takes 127 in all.");
        let hint = "Add whole directories instead of single files, and put commands together in `runScript`.";
        Problem::new(Code::TooManyLayers, "", message, hint)
    })
}

fn large(dockerfile: &str) -> Option<Problem> {
    is_too_large(dockerfile).then(|| {
        let size = json_length(dockerfile);
        let message = format!("The Dockerfile has {size} bytes as JSON, and Daytona's API takes about 100,000 in all.");
        let hint = "Put long values into files, with `addFile` or `addLocalFile`: their content is sent beside it.";
        Problem::new(Code::DockerfileTooLarge, "", message, hint)
    })
}

/// Whether Daytona's API may not take a Dockerfile.
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

impl Recipe {
    /// The same image with its longer scripts as files of the context, each copied to the image before it is run.
    pub(crate) fn scripts_as_files(&self) -> Self {
        let mut recipe = self.clone();
        let Self { stages, image, copies, .. } = &mut recipe;
        for stage in stages.iter_mut().chain([image]) {
            let name = stage.name.clone();
            stage.instructions = std::mem::take(&mut stage.instructions)
                .into_iter()
                .flat_map(|instruction| match instruction {
                    Instruction::Script(shell, script) if is_movable(&shell, &script) => {
                        let path = format!("{SCRIPTS}/{}", &hex(&sha256(script.as_bytes()))[..32]);
                        copies.push(script_file(&path, script, name.clone()));
                        let argv = shell[..shell.len() - 1].iter().cloned().chain([path]).collect();
                        vec![Instruction::Copy(copies.len() - 1), Instruction::Exec(argv)]
                    }
                    other => vec![other],
                })
                .collect();
        }
        recipe
    }
}

/// A POSIX shell that takes a script after `-c` takes a file of it without.
fn is_movable(shell: &[String], script: &str) -> bool {
    script.len() > SHORT_SCRIPT && is_posix_shell(shell) && shell.last().is_some_and(|last| last == "-c")
}

fn script_file(path: &str, script: String, stage: Option<String>) -> Copy {
    Copy {
        origin: Origin::Inline(script.into_bytes()),
        destination: Destination::File { path: path.to_owned(), source_name: "script".to_owned() },
        workdir: "/".to_owned(),
        mode: Mode::Executable(false),
        chown: None,
        stage,
        sha256: None,
    }
}
