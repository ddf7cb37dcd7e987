//! Findings: what is valid, but probably not what is meant.
//!
//! Each rule is a function here. Rules about programs speak only where they are sure: of base images that are known by
//! name, and until a step that may install anything, such as a command. What only reading shows, [`crate::reader`] adds.

mod daytona;
mod known;
mod own_words;

use std::collections::BTreeMap;
use std::slice;

use self::known::{Known, NODE, PIP_BREAKS, PYTHON, UV_BREAKS, extra_options, runs_pip};
use crate::dockerfile::{WrittenInstruction, entrypoint};
use crate::files::pyproject::Project;
use crate::files::script;
use crate::limits::{MAX_LAYERS, layers};
use crate::normal_form::{NormalForm, Stage, Texts, has_variable};
use crate::ordered;
use crate::path::{base_name, clean};
use crate::problem::{Code, Problem};
use crate::steps::{Command, PipInstallFromPyproject, Step};

/// What is found in an image, in the order of its steps, and then what is found in the whole.
pub(crate) fn findings(
    steps: &[Step],
    texts: &Texts,
    form: &NormalForm,
    dockerfile: &str,
    written: &[WrittenInstruction],
) -> Vec<Problem> {
    let mut found = Vec::new();
    let stages = ordered::map(form.stages.iter().filter_map(|stage| Some((stage.name.as_deref()?, Some(stage)))));
    let mut walk = Walk { texts, stages, found: &mut found };
    walk.steps("", steps, &form.image);
    found.extend(own_words::in_own_words(form, dockerfile, written));
    if entrypoint(dockerfile).is_none() && !found.iter().any(|finding| finding.code == Code::IgnoredByDaytona) {
        found.extend(daytona::ignored_program(form));
    }
    found.extend(form.stages.iter().chain([&form.image]).filter_map(many_layers));
    found.extend(daytona::large(dockerfile));
    found
}

/// The way through the steps.
struct Walk<'a> {
    texts: &'a Texts,
    /// The stages to come, by name: one that is declared again is the same, and `None`.
    stages: BTreeMap<&'a str, Option<&'a Stage>>,
    found: &'a mut Vec<Problem>,
}

impl<'a> Walk<'a> {
    fn steps(&mut self, prefix: &str, steps: &'a [Step], built: &Stage) {
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
                let findings = self.of_step(step, &known).into_iter();
                self.found.extend(findings.map(|Finding { code, field, message, hint }| {
                    Problem::new(code, format!("{pointer}{field}"), message, hint)
                }));
            }
            known.learn(step);
        }
    }

    fn of_step(&self, step: &Step, known: &Known) -> Vec<Finding> {
        let rules = [needs_root, not_a_pattern, no_python, externally_managed, no_npm, no_apt, no_glibc, crlf_script];
        let of_image = rules.map(|rule| rule(step, known));
        let project = match step {
            Step::PipInstallFromPyproject(step) => self.project(step).map(|project| (step, project)),
            _ => None,
        };
        let of_project = project.map(|(step, project)| [other_python(&project, known), index_order(step, &project)]);
        let rules = of_image.into_iter().chain(of_project.into_iter().flatten());
        rules.flatten().chain(literal_variables(step)).collect()
    }

    /// The file of a step, as far as it is known.
    fn project(&self, step: &PipInstallFromPyproject) -> Option<Project> {
        let content = self.texts.get(&clean(&step.source)?)?.as_deref()?;
        Project::read(content, !step.dependency_groups.is_empty()).ok()
    }
}

/// What a rule has found in a step.
struct Finding {
    code: Code,
    /// The field of the step.
    field: String,
    message: String,
    hint: String,
}

impl Finding {
    fn new(code: Code, message: String, hint: impl Into<String>) -> Self {
        Self { code, field: String::new(), message, hint: hint.into() }
    }
}

/// A step that writes where only root can.
fn needs_root(step: &Step, known: &Known) -> Option<Finding> {
    let writes = runs_apt(step) || matches!(step, Step::Nodejs(_));
    let may_write = |user: &str| ["", "root", "0"].contains(&user.split(':').next().unwrap_or_default());
    let user = known.user.as_deref().filter(|user| writes && !may_write(user))?;
    let message = format!("`{}` runs as `{user}`, who may not write where it does.", step.name());
    let hint = "Put it before `user`, or switch back with `user(\"root\")` before it.";
    Some(Finding::new(Code::NeedsRoot, message, hint))
}

