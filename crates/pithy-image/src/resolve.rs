//! From a recipe and what its sources hold to the Dockerfile and the contexts, without reading anything.

use std::borrow::Cow;

use serde::Serialize;

use crate::dockerfile;
use crate::identity::{Fingerprint, image_digest};
use crate::json::record;
use crate::limits::{findings, is_too_large};
use crate::problem::{Code, Problem, Problems};
use crate::recipe::files::{DOCKERIGNORE, join};
use crate::recipe::{By, Call, Copy, Destination, LocalSource, Mode, Origin, Recipe, TextFile};
use crate::source::{self, Entry, EntryKind, Ignored, Layout, Listing};
use crate::tar;
use crate::text::hex;

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
    /// What should be known, though it is no mistake.
    pub findings: Vec<Problem>,
    /// Which step made which lines of the Dockerfile, in their order.
    pub instructions: Vec<InstructionRecord>,
    /// Every step of the definition, in order, those of a stage behind the step that declares it.
    pub steps: Vec<StepRecord>,
}

/// A step, and what tells it from what it was.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[cfg_attr(feature = "types", ts(rename_all = "camelCase"))]
#[serde(rename_all = "camelCase")]
pub struct StepRecord {
    /// JSON pointer to it, such as `/steps/3` or, within a stage, `/steps/2/stage/steps/1`.
    pub step: String,
    /// Its name, such as `aptInstall`.
    pub call: String,
    /// The build stage that it is in; absent for the image itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional))]
    pub stage: Option<String>,
    /// 16 hexadecimal digits over what it makes of the Dockerfile, and so over the files that it names; of a `stage`, over
    /// the name.
    pub fingerprint: String,
    /// The build stages that it takes files from; absent if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "types", ts(optional, as = "Option<Vec<String>>"))]
    pub takes_from: Vec<String>,
}

record!(StepRecord { step default, call, stage default, fingerprint, takes_from default });

/// Lines of a Dockerfile that hold one instruction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct InstructionRecord {
    /// The first of them; that of the whole text is 1.
    pub line: usize,
    /// How many there are.
    pub lines: usize,
    /// JSON pointer to the step that made it, such as `/steps/3` or, within a stage, `/steps/2/stage/steps/1`; empty for
    /// the head of the stage that unpacks trees.
    pub step: String,
}

/// What is known of an image before its files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// The Dockerfile, with question marks for digests that are not known.
    pub dockerfile: String,
    /// What should be known, though it is no mistake.
    pub findings: Vec<Problem>,
    /// Which step made which lines of the Dockerfile, in their order.
    pub instructions: Vec<InstructionRecord>,
    /// Every step of the definition, in order, with fingerprints in which files that are not known do not count.
    pub steps: Vec<StepRecord>,
    /// The local files and directories that are needed, in the order of the definition; each once.
    pub needs: Vec<LocalSource>,
}

/// A place in the image that a context is copied to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// Which of [`Resolved::contexts`].
    pub context: usize,
    /// The path of a file, or that of the directory which takes the entries, with a `/` at its end.
    pub destination: String,
    /// The local path that this copy is of; none if its content is in the definition.
    pub source: Option<String>,
    /// The build stage that it goes to; none for the image itself.
    pub stage: Option<String>,
    /// JSON pointer to the step that asks for it.
    pub step: String,
    /// What ignore rules left out of it.
    pub ignored: Vec<Ignored>,
}

/// One file to send: a local or inline file as it is, or a tar of several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// Where the Dockerfile expects it: `ctx/<32 digits>/<name>`.
    pub archive_path: String,
    /// SHA-256 over all that decides its bytes; its first 32 hexadecimal digits are in the archive path.
    pub source_digest: [u8; 32],
    /// The local source that its bytes come from; none if they are in the definition.
    pub source: Option<LocalSource>,
    /// What it holds, sorted by the bytes of the paths.
    pub entries: Vec<Entry>,
    pub(crate) layout: Layout,
    inline: Vec<u8>,
}

