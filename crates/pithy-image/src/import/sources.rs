//! What instructions take from their build context.

use pithy_image_dockerfile::{CopySource, Escape, Flag, Instruction, Keyword, Mount, expand};

use super::Origin;
use crate::ignore::IgnoreRules;
use crate::normal_form::{Builder, DOCKERIGNORE, TextFile};
use crate::path::below;

/// The flags of an instruction that mount something, and what.
pub(crate) fn mounts(instruction: &Instruction) -> impl Iterator<Item = (&Flag, &Mount)> {
    instruction.flags.iter().filter_map(|flag| Some((flag, flag.mount.as_ref()?)))
}

/// Whether a mount is of files of the build context.
pub(crate) fn is_of_context(mount: &Mount) -> bool {
    mount.value(&["type"]).is_none_or(|kind| kind.eq_ignore_ascii_case("bind")) && mount.value(&["from"]).is_none()
}

/// Whether a mount is of what Daytona does not have.
pub(crate) fn is_secret(mount: &Mount) -> bool {
    matches!(mount.value(&["type"]), Some("secret" | "ssh"))
}

/// Whether an instruction needs files beside the Dockerfile.
pub(crate) fn reads_context(instruction: &Instruction) -> bool {
    match instruction.keyword {
        Keyword::Run => mounts(instruction).any(|(_, mount)| is_of_context(mount)),
        Keyword::Copy if instruction.flag("from").is_some() => false,
        Keyword::Copy => instruction.sources().any(|source| matches!(source, CopySource::Path(_))),
        Keyword::Add => instruction.sources().any(is_local),
        _ => false,
    }
}

/// Whether a source of `ADD` is neither fetched nor in the Dockerfile, as far as it is known without variables.
fn is_local(source: CopySource) -> bool {
    let CopySource::Path(word) = source else { return false };
    let expanded = expand(&word.value, &|_| Some("$".to_owned()), Escape::Backslash);
    expanded.is_ok_and(|source| !is_remote(&source))
}

/// Whether `ADD` fetches a source.
pub(crate) fn is_remote(source: &str) -> bool {
    ["https://", "http://", "git://", "ssh://", "git@"].iter().any(|scheme| source.starts_with(scheme))
}

/// The rules of the Dockerfile's own ignore file, or else of that of its context.
pub(super) fn ignore_rules(origin: &Origin, builder: &mut Builder) -> IgnoreRules {
    let own = origin.file.map(|file| format!("{file}{DOCKERIGNORE}"));
    let of_context = below(origin.context, DOCKERIGNORE);
    for path in own.into_iter().chain([of_context]) {
        let pointer = builder.pointer(&origin.field);
        let file = TextFile { path: path.clone(), optional: true, named_by: None, pointer, is_requirements: false };
        if let Some(content) = builder.text(file, &origin.field) {
            return builder.ignore_rules(&path, content, &origin.field);
        }
    }
    IgnoreRules::default()
}
