//! Findings that the user has looked at: silenced where they are, with a reason. One that silences nothing is a finding.

use pithy_image_dockerfile::{Dockerfile, SyntaxKind};

use super::subject::Subject;
use super::{Check, Finding, RULES, Severity};
use crate::json::did_you_mean;
use crate::steps::Step;

/// The rule that reports silences without effect.
const UNUSED: &str = "unused_silence";

/// The silences of an image, or of a Dockerfile.
pub(super) struct Silences(Vec<Silence>);

struct Silence {
    code: String,
    place: Place,
    /// Whether it says why: one that does not silences nothing.
    has_reason: bool,
}

/// What a silence is about, and where it stands.
enum Place {
    /// A step, by its JSON pointer; the silence itself is another step.
    Step { about: String, at: String },
    /// An instruction, by its first and last line; the comment is on a line before it.
    Lines { first: usize, last: usize, at: usize },
}

impl Silences {
    /// Those that are steps: each is about the step before it.
    pub(super) fn of_steps(steps: &[Step]) -> Self {
        let mut found = Vec::new();
        add_steps("", steps, &mut found);
        Self(found)
    }

    /// Those that are comments: each is about the instruction after it.
    pub(super) fn of_comments(read: &Dockerfile) -> Self {
        let comments = read.tokens.iter().filter(|token| token.kind == SyntaxKind::Comment);
        let found = comments.filter_map(|token| {
            let (code, has_reason) = parts_of(token.span.of(read.text()))?;
            let next = read.instructions.iter().find(|next| next.span.end > token.span.start)?;
            let (first, last) = read.lines(next.span);
            let at = read.line(token.span.start);
            Some(Silence { code: code.to_owned(), place: Place::Lines { first, last, at }, has_reason })
        });
        Self(found.collect())
    }

    /// These and others.
    pub(super) fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// The findings that are not silenced, and the silences that silence nothing. Where files are unknown, what is found in them
    /// later may be what a silence is for.
    pub(super) fn apply(self, subject: &Subject, mut findings: Vec<Finding>) -> Vec<Finding> {
        let mut is_used = vec![false; self.0.len()];
        findings.retain(|finding| {
            let by = self.0.iter().position(|silence| silence.is_about(finding));
            if let Some(index) = by {
                is_used[index] = true;
            }
            by.is_none()
        });
        let is_of_files =
            |code: &str| RULES.iter().any(|rule| rule.code == code && matches!(rule.check, Check::Files(_)));
        let unused = self.0.iter().zip(is_used).filter(|(_, is_used)| !is_used).map(|(silence, _)| silence);
        let unused =
            unused.filter(|silence| subject.knows_files() || !silence.has_reason || !is_of_files(&silence.code));
        findings.extend(unused.map(|silence| silence.unused(subject)));
        findings
    }
}

impl Silence {
    fn is_about(&self, finding: &Finding) -> bool {
        let is_there = match &self.place {
            Place::Step { about, .. } => {
                let rest = finding.path.strip_prefix(about.as_str());
                finding.path.is_empty() || rest.is_some_and(|rest| rest.starts_with('/'))
            }
            Place::Lines { first, last, .. } => finding.line.is_none_or(|line| (*first..=*last).contains(&line)),
        };
        is_there && self.has_reason && finding.code == self.code
    }

    fn unused(&self, subject: &Subject) -> Finding {
        let known = RULES.iter().map(|rule| rule.code).collect::<Vec<_>>();
        let ((path, source), line) = match &self.place {
            Place::Step { at, .. } => ((format!("{at}/silence"), None), None),
            Place::Lines { at, .. } => (subject.made(*at), Some(*at)),
        };
        let (message, hint) = match (known.contains(&&*self.code), self.has_reason) {
            (false, _) => (NOTHING_FOUND, did_you_mean(&self.code, &known)),
            (true, true) => (NOTHING_FOUND, "Remove it.".to_owned()),
            (true, false) => {
                ("is not silenced here: there is no reason", "Say why it is meant, after the code.".to_owned())
            }
        };
        Finding {
            code: UNUSED,
            severity: Severity::Warning,
            message: format!("`{}` {message}.", self.code),
            hint,
            path,
            line,
            source,
            before: None,
            former_line: None,
            fix: None,
        }
    }
}

const NOTHING_FOUND: &str = "is silenced here, and nothing is found";

/// The rule that a comment silences, and whether it says why: `# pithy-image silence=cd_alone The directory has to exist.`
fn parts_of(comment: &str) -> Option<(&str, bool)> {
    let rest = comment.trim_start_matches('#').trim_start().strip_prefix("pithy-image")?;
    let rest = rest.strip_prefix(char::is_whitespace)?.trim_start().strip_prefix("silence=")?;
    let (code, reason) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    (!code.is_empty()).then(|| (code, !reason.trim().is_empty()))
}

fn add_steps(prefix: &str, steps: &[Step], found: &mut Vec<Silence>) {
    let mut about = String::new();
    for (index, step) in steps.iter().enumerate() {
        let at = format!("{prefix}/steps/{index}");
        if let Step::Silence(step) = step {
            let place = Place::Step { about: about.clone(), at };
            found.push(Silence { code: step.code.trim().to_owned(), place, has_reason: true });
            continue;
        }
        if let Step::Stage(stage) = step {
            add_steps(&format!("{at}/stage"), &stage.steps, found);
        }
        about = at;
    }
}
