//! What a source holds: its entries, without the contents of files, and what ignore rules leave out.

mod select;

use std::mem;

use super::locate::Real;
use super::{Files, Node, NodeKind, Reader, Stamp, join, or_root, problems};
use crate::identity::{Entry, EntryKind, Ignored, Listing};
use crate::ignore::Matcher;
use crate::normal_form::{LocalSource, SourceKind};
use crate::ordered;
use crate::problem::{Code, Problem, Problems};
use crate::recipe::Recipe;

/// A source whose entries are known.
pub(super) struct Found<'a> {
    pub(super) source: &'a LocalSource,
    /// Its path with all links followed.
    pub(super) real: String,
    pub(super) listing: Listing,
}

/// The path of an entry of a source that lies at `path`.
pub(super) fn entry_path(source: &LocalSource, path: &str, entry: &str) -> String {
    match source.kind {
        SourceKind::File => path.to_owned(),
        SourceKind::Directory { .. } | SourceKind::Context(_) => join(path, entry),
    }
}

impl<R: Reader> Files<'_, R> {
    /// What each source holds, with its files hashed. `problems` are those known already; a missing text file may also be a
    /// source, and is reported once.
    pub(super) async fn sources<'a>(
        &self,
        recipe: &'a Recipe,
        mut problems: Vec<Problem>,
    ) -> Result<Vec<Found<'a>>, Problems> {
        let mut found = Vec::new();
        for source in recipe.sources() {
            match self.source(source).await {
                Ok(source) => found.push(source),
                Err(Problems(mut new)) => {
                    new.retain(|new| !problems::is_known(&problems, new));
                    problems.append(&mut new);
                }
            }
        }
        problems.extend(self.hash_all(&mut found).await?);
        Problems::or(problems, found)
    }

    async fn source<'a>(&self, source: &'a LocalSource) -> Result<Found<'a>, Problems> {
        let LocalSource { path, kind, pointer } = source;
        let real = self.locate(path, pointer).await?;
        let mut tree =
            Tree { files: self, source, listing: Listing::default(), searched: Vec::new(), problems: Vec::new() };
        match kind {
            SourceKind::File => tree.file(&real)?,
            SourceKind::Directory { rules } if real.kind == NodeKind::Directory => {
                let rules = rules.moved_to(&real.path);
                tree.directory(&real.path, String::new(), &rules.matcher()).await;
            }
            SourceKind::Context(selection) if real.kind == NodeKind::Directory => {
                tree.select(&real.path, selection).await;
            }
            SourceKind::Context(_) => {
                let hint = "Name the directory that the Dockerfile's paths start at.";
                return Err(self.wrong_kind(path, pointer, "not a directory", hint).into());
            }
            SourceKind::Directory { .. } => {
                return Err(self.wrong_kind(path, pointer, "not a directory", "Use `addLocalFile`.").into());
            }
        }
        let Tree { mut listing, searched, problems, .. } = tree;
        listing.ignored = left_out(&listing, &searched);
        Problems::or(problems, Found { source, real: real.path, listing })
    }
}

/// A source while it is listed.
struct Tree<'a, 'f, R> {
    files: &'a Files<'f, R>,
    source: &'a LocalSource,
    listing: Listing,
    /// The directories that are left out, but not pruned: an exception could have kept something in them.
    searched: Vec<Ignored>,
    problems: Vec<Problem>,
}

impl<R: Reader> Tree<'_, '_, R> {
    fn file(&mut self, real: &Real) -> Result<(), Problem> {
        let LocalSource { path, pointer, .. } = self.source;
        let (size, executable, stamp) = self.files.regular(path, &real.kind, pointer, "Use `addLocalDir`.")?;
        let kind = self.unhashed(size, executable, stamp);
        let name = path.rsplit('/').next().unwrap_or(path).to_owned();
        self.listing.entries.push(Entry { path: name, kind });
        Ok(())
    }

    /// Takes what is in a directory below a real path, one level after another: many directories are listed at a time.
    async fn directory(&mut self, real: &str, start: String, rules: &Matcher<'_>) {
        let mut waiting = vec![start];
        while !waiting.is_empty() {
            for some in mem::take(&mut waiting).chunks(AT_A_TIME) {
                if let Err(problem) = self.files.check_cancelled() {
                    return self.problems.push(problem);
                }
                let paths: Vec<_> = some.iter().map(|within| or_root(join(real, within))).collect();
                let lists = self.files.reader.list_many(&paths).await;
                for ((within, path), nodes) in some.iter().zip(paths).zip(lists) {
                    match nodes {
                        Ok(nodes) => waiting.extend(self.visit_all(within, &nodes, rules)),
                        Err(why) => self.problems.push(self.files.unreadable(&path, &self.source.pointer, &why)),
                    }
                }
            }
        }
    }

