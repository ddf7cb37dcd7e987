//! Lint rules: what is valid, but probably not what is meant.
//!
//! ```text
//!  Dockerfile, definition, files ──Subject::new──> Subject ──rules──> Finding
//!                                                  commands, stages   rule, severity, place, message, hint
//! ```
//!
//! A rule has a file in `rules`: its page (why, bad, good, source), its severity, and its check. The tests lint the examples of the
//! page; `cargo xtask generate` writes the pages to `docs/rules`. Rules read the Dockerfile that is sent, whoever wrote it, and report
//! only what the user wrote: in a Dockerfile, or as an argument of a call. Rules about programs speak only where they are sure: of
//! base images that are known by name, and until a step that may install anything, such as a command.
//!
//! | to change | look in |
//! |---|---|
//! | a rule; which rules there are | `rules` |
//! | what rules see of instructions, commands, files and steps | `subject` |
//! | which stage or image a name means | `stages` |
//! | what is near a misspelt name | `near` |
//! | where a finding is | `report` |
//! | what is known of a base image | `known`, `official` |
//! | commands that install packages | `packages` |
//! | the caches that they leave | `caches` |
//! | commands that download files | `downloads` |
//! | what a command or an instruction may bring | `system` |
//! | how a finding is silenced | `silence` |

mod caches;
mod downloads;
mod finding;
mod known;
mod near;
mod official;
mod packages;
mod report;
mod rules;
mod silence;
mod stages;
mod subject;
mod system;

use pithy_image_dockerfile::Dockerfile;

use self::finding::Edit;
pub use self::finding::{Finding, Fix, Severity};
use self::report::Report;
pub use self::rules::RULES;
use self::silence::Silences;
pub(crate) use self::subject::Image;
use self::subject::Subject;

/// A lint rule.
pub struct Rule {
    /// Its name, such as `unpinned_base`: what a [`Finding`] has, and what a silence names.
    pub code: &'static str,
    /// How much its findings matter.
    pub severity: Severity,
    check: Check,
}

/// What a rule looks at.
enum Check {
    /// An image.
    Image(fn(&Subject, &mut Report)),
    /// An image whose files are known.
    Files(fn(&Subject, &mut Report)),
    /// An image as it was, and as it is.
    Change(fn(&Subject, &Subject, &mut Report)),
}

/// What the rules find in an image, in the order of its Dockerfile, then what is about the whole.
pub(crate) fn lint(dockerfile: &str, image: Image<'_>) -> Vec<Finding> {
    let read = Dockerfile::parse(dockerfile);
    let subject = Subject::new(&read, Some(image));
    Silences::of_steps(image.steps).and(Silences::of_comments(&read)).apply(&subject, findings(&subject))
}

/// What the rules find in a Dockerfile, without the files that it copies.
///
/// ```
/// let mut found = pithy_image::lint_dockerfile("FROM node\nRUN cd /app\n");
/// found.retain(|finding| finding.severity > pithy_image::Severity::Pedantic);
/// assert_eq!(found.iter().map(|finding| finding.code).collect::<Vec<_>>(), ["unpinned_base", "cd_alone"]);
/// assert_eq!(found[1].line, Some(2));
/// ```
#[must_use]
pub fn lint_dockerfile(text: &str) -> Vec<Finding> {
    let read = Dockerfile::parse(text);
    let subject = Subject::new(&read, None);
    let mut findings = findings(&subject);
    if read.error().is_some() {
        findings.retain(|finding| finding.code == "not_a_dockerfile"); // the rest is of what could be read
        return findings;
    }
    Silences::of_comments(&read).apply(&subject, findings)
}

/// What rules find in a change, at the lines of the Dockerfile that it leads to.
pub(crate) fn lint_change(before: &str, after: &str) -> Vec<Finding> {
    let (before, after) = (Dockerfile::parse(before), Dockerfile::parse(after));
    let (before, after) = (Subject::new(&before, None), Subject::new(&after, None));
    let mut report = Report::new(&after);
    for rule in RULES {
        if let Check::Change(check) = rule.check {
            report.run(rule, &mut |report| check(&before, &after, report));
        }
    }
    report.finish()
}

fn findings(subject: &Subject) -> Vec<Finding> {
    let mut report = Report::new(subject);
    for rule in RULES {
        match rule.check {
            Check::Image(check) => report.run(rule, &mut |report| check(subject, report)),
            Check::Files(check) if subject.knows_files() => report.run(rule, &mut |report| check(subject, report)),
            Check::Files(_) | Check::Change(_) => {}
        }
    }
    report.finish()
}