fn not_a_pattern(step: &Step, _: &Known) -> Option<Finding> {
    let Step::CopyFrom(step) = step else { return None };
    step.source.contains(['*', '?']).then(|| {
        let message = format!("`{}` is a name, not a pattern: nothing else is copied.", step.source);
        let hint = "Name the directory: everything in it is copied.";
        Finding { field: "/source".to_owned(), ..Finding::new(Code::NotAPattern, message, hint) }
    })
}

/// A script that no system can start.
fn crlf_script(step: &Step, _: &Known) -> Option<Finding> {
    let Step::AddFile(step) = step else { return None };
    step.content().filter(|bytes| script::is_crlf_script(bytes)).map(|_| {
        let message = script::message(slice::from_ref(&step.destination));
        Finding::new(Code::CrlfScript, message, script::HINT)
    })
}

/// The first variable in each array that no shell reads: the Daytona SDK writes arrays as lines of the shell.
fn literal_variables(step: &Step) -> impl Iterator<Item = Finding> {
    let commands = if let Step::RunCommands(step) = step { &*step.commands } else { &[] };
    commands.iter().enumerate().filter_map(|(i, command)| {
        let Command::Argv(argv) = command else { return None };
        let (at, argument) = argv.iter().enumerate().find(|(_, argument)| has_variable(argument))?;
        (!argv[..at].iter().any(|before| expands_next(before))).then(|| {
            let message =
                format!("`{argument}` stays as it is: no shell reads an array, and no variable in it is expanded.");
            let hint = "If its value is meant, write the command as one string; if not, there is nothing to do.";
            Finding { field: format!("/commands/{i}/{at}"), ..Finding::new(Code::LiteralVariable, message, hint) }
        })
    })
}

/// Whether a word may be followed by one whose variables are expanded: an option for a line of a shell, or a program whose
/// own language has a `$`.
fn expands_next(word: &str) -> bool {
    const PROGRAMS: [&str; 18] = [
        "awk", "egrep", "envsubst", "find", "gawk", "grep", "jq", "make", "mawk", "mongosh", "perl", "php", "pwsh",
        "rg", "ruby", "sed", "tclsh", "yq",
    ];
    let is_line = word.starts_with('-') && !word.starts_with("--") && word.ends_with('c');
    is_line || word == "--command" || PROGRAMS.contains(&base_name(word))
}

fn no_python(step: &Step, known: &Known) -> Option<Finding> {
    (runs_pip(step) && known.is_sure() && !known.has_python()).then(|| {
        let message = format!("`{}` runs `python`, and `{}` has none.", step.name(), known.base);
        let hint = "Begin with `Image.debianSlim()` or an image of Python, such as `python:3.12-slim`.";
        Finding::new(Code::MissingInBase, message, hint)
    })
}

fn externally_managed(step: &Step, known: &Known) -> Option<Finding> {
    const OPTION: &str = "--break-system-packages";
    let is_on = |name| known.variables.contains(&name);
    let (is_free, permission) = match step {
        // It installs uv with pip first.
        Step::UvPipInstall(step) => {
            let frees_uv = step.extra_options.as_deref().is_some_and(|options| options.contains(OPTION));
            let permission = format!("`env({{ {PIP_BREAKS}: \"1\", {UV_BREAKS}: \"1\" }})` before it");
            (is_on(PIP_BREAKS) && (is_on(UV_BREAKS) || frees_uv), permission)
        }
        Step::Playwright(_) => (is_on(PIP_BREAKS), format!("`env({{ {PIP_BREAKS}: \"1\" }})` before it")),
        _ => (is_on(PIP_BREAKS) || extra_options(step)?.contains(OPTION), format!("`extraOptions: \"{OPTION}\"`")),
    };
    let is_managed = known.is_sure() && known.name != Some(PYTHON) && known.has_python() && known.is_managed();
    (is_managed && !is_free).then(|| {
        let message =
            format!("The Python of `{}` is managed by apt, and its pip refuses to install beside it.", known.base);
        let hint = format!(
            "Begin with `Image.debianSlim()` or an image of Python, such as `python:3.12-slim`; or add {permission}."
        );
        Finding::new(Code::ExternallyManaged, message, hint)
    })
}

