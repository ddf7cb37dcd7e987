//! Where the Dockerfile of an image names its stages.

use std::collections::BTreeSet;
use std::ops::Range;

use pithy_image_dockerfile::{Dockerfile, Instruction, Keyword, Span};

use crate::identity::Fingerprint;
use crate::import::mounts;
use crate::ordered;
use crate::resolve::{Made, texts_of};
use crate::wire::{PlanImage, StepRecord};

pub(super) struct Written<'a> {
    dockerfile: &'a str,
    steps: &'a [StepRecord],
    /// What each step emits.
    texts: Vec<Vec<Range<usize>>>,
    /// In order.
    references: Vec<(Span, Meant)>,
}

/// A stage that is meant.
#[derive(Clone)]
enum Meant {
    /// One of the definition.
    Declared(String),
    /// One of the Dockerfile that the image begins with: how many stand before it.
    Imported(usize),
}

impl<'a> Written<'a> {
    pub(super) fn new(image: &'a PlanImage) -> Self {
        let steps = &image.steps;
        let has_stages = steps.iter().any(|step| step.stage.is_some() || step.call == "fromDockerfile");
        let dockerfile = image.dockerfile.as_deref().filter(|_| has_stages).unwrap_or_default();
        let pointers: Vec<_> = steps.iter().map(|step| step.step.as_str()).collect();
        let lines = image.instructions.iter().map(|made| Made { line: made.line, lines: made.lines, step: &made.step });
        let texts = texts_of(&pointers, dockerfile, &lines.collect::<Vec<_>>());
        let declared = ordered::set(steps.iter().filter_map(|step| step.stage.as_deref()));
        Self { dockerfile, steps, texts, references: references(dockerfile, &declared) }
    }

    /// Whether there is a Dockerfile.
    pub(super) fn is_known(&self) -> bool {
        !self.dockerfile.is_empty()
    }

    /// The fingerprint of a step with other names of stages; nothing if it names none of these. The stages of the Dockerfile that
    /// the image begins with have numbers for names, if that is wanted.
    pub(super) fn fingerprint(
        &self,
        step: usize,
        name_of: &dyn Fn(&str) -> Option<String>,
        is_numbered: bool,
    ) -> Option<String> {
        let name = |meant: &Meant| match meant {
            Meant::Declared(name) => name_of(name),
            Meant::Imported(number) => is_numbered.then(|| format!("#{number}")),
        };
        let texts = self.texts.get(step)?;
        let renamed = texts.iter().flat_map(|text| self.within(text));
        let renamed: Vec<_> = renamed.filter_map(|(span, meant)| Some((*span, name(meant)?))).collect();
        if renamed.is_empty() {
            return None;
        }
        let (mut own, mut made) = (Fingerprint::new(), Fingerprint::new());
        let mut renamed = renamed.into_iter().peekable();
        for text in texts {
            own.update(&self.dockerfile[text.clone()]);
            let mut at = text.start;
            while let Some((span, name)) = renamed.next_if(|(span, _)| text.contains(&span.start)) {
                made.update(&self.dockerfile[at..span.start]);
                made.update(&name);
                at = span.end;
            }
            made.update(&self.dockerfile[at..text.end]);
        }
        // A Dockerfile whose secrets are masked is not the one that the step made.
        (own.finish() == self.steps[step].fingerprint).then(|| made.finish())
    }

    /// The stages that a text names.
    fn within(&self, text: &Range<usize>) -> impl Iterator<Item = &(Span, Meant)> {
        let first = self.references.partition_point(|(span, _)| span.start < text.start);
        let end = text.end;
        self.references[first..].iter().take_while(move |(span, _)| span.end <= end)
    }
}

fn references(dockerfile: &str, declared: &BTreeSet<&str>) -> Vec<(Span, Meant)> {
    let read = Dockerfile::parse(dockerfile);
    let mut stages: Vec<(String, Meant)> = Vec::new();
    let mut imported = 0;
    let mut found = Vec::new();
    for instruction in &read.instructions {
        let mut spans: Vec<(Span, &str)> = origins(instruction, dockerfile);
        if instruction.keyword == Keyword::From {
            spans.extend(instruction.words.first().map(|base| (base.span, base.value.as_str())));
        }
        for (span, name) in spans {
            let meant = stages.iter().rfind(|(known, _)| known.eq_ignore_ascii_case(name));
            found.extend(meant.map(|(_, meant)| (span, meant.clone())));
        }
        if instruction.keyword != Keyword::From {
            continue;
        }
        let Some(name) = instruction.words.get(2) else { continue };
        let meant = if declared.contains(name.value.as_str()) {
            Meant::Declared(name.value.clone())
        } else {
            imported += 1;
            Meant::Imported(imported)
        };
        found.push((name.span, meant.clone()));
        stages.push((name.value.clone(), meant));
    }
    found
}

/// The places of what `COPY --from` and `RUN --mount=…,from=` name, and the names.
fn origins<'i>(instruction: &'i Instruction, dockerfile: &str) -> Vec<(Span, &'i str)> {
    let copied = instruction.flag("from").and_then(|flag| Some((flag.value_span?, flag.value.as_deref()?)));
    let fields = mounts(instruction).flat_map(|(_, mount)| &mount.fields).filter(|field| field.key == "from");
    let mounted = fields.filter_map(|field| {
        let name = field.value.as_deref()?;
        let start = field.span.end.checked_sub(name.len())?;
        let span = Span { start, end: field.span.end };
        (span.of(dockerfile) == name).then_some((span, name))
    });
    copied.into_iter().chain(mounted).collect()
}
