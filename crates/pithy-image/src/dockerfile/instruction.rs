//! The text of each instruction.

use std::borrow::Cow;
use std::collections::BTreeMap;

use pithy_image_dockerfile::Escape;

use super::quote::{bare_or_quoted, copy_paths, json_list, pattern, quoted};
use crate::context::Context;
use crate::normal_form::{Copy, CopyFrom, Destination, FILES_STAGE, Instruction, NormalForm};

/// An instruction as one line.
pub(super) fn instruction(form: &NormalForm, contexts: &[Context], instruction: &Instruction) -> String {
    let escape = form.escape();
    match instruction {
        Instruction::Run(line) => format!("RUN {line}"),
        Instruction::Exec(argv) => format!("RUN {}", json_list(argv)),
        Instruction::Script(shell, script) => format!("RUN {}", json_list(shell.iter().chain([script]))),
        Instruction::List(keyword, items) => format!("{keyword} {}", json_list(items)),
        Instruction::Arg(name, default) => format!("ARG {name}={}", quoted(default, escape)),
        Instruction::Env(variables) => format!("ENV {}", pairs(variables, str::to_owned, escape)),
        Instruction::PathPrepend(directory) => {
            let quoted = quoted(directory, escape);
            format!("ENV PATH={}:$PATH\"", &quoted[..quoted.len() - 1])
        }
        Instruction::Label(labels) => format!("LABEL {}", pairs(labels, |key| quoted(key, escape), escape)),
        Instruction::Workdir(path) => format!("WORKDIR {}", bare_or_quoted(&kept(path), escape)),
        Instruction::User(user) => format!("USER {}", bare_or_quoted(user, escape)),
        Instruction::Expose(ports) => format!("EXPOSE {}", ports.join(" ")),
        Instruction::CopyFrom(copy) => copy_from(copy, escape),
        Instruction::Raw(line) => line.clone(),
        Instruction::Copy(index) => copy(&form.copies[*index], &contexts[*index], escape),
        Instruction::Written(_) => String::new(),
    }
}

fn pairs(pairs: &BTreeMap<String, String>, key: impl Fn(&str) -> String, escape: Escape) -> String {
    let pairs: Vec<_> = pairs.iter().map(|(k, v)| format!("{}={}", key(k), quoted(v, escape))).collect();
    pairs.join(" ")
}

/// A file is always copied as one file, so that Docker treats its destination alike however it is sent.
fn copy(copy: &Copy, context: &Context, escape: Escape) -> String {
    let owner = owner(copy.chown.as_deref());
    let stage = if context.is_tree() { format!(" --from={FILES_STAGE}") } else { String::new() };
    let paths = match (&copy.destination, context.entries.as_slice()) {
        (Destination::File { path, .. }, [file]) if context.is_tree() => {
            copy_paths(&format!("/{}/{}", context.name(), file.path), &kept(path), escape)
        }
        (Destination::File { path, .. }, _) => copy_paths(&context.archive_path, &kept(path), escape),
        (Destination::Directory(directory) | Destination::Instruction(directory), _) => {
            copy_paths(&format!("/{}/", context.name()), &kept(directory), escape)
        }
    };
    format!("COPY{stage}{owner} {paths}")
}

fn copy_from(copy: &CopyFrom, escape: Escape) -> String {
    let owner = owner(copy.chown.as_deref());
    format!(
        "COPY --from={}{owner} {}",
        copy.from,
        copy_paths(&pattern(&copy.source, escape), &kept(&copy.destination), escape)
    )
}

/// A path that begins with a byte order mark, which Docker would drop.
fn kept(path: &str) -> Cow<'_, str> {
    if path.starts_with('\u{feff}') { format!("./{path}").into() } else { path.into() }
}

fn owner(owner: Option<&str>) -> String {
    owner.map(|owner| format!(" --chown={owner}")).unwrap_or_default()
}