/// A run of a context's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'a> {
    /// These bytes.
    Bytes(Cow<'a, [u8]>),
    /// The whole content of this file of the source.
    File(&'a Entry),
}

impl Recipe {
    /// Makes the Dockerfile and the contexts.
    ///
    /// `listings` has, for each of [`Recipe::sources`] and in the same order, what the source holds.
    ///
    /// # Errors
    ///
    /// Names that no image can hold, links out of their source, a source of which nothing is left, text files that were
    /// not read ([`Recipe::unread`]).
    pub fn resolve(&self, listings: &[Listing]) -> Result<Resolved, Problems> {
        let mut problems: Vec<_> = self.unread().iter().filter(|file| !file.optional).map(unread).collect();
        problems.extend(self.sources().skip(listings.len()).map(unlisted));
        let image = Problems::or(problems, ()).and_then(|()| self.emit(|copies| contexts(copies, listings)))?;
        let Emitted { recipe, contexts, dockerfile, instructions, findings } = image;
        let image_digest = image_digest(&dockerfile);
        let steps = step_records(&recipe.calls, &dockerfile, &instructions);
        let (contexts, placements) = recipe.place(contexts, listings);
        Ok(Resolved { dockerfile, image_digest, contexts, placements, findings, instructions, steps })
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
        let Emitted { recipe, dockerfile, instructions, findings, .. } =
            self.emit(|copies| Ok(copies.iter().map(outlined).collect()))?;
        let mut needs: Vec<LocalSource> = recipe.sources().cloned().collect();
        needs.extend(self.unread().iter().filter(|file| !file.optional).map(TextFile::source));
        for index in (0..needs.len()).rev() {
            if needs[..index].iter().any(|source| source.path == needs[index].path) {
                needs.remove(index);
            }
        }
        let steps = step_records(&recipe.calls, &dockerfile, &instructions);
        Ok(Outline { dockerfile, findings, instructions, steps, needs })
    }

    /// Writes the Dockerfile; one that would be too large, with long scripts as files.
    fn emit(&self, contexts_of: impl Fn(&[Copy]) -> Result<Vec<Context>, Problems>) -> Result<Emitted<'_>, Problems> {
        let mut recipe = Cow::Borrowed(self);
        let mut contexts = contexts_of(&recipe.copies)?;
        let (mut dockerfile, mut instructions) = dockerfile::write(&recipe, &contexts);
        if is_too_large(&dockerfile) || dockerfile::longest_line(&dockerfile).is_some() {
            recipe = Cow::Owned(self.scripts_as_files());
            contexts = contexts_of(&recipe.copies)?;
            (dockerfile, instructions) = dockerfile::write(&recipe, &contexts);
        }
        let problems = dockerfile::longest_line(&dockerfile).map(line_too_long).into_iter().collect();
        let findings = recipe.findings.iter().cloned().chain(findings(&recipe, &dockerfile)).collect();
        Problems::or(problems, Emitted { recipe, contexts, dockerfile, instructions, findings })
    }

    /// Takes each context once, and notes where each copy of it goes.
    fn place(&self, contexts: Vec<Context>, listings: &[Listing]) -> (Vec<Context>, Vec<Placement>) {
        let mut unique: Vec<Context> = Vec::with_capacity(contexts.len());
        let mut placements = Vec::with_capacity(contexts.len());
        let mut listings = listings.iter();
        for (copy, context) in self.copies.iter().zip(contexts) {
            let known = unique.iter().position(|known| known.archive_path == context.archive_path);
            let index = known.unwrap_or(unique.len());
            if known.is_none() {
                unique.push(context);
            }
            let (Destination::File { path, .. } | Destination::Directory(path)) = &copy.destination;
            let (source, ignored) = match &copy.origin {
                Origin::Local(source) => {
                    let ignored = listings.next().map(|listing| listing.ignored.clone());
                    (Some(source.path.clone()), ignored.unwrap_or_default())
                }
                Origin::Inline(_) => (None, Vec::new()),
            };
            let (destination, stage, step) = (path.clone(), copy.stage.clone(), copy.step.clone());
            placements.push(Placement { context: index, destination, source, stage, step, ignored });
        }
        (unique, placements)
    }
}

