//! The way through the steps of a definition.

use std::collections::BTreeMap;

use super::{Image, Subject};
use crate::files::pyproject::Project;
use crate::lint::known::Known;
use crate::normal_form::Stage;
use crate::ordered;
use crate::path::clean;
use crate::steps::{PipInstallFromPyproject, Step};

impl Subject<'_> {
    /// Visits every step that emits something, with its JSON pointer and what is known of the image before it.
    pub(in crate::lint) fn steps(&self, visit: &mut dyn FnMut(&str, &Step, &Known)) {
        let Some(Image { form, steps, .. }) = self.image else { return };
        let stages = form.stages.iter().filter_map(|stage| Some((stage.name.as_deref()?, Some(stage))));
        Walk { stages: ordered::map(stages), visit }.steps("", steps, &form.image);
    }

    /// Visits every step that installs a project whose file is known.
    pub(in crate::lint) fn projects(&self, visit: &mut dyn FnMut(&str, &PipInstallFromPyproject, &Project, &Known)) {
        let Some(Image { texts, .. }) = self.image else { return };
        self.steps(&mut |path, step, known| {
            let Step::PipInstallFromPyproject(step) = step else { return };
            let content = clean(&step.source).and_then(|path| texts.get(&path)?.as_deref());
            let read = |content| Project::read(content, !step.dependency_groups.is_empty()).ok();
            if let Some(project) = content.and_then(read) {
                visit(path, step, &project, known);
            }
        });
    }
}

/// The way through the steps.
struct Walk<'a, 'v> {
    /// The stages to come, by name: one that is declared again is the same, and `None`.
    stages: BTreeMap<&'a str, Option<&'a Stage>>,
    visit: &'v mut dyn FnMut(&str, &Step, &Known),
}

impl<'a> Walk<'a, '_> {
    fn steps(&mut self, prefix: &str, steps: &'a [Step], built: &'a Stage) {
        let mut known = Known::of(&built.base);
        let emitting = ordered::set(built.instructions.iter().map(|made| made.step.as_str()));
        for (index, step) in steps.iter().enumerate() {
            let place = format!("{prefix}/steps/{index}");
            let pointer = format!("{place}/{}", step.name());
            if let Step::Stage(stage) = step
                && let Some(built) = self.stages.get_mut(&*stage.name).and_then(Option::take)
            {
                self.steps(&pointer, &stage.steps, built);
            }
            if emitting.contains(place.as_str()) {
                (self.visit)(&pointer, step, &known);
            }
            known.learn(step);
        }
    }
}
