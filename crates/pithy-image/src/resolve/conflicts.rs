//! Copies that contradict each other: a directory where another one brings a file or a link.
//!
//! BuildKit fails where a directory meets anything else, and the legacy engine replaces one by the other. Both follow a link
//! that is the destination or on the way to it, and put a file into a directory that has the name of its destination.

use std::collections::BTreeMap;

use crate::context::Context;
use crate::identity::EntryKind;
use crate::normal_form::{By, Copy, Destination, Instruction, NormalForm, Origin, Stage};
use crate::ordered;
use crate::problem::{Code, Problem};

/// As many links as Docker follows.
const MAX_LINKS: usize = 255;

/// Everything that copies put where it cannot be; `contexts` has one for each copy.
pub(super) fn conflicts(form: &NormalForm, contexts: &[Context]) -> Vec<Problem> {
    let stages = form.stages.iter().chain([&form.image]).filter(|stage| may_meet(form, stage));
    let conflicts: Vec<_> = stages.flat_map(|stage| in_stage(form, contexts, stage)).collect();
    if conflicts.is_empty() {
        return Vec::new();
    }
    let names = ordered::map(form.calls.iter().map(|call| (call.step.as_str(), call.what.name)));
    conflicts.into_iter().map(|conflict| conflict.problem(form, &names)).collect()
}

/// Whether one copy goes to a place that is in that of another one: nearly always there is nothing more to look at.
fn may_meet(form: &NormalForm, stage: &Stage) -> bool {
    let landing = |made: &By<Instruction>| match made.what {
        Instruction::Copy(index) => Some(rooted(&form.copies[index].landing()) + "/"),
        _ => None,
    };
    let landings: Vec<_> = stage.instructions.iter().filter_map(landing).collect();
    let order = ordered::places(&mut landings.iter().map(String::as_str));
    order.windows(2).any(|two| landings[two[1]].starts_with(&landings[two[0]]))
}

/// A path that begins with `/`, or else with `.`, and has no `/` at its end.
fn rooted(landing: &str) -> String {
    match landing {
        "/" => String::new(),
        "." => ".".to_owned(),
        _ if landing.starts_with('/') => landing.to_owned(),
        _ => format!("./{landing}"),
    }
}

fn in_stage<'a>(form: &NormalForm, contexts: &'a [Context], stage: &Stage) -> Vec<Conflict<'a>> {
    let mut tree = Tree::default();
    let mut conflicts = Vec::new();
    for instruction in stage.instructions.iter().map(|made| &made.what) {
        match instruction {
            Instruction::Copy(index) => {
                conflicts.extend(tree.copy(*index, &form.copies[*index], &contexts[*index]).err());
            }
            // Nobody knows what these change.
            Instruction::Run(_)
            | Instruction::Exec(_)
            | Instruction::Script(..)
            | Instruction::CopyFrom(_)
            | Instruction::Raw(_)
            | Instruction::Written(_) => tree.0.clear(),
            _ => {}
        }
    }
    conflicts
}

/// What copies put into an image, by path: what it is, and which copy brought it. A path begins with `/`, or with `./` if
/// the working directory of the base image counts.
#[derive(Default)]
struct Tree<'a>(BTreeMap<String, (Kind<'a>, usize)>);

#[derive(Debug, Clone, Copy)]
enum Kind<'a> {
    File,
    Directory,
    /// A link, with its target.
    Link(&'a str),
}

impl<'a> From<&'a EntryKind> for Kind<'a> {
    fn from(kind: &'a EntryKind) -> Self {
        match kind {
            EntryKind::File { .. } => Self::File,
            EntryKind::Directory => Self::Directory,
            EntryKind::Link { target } => Self::Link(target),
        }
    }
}

impl Kind<'_> {
    fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Directory => "directory",
            Self::Link(_) => "link",
        }
    }
}

/// The names of steps, by their pointers.
type Names<'a> = BTreeMap<&'a str, &'static str>;

/// What copies, by number, cannot bring.
enum Conflict<'a> {
    /// Different things at one path.
    Different { path: String, before: (Kind<'a>, usize), after: (Kind<'a>, usize) },
    /// Anything at a destination behind links that lead back to this one.
    Circle { link: String, copy: usize },
}

impl<'a> Tree<'a> {
    fn copy(&mut self, index: usize, copy: &Copy, context: &'a Context) -> Result<(), Conflict<'a>> {
        let path = self.follow(&copy.landing(), index)?;
        match (&copy.destination, context.entries.as_slice()) {
            (Destination::File { .. }, [file]) => self.put_file(path, &file.path, index),
            (_, entries) => {
                self.put(path.clone(), (Kind::Directory, index))?;
                let mut each = entries.iter().map(|entry| (format!("{path}/{}", entry.path), Kind::from(&entry.kind)));
                each.try_for_each(|(path, kind)| self.put(path, (kind, index)))
            }
        }
    }

    /// Notes where a single file goes. If nothing is known of the path, the base image may have a directory there, which then
    /// takes the file.
    fn put_file(&mut self, path: String, name: &str, copy: usize) -> Result<(), Conflict<'a>> {
        match self.0.get(&path) {
            Some((Kind::Directory, _)) => self.put(format!("{path}/{name}"), (Kind::File, copy)),
            Some(_) => self.put(path, (Kind::File, copy)),
            None => self.put_parent(&path, copy),
        }
    }

