//! What becomes of each step and file from one image to another, and what Docker builds again because of it.
//!
//! Steps are compared stage by stage: two lists of fingerprints have a longest common subsequence, which was kept; between its
//! members a step that went and one of the same call that came are one that changed. What was kept is built again all the
//! same if something before it in its stage changed, or a stage that it takes files from.

use serde::Serialize;
use serde::ser::Serializer;

use crate::identity::Fingerprint;
use crate::json::{self, Found, List, Object, Place, record};
use crate::problem::Problem;
use crate::recipe::pointer_key;
use crate::resolve::StepRecord;
use crate::wire::{ContextRecord, FileRecord, SourceRecord};

/// Two images to be compared.
#[derive(Debug, Default)]
pub struct PlanRequest {
    before: PlanImage,
    after: PlanImage,
}

/// One of two images that are compared: what a lock says of it, or more.
#[derive(Debug, Clone, Default)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[cfg_attr(feature = "types", ts(rename_all = "camelCase"))]
pub struct PlanImage {
    /// Which rules made the Dockerfile.
    #[cfg_attr(feature = "types", ts(optional))]
    pub edition: Option<String>,
    /// SHA-256 of the image, `sha256:…`.
    pub image_digest: String,
    /// The key under which Daytona keeps the build.
    pub snapshot_ref: String,
    /// The steps; those of a lock without pointers.
    #[cfg_attr(feature = "types", ts(type = "(Omit<StepRecord, \"step\"> & { step?: string })[]"))]
    pub steps: Vec<StepRecord>,
    /// What its local files and directories hold.
    pub sources: Vec<SourceRecord>,
    /// Everything that comes into it from the contexts; a lock does not have it.
    #[cfg_attr(feature = "types", ts(optional, as = "Option<Vec<FileRecord>>"))]
    pub files: Vec<FileRecord>,
    /// The files that are sent; a lock does not have them.
    #[cfg_attr(feature = "types", ts(optional, as = "Option<Vec<ContextRecord>>"))]
    pub contexts: Vec<ContextRecord>,
    /// Its definition, if it is known: what a changed step was and is.
    #[cfg_attr(feature = "types", ts(optional, type = "Definition"))]
    pub definition: Option<Json>,
}

record!(PlanRequest { before, after });
record!(PlanImage {
    edition default,
    image_digest,
    snapshot_ref,
    steps,
    sources,
    files default,
    contexts default,
    definition default,
});

/// What a change of an image does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Whether it is the same image.
    pub unchanged: bool,
    /// The steps as they are now, and behind the step that they followed those that are gone.
    pub steps: Vec<PlanStep>,
    /// The files that changed; if those of one image are not known, the sources that did.
    pub files: Vec<FileChange>,
    /// The contexts that were not sent before; absent if those of now are not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional))]
    pub uploads: Option<Vec<ContextRecord>>,
    /// Names of the image as it was.
    pub before: PlanNames,
    /// Names of the image as it is.
    pub after: PlanNames,
}

/// The names of an image in a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct PlanNames {
    /// Which rules made the Dockerfile.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional))]
    pub edition: Option<String>,
    /// SHA-256 of the image, `sha256:…`.
    pub image_digest: String,
    /// The key under which Daytona keeps the build.
    pub snapshot_ref: String,
}

/// What becomes of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct PlanStep {
    /// What became of it.
    pub change: StepChange,
    /// Its name, such as `aptInstall`.
    pub call: String,
    /// Whether Docker builds it, now or again; not so what only sets a command, or declares a stage.
    pub is_built: bool,
    /// The build stage that it is in; absent for the image itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional))]
    pub stage: Option<String>,
    /// JSON pointer to it as it was; absent if there was none, or it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional))]
    pub before: Option<String>,
    /// JSON pointer to it as it is; absent if there is none, or it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional))]
    pub after: Option<String>,
    /// Of one that changed, what it says otherwise: nothing if only files did that it names. Absent if it is not known what it
    /// said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional))]
    pub fields: Option<Vec<FieldChange>>,
}

/// What became of a [`PlanStep`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum StepChange {
    /// Nothing: it comes from the cache.
    Kept,
    /// It says something else, or files that it names changed.
    Changed,
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is as it was, but built again, since something before it changed.
    Rebuilt,
}

/// A value that a step says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct FieldChange {
    /// JSON pointer to it in the step's arguments, such as `/packages/2`; as they are now, unless it is gone.
    pub path: String,
    /// The value that it had; absent if it had none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional, type = "unknown"))]
    pub before: Option<Json>,
    /// The value that it has; absent if it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional, type = "unknown"))]
    pub after: Option<Json>,
}

