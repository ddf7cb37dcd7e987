//! What an instruction of a Dockerfile takes from its build context: a part of it, in which every path and link stays as it is.

use std::mem;
use std::rc::Rc;

use super::Tree;
use crate::files::wildcard::{has_wildcard, matches_name, unescaped};
use crate::identity::Entry;
use crate::ignore::Matcher;
use crate::normal_form::{ContextSource, Selection};
use crate::ordered;
use crate::path::{clean, part_below};
use crate::problem::{Code, Problem};
use crate::reader::{Node, NodeKind, Reader, find, join, or_root};

/// As many links as Docker follows on the way to a source.
const MAX_LINKS: usize = 255;

/// The target of a link on the way to a source, from the directory that the link lies in. To Docker, an absolute one starts at
/// the build context, which is elsewhere in the stage that unpacks trees.
fn relative_target(directory: &str, target: &str) -> String {
    let depth = directory.split('/').filter(|name| !name.is_empty()).count();
    target.strip_prefix('/').map_or_else(|| target.to_owned(), |target| format!("./{}{target}", "../".repeat(depth)))
}

/// What is at the end of a path.
struct At {
    /// Below the build context, with every link followed; empty for itself.
    path: String,
    kind: NodeKind,
}

/// Why a path leads nowhere.
enum Lost {
    /// Nothing is at this path, to which links lead; none if there were no links.
    Missing(Option<String>),
    /// Rules leave out what is at this path.
    Ignored(String),
    /// Through a link that leads out of the build context, or in a circle.
    Link(String),
    Problem(Problem),
}

impl From<Problem> for Lost {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl<R: Reader> Tree<'_, '_, R> {
    /// Takes what a selection names from the build context at a real path.
    pub(super) async fn select(&mut self, context: &str, selection: &Selection) {
        for source in &selection.sources {
            let rules = selection.rules_for(source);
            let rules = &rules.matcher();
            let before = (self.listing.entries.len(), self.problems.len());
            let taken = match &source.pivot {
                Some(pivot) => self.with_parents(context, pivot, source, rules).await,
                None => self.matches_of(context, source, rules).await,
            };
            let is_empty = (self.listing.entries.len(), self.problems.len()) == before;
            match taken {
                Err(Lost::Problem(problem)) => self.problems.push(problem),
                Err(Lost::Link(link)) => self.problems.push(self.bad_link(selection, source, &link)),
                Err(Lost::Ignored(path)) => self.report_ignored(selection, source, &path, rules),
                Err(Lost::Missing(end)) => self.report_missing(selection, source, end).await,
                Ok(()) if is_empty && !source.is_pattern() && source.path != "." => {
                    self.report_missing(selection, source, None).await;
                }
                Ok(()) => {}
            }
        }
        let entries = mem::take(&mut self.listing.entries);
        let unique = ordered::map(entries.into_iter().map(|entry| (entry.path.clone(), entry)));
        self.listing.entries = unique.into_values().collect();
    }

    /// Takes what a path or a pattern names.
    async fn matches_of(&mut self, context: &str, source: &ContextSource, rules: &Matcher<'_>) -> Result<(), Lost> {
        let names: Vec<&str> = source.path.split('/').collect();
        let first = names.iter().position(|name| has_wildcard(name)).unwrap_or(names.len());
        let start = self.follow(context, "", &unescaped(&names[..first].join("/")), rules).await?;
        let mut found = vec![start];
        for name in &names[first..] {
            let mut next = Vec::new();
            for At { path, kind } in found {
                if kind != NodeKind::Directory {
                    continue;
                }
                let nodes = self.nodes(context, &path).await?;
                next.extend(
                    nodes
                        .iter()
                        .filter(|node| matches_name(name, &node.name))
                        .map(|Node { name, kind }| At { path: join(&path, name), kind: kind.clone() }),
                );
            }
            found = next;
        }
        for At { path, kind } in found {
            let (above, name) = path.rsplit_once('/').unwrap_or(("", &path));
            let at = match kind {
                NodeKind::Link { .. } => self.follow(context, above, name, rules).await,
                kind => Ok(At { path: path.clone(), kind }),
            };
            let taken = match at {
                Ok(at) => self.take_at(context, at, source, rules).await,
                Err(lost) => Err(lost),
            };
            match taken {
                Err(Lost::Ignored(_)) if source.is_pattern() => {}
                taken => taken?,
            }
        }
        Ok(())
    }

    async fn take_at(
        &mut self,
        context: &str,
        At { path, kind }: At,
        source: &ContextSource,
        rules: &Matcher<'_>,
    ) -> Result<(), Lost> {
        let is_ignored = rules.ignored_by(&path).is_some();
        let all = self.listing.entries.len();
        if kind == NodeKind::Directory {
            if !path.is_empty() && !is_ignored {
                self.take(&Node { name: String::new(), kind }, &path);
            }
            let before = self.listing.entries.len();
            self.directory(context, path.clone(), rules).await;
            if !source.is_pattern() && !source.excluded.is_empty() {
                let inside = self.listing.entries.split_off(before);
                let excluded = source.excluded.matcher();
                let is_kept = |entry: &Entry| excluded.ignored_by(part_below(&path, &entry.path)).is_none();
                self.listing.entries.extend(inside.into_iter().filter(is_kept));
            }
        } else if !is_ignored {
            self.take(&Node { name: String::new(), kind }, &path);
        }
        if is_ignored && self.listing.entries.len() == all { Err(Lost::Ignored(path)) } else { Ok(()) }
    }

