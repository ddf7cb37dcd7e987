//! The recipe: a definition that was checked, and the text files that it still needs.

use std::collections::BTreeMap;
use std::{iter, mem};

use crate::files::requirement::Flaw;
use crate::files::requirements::{Include, includes};
use crate::normal_form::{Builder, Built, LocalSource, NormalForm, TextFile, Texts};
use crate::problem::Problems;
use crate::steps::{Definition, Draft, Image, Step, build_all};

/// A checked definition. Made by [`Definition::recipe`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    /// Without what unread text files decide.
    pub(crate) form: NormalForm,
    pub(crate) steps: Vec<Step>,
    pub(crate) texts: Texts,
    unread: Vec<TextFile>,
}

impl Recipe {
    /// Reads and checks a definition.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with its shape or its values.
    pub fn from_json(json: &str) -> Result<Self, Problems> {
        let draft = Draft::read(json)?;
        let texts = Texts::new();
        let mut builder = Builder::new(draft.problems, &texts);
        build_all(draft.steps.iter().map(|attempt| attempt.0.as_ref()), &mut builder);
        let Built { form, unread } = builder.finish()?;
        let steps = draft.steps.into_iter().filter_map(|attempt| attempt.0.ok()).collect();
        Ok(Self { form, steps, texts, unread })
    }

    fn from_steps(steps: Vec<Step>, texts: Texts) -> Result<Self, Problems> {
        let mut builder = Builder::new(Vec::new(), &texts);
        build_all(steps.iter().map(Ok), &mut builder);
        let Built { form, unread } = builder.finish()?;
        Ok(Self { form, steps, texts, unread })
    }

    /// The text files to be read first, for [`Recipe::with_texts`]. None, and the recipe is complete.
    #[must_use]
    pub fn unread(&self) -> &[TextFile] {
        &self.unread
    }

    /// The recipe once more text files are known. They may name others: ask [`Recipe::unread`] again.
    ///
    /// ```
    /// use pithy_image::{Image, Texts};
    ///
    /// let recipe = Image::debian_slim("3.12").pip_install_from_requirements("requirements.txt").recipe()?;
    /// assert_eq!(recipe.unread()[0].path, "requirements.txt");
    /// let text = b"-r base.txt".to_vec();
    /// let recipe = recipe.with_texts(Texts::from([("requirements.txt".to_owned(), Some(text))]))?;
    /// assert_eq!(recipe.unread()[0].path, "base.txt");
    /// # Ok::<(), pithy_image::Problems>(())
    /// ```
    ///
    /// # Errors
    ///
    /// What is wrong with the texts, or with what they make of the definition.
    pub fn with_texts(mut self, texts: Texts) -> Result<Self, Problems> {
        if self.unread.is_empty() {
            return Ok(self);
        }
        self.texts.extend(texts);
        let mut unread = BTreeMap::new();
        let mut has_flaws = false;
        for file in mem::take(&mut self.unread) {
            let (included, flaws) = included_by(&file, &self.texts);
            has_flaws |= !flaws.is_empty();
            for file in iter::once(file).chain(included).filter(|file| !self.texts.contains_key(&file.path)) {
                unread.entry(file.path.clone()).or_insert(file);
            }
        }
        if has_flaws || unread.is_empty() {
            return Self::from_steps(self.steps, self.texts);
        }
        Ok(Self { unread: unread.into_values().collect(), ..self })
    }

    /// The local files and directories to be read, in the order of the definition; [`Recipe::resolve`] takes one listing
    /// for each.
    pub fn sources(&self) -> impl Iterator<Item = &LocalSource> {
        self.form.sources()
    }
}

/// The requirements files that one includes, and what is wrong with it.
fn included_by(file: &TextFile, texts: &Texts) -> (Vec<TextFile>, Vec<Flaw>) {
    let content = texts.get(&file.path).and_then(Option::as_deref).filter(|_| file.is_requirements);
    let (included, flaws) = content.map(|content| includes(&file.path, content)).unwrap_or_default();
    let as_text = |Include { path, named_by }| TextFile {
        path,
        optional: false,
        named_by,
        pointer: file.pointer.clone(),
        is_requirements: true,
    };
    (included.into_iter().map(as_text).collect(), flaws)
}

impl Definition {
    /// Reads and checks a definition.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with its shape or its values.
    pub fn from_json(json: &str) -> Result<Self, Problems> {
        Recipe::from_json(json).map(|recipe| Self::new(recipe.steps))
    }

    /// The definition, checked.
    ///
    /// # Errors
    ///
    /// Every value that cannot be used.
    pub fn recipe(&self) -> Result<Recipe, Problems> {
        Recipe::from_steps(self.steps.clone(), Texts::new())
    }
}

impl Image {
    /// The image, checked.
    ///
    /// ```
    /// # use pithy_image::Image;
    /// let recipe = Image::base("debian:12-slim").add_local_file("run.sh", "/run.sh").recipe()?;
    /// assert_eq!(recipe.sources().map(|source| source.path.as_str()).collect::<Vec<_>>(), ["run.sh"]);
    /// assert!(Image::base("debian:12 slim").recipe().is_err());
    /// # Ok::<(), pithy_image::Problems>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Every value that cannot be used.
    pub fn recipe(&self) -> Result<Recipe, Problems> {
        Recipe::from_steps(self.steps().to_vec(), Texts::new())
    }
}