/// A file that changed, or a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct FileChange {
    /// Whether it came, went, or is another.
    pub change: Presence,
    /// Path below the root.
    pub path: String,
    /// Path in the image; absent for a source.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional))]
    pub destination: Option<String>,
    /// The build stage that it goes to; absent for the image itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "types", ts(optional))]
    pub stage: Option<String>,
    /// What is another of one that changed; nothing of a source, of which that is not known.
    pub differs: Vec<Difference>,
}

/// Whether a file came, went, or is another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Presence {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is another.
    Changed,
}

/// What may be another of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Difference {
    /// Whether it is a file, a directory or a link.
    Kind,
    /// The bytes of a file.
    Content,
    /// The mode, such as whether it is executable.
    Mode,
    /// Where a link points.
    Target,
}

/// Any JSON.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Json {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number, which is all that a step has.
    Number(u32),
    /// A string, or a number of another kind as it is written.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// An object, in its order.
    Object(Vec<(String, Json)>),
}

impl PlanRequest {
    /// Reads it from JSON.
    ///
    /// # Errors
    ///
    /// A field that does not exist or is missing, or a value of the wrong type.
    pub fn from_json(json: &str) -> Result<Self, Problem> {
        json::read(json)
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> Plan {
        let Self { before, after } = self;
        let mut rows = Rows::new(before, after);
        rows.rebuild();
        Plan {
            unchanged: before.image_digest == after.image_digest,
            files: if before.is_locked() || after.is_locked() {
                source_changes(&before.sources, &after.sources)
            } else {
                file_changes(&before.files, &after.files)
            },
            uploads: (!after.is_locked()).then(|| uploads(&after.contexts, before, &rows)),
            steps: rows.steps(before, after),
            before: before.names(),
            after: after.names(),
        }
    }
}

impl PlanImage {
    /// Whether it is what a lock says, which knows neither pointers nor files.
    fn is_locked(&self) -> bool {
        self.steps.iter().all(|step| step.step.is_empty())
    }

    fn names(&self) -> PlanNames {
        PlanNames {
            edition: self.edition.clone(),
            image_digest: self.image_digest.clone(),
            snapshot_ref: self.snapshot_ref.clone(),
        }
    }

    /// What the steps say, in their order; nothing if it is not known.
    fn arguments(&self) -> Vec<&Json> {
        let mut arguments = Vec::new();
        if let Some(definition) = &self.definition {
            collect_arguments(definition, &mut arguments);
        }
        if arguments.len() == self.steps.len() { arguments } else { Vec::new() }
    }
}

/// Calls of which nothing is built: what they set stands at fixed places, or in the stage that they declare.
const SETTINGS: [&str; 4] = ["cmd", "entrypoint", REFRESH, STAGE];

const REFRESH: &str = "refresh";

const STAGE: &str = "stage";

/// Steps of one image beside those of the other.
struct Rows<'a> {
    rows: Vec<Row<'a>>,
    /// The fingerprint of a step that makes nothing.
    nothing: String,
}

#[derive(Clone, Copy)]
struct Row<'a> {
    before: Option<usize>,
    after: Option<usize>,
    /// The step as it is, or was.
    step: &'a StepRecord,
    change: StepChange,
}

/// A build stage of which steps were seen.
struct Seen<'a> {
    name: Option<&'a str>,
    is_built_again: bool,
}

impl<'a> Rows<'a> {
    fn new(before: &'a PlanImage, after: &'a PlanImage) -> Self {
        let (was, is) = (&before.steps, &after.steps);
        let rows = merged(was.len(), &partners(was, is)).into_iter().filter_map(|pair| {
            let (change, step) = match pair {
                (None, None) => return None,
                (Some(old), None) => (StepChange::Removed, &was[old]),
                (None, Some(new)) => (StepChange::Added, &is[new]),
                (Some(old), Some(new)) if is_same(&was[old], &is[new]) => (StepChange::Kept, &is[new]),
                (Some(_), Some(new)) => (StepChange::Changed, &is[new]),
            };
            Some(Row { before: pair.0, after: pair.1, step, change })
        });
        Self { rows: rows.collect(), nothing: Fingerprint::new().finish() }
    }

