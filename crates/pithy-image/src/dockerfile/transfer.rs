//! `COPY` and `ADD` of an imported Dockerfile, with the sources that were packed.

use crate::context::Context;
use crate::normal_form::{FILES_STAGE, Transfer};

/// The instructions that bring the same: one, or for an `ADD` of files and of trees several.
pub(super) fn transfer_lines(transfer: &Transfer, contexts: &[Context]) -> Vec<String> {
    let is_add = transfer.name.eq_ignore_ascii_case("ADD");
    let is_tree = |copy: &Option<usize>| copy.is_some_and(|copy| contexts[copy].is_tree());
    let is_any_tree = transfer.sources.iter().any(|(_, copy)| is_tree(copy));
    let mut groups: Vec<(bool, Vec<String>)> = Vec::new();
    // A pattern of `ADD` that matches nothing has a tree of its own, which the legacy engine would refuse.
    let is_empty = |copy: &Option<usize>| copy.is_some_and(|copy| is_add && contexts[copy].is_empty());
    let are_all_empty = transfer.sources.iter().all(|(_, copy)| is_empty(copy));
    for (written, copy) in transfer.sources.iter().filter(|(_, copy)| are_all_empty || !is_empty(copy)) {
        let from_stage = if is_add { is_tree(copy) } else { is_any_tree };
        let source = match copy.map(|copy| &contexts[copy]) {
            Some(context) if context.is_tree() => format!("/{}/{written}", context.name()),
            Some(context) => context.archive_path.clone(),
            None => written.clone(),
        };
        match groups.last_mut() {
            Some((group, sources)) if *group == from_stage => sources.push(source),
            _ => groups.push((from_stage, vec![source])),
        }
    }
    let lines = groups.iter().map(|(from_stage, sources)| line(transfer, *from_stage, sources));
    let mut lines: Vec<_> = lines.collect();
    lines.last_mut().into_iter().for_each(|last| last.push_str(&transfer.rest));
    lines
}

fn line(transfer: &Transfer, from_stage: bool, sources: &[String]) -> String {
    let Transfer { name, flags, copy_flags, is_json, destination, .. } = transfer;
    let paths: Vec<_> = sources.iter().chain([destination]).map(String::as_str).collect();
    let paths = if *is_json { format!("[\"{}\"]", paths.join("\", \"")) } else { paths.join(" ") };
    if from_stage {
        let name = if name.eq_ignore_ascii_case("ADD") { "COPY" } else { name };
        format!("{name} --from={FILES_STAGE}{copy_flags} {paths}")
    } else {
        format!("{name}{flags} {paths}")
    }
}
