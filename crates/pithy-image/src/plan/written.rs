//! Where the Dockerfile of an image names its stages.

use pithy_image_dockerfile::{Dockerfile, Keyword, Span};

use super::stages::former;
use crate::identity::Fingerprint;
use crate::resolve;
use crate::wire::PlanImage;

pub(super) struct Written<'a> {
    image: &'a PlanImage,
    read: Dockerfile,
    references: Vec<Reference>,
    /// What the steps emit of this Dockerfile; one whose secrets are masked is not the one that they made.
    own: Vec<String>,
}

/// A name in a Dockerfile, and the stage that is meant: by its name, or, if the Dockerfile that the image begins with has it, by `#`
/// and its number there.
type Reference = (Span, String);

impl<'a> Written<'a> {
    pub(super) fn new(image: &'a PlanImage) -> Self {
        let has_stages = image.steps.iter().any(|step| step.stage.is_some() || step.call == FROM_DOCKERFILE);
        let text = image.dockerfile.as_deref().filter(|_| has_stages).unwrap_or_default();
        let read = Dockerfile::parse(text);
        let references = references(&read, image);
        let own = if text.is_empty() { Vec::new() } else { fingerprints(image, text) };
        Self { image, read, references, own }
    }

    /// Whether there is a Dockerfile.
    pub(super) fn is_known(&self) -> bool {
        !self.own.is_empty()
    }

    /// The fingerprints of the steps with the former names of stages. The stages of the Dockerfile that the image begins with have
    /// numbers for names, if that is wanted.
    pub(super) fn fingerprints(&self, names: &[(&str, &str)], is_numbered: bool) -> Vec<String> {
        let edits = self.references.iter().filter_map(|(span, stage)| {
            let number = if is_numbered && stage.starts_with('#') { Some(stage.as_str()) } else { None };
            Some((*span, former(names, stage).or(number)?.to_owned()))
        });
        let mut made = if self.is_known() { fingerprints(self.image, &self.read.replace(edits)) } else { Vec::new() };
        made.resize(self.image.steps.len(), String::new());
        for (index, step) in self.image.steps.iter().enumerate() {
            if self.own.get(index) != Some(&step.fingerprint) {
                made[index].clone_from(&step.fingerprint);
            }
        }
        made
    }
}

/// The call that begins an image with a Dockerfile.
pub(super) const FROM_DOCKERFILE: &str = "fromDockerfile";

fn fingerprints(image: &PlanImage, dockerfile: &str) -> Vec<String> {
    let pointers: Vec<_> = image.steps.iter().map(|step| step.step.as_str()).collect();
    let mut places = image.instructions.iter().map(|made| (made.line, made.lines, made.step.as_str()));
    resolve::fingerprints(&pointers, dockerfile, &mut places).into_iter().map(Fingerprint::finish).collect()
}

fn references(read: &Dockerfile, image: &PlanImage) -> Vec<Reference> {
    let mut stages: Vec<(&str, String)> = Vec::new();
    let mut found: Vec<Reference> = Vec::new();
    for instruction in &read.instructions {
        let is_from = instruction.keyword == Keyword::From;
        let base = instruction.words.first().filter(|_| is_from).map(|base| base.span);
        let named = instruction.flags.iter().filter_map(|flag| origin(flag.span, read.text())).chain(base);
        for span in named {
            let name = span.of(read.text());
            if let Some((_, stage)) = stages.iter().rfind(|(known, _)| known.eq_ignore_ascii_case(name)) {
                found.push((span, stage.clone()));
            }
        }
        if let Some(name) = instruction.words.get(2).filter(|_| is_from) {
            let is_declared = image.steps.iter().any(|step| step.stage.as_ref() == Some(&name.value));
            let stage = if is_declared { name.value.clone() } else { ["#", &stages.len().to_string()].concat() };
            stages.push((&name.value, stage.clone()));
            found.push((name.span, stage));
        }
    }
    found
}

/// The place of the name in `--from=…` and `--mount=…,from=…,…`.
fn origin(flag: Span, dockerfile: &str) -> Option<Span> {
    let text = flag.of(dockerfile);
    let at = text.find("from=").filter(|at| text[..*at].ends_with(['-', ',', '=']))? + "from=".len();
    let end = text[at..].find(',').map_or(text.len(), |length| at + length);
    Some(Span { start: flag.start + at, end: flag.start + end })
}