    /// Finds out what is built again. The steps of a stage stand before those that take files from it.
    fn rebuild(&mut self) {
        let mut seen: Vec<Seen> = Vec::new();
        for index in 0..self.rows.len() {
            let Row { step, change, .. } = self.rows[index];
            let at = seen.iter().position(|stage| stage.name == step.stage.as_deref()).unwrap_or(seen.len());
            if at == seen.len() {
                let is_built_again = self.has_other_refresh(step.stage.as_deref());
                seen.push(Seen { name: step.stage.as_deref(), is_built_again });
            }
            // What changed and makes nothing now made something.
            if !self.is_built(step) && (is_setting(step) || change != StepChange::Changed) {
                continue;
            }
            let is_base = step.call == "base";
            let is_cached = change == StepChange::Kept
                && (is_base || !seen[at].is_built_again)
                && !takes_what_is_built_again(step, &seen);
            if is_cached {
                continue;
            }
            seen[at].is_built_again = true;
            if change == StepChange::Kept {
                self.rows[index].change = StepChange::Rebuilt;
            }
        }
    }

    /// Whether the build argument that stands behind `FROM` is another one in a stage: its own, or else that of the stage which
    /// declares it.
    fn has_other_refresh(&self, stage: Option<&str>) -> bool {
        let is_refresh = |row: &&Row| {
            row.step.call == REFRESH && row.step.stage.as_deref() == stage && row.step.fingerprint != self.nothing
        };
        let mut own = self.rows.iter().filter(is_refresh).peekable();
        if own.peek().is_some() {
            return own.any(|row| row.change != StepChange::Kept);
        }
        let first = self.rows.iter().position(|row| row.step.stage.as_deref() == stage).unwrap_or_default();
        let outer = self.rows[..first].iter().rfind(|row| row.step.call == STAGE);
        outer.is_some_and(|outer| self.has_other_refresh(outer.step.stage.as_deref()))
    }

    fn is_built(&self, step: &StepRecord) -> bool {
        !is_setting(step) && step.fingerprint != self.nothing
    }

    fn steps(&self, before: &PlanImage, after: &PlanImage) -> Vec<PlanStep> {
        let (was, is) = (before.arguments(), after.arguments());
        let pointer = |steps: &[StepRecord], index: Option<usize>| {
            index.map(|index| steps[index].step.clone()).filter(|pointer| !pointer.is_empty())
        };
        let fields = |row: &Row| {
            let (was, is) = (was.get(row.before?)?, is.get(row.after?)?);
            (row.change == StepChange::Changed).then(|| {
                let mut fields = Vec::new();
                compare(String::new(), Some(was), Some(is), &mut fields);
                fields
            })
        };
        let steps = self.rows.iter().map(|row| PlanStep {
            change: row.change,
            call: row.step.call.clone(),
            is_built: !matches!(row.change, StepChange::Kept | StepChange::Removed) && self.is_built(row.step),
            stage: row.step.stage.clone(),
            before: pointer(&before.steps, row.before),
            after: pointer(&after.steps, row.after),
            fields: fields(row),
        });
        steps.collect()
    }
}

fn is_setting(step: &StepRecord) -> bool {
    SETTINGS.contains(&step.call.as_str())
}

/// Whether a step takes files from a stage that is built again. A lock does not say from which: it may be any.
fn takes_what_is_built_again(step: &StepRecord, seen: &[Seen]) -> bool {
    let is_unknown = step.step.is_empty() && ["copyFrom", "raw"].contains(&step.call.as_str());
    let is_taken = |name: &str| step.takes_from.iter().any(|from| from == name) || is_unknown;
    seen.iter()
        .any(|stage| stage.is_built_again && stage.name != step.stage.as_deref() && stage.name.is_some_and(is_taken))
}

fn is_same(a: &StepRecord, b: &StepRecord) -> bool {
    a.fingerprint == b.fingerprint && is_alike(a, b)
}

fn is_alike(a: &StepRecord, b: &StepRecord) -> bool {
    a.call == b.call && a.stage == b.stage
}

/// For each step the one that it was. Each stage is compared by itself.
fn partners(was: &[StepRecord], is: &[StepRecord]) -> Vec<Option<usize>> {
    let mut partners = vec![None; is.len()];
    let mut stages: Vec<&Option<String>> = Vec::new();
    for StepRecord { stage, .. } in is {
        if stages.contains(&stage) {
            continue;
        }
        stages.push(stage);
        let of_stage = |steps: &[StepRecord]| -> Vec<usize> {
            (0..steps.len()).filter(|index| steps[*index].stage == *stage).collect()
        };
        let (old, new) = (of_stage(was), of_stage(is));
        let found = align(old.len(), new.len(), &|a, b| is_same(&was[old[a]], &is[new[b]]), &|a, b| {
            is_alike(&was[old[a]], &is[new[b]])
        });
        for (index, partner) in new.iter().zip(found) {
            partners[*index] = partner.map(|partner| old[partner]);
        }
    }
    partners
}

