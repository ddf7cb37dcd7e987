//! From a recipe and what its sources hold to the Dockerfile and the contexts, without reading anything.

mod conflicts;
mod copies;
mod fingerprints;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use self::conflicts::conflicts;
use self::copies::{context, contexts, outlined};
use self::fingerprints::built_steps;
pub(crate) use self::fingerprints::fingerprints;
use crate::context::{Context, Placement};
use crate::dockerfile::{self, WrittenInstruction};
use crate::identity::{Listing, Mode, image_digest};
use crate::limits::is_too_large;
use crate::lint::{self, Finding, lint};
use crate::normal_form::{Copy, Destination, LocalSource, NormalForm, Origin, SourceKind, TextFile};
use crate::ordered;
use crate::path::below;
use crate::problem::{Code, Problem, Problems};
use crate::recipe::Recipe;

/// A recipe whose sources are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The Dockerfile, to the byte as it is sent.
    pub dockerfile: String,
    /// `sha256:…` over the Dockerfile: the identity of the image.
    pub image_digest: String,
    /// Everything that is sent beside the Dockerfile, in order of first use; each once.
    pub contexts: Vec<Context>,
    /// Where the contexts go, in the order of the definition.
    pub placements: Vec<Placement>,
    /// Which step made which lines of the Dockerfile, in their order.
    pub instructions: Vec<WrittenInstruction>,
    /// Every step of the definition, in order, those of a stage after the step that declares it.
    pub steps: Vec<BuiltStep>,
    /// Its normal form, where that is not the recipe's: long scripts are files in it.
    form: Option<NormalForm>,
}

/// A step, and what it makes of the Dockerfile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltStep {
    /// JSON pointer to it, such as `/steps/3` or, within a stage, `/steps/2/stage/steps/1`.
    pub step: String,
    /// Its name, such as `aptInstall`.
    pub name: &'static str,
    /// The build stage that it is in; none for the image itself.
    pub stage: Option<String>,
    /// 16 hexadecimal digits over what it makes of the Dockerfile, and so over the files that it names; of a `stage`, over
    /// the name.
    pub fingerprint: String,
    /// The build stages that it takes files from.
    pub takes_from: Vec<String>,
}

/// What is known of an image before its files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// The Dockerfile, with question marks for digests that are not known.
    pub dockerfile: String,
    /// What is valid, but probably not what is meant.
    pub findings: Vec<Finding>,
    /// Which step made which lines of the Dockerfile, in their order.
    pub instructions: Vec<WrittenInstruction>,
    /// Every step of the definition, in order, with fingerprints that leave unknown files out.
    pub steps: Vec<BuiltStep>,
    /// The local files and directories that are needed, in the order of the definition; each once.
    pub needs: Vec<LocalSource>,
}

impl Recipe {
    /// Makes the Dockerfile and the contexts.
    ///
    /// `listings` has, for each of [`Recipe::sources`] and in the same order, what the source holds.
    ///
    /// # Errors
    ///
    /// Names that no image can hold, links out of their source, a source of which nothing is left, copies that contradict
    /// each other, text files that were not read ([`Recipe::unread`]).
    pub fn resolve(&self, listings: &[Listing]) -> Result<Resolved, Problems> {
        self.resolve_owned(listings.to_vec())
    }

    /// [`Recipe::resolve`] of listings that nobody else needs.
    pub(crate) fn resolve_owned(&self, listings: Vec<Listing>) -> Result<Resolved, Problems> {
        let mut problems: Vec<_> = self.unread().iter().filter(|file| !file.optional).map(unread).collect();
        problems.extend(self.sources().skip(listings.len()).map(unlisted));
        Problems::or(problems, ())?;
        if !self.unread().is_empty() {
            let absent = ordered::map(self.unread().iter().map(|file| (file.path.clone(), None)));
            return self.clone().with_texts(absent)?.resolve_owned(listings);
        }
        let besides = |listing: &Listing| Listing { entries: Vec::new(), ..listing.clone() };
        let listed: Vec<_> = listings.iter().map(besides).collect();
        let mut listings = Some(listings.into_iter());
        let Emitted { form, contexts, dockerfile, instructions } = emit(self, |copies, before| {
            let (mut listings, mut local) = (listings.take(), before.into_iter().filter(|it| it.source.is_some()));
            contexts(copies, |copy, problems| match &mut listings {
                Some(listings) => context(copy, listings.next().unwrap_or_default(), problems),
                None => local.next().unwrap_or_else(|| outlined(copy)),
            })
        })?;
        Problems::or(conflicts(&form, &contexts), ())?;
        let image_digest = image_digest(&dockerfile);
        let steps = built_steps(&form.calls, &dockerfile, &instructions);
        let (contexts, placements) = place(&form.copies, contexts, listed);
        let form = if let Cow::Owned(form) = form { Some(form) } else { None };
        Ok(Resolved { dockerfile, image_digest, contexts, placements, instructions, steps, form })
    }

    /// What lint rules find in an image that was resolved from this recipe, in the order of its Dockerfile.
    ///
    /// ```
    /// use pithy_image::Image;
    ///
    /// let recipe = Image::base("debian:12-slim").run_commands(["cd /srv"]).recipe()?;
    /// assert_eq!(recipe.findings(&recipe.resolve(&[])?)[0].code, "base_without_digest");
    /// # Ok::<(), pithy_image::Problems>(())
    /// ```
    #[must_use]
    pub fn findings(&self, resolved: &Resolved) -> Vec<Finding> {
        let Resolved { dockerfile, instructions, contexts, placements, form, .. } = resolved;
        self.lint(form.as_ref().unwrap_or(&self.form), dockerfile, instructions, Some((contexts, placements)))
    }

