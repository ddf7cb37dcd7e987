//! Long scripts as files: for a Dockerfile that would otherwise be too large.

use std::mem;

use super::{By, Copy, Destination, Instruction, NormalForm, Origin, is_posix_shell};
use crate::identity::{Mode, hex, sha256};

/// Shorter scripts stay in the Dockerfile.
const SHORT_SCRIPT: usize = 1024;

/// Where they lie in the image.
const DIRECTORY: &str = "/.scripts";

impl NormalForm {
    /// The same image with its longer scripts as files of the context, each copied to the image before it is run.
    pub(crate) fn scripts_as_files(&self) -> Self {
        let mut form = self.clone();
        let Self { stages, image, copies, .. } = &mut form;
        for stage in stages.iter_mut().chain([image]) {
            let name = stage.name.clone();
            stage.instructions = mem::take(&mut stage.instructions)
                .into_iter()
                .flat_map(|By { step, what }| match what {
                    Instruction::Script(shell, script) if is_movable(&shell, &script) => {
                        let path = format!("{DIRECTORY}/{}", &hex(&sha256(script.as_bytes()))[..32]);
                        copies.push(script_file(&path, script, name.clone(), step.clone()));
                        let argv = shell[..shell.len() - 1].iter().cloned().chain([path]).collect();
                        let copy = By { step: step.clone(), what: Instruction::Copy(copies.len() - 1) };
                        vec![copy, By { step, what: Instruction::Exec(argv) }]
                    }
                    what => vec![By { step, what }],
                })
                .collect();
        }
        form
    }
}

/// A POSIX shell that takes a script after `-c` takes a file of it without.
fn is_movable(shell: &[String], script: &str) -> bool {
    script.len() > SHORT_SCRIPT && is_posix_shell(shell) && shell.last().is_some_and(|last| last == "-c")
}

fn script_file(path: &str, script: String, stage: Option<String>, step: String) -> Copy {
    Copy {
        origin: Origin::Inline(script.into_bytes()),
        destination: Destination::File { path: path.to_owned(), source_name: "script".to_owned() },
        workdir: ".".to_owned(),
        mode: Mode::Executable(false),
        chown: None,
        stage,
        step,
        sha256: None,
    }
}
