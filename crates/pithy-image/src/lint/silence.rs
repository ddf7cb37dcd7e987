//! Findings that the user has looked at: silenced where they are, with a reason. One that silences nothing is a finding.

use pithy_image_dockerfile::{Dockerfile, SyntaxKind};

use super::{Finding, RULES, Severity};
use crate::json::did_you_mean;
use crate::steps::Step;

/// The rule that reports silences without effect.
const UNUSED: &str = "unused_silence";

/// The silences of an image, or of a Dockerfile.
pub(super) struct Silences(Vec<Silence>);

struct Silence {
    code: String,
    place: Place,
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
            let code = code_of(token.span.of(read.text()))?;
            let next = read.instructions.iter().find(|next| next.span.end > token.span.start)?;
            let (first, last) = read.lines(next.span);
            let at = read.line(token.span.start);
            Some(Silence { code: code.to_owned(), place: Place::Lines { first, last, at } })
        });
        Self(found.collect())
    }

    /// These and others.
    pub(super) fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// The findings that are not silenced, and the silences that silence nothing.
    pub(super) fn apply(self, mut findings: Vec<Finding>) -> Vec<Finding> {
        let mut is_used = vec![false; self.0.len()];
        findings.retain(|finding| {
            let by = self.0.iter().position(|silence| silence.is_about(finding));
            if let Some(index) = by {
                is_used[index] = true;
            }
            by.is_none()
        });
        let unused = self.0.iter().zip(is_used).filter(|(_, is_used)| !is_used);
        findings.extend(unused.map(|(silence, _)| silence.unused()));
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
        is_there && finding.code == self.code
    }

    fn unused(&self) -> Finding {
        let known = RULES.iter().map(|rule| rule.code).collect::<Vec<_>>();
        let (path, line) = match &self.place {
            Place::Step { at, .. } => (format!("{at}/silence"), None),
            Place::Lines { at, .. } => (String::new(), Some(*at)),
        };
        let hint =
            if known.contains(&&*self.code) { "Remove it.".to_owned() } else { did_you_mean(&self.code, &known) };
        Finding {
            code: UNUSED,
            severity: Severity::Warning,
            message: format!("`{}` is silenced here, and nothing is found.", self.code),
            hint,
            path,
            line,
            source: None,
            fix: None,
        }
    }
}

/// The rule that a comment silences: `# pithy-image silence=cd_alone The directory is that of the next line.`
fn code_of(comment: &str) -> Option<&str> {
    let rest = comment.trim_start_matches('#').trim_start().strip_prefix("pithy-image")?;
    let rest = rest.strip_prefix(char::is_whitespace)?.trim_start().strip_prefix("silence=")?;
    rest.split(char::is_whitespace).next().filter(|code| !code.is_empty())
}

fn add_steps(prefix: &str, steps: &[Step], found: &mut Vec<Silence>) {
    let mut about = String::new();
    for (index, step) in steps.iter().enumerate() {
        let at = format!("{prefix}/steps/{index}");
        if let Step::Silence(step) = step {
            let place = Place::Step { about: about.clone(), at };
            found.push(Silence { code: step.code.trim().to_owned(), place });
            continue;
        }
        if let Step::Stage(stage) = step {
            add_steps(&format!("{at}/stage"), &stage.steps, found);
        }
        about = at;
    }
}