/// For each item of the second of two lists the one of the first that it is, or was. It is the longest common subsequence; and
/// between its members, what is alike.
fn align(
    before: usize,
    after: usize,
    is_same: &dyn Fn(usize, usize) -> bool,
    is_alike: &dyn Fn(usize, usize) -> bool,
) -> Vec<Option<usize>> {
    // lengths[a * width + b] is the length of the longest common subsequence from there on.
    let width = after + 1;
    let mut lengths = vec![0_u32; (before + 1) * width];
    for a in (0..before).rev() {
        for b in (0..after).rev() {
            let next = (a + 1) * width + b;
            lengths[a * width + b] =
                if is_same(a, b) { lengths[next + 1] + 1 } else { lengths[next].max(lengths[a * width + b + 1]) };
        }
    }
    let mut partners = vec![None; after];
    let (mut a, mut b) = (0, 0);
    let mut gone: Vec<usize> = Vec::new();
    let mut come: Vec<usize> = Vec::new();
    loop {
        let is_common = a < before && b < after && is_same(a, b);
        if is_common || (a == before && b == after) {
            for new in come.drain(..) {
                let found = gone.iter().position(|old| is_alike(*old, new));
                partners[new] = found.map(|index| gone.remove(index));
            }
            gone.clear();
        }
        if is_common {
            partners[b] = Some(a);
            (a, b) = (a + 1, b + 1);
        } else if a < before && (b == after || lengths[(a + 1) * width + b] >= lengths[a * width + b + 1]) {
            gone.push(a);
            a += 1;
        } else if b < after {
            come.push(b);
            b += 1;
        } else {
            return partners;
        }
    }
}

/// Two lists as one: the second, and behind the item that it followed each of the first that is nobody's partner.
fn merged(before: usize, partners: &[Option<usize>]) -> Vec<(Option<usize>, Option<usize>)> {
    let mut places = vec![None; before];
    for (index, old) in partners.iter().enumerate() {
        if let Some(old) = old {
            places[*old] = Some(index + 1);
        }
    }
    let mut gone = vec![Vec::new(); partners.len() + 1];
    let mut last = 0;
    for (old, place) in places.into_iter().enumerate() {
        last = place.unwrap_or(last);
        if place.is_none() {
            gone[last].push((Some(old), None));
        }
    }
    let mut rows = Vec::with_capacity(before + partners.len());
    for (place, gone) in gone.into_iter().enumerate() {
        rows.extend(place.checked_sub(1).map(|index| (partners[index], Some(index))));
        rows.extend(gone);
    }
    rows
}

/// The arguments of the steps of a definition or a stage.
fn collect_arguments<'a>(holder: &'a Json, arguments: &mut Vec<&'a Json>) {
    let Some(Json::List(steps)) = holder.get(STEPS) else { return };
    for step in steps {
        if let Json::Object(calls) = step {
            for (_, call) in calls {
                arguments.push(call);
                collect_arguments(call, arguments);
            }
        }
    }
}

/// What a definition, and a stage, has its steps in.
const STEPS: &str = "steps";

/// Finds where two values differ; the steps of a stage are steps of their own.
fn compare(path: String, before: Option<&Json>, after: Option<&Json>, changes: &mut Vec<FieldChange>) {
    match (before, after) {
        _ if before == after => {}
        (Some(Json::Object(was)), Some(Json::Object(is))) => {
            let gone = was.iter().filter(|(key, _)| is.iter().all(|(known, _)| known != key));
            for (key, _) in is.iter().chain(gone).filter(|(key, _)| key != STEPS) {
                let path = format!("{path}/{}", pointer_key(key));
                compare(path, before.and_then(|was| was.get(key)), after.and_then(|is| is.get(key)), changes);
            }
        }
        (Some(Json::List(was)), Some(Json::List(is))) => {
            let partners = align(was.len(), is.len(), &|a, b| was[a] == is[b], &|_, _| true);
            for (old, new) in merged(was.len(), &partners) {
                let index = new.or(old).unwrap_or_default();
                compare(format!("{path}/{index}"), old.map(|old| &was[old]), new.map(|new| &is[new]), changes);
            }
        }
        _ => changes.push(FieldChange { path, before: before.cloned(), after: after.cloned() }),
    }
}

/// The contexts of an image that another did not have.
fn uploads(contexts: &[ContextRecord], before: &PlanImage, rows: &Rows) -> Vec<ContextRecord> {
    let of_kept_step = |context: &ContextRecord| {
        rows.rows.iter().any(|row| {
            matches!(row.change, StepChange::Kept | StepChange::Rebuilt) && context.steps.contains(&row.step.step)
        })
    };
    let was_sent = |context: &&ContextRecord| {
        of_kept_step(context)
            || before.contexts.iter().any(|known| known.archive_path == context.archive_path)
            || before.sources.iter().any(|source| source.digest == context.source_digest)
    };
    contexts.iter().filter(|context| !was_sent(context)).cloned().collect()
}