    /// Takes what a pattern matches below a directory, with the directories on the way.
    async fn with_parents(
        &mut self,
        context: &str,
        pivot: &str,
        source: &ContextSource,
        rules: &Matcher<'_>,
    ) -> Result<(), Lost> {
        let At { path, kind } = self.follow(context, "", pivot, rules).await?;
        if kind != NodeKind::Directory {
            return Err(Lost::Missing(None));
        }
        let before = self.listing.entries.len();
        self.directory(context, path, rules).await;
        let all = self.listing.entries.split_off(before);
        self.listing.entries.extend(all.into_iter().filter(|entry| source.below_pivot(&entry.path).is_some()));
        Ok(())
    }

    async fn nodes(&self, context: &str, path: &str) -> Result<Rc<[Node]>, Problem> {
        self.files.directory(&or_root(join(context, path)), &self.source.pointer).await
    }

    /// Goes from a directory along a path, and along the links on it, which are taken too.
    async fn follow(&mut self, context: &str, from: &str, path: &str, rules: &Matcher<'_>) -> Result<At, Lost> {
        let mut at = At { path: from.to_owned(), kind: NodeKind::Directory };
        let mut waiting: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
        let mut links = 0;
        while let Some(name) = waiting.pop() {
            if name.is_empty() || name == "." {
                continue;
            }
            if name == ".." {
                let above = at.path.rsplit_once('/').map_or("", |(above, _)| above).to_owned();
                at = At { path: above, kind: NodeKind::Directory };
                continue;
            }
            let path = join(&at.path, &name);
            let missing = Lost::Missing((links > 0).then(|| path.clone()));
            if at.kind != NodeKind::Directory {
                return Err(missing);
            }
            let nodes = self.nodes(context, &at.path).await?;
            let Some(node) = find(&nodes, &name) else { return Err(missing) };
            let NodeKind::Link { target } = &node.kind else {
                at = At { path, kind: node.kind.clone() };
                continue;
            };
            if rules.ignored_by(&path).is_some() {
                return Err(Lost::Ignored(path));
            }
            links += 1;
            let target = relative_target(&at.path, target);
            if clean(&join(&at.path, &target)).is_none() || links > MAX_LINKS {
                return Err(Lost::Link(path));
            }
            self.take(&Node { name, kind: NodeKind::Link { target: target.clone() } }, &path);
            waiting.extend(target.split('/').rev().map(str::to_owned));
        }
        Ok(at)
    }

    fn bad_link(&self, selection: &Selection, source: &ContextSource, link: &str) -> Problem {
        let message = format!(
            "{}`{}` is behind the link `{link}`, which leads out of the build context or in a circle.",
            selection.place, source.path
        );
        let hint = "Name what the link points to, or copy it into the build context.";
        Problem::new(Code::LinkOutsideSource, &self.source.pointer, message, hint)
    }

    fn report_ignored(&mut self, selection: &Selection, source: &ContextSource, path: &str, rules: &Matcher<'_>) {
        let Some(rule) = rules.ignored_by(path) else { return };
        let behind = if path == source.path { String::new() } else { format!(" leads to `{path}`, which") };
        let by = match (rule.file(), rule.line()) {
            (Some(file), Some(line)) => format!("`{file}`, line {line} (`{}`)", rule.pattern()),
            _ => format!("`{}`, which is always there", rule.pattern()),
        };
        let message = format!("{}`{}`{behind} is left out of the build context by {by}.", selection.place, source.path);
        let hint = "Remove that line, or add one with `!` and the path after it.";
        self.problems.push(Problem::new(Code::SourceIgnored, &self.source.pointer, message, hint));
    }

    /// Reports a source that is not there, and perhaps the path to which links lead.
    async fn report_missing(&mut self, selection: &Selection, source: &ContextSource, end: Option<String>) {
        let (place, path, pointer) = (&selection.place, &source.path, &self.source.pointer);
        let end = end.map(|end| format!(" leads to `{end}`, which")).unwrap_or_default();
        let message = format!("{place}`{path}`{end} is not in the build context, `{}`.", self.source.path);
        let hint = match self.other_context(selection, path).await {
            Some(other) if place.is_empty() => format!("It is in `{other}`: pass that as the context directory."),
            Some(other) => format!("It is in `{other}`: pass `context: \"{other}\"`."),
            None => "Correct the path, create the file, or pass the right build context.".to_owned(),
        };
        self.problems.push(Problem::new(Code::SourceMissing, pointer, message, hint));
    }

    /// A directory above the build context, or the one of the Dockerfile, in which there is such a path.
    async fn other_context(&self, selection: &Selection, path: &str) -> Option<String> {
        let name = path.split('/').take_while(|name| !has_wildcard(name)).collect::<Vec<_>>().join("/");
        let mut above = Some(self.source.path.as_str()).filter(|path| *path != ".");
        let mut candidates = Vec::new();
        while let Some(directory) = above {
            above = directory.rsplit_once('/').map(|(parent, _)| parent);
            candidates.push(above.unwrap_or("."));
        }
        candidates.push(&selection.beside);
        for candidate in candidates.into_iter().filter(|candidate| *candidate != self.source.path) {
            if self.files.exists(&join(candidate, &name), &self.source.pointer).await.unwrap_or_default() {
                return Some(candidate.to_owned());
            }
        }
        None
    }
}