/// A Dockerfile, and what it was written from.
struct Emitted<'a> {
    recipe: Cow<'a, Recipe>,
    /// One for each copy of the recipe.
    contexts: Vec<Context>,
    dockerfile: String,
    instructions: Vec<InstructionRecord>,
    findings: Vec<Problem>,
}

impl Context {
    /// Whether it is a tar of several entries, rather than a file as it is.
    #[must_use]
    pub fn is_tree(&self) -> bool {
        matches!(self.layout, Layout::Tree(_))
    }

    /// The mode of the file to send: a tar's is 0644.
    #[must_use]
    pub fn mode(&self) -> u32 {
        let executable = |entry: &Entry| matches!(entry.kind, EntryKind::File { executable: true, .. });
        if !self.is_tree() && self.entries.iter().any(executable) { 0o755 } else { 0o644 }
    }

    /// The mode that a file of it has in the image.
    #[must_use]
    pub fn file_mode(&self, executable: bool) -> u32 {
        match self.layout {
            Layout::Tree(Some(mode)) => mode,
            _ if executable => 0o755,
            _ => 0o644,
        }
    }

    /// The 32 digits that name the source in the Dockerfile.
    pub(crate) fn name(&self) -> &str {
        self.archive_path.split('/').nth(1).unwrap_or_default()
    }

    /// Whether its files are not known.
    pub(crate) fn is_unknown(&self) -> bool {
        self.name() == UNKNOWN
    }

    /// Bytes of the file to send.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.pieces()
            .map(|piece| match piece {
                Piece::Bytes(bytes) => bytes.len() as u64,
                Piece::File(entry) => entry.size(),
            })
            .sum()
    }

    /// The bytes of the file to send, in order.
    pub fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        let Layout::Tree(mode) = self.layout else {
            return self.entries.iter().map(|entry| self.content(entry)).collect::<Vec<_>>().into_iter();
        };
        let mut pieces = vec![Piece::Bytes(tar::root_header().into())];
        for entry in &self.entries {
            pieces.push(Piece::Bytes(tar::entry_header(entry, mode).into()));
            if let EntryKind::File { size, .. } = entry.kind {
                pieces.push(self.content(entry));
                pieces.push(Piece::Bytes(tar::padding(size).into()));
            }
        }
        pieces.push(Piece::Bytes(tar::END[..].into()));
        pieces.into_iter()
    }

    fn content<'a>(&'a self, entry: &'a Entry) -> Piece<'a> {
        if self.source.is_some() { Piece::File(entry) } else { Piece::Bytes(self.inline.as_slice().into()) }
    }
}

/// Describes steps by what they made. Where trees are unpacked does not count: a tree that two steps copy is unpacked for the
/// first, and the digest is in the copies.
fn step_records(calls: &[By<Call>], dockerfile: &str, instructions: &[InstructionRecord]) -> Vec<StepRecord> {
    let is_files_stage = |(step, text): &(&str, &str)| step.is_empty() || !text.starts_with("FROM ");
    let mut made: Vec<_> = calls.iter().map(|_| Fingerprint::new()).collect();
    let mut last = 0;
    for (step, text) in instruction_texts(dockerfile, instructions).skip_while(is_files_stage) {
        // Instructions have nearly the order of their steps.
        let mut indices = (last..calls.len()).chain(0..last);
        last = indices.find(|index| calls[*index].step == step).unwrap_or(last);
        made[last].update(text);
    }
    let record = |(By { step, what: call }, mut made): (&By<Call>, Fingerprint)| {
        made.update(call.declares.as_deref().unwrap_or_default());
        StepRecord {
            step: step.clone(),
            call: call.name.to_owned(),
            stage: call.stage.clone(),
            fingerprint: made.finish(),
            takes_from: call.takes_from.clone(),
        }
    };
    calls.iter().zip(made).map(record).collect()
}

