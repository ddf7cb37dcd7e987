//! A recipe with its files: which are read, in which order, each directory listed once.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Node, Read, Reader, list, problems};
use crate::normal_form::{TextFile, Texts};
use crate::problem::{Problem, Problems};
use crate::recipe::Recipe;

/// The files of a reader, and what is already known of them.
pub(super) struct Files<'a, R> {
    pub(super) reader: &'a R,
    pub(super) root: Option<String>,
    /// The entries of directories, sorted by name.
    listed: RefCell<BTreeMap<String, Rc<[Node]>>>,
}

impl<'a, R: Reader> Files<'a, R> {
    pub(super) fn new(reader: &'a R) -> Self {
        Self { reader, root: reader.root(), listed: RefCell::default() }
    }

    pub(super) async fn resolve(&self, recipe: Recipe) -> Result<Read, Problems> {
        let (recipe, problems) = self.with_texts(recipe).await?;
        let found = self.sources(&recipe, problems).await?;
        let findings = list::unknown_modes(&recipe, &found);
        let listings: Vec<_> = found.into_iter().map(|source| source.listing).collect();
        let mut resolved = recipe.resolve(&listings)?;
        resolved.findings.extend(findings);
        let mut context_hashes = Vec::with_capacity(resolved.contexts.len());
        for context in &resolved.contexts {
            context_hashes.push(self.context_hash(context).await?);
        }
        Ok(Read { resolved, context_hashes, root: self.root.clone() })
    }

    /// The recipe with every text file that it needs, and those that they name; or as far as they can be read, and why not.
    async fn with_texts(&self, mut recipe: Recipe) -> Result<(Recipe, Vec<Problem>), Problems> {
        while !recipe.unread().is_empty() {
            let (texts, problems) = self.texts(recipe.unread()).await;
            if !problems.is_empty() {
                return Ok((recipe, problems));
            }
            recipe = recipe.with_texts(texts)?;
        }
        Ok((recipe, Vec::new()))
    }

    async fn texts(&self, files: &[TextFile]) -> (Texts, Vec<Problem>) {
        let (mut texts, mut problems) = (Texts::new(), Vec::new());
        for file in files {
            match self.text(file).await {
                Ok(content) => _ = texts.insert(file.path.clone(), content),
                Err(problem) => problems.push(problems::named_by(file, problem)),
            }
        }
        (texts, problems)
    }

    async fn text(&self, TextFile { path, optional, pointer, .. }: &TextFile) -> Result<Option<Vec<u8>>, Problem> {
        if *optional && !self.exists(path, pointer).await? {
            return Ok(None);
        }
        let real = self.locate(path, pointer).await?;
        let (size, _) = self.regular(path, &real.kind, pointer, "Name a regular file.")?;
        self.content(&real.path, size, pointer).await.map(Some)
    }

    /// The entries of a directory, sorted by name; the reader is asked only once.
    pub(super) async fn directory(&self, path: &str, pointer: &str) -> Result<Rc<[Node]>, Problem> {
        self.check_cancelled()?;
        if let Some(known) = self.listed.borrow().get(path) {
            return Ok(Rc::clone(known));
        }
        let mut nodes = self.reader.list(path).await.map_err(|why| self.unreadable(path, pointer, &why))?;
        nodes.sort_by(|a, b| a.name.cmp(&b.name));
        let nodes: Rc<[Node]> = nodes.into();
        self.listed.borrow_mut().insert(path.to_owned(), Rc::clone(&nodes));
        Ok(nodes)
    }

    pub(super) fn check_cancelled(&self) -> Result<(), Problem> {
        if self.reader.is_cancelled() { Err(problems::cancelled()) } else { Ok(()) }
    }
}

/// A path below a directory, either of which may be the root or empty.
pub(super) fn join(directory: &str, path: &str) -> String {
    match (directory, path) {
        ("" | ".", _) => path.to_owned(),
        (_, "") => directory.to_owned(),
        _ => format!("{directory}/{path}"),
    }
}

/// A path, `.` where it is empty.
pub(super) fn or_root(path: String) -> String {
    if path.is_empty() { ".".to_owned() } else { path }
}

/// The entry of a name in a sorted directory.
pub(super) fn find<'a>(nodes: &'a [Node], name: &str) -> Option<&'a Node> {
    let index = nodes.binary_search_by(|node| node.name.as_str().cmp(name)).ok()?;
    nodes.get(index)
}