    /// What is known without the files.
    ///
    /// ```
    /// use pithy_image::Image;
    ///
    /// let outline = Image::base("debian:12").add_local_file("run.sh", "/run.sh").recipe()?.outline()?;
    /// assert_eq!(outline.needs[0].path, "run.sh");
    /// assert!(outline.dockerfile.ends_with("COPY [\"ctx/????????????????????????????????/run.sh\", \"/run.sh\"]\n"));
    /// # Ok::<(), pithy_image::Problems>(())
    /// ```
    ///
    /// # Errors
    ///
    /// What no file could mend: a line that Docker does not take.
    pub fn outline(&self) -> Result<Outline, Problems> {
        let Emitted { form, dockerfile, instructions, .. } =
            emit(self, |copies, _| Ok(copies.iter().map(outlined).collect()))?;
        let mut needs: Vec<LocalSource> = form.sources().cloned().collect();
        needs.extend(self.unread().iter().filter(|file| !file.optional).map(TextFile::source));
        let mut seen = BTreeSet::new();
        needs.retain(|source| seen.insert(source.path.clone()));
        let steps = built_steps(&form.calls, &dockerfile, &instructions);
        let findings = self.lint(&form, &dockerfile, &instructions, None);
        Ok(Outline { dockerfile, findings, instructions, steps, needs })
    }

    fn lint(
        &self,
        form: &NormalForm,
        dockerfile: &str,
        written: &[WrittenInstruction],
        files: Option<(&[Context], &[Placement])>,
    ) -> Vec<Finding> {
        let (steps, texts, knows_files) = (&self.steps, &self.texts, files.is_some());
        let (contexts, placements) = files.unwrap_or_default();
        lint(dockerfile, lint::Image { steps, texts, form, written, contexts, placements, knows_files })
    }
}

/// A Dockerfile, and what it was written from.
struct Emitted<'a> {
    form: Cow<'a, NormalForm>,
    /// One for each copy.
    contexts: Vec<Context>,
    dockerfile: String,
    instructions: Vec<WrittenInstruction>,
}

/// Writes the Dockerfile; one that would be too large, with long scripts as files. `contexts_of` is given what it returned before.
fn emit(
    recipe: &Recipe,
    mut contexts_of: impl FnMut(&[Copy], Vec<Context>) -> Result<Vec<Context>, Problems>,
) -> Result<Emitted<'_>, Problems> {
    let mut form = Cow::Borrowed(&recipe.form);
    let mut contexts = contexts_of(&form.copies, Vec::new())?;
    let (mut dockerfile, mut instructions) = dockerfile::write(&form, &contexts);
    if is_too_large(&dockerfile) || dockerfile::longest_line(&dockerfile).is_some() {
        form = Cow::Owned(form.scripts_as_files());
        contexts = contexts_of(&form.copies, contexts)?;
        (dockerfile, instructions) = dockerfile::write(&form, &contexts);
    }
    let problems = dockerfile::longest_line(&dockerfile).map(line_too_long).into_iter().collect();
    Problems::or(problems, Emitted { form, contexts, dockerfile, instructions })
}

/// Keeps each context once, and notes where each copy of it goes.
fn place(copies: &[Copy], contexts: Vec<Context>, listed: Vec<Listing>) -> (Vec<Context>, Vec<Placement>) {
    let mut indices = BTreeMap::new();
    let mut unique: Vec<Context> = Vec::with_capacity(contexts.len());
    let mut placements = Vec::with_capacity(contexts.len());
    let mut listed = listed.into_iter();
    for (copy, context) in copies.iter().zip(contexts) {
        let index = *indices.entry(context.archive_path.clone()).or_insert(unique.len());
        let source = context.source.as_ref().map(|source| source.path.clone());
        placements.push(placement(copy, index, source, &mut listed));
        if index == unique.len() {
            unique.push(context);
        }
    }
    (unique, placements)
}

fn placement(
    copy: &Copy,
    context: usize,
    source: Option<String>,
    listed: &mut impl Iterator<Item = Listing>,
) -> Placement {
    let (Destination::File { path, .. } | Destination::Directory(path) | Destination::Instruction(path)) =
        &copy.destination;
    let (local, Listing { ignored, seen, unknown_modes, .. }) = match &copy.origin {
        Origin::Local(source) => (Some(source.clone()), listed.next().unwrap_or_default()),
        Origin::Inline(_) => (None, Listing::default()),
    };
    let path_of = |path: String| match &local {
        Some(LocalSource { path, kind: SourceKind::File, .. }) => path.clone(),
        Some(local) => below(&local.path, &path),
        None => path,
    };
    let seen = ordered::map(seen.into_iter().map(|(path, seen)| (path_of(path), seen)));
    let unknown_modes = if copy.mode == Mode::FromFile { unknown_modes } else { 0 };
    let (destination, stage, step) = (path.clone(), copy.stage.clone(), copy.step.clone());
    Placement { context, destination, source, stage, step, ignored, seen, unknown_modes, local }
}

fn line_too_long(bytes: usize) -> Problem {
    let message = format!(
        "A line of the Dockerfile has {bytes} bytes, which is too many, and it cannot be broken between blanks, `#` or \
         backslashes."
    );
    Problem::new(Code::TooLong, "", message, "Put the value with them into a file, with `addFile` or `addLocalFile`.")
}

fn unread(file: &TextFile) -> Problem {
    let message = format!("`{}` was not read.", file.path);
    Problem::new(Code::SourceMissing, &file.pointer, message, "Provide the text files that the definition names.")
}

fn unlisted(source: &LocalSource) -> Problem {
    let message = format!("`{}` is not among the given files.", source.path);
    Problem::new(Code::SourceMissing, &source.pointer, message, "Provide the files that the definition names.")
}