/// The step and the text of each instruction.
fn instruction_texts<'a>(
    mut rest: &'a str,
    instructions: &'a [InstructionRecord],
) -> impl Iterator<Item = (&'a str, &'a str)> {
    instructions.iter().map(move |InstructionRecord { lines, step, .. }| {
        let end = rest.match_indices('\n').nth(lines - 1).map_or(rest.len(), |(at, _)| at + 1);
        let (text, after) = rest.split_at(end);
        rest = after;
        (step.as_str(), text)
    })
}

/// What stands for the digits of a source that is not known.
const UNKNOWN: &str = "????????????????????????????????";

/// A context for each copy.
fn contexts(copies: &[Copy], listings: &[Listing]) -> Result<Vec<Context>, Problems> {
    let (mut listings, mut problems) = (listings.iter(), Vec::new());
    let contexts = copies.iter().map(|copy| match &copy.origin {
        Origin::Local(_) => context(copy, listings.next().unwrap_or(&Listing::default()), &mut problems),
        Origin::Inline(bytes) => inline_context(copy, bytes, &mut problems),
    });
    let contexts = contexts.collect();
    Problems::or(problems, contexts)
}

fn inline_context(copy: &Copy, bytes: &[u8], problems: &mut Vec<Problem>) -> Context {
    context(copy, &vec![inline_entry(bytes)].into(), problems)
}

/// The context of a copy whose files are not known.
fn outlined(copy: &Copy) -> Context {
    let source = match &copy.origin {
        Origin::Inline(bytes) => return inline_context(copy, bytes, &mut Vec::new()),
        Origin::Local(source) => source.clone(),
    };
    let layout = layout(copy);
    let entries = match &copy.destination {
        Destination::File { source_name, .. } => {
            vec![Entry { path: entry_name(source_name), kind: EntryKind::Directory }]
        }
        Destination::Directory(_) => Vec::new(),
    };
    let archive_path = format!("ctx/{UNKNOWN}/{}", archive_name(copy, layout));
    Context { archive_path, source_digest: [0; 32], source: Some(source), entries, layout, inline: Vec::new() }
}

fn context(copy: &Copy, listing: &Listing, problems: &mut Vec<Problem>) -> Context {
    let layout = layout(copy);
    let mut entries = listing.entries.clone();
    problems.extend(nothing_left(copy, listing));
    problems.extend(changed(copy, &entries));
    if let (Destination::File { source_name, .. }, [entry]) = (&copy.destination, entries.as_mut_slice()) {
        entry.path = entry_name(source_name);
    }
    let (source, inline, pointer) = match &copy.origin {
        Origin::Local(source) => (Some(source.clone()), Vec::new(), source.pointer.as_str()),
        Origin::Inline(bytes) => (None, bytes.clone(), ""),
    };
    let entries = source::normalize(entries, copy.mode, pointer, problems);
    if let Destination::Directory(directory) = &copy.destination {
        let directory = join(&copy.workdir, directory);
        problems.extend(entries.iter().filter_map(|entry| unsafe_landing(&directory, &entry.path, pointer)));
    }
    let source_digest = source::digest(layout, &entries);
    let archive_path = format!("ctx/{}/{}", &hex(&source_digest)[..32], archive_name(copy, layout));
    Context { archive_path, source_digest, source, entries, layout, inline }
}

/// The name under which a context is sent.
fn archive_name(copy: &Copy, layout: Layout) -> &str {
    match (&copy.destination, layout) {
        (Destination::File { source_name, .. }, Layout::File) => source_name,
        _ => "tree.tar",
    }
}

