//! A recipe with its files: which are read, and in which order.

use super::{Files, Read, Reader, problems};
use crate::normal_form::{TextFile, Texts};
use crate::problem::{Problem, Problems};
use crate::recipe::Recipe;

impl<R: Reader> Files<'_, R> {
    pub(super) async fn resolve(&self, recipe: Recipe) -> Result<Read, Problems> {
        let (recipe, problems) = self.with_texts(recipe).await?;
        let found = self.sources(&recipe, problems).await?;
        let listings = found.into_iter().map(|source| source.listing).collect();
        Ok(Read { resolved: recipe.resolve_owned(listings)?, recipe, root: self.root.clone() })
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
        let (size, ..) = self.regular(path, &real.kind, pointer, "Name a regular file.")?;
        self.content(&real.path, size, pointer).await.map(Some)
    }
}