fn no_npm(step: &Step, known: &Known) -> Option<Finding> {
    let has_npm = known.may_have_npm || ["npm", "nodejs"].iter().any(|name| known.packages.contains(name));
    (matches!(step, Step::NpmInstall(_)) && known.is_sure() && known.name != Some(NODE) && !has_npm).then(|| {
        let message = format!("`npmInstall` runs `npm`, and `{}` has none.", known.base);
        Finding::new(Code::MissingInBase, message, "Add Node.js before it, with `nodejs(22)`.")
    })
}

fn runs_apt(step: &Step) -> bool {
    matches!(step, Step::AptInstall(_) | Step::AptRepository(_) | Step::GithubCli(_) | Step::Playwright(_))
}

fn no_apt(step: &Step, known: &Known) -> Option<Finding> {
    (runs_apt(step) && known.is_alpine()).then(|| {
        let message = format!("`{}` runs `apt-get`, and `{}` has none.", step.name(), known.base);
        let hint =
            "Begin with an image on Debian, such as one with `slim` in its tag, or use `runCommands(\"apk add …\")`.";
        Finding::new(Code::MissingInBase, message, hint)
    })
}

fn no_glibc(step: &Step, known: &Known) -> Option<Finding> {
    (matches!(step, Step::Nodejs(_)) && known.is_alpine()).then(|| {
        let message = format!("`nodejs` adds a Node.js that needs glibc, and `{}` has none.", known.base);
        let hint = "Begin with an image on Debian, such as one with `slim` in its tag.";
        Finding::new(Code::MissingInBase, message, hint)
    })
}

/// A project that needs another Python than that of the base. What else may have installed one is left to the user.
fn other_python(project: &Project, known: &Known) -> Option<Finding> {
    let wanted = project.requires_python.as_deref()?;
    let python = known.tag?.split(|c: char| !c.is_ascii_digit() && c != '.').next().and_then(numbers)?;
    let is_sure = known.is_sure() && known.name == Some(PYTHON) && python.len() > 1;
    (is_sure && !wanted.split(',').all(|clause| admits(clause.trim(), &python))).then(|| {
        let message = format!("The project requires Python `{wanted}`, and `{}` has another one.", known.base);
        Finding {
            field: "/source".to_owned(),
            ..Finding::new(Code::OtherPython, message, "Begin with a Python that it runs on.")
        }
    })
}

/// Whether a clause of `requires-python` may admit a version, of which only the first numbers may be known.
fn admits(clause: &str, python: &[u32]) -> bool {
    let digits = clause.trim_start_matches(|c: char| !c.is_ascii_digit());
    let operator = clause[..clause.len() - digits.len()].trim();
    let Some(whole) = numbers(digits.trim_end_matches(".*")) else { return true };
    let common = whole.len().min(python.len());
    let (bound, known, rest) = (&whole[..common], &python[..common], &python[common..]);
    match operator {
        ">=" | ">" | "~=" => known >= bound,
        "<" => known < bound || (known == bound && python.len() < whole.len()),
        "<=" => known < bound || (known == bound && rest.iter().all(|number| *number == 0)),
        "==" => known == bound,
        _ => true,
    }
}

/// The numbers of a version that has nothing else.
fn numbers(version: &str) -> Option<Vec<u32>> {
    version.split('.').map(|number| number.trim().parse().ok()).collect()
}

/// uv takes a package from the first index that has it, pip the newest of all: one that anybody can add to may win.
fn index_order(step: &PipInstallFromPyproject, project: &Project) -> Option<Finding> {
    let indexes = &project.indexes;
    let is_chosen = step.index_url.is_some() || !step.extra_index_urls.is_empty();
    let is_merged = indexes.is_ordered && !indexes.extra_index_urls.is_empty() && !is_chosen;
    is_merged.then(|| {
        let message = format!(
            "uv asks the indexes of `{}` in order, and pip takes the newest package of all of them.",
            step.source
        );
        let hint = "If a package must not come from another index, pass `indexUrl` of one that has them all.";
        Finding { field: "/source".to_owned(), ..Finding::new(Code::IndexOrder, message, hint) }
    })
}

fn many_layers(stage: &Stage) -> Option<Problem> {
    let layers = layers(stage);
    (layers > MAX_LAYERS).then(|| {
        let what = stage.name.as_ref().map_or("image".to_owned(), |name| format!("stage `{name}`"));
        let message = format!("The {what} has {layers} layers besides those of its base; Docker allows 127 in all.");
        let hint = "Add whole directories instead of single files, and put commands together in `runScript`.";
        Problem::new(Code::TooManyLayers, "", message, hint)
    })
}
