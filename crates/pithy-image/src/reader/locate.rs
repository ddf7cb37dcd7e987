//! Follows a path of a definition through links to what is really there, below the root.
//!
//! A path is followed name by name, as an operating system does it, through the entries that the reader lists. It may leave
//! the root only upwards, through the directories above it, and must come back: what lies beside the root is unknown.

use std::mem;

use super::{Files, NodeKind, Reader, find, join, or_root, windows};
use crate::problem::{Code, Problem};

/// As many links as Linux follows.
const MAX_LINKS: usize = 40;

/// A path with all links followed, and what is there.
pub(super) struct Real {
    pub(super) path: String,
    pub(super) kind: NodeKind,
}

/// Why a path leads nowhere.
pub(super) enum Lost {
    /// Nothing is at this path, to which links lead; none if there were no links.
    Missing(Option<String>),
    /// It ends outside the root: at this path, if the root has one.
    Outside(Option<String>),
    TooManyLinks,
    /// A directory on the way cannot be listed, or the work was cancelled.
    Problem(Problem),
}

impl<R: Reader> Files<'_, R> {
    /// Where a path of the definition really is.
    pub(super) async fn locate(&self, path: &str, pointer: &str) -> Result<Real, Problem> {
        if self.root.as_deref().is_some_and(windows::is_root) {
            windows::refuse(path, pointer)?;
        }
        match self.follow(path, pointer).await {
            Ok(real) => Ok(real),
            Err(lost) => Err(self.lost(path, pointer, lost).await),
        }
    }

    /// Whether anything is at a path, even a link that leads nowhere.
    pub(super) async fn exists(&self, path: &str, pointer: &str) -> Result<bool, Problem> {
        let (parent, name) = path.rsplit_once('/').unwrap_or((".", path));
        match self.locate(parent, pointer).await {
            Ok(Real { path, kind: NodeKind::Directory }) => {
                Ok(find(&self.directory(&path, pointer).await?, name).is_some())
            }
            Err(problem) if problem.code != Code::SourceMissing => Err(problem),
            _ => Ok(false),
        }
    }

    /// [`Files::locate`], before anything is said about what goes wrong.
    pub(super) async fn follow(&self, path: &str, pointer: &str) -> Result<Real, Lost> {
        let mut walk = Walk::new(self.root.as_deref(), path);
        while let Some(name) = walk.next()? {
            let nodes = self.directory(&walk.below_root(), pointer).await.map_err(Lost::Problem)?;
            let kind = find(&nodes, &name).ok_or_else(|| walk.missing(&name))?.kind.clone();
            if let NodeKind::Unreadable { why } = &kind {
                return Err(Lost::Problem(self.unreadable(&join(&walk.below_root(), &name), pointer, why)));
            }
            walk.enter(name, kind)?;
        }
        walk.end()
    }
}

/// A path on the way to its end.
struct Walk {
    /// The names of the root's own path.
    root: Vec<String>,
    has_root: bool,
    /// Where it is: at or below the root, or at a directory above it. Without a root, the names below it.
    at: Vec<String>,
    kind: NodeKind,
    /// The names to go, the next one last.
    waiting: Vec<String>,
    links: usize,
}

impl Walk {
    fn new(root: Option<&str>, path: &str) -> Self {
        let root_names = windows::with_slashes(root.unwrap_or_default());
        let root_names: Vec<_> = names(&root_names).filter(|name| !is_empty_component(name)).collect();
        Self {
            at: root_names.clone(),
            root: root_names,
            has_root: root.is_some(),
            kind: NodeKind::Directory,
            waiting: names(path).rev().collect(),
            links: 0,
        }
    }

    /// The next name to look up in the current directory; none at the end of the path.
    fn next(&mut self) -> Result<Option<String>, Lost> {
        while let Some(name) = self.waiting.pop() {
            // Systems look for what follows a `/`, even an empty name, only in directories.
            if self.kind != NodeKind::Directory {
                return Err(self.missing(&name));
            }
            match name.as_str() {
                ".." => self.leave()?,
                name if is_empty_component(name) => {}
                _ if self.at.len() < self.root.len() => self.come_back(name)?,
                _ => return Ok(Some(name)),
            }
        }
        Ok(None)
    }

    /// Goes to the parent; that of `/` is itself.
    fn leave(&mut self) -> Result<(), Lost> {
        if self.at.pop().is_none() && !self.has_root {
            return Err(Lost::Outside(None));
        }
        Ok(())
    }

    /// Goes down from a directory above the root.
    fn come_back(&mut self, name: String) -> Result<(), Lost> {
        let is_way = self.root.get(self.at.len()) == Some(&name);
        self.at.push(name);
        if is_way { Ok(()) } else { Err(self.outside()) }
    }

    /// Goes to an entry of the current directory, or on where a link leads.
    fn enter(&mut self, name: String, kind: NodeKind) -> Result<(), Lost> {
        let NodeKind::Link { target } = kind else {
            self.at.push(name);
            self.kind = kind;
            return Ok(());
        };
        self.links += 1;
        if self.links > MAX_LINKS {
            return Err(Lost::TooManyLinks);
        }
        self.waiting.extend(names(&target).rev());
        if target.starts_with('/') {
            if !self.has_root {
                return Err(Lost::Outside(Some(target)));
            }
            self.at.clear();
        }
        Ok(())
    }

    fn below_root(&self) -> String {
        or_root(self.at[self.root.len()..].join("/"))
    }

    /// What is said where there is no such name.
    fn missing(&self, name: &str) -> Lost {
        Lost::Missing((self.links > 0).then(|| join(&self.below_root(), name)))
    }

    fn end(mut self) -> Result<Real, Lost> {
        if self.at.len() < self.root.len() {
            Err(self.outside())
        } else {
            Ok(Real { path: self.below_root(), kind: self.kind })
        }
    }

    /// Where the path would end.
    fn outside(&mut self) -> Lost {
        for name in mem::take(&mut self.waiting).into_iter().rev() {
            match name.as_str() {
                ".." => _ = self.at.pop(),
                name if is_empty_component(name) => {}
                _ => self.at.push(name),
            }
        }
        Lost::Outside(Some(self.at.join("/")))
    }
}

fn names(path: &str) -> impl DoubleEndedIterator<Item = String> {
    path.split('/').map(str::to_owned)
}

/// Whether a component of a path is the directory it stands in.
fn is_empty_component(name: &str) -> bool {
    matches!(name, "" | ".")
}
