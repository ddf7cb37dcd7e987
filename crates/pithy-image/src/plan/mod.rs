//! What a change of an image does: to each step, to the files, and to what Docker builds again.

mod align;
mod fields;
mod files;
mod instructions;
mod moves;
mod snapshot;
mod stages;
mod steps;
mod written;

use self::files::{file_changes, source_changes};
use self::snapshot::FromSnapshot;
use self::stages::Stages;
use self::steps::Rows;
use crate::lint::{Finding, lint_change};
use crate::wire::{ContextRecord, Plan, PlanImage, PlanNames, PlanRequest, PlanStep};

/// Compares two images.
#[must_use]
pub fn plan(PlanRequest { before, after }: &PlanRequest) -> Plan {
    match before.dockerfile.as_deref().filter(|_| before.steps.is_empty()) {
        Some(dockerfile) => plan_from_snapshot(before, dockerfile, after),
        None => plan_between(before, after),
    }
}

fn plan_between(before: &PlanImage, after: &PlanImage) -> Plan {
    let stages = Stages::new(before, after);
    let mut rows = Rows::new(before, after, &stages);
    rows.rebuild(&before.steps);
    let steps = rows.steps(before, after);
    Plan {
        unchanged: before.image_digest == after.image_digest,
        files: if is_locked(before) || is_locked(after) {
            source_changes(&before.sources, &after.sources)
        } else {
            file_changes(&before.files, &after.files, &stages)
        },
        uploads: (!is_locked(after)).then(|| uploads(&after.contexts, before, &rows)),
        instructions: None,
        findings: findings(before, after, &steps),
        steps,
        before: names(before),
        after: names(after),
    }
}

fn plan_from_snapshot(before: &PlanImage, dockerfile: &str, after: &PlanImage) -> Plan {
    let snapshot = FromSnapshot::new(dockerfile, after);
    let mut plan = plan_between(&snapshot.image(before), after);
    snapshot.describe(&mut plan.steps);
    Plan { instructions: Some(snapshot.instructions()), findings: findings(before, after, &[]), ..plan }
}

/// What lint rules find in the change; nothing where a Dockerfile is unknown.
fn findings(before: &PlanImage, after: &PlanImage, steps: &[PlanStep]) -> Vec<Finding> {
    let (Some(was), Some(is)) = (&before.dockerfile, &after.dockerfile) else { return Vec::new() };
    let mut findings = lint_change(was, is);
    for finding in &mut findings {
        if let Some(line) = finding.former_line {
            // Where it is not known what stood where, it is the end of the image that lacks something.
            maker(after, usize::MAX).unwrap_or_default().clone_into(&mut finding.path);
            lead(finding, maker(before, line), steps);
        } else if let Some(step) = finding.line.and_then(|line| maker(after, line)) {
            step.clone_into(&mut finding.path);
        }
    }
    findings
}

/// The step that made a line of the Dockerfile.
fn maker(image: &PlanImage, line: usize) -> Option<&str> {
    let at = image.instructions.partition_point(|made| made.line <= line).checked_sub(1)?;
    Some(&image.instructions[at].step)
}

/// Leads to a step that there was: to the one that it is, or else to it and to the next one of its stage that there is.
fn lead(finding: &mut Finding, was: Option<&str>, steps: &[PlanStep]) {
    let is_it = |step: &PlanStep| step.before.is_some() && step.before.as_deref() == was;
    let Some(at) = steps.iter().position(is_it) else { return };
    let gone = &steps[at];
    let mut around = steps[at..].iter().chain(steps[..at].iter().rev()).filter(|step| step.stage == gone.stage);
    if let Some(now) = around.find_map(|step| step.after.as_ref()) {
        finding.path.clone_from(now);
    }
    if gone.after.is_none() {
        finding.before.clone_from(&gone.before);
    }
}

/// Whether an image is known from a lock, which has neither pointers nor files.
fn is_locked(image: &PlanImage) -> bool {
    image.steps.iter().all(|step| step.step.is_empty())
}

fn names(image: &PlanImage) -> PlanNames {
    PlanNames {
        edition: image.edition.clone(),
        image_digest: image.image_digest.clone(),
        snapshot_ref: image.snapshot_ref.clone(),
    }
}

/// The contexts of an image that another one did not have.
fn uploads(contexts: &[ContextRecord], before: &PlanImage, rows: &Rows) -> Vec<ContextRecord> {
    let of_kept_step =
        |context: &ContextRecord| rows.all.iter().any(|row| row.is_same && context.steps.contains(&row.step.step));
    let was_sent = |context: &&ContextRecord| {
        of_kept_step(context)
            || before.contexts.iter().any(|known| known.archive_path == context.archive_path)
            || before.sources.iter().any(|source| source.digest == context.source_digest)
    };
    contexts.iter().filter(|context| !was_sent(context)).cloned().collect()
}