fn file_changes(before: &[FileRecord], after: &[FileRecord]) -> Vec<FileChange> {
    let change = |change, file: &FileRecord, differs| FileChange {
        change,
        path: file.path.clone(),
        destination: Some(file.destination.clone()),
        stage: file.stage.clone(),
        differs,
    };
    let partners = file_partners(before, after);
    let mut changes = Vec::new();
    for (old, new) in merged(before.len(), &partners) {
        match (old.map(|old| &before[old]), new.map(|new| &after[new])) {
            (Some(was), Some(is)) => {
                let differs = differences(was, is);
                if !differs.is_empty() {
                    changes.push(change(Presence::Changed, is, differs));
                }
            }
            (None, Some(is)) => changes.push(change(Presence::Added, is, Vec::new())),
            (Some(was), None) => changes.push(change(Presence::Removed, was, Vec::new())),
            (None, None) => {}
        }
    }
    changes
}

/// For each file the one that had its place in the image.
fn file_partners(before: &[FileRecord], after: &[FileRecord]) -> Vec<Option<usize>> {
    let mut next = 0;
    let mut partner = |file: &FileRecord| {
        // Nearly all are where they were.
        let mut indices = (next..before.len()).chain(0..next);
        let is_it = |was: &FileRecord| was.destination == file.destination && was.stage == file.stage;
        let found = indices.find(|index| is_it(&before[*index]));
        next = found.map_or(next, |index| index + 1);
        found
    };
    after.iter().map(&mut partner).collect()
}

fn differences(a: &FileRecord, b: &FileRecord) -> Vec<Difference> {
    let differs = [
        (a.kind != b.kind, Difference::Kind),
        (a.digest != b.digest, Difference::Content),
        (a.mode != b.mode, Difference::Mode),
        (a.target != b.target, Difference::Target),
    ];
    differs.into_iter().filter(|(differs, _)| *differs).map(|(_, what)| what).collect()
}

fn source_changes(before: &[SourceRecord], after: &[SourceRecord]) -> Vec<FileChange> {
    let change = |change, source: &SourceRecord| FileChange {
        change,
        path: source.path.clone(),
        destination: None,
        stage: None,
        differs: Vec::new(),
    };
    let find = |sources: &[SourceRecord], path: &str| -> Option<String> {
        sources.iter().find(|source| source.path == path).map(|source| source.digest.clone())
    };
    let now = after.iter().filter_map(|source| match find(before, &source.path) {
        None => Some(change(Presence::Added, source)),
        Some(digest) => (digest != source.digest).then(|| change(Presence::Changed, source)),
    });
    let gone = before.iter().filter(|source| find(after, &source.path).is_none());
    now.chain(gone.map(|source| change(Presence::Removed, source))).collect()
}

impl Json {
    fn get(&self, key: &str) -> Option<&Self> {
        let Self::Object(entries) = self else { return None };
        entries.iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }
}

impl Place for Json {
    fn blank() -> Self {
        Self::Null
    }

    fn wanted(&self) -> &'static str {
        "any value"
    }

    fn scalar<'t>(&mut self, value: Found<'t>) -> Result<(), Found<'t>> {
        *self = match value {
            Found::Boolean(value) => Self::Boolean(value),
            Found::Number(number) => number.parse().map_or_else(|_| Self::Text(number.to_owned()), Self::Number),
            Found::Text(text) => Self::Text(text.into_owned()),
            Found::Null | Found::List | Found::Object => Self::Null,
        };
        Ok(())
    }

    fn list(&mut self) -> Option<&mut dyn List> {
        *self = Self::List(Vec::new());
        if let Self::List(items) = self { Some(items) } else { None }
    }

    fn object(&mut self, read: &mut dyn FnMut(&mut dyn Object)) {
        *self = Self::Object(Vec::new());
        read(self);
    }
}

impl Object for Json {
    fn entry(&mut self, key: &str) -> Result<&mut dyn Place, Problem> {
        let Self::Object(entries) = self else { return Ok(self) };
        entries.push((key.to_owned(), Self::Null));
        let last = entries.len() - 1;
        Ok(&mut entries[last].1)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Boolean(value) => serializer.serialize_bool(*value),
            Self::Number(number) => serializer.serialize_u32(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Object(entries) => serializer.collect_map(entries.iter().map(|(key, value)| (key, value))),
        }
    }
}