    /// Takes what is in a directory, in the order of the names. Returns the directories to look into.
    fn visit_all(&mut self, within: &str, nodes: &[Node], rules: &Matcher<'_>) -> Vec<String> {
        let order = ordered::places(&mut nodes.iter().map(|node| &*node.name));
        let nodes = order.into_iter().map(|place| &nodes[place]);
        nodes.filter_map(|node| self.visit(node, join(within, &node.name), rules)).collect()
    }

    /// Takes an entry or leaves it out. Returns its path if it is a directory to look into: one that is left out may still
    /// have entries that are not.
    fn visit(&mut self, node: &Node, path: String, rules: &Matcher<'_>) -> Option<String> {
        let is_directory = matches!(node.kind, NodeKind::Directory | NodeKind::NotText { is_directory: true });
        let Some(rule) = rules.ignored_by(&path).cloned() else {
            self.take(node, &path);
            return (node.kind == NodeKind::Directory).then_some(path);
        };
        if !is_directory {
            self.listing.ignored.push(Ignored { path, rule });
            None
        } else if rules.prunes(&path) {
            self.listing.ignored.push(Ignored { path: format!("{path}/"), rule });
            None
        } else if node.kind == NodeKind::Directory {
            self.searched.push(Ignored { path: format!("{path}/"), rule });
            Some(path)
        } else {
            self.problems.push(self.refusal(node, &path));
            None
        }
    }

    fn take(&mut self, node: &Node, path: &str) {
        let kind = match &node.kind {
            NodeKind::File { size, executable, stamp } => self.unhashed(*size, *executable, *stamp),
            NodeKind::Directory => EntryKind::Directory,
            NodeKind::Link { target } => EntryKind::Link { target: target.clone() },
            NodeKind::Special | NodeKind::NotText { .. } => return self.problems.push(self.refusal(node, path)),
            NodeKind::Unreadable { why } => {
                let problem = self.files.unreadable(&join(&self.source.path, path), &self.source.pointer, why);
                return self.problems.push(problem);
            }
        };
        self.listing.entries.push(Entry { path: path.to_owned(), kind });
    }

    /// The problem of an entry that no context can hold.
    fn refusal(&self, node: &Node, path: &str) -> Problem {
        let (code, what, hint) = match node.kind {
            NodeKind::NotText { .. } if node.name.contains(char::REPLACEMENT_CHARACTER) => {
                (Code::InvalidFileName, "has a name that is not UTF-8", "Rename it, or leave its directory out.")
            }
            NodeKind::NotText { .. } => {
                (Code::InvalidFileName, "is a link whose target is not UTF-8", "Leave it out with `exclude`.")
            }
            _ => (Code::SourceWrongKind, "is neither a file nor a directory nor a link", LEAVE_OUT),
        };
        let message = format!("`{}` {} {what}.", join(&self.source.path, path), self.files.place());
        Problem::new(code, &self.source.pointer, message, hint)
    }

    /// A file whose content has not been read yet: its stamp stands where the digest will.
    fn unhashed(&mut self, size: u64, executable: Option<bool>, stamp: Stamp) -> EntryKind {
        self.listing.unknown_modes += usize::from(executable.is_none());
        EntryKind::File { executable: executable.unwrap_or_default(), size, sha256: stamp }
    }
}

/// Directories that are listed at a time: what is in them is in memory twice until then.
const AT_A_TIME: usize = 256;

const LEAVE_OUT: &str = "Leave it out, with `exclude` or an ignore file.";

/// What is left out, sorted by path: a searched directory stands for everything in it if nothing there is kept.
fn left_out(Listing { entries, ignored, .. }: &Listing, searched: &[Ignored]) -> Vec<Ignored> {
    let kept = entries.iter().filter(|_| !searched.is_empty()).flat_map(|entry| directories_above(&entry.path));
    let kept = ordered::set(kept);
    let empty: Vec<_> = searched.iter().filter(|directory| !kept.contains(directory.path.as_str())).collect();
    let paths = ordered::set(empty.iter().map(|directory| directory.path.as_str()));
    let is_topmost = |found: &&Ignored| !directories_above(&found.path).any(|above| paths.contains(above));
    let topmost = ignored.iter().chain(empty).filter(is_topmost);
    ordered::map(topmost.map(|found| (found.path.as_str(), found))).into_values().cloned().collect()
}

/// The directories that a path lies in, each with the `/` at its end.
fn directories_above(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(slash, _)| &path[..=slash]).filter(move |above| *above != path)
}