/// The name of a single file within its tree.
fn entry_name(source_name: &str) -> String {
    if is_literal_name(source_name) { source_name } else { "file" }.to_owned()
}

/// Who names a directory does not expect the root's ignore file to leave nothing of it.
fn nothing_left(copy: &Copy, listing: &Listing) -> Option<Problem> {
    let Origin::Local(source) = &copy.origin else { return None };
    let mut rules = listing.ignored.iter().map(|ignored| &ignored.rule);
    let rule = rules.find(|rule| rule.file() == Some(DOCKERIGNORE)).filter(|_| listing.entries.is_empty())?;
    let (path, line, pattern) = (&source.path, rule.line(), rule.pattern());
    let message = format!("`{DOCKERIGNORE}`, line {line} (`{pattern}`), leaves nothing of `{path}`.");
    let hint = "Take it all along with `exclude: [\"!**\"]`, name another `ignoreFile`, or leave the call out.";
    Some(Problem::new(Code::SourceIgnored, &source.pointer, message, hint))
}

/// A file whose text was read before its content was hashed must be the same file still.
fn changed(copy: &Copy, entries: &[Entry]) -> Option<Problem> {
    let Origin::Local(source) = &copy.origin else { return None };
    let differs = |entry: &Entry| !matches!(entry.kind, EntryKind::File { sha256, .. } if copy.sha256 == Some(sha256));
    (copy.sha256.is_some() && entries.iter().any(differs)).then(|| {
        let message = format!("`{}` changed while it was read.", source.path);
        Problem::new(Code::SourceChanged, &source.pointer, message, "Resolve the image again.")
    })
}

/// Only a plain file with a usual mode and a name that is no pattern can be sent as it is.
fn layout(copy: &Copy) -> Layout {
    match (&copy.destination, copy.mode) {
        (_, Mode::Other(mode)) => Layout::Tree(Some(mode)),
        (Destination::File { source_name, .. }, _) if is_safe_name(source_name) => Layout::File,
        _ => Layout::Tree(None),
    }
}

/// Directories that are links in Debian's images, or have modes of their own. A directory of a tree takes the place of
/// such a link, and the image has no shell any more (legacy engine), or the build fails (BuildKit); or it resets the
/// mode, and nobody but root can write to `/tmp`. As the destination of a tree they are safe.
const TAKEN: [&str; 11] =
    ["/bin", "/lib", "/lib32", "/lib64", "/libx32", "/root", "/sbin", "/tmp", "/var/lock", "/var/run", "/var/tmp"];

fn unsafe_landing(directory: &str, path: &str, pointer: &str) -> Option<Problem> {
    let landing = join(directory, path);
    TAKEN.contains(&landing.as_str()).then(|| {
        let message = format!("`{path}` would replace `{landing}` of the image, or its mode.");
        let hint =
            "Leave it out with `exclude`, and add it in a call of its own, with the whole path as the destination.";
        Problem::new(Code::UnsafeDestination, pointer, message, hint)
    })
}

/// What Docker takes for nothing but itself where a pattern may stand.
fn is_literal_name(name: &str) -> bool {
    !name.contains(|c: char| c.is_control() || "*?[]\\\"'$".contains(c))
}

/// Neither a pattern nor a variable to Docker, nor anything that a shell, S3 or tar treats as special.
fn is_safe_name(name: &str) -> bool {
    name.len() <= 100
        && !name.starts_with('.')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte))
}

fn inline_entry(bytes: &[u8]) -> Entry {
    let kind = EntryKind::File { executable: false, size: bytes.len() as u64, sha256: source::sha256(bytes) };
    Entry { path: String::new(), kind }
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
    Problem::new(Code::SourceMissing, &file.pointer, message, "Give the text files that the definition names.")
}

fn unlisted(source: &LocalSource) -> Problem {
    let message = format!("`{}` is not among the files given.", source.path);
    Problem::new(Code::SourceMissing, &source.pointer, message, "Give the files that the definition names.")
}