    /// Where a destination is, once every link is followed.
    fn follow(&self, landing: &str, copy: usize) -> Result<String, Conflict<'a>> {
        let mut at = if landing.starts_with('/') { "" } else { "." }.to_owned();
        let mut names: Vec<&str> = landing.split('/').rev().collect();
        let mut links = 0;
        while let Some(name) = names.pop() {
            match name {
                "" | "." => continue,
                ".." => {
                    at.truncate(at.rfind('/').unwrap_or(at.len()));
                    continue;
                }
                _ => {}
            }
            let path = format!("{at}/{name}");
            match self.0.get(&path) {
                Some((Kind::Link(target), _)) => {
                    links += 1;
                    if links > MAX_LINKS {
                        return Err(Conflict::Circle { link: path, copy });
                    }
                    names.extend(target.split('/').rev());
                    if target.starts_with('/') {
                        at.clear();
                    }
                }
                _ => at = path,
            }
        }
        Ok(at)
    }

    /// Notes what a copy brings to a path, and the directories on the way.
    fn put(&mut self, path: String, after: (Kind<'a>, usize)) -> Result<(), Conflict<'a>> {
        self.put_parent(&path, after.1)?;
        let is_directory = |kind| matches!(kind, Kind::Directory);
        match self.0.get(&path) {
            Some(&before) if is_directory(before.0) != is_directory(after.0) => {
                Err(Conflict::Different { path, before, after })
            }
            Some(before) if is_directory(before.0) => Ok(()),
            _ => {
                self.0.insert(path, after);
                Ok(())
            }
        }
    }

    fn put_parent(&mut self, path: &str, copy: usize) -> Result<(), Conflict<'a>> {
        match path.rsplit_once('/') {
            Some(("" | ".", _)) | None => Ok(()),
            Some((parent, _)) if matches!(self.0.get(parent), Some((Kind::Directory, _))) => Ok(()),
            Some((parent, _)) => self.put(parent.to_owned(), (Kind::Directory, copy)),
        }
    }
}

impl Conflict<'_> {
    /// It as a problem; `names` has those of the steps.
    fn problem(self, form: &NormalForm, names: &Names) -> Problem {
        let said = |(kind, copy): (Kind, usize)| format!("a {} of {}", kind.word(), step(&form.copies[copy], names));
        let (message, hint, copy) = match self {
            Self::Different { path, before, after } => {
                let message = format!("`{path}` would be {} and {}.", said(before), said(after));
                let hint = "Leave one of them out with `exclude`, or choose other destinations: Docker can merge only a \
                            directory with a directory.";
                (message, hint, after.1)
            }
            Self::Circle { link, copy } => {
                let message = format!("The destination is behind links that lead in a circle at `{link}`.");
                (message, "Leave one of the links out with `exclude`, or choose another destination.", copy)
            }
        };
        let copy = &form.copies[copy];
        let pointer = match &copy.origin {
            Origin::Local(source) => &source.pointer,
            Origin::Inline(_) => &copy.step,
        };
        Problem::new(Code::ConflictingCopies, pointer, message, hint)
    }
}

/// A step in words: its place and its name, and what it copies.
fn step(Copy { step, origin, .. }: &Copy, names: &Names) -> String {
    let name = names.get(step.as_str()).copied().unwrap_or_default();
    match origin {
        Origin::Local(source) => format!("`{step}/{name}` (`{}`)", source.path),
        Origin::Inline(_) => format!("`{step}/{name}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve::copies::{contexts, outlined};
    use crate::steps::{AddFile, Base, Definition, Step};

    #[test]
    fn the_steps_of_a_conflict_are_named() {
        let file = |destination| Step::from(AddFile { destination, text: Some(String::new()), ..AddFile::default() });
        let base = Step::from(Base { image: "debian:12".to_owned() });
        // The second goes into the directory of the first, and is in the way of all others.
        let files = ["/d/a", "/d"].map(str::to_owned).into_iter().chain((0..3).map(|i| format!("/d/d/{i}")));
        let form = Definition::new([base].into_iter().chain(files.map(file)).collect()).recipe().unwrap().form;
        let contexts = contexts(&form.copies, |copy, _| outlined(copy)).unwrap();
        let problems = conflicts(&form, &contexts);
        assert_eq!(problems.len(), 3);
        let last = "`/d/d` would be a file of `/steps/2/addFile` and a directory of `/steps/5/addFile`.";
        assert_eq!(problems[2].message, last);
    }
}
