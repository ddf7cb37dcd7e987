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
use crate::wire::{ContextRecord, Plan, PlanImage, PlanNames, PlanRequest};

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
    Plan {
        unchanged: before.image_digest == after.image_digest,
        files: if is_locked(before) || is_locked(after) {
            source_changes(&before.sources, &after.sources)
        } else {
            file_changes(&before.files, &after.files, &stages)
        },
        uploads: (!is_locked(after)).then(|| uploads(&after.contexts, before, &rows)),
        steps: rows.steps(before, after),
        instructions: None,
        findings: findings(before, after),
        before: names(before),
        after: names(after),
    }
}

fn plan_from_snapshot(before: &PlanImage, dockerfile: &str, after: &PlanImage) -> Plan {
    let snapshot = FromSnapshot::new(dockerfile, after);
    let mut plan = plan_between(&snapshot.image(before), after);
    snapshot.describe(&mut plan.steps);
    Plan { instructions: Some(snapshot.instructions()), findings: findings(before, after), ..plan }
}

/// What lint rules find in the change; nothing where a Dockerfile is unknown.
fn findings(before: &PlanImage, after: &PlanImage) -> Vec<Finding> {
    let (Some(was), Some(is)) = (&before.dockerfile, &after.dockerfile) else { return Vec::new() };
    let made = |line: usize| {
        let at = after.instructions.partition_point(|made| made.line <= line).checked_sub(1)?;
        after.instructions.get(at)
    };
    let placed = lint_change(was, is).into_iter().map(|finding| match finding.line.and_then(made) {
        Some(made) => Finding { path: made.step.clone(), ..finding },
        None => finding,
    });
    placed.collect()
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
