//! Findings: what is valid, but probably not what is meant.
//!
//! Each rule is a function here. Rules about programs speak only where they are sure: of base images that are known by
//! name, and until a step that may install anything, such as a command. What only reading shows, [`crate::reader`] adds.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::slice;

use crate::files::pyproject::Project;
use crate::files::script;
use crate::limits::{MAX_LAYERS, is_too_large, json_length, layers};
use crate::normal_form::{NormalForm, Stage, Texts, has_variable, is_posix_shell};
use crate::path::clean;
use crate::problem::{Code, Problem};
use crate::steps::{Command, PipInstallFromPyproject, Step};

/// What is found in an image, in the order of its steps, and then what is found in the whole.
pub(crate) fn findings(steps: &[Step], texts: &Texts, form: &NormalForm, dockerfile: &str) -> Vec<Problem> {
    let mut found = Vec::new();
    let stages = form.stages.iter().filter_map(|stage| Some((stage.name.as_deref()?, stage))).collect();
    let mut walk = Walk { texts, stages, found: &mut found };
    walk.steps("", steps, &form.image);
    found.extend(ignored_command(&form.image));
    found.extend(ignored_entrypoint(&form.image));
    found.extend(form.stages.iter().chain([&form.image]).filter_map(many_layers));
    found.extend(large(dockerfile));
    found
}

/// The way through the steps.
struct Walk<'a> {
    texts: &'a Texts,
    /// The stages to come, by name: one that is declared again is the same.
    stages: BTreeMap<&'a str, &'a Stage>,
    found: &'a mut Vec<Problem>,
}

impl<'a> Walk<'a> {
    fn steps(&mut self, prefix: &str, steps: &'a [Step], built: &Stage) {
        let mut image = Image::new(&built.base);
        for (index, step) in steps.iter().enumerate() {
            let pointer = format!("{prefix}/steps/{index}/{}", step.name());
            if let Step::Stage(stage) = step
                && let Some(built) = self.stages.remove(&*stage.name)
            {
                self.steps(&pointer, &stage.steps, built);
            }
            let findings = self.of_step(step, &image).into_iter();
            self.found.extend(findings.map(|Finding { code, field, message, hint }| {
                Problem::new(code, format!("{pointer}{field}"), message, hint)
            }));
            image.learn(step);
        }
    }

    fn of_step(&self, step: &Step, image: &Image) -> Vec<Finding> {
        let rules = [needs_root, not_a_pattern, no_python, externally_managed, no_npm, no_apt, no_glibc, crlf_script];
        let of_image = rules.map(|rule| rule(step, image));
        let project = match step {
            Step::PipInstallFromPyproject(step) => self.project(step).map(|project| (step, project)),
            _ => None,
        };
        let of_project = project.map(|(step, project)| [other_python(&project, image), index_order(step, &project)]);
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
    hint: &'static str,
}

impl Finding {
    fn new(code: Code, message: String, hint: &'static str) -> Self {
        Self { code, field: String::new(), message, hint }
    }
}

/// What is known of an image before one of its steps.
struct Image<'a> {
    /// As it is written.
    base: &'a str,
    /// Its name, of those that are known.
    name: Option<&'static str>,
    tag: &'a str,
    /// Whether a step may have installed anything.
    is_open: bool,
    /// Debian packages.
    packages: BTreeSet<&'a str>,
    has_node: bool,
    /// Whether pip was told to install beside Debian's packages.
    breaks_packages: bool,
    /// Empty if a variable says who it is.
    user: Option<Cow<'a, str>>,
}

impl<'a> Image<'a> {
    fn new(base: &'a str) -> Self {
        let reference = base.split('@').next().unwrap_or_default();
        let path = reference.strip_prefix("docker.io/").unwrap_or(reference);
        let (name, tag) = path.strip_prefix("library/").unwrap_or(path).split_once(':').unwrap_or((path, "latest"));
        let known = [PYTHON, NODE, ALPINE].into_iter().chain(DEBIANS).chain(SERVICES).chain(LANGUAGES);
        Self {
            base,
            name: known.into_iter().find(|known| *known == name),
            tag,
            is_open: false,
            packages: BTreeSet::new(),
            has_node: false,
            breaks_packages: false,
            user: None,
        }
    }

    /// What a step changes.
    fn learn(&mut self, step: &'a Step) {
        match step {
            Step::Raw(step) => {
                self.is_open = true;
                self.user = step.user().map(Cow::Owned).or(self.user.take());
            }
            Step::RunCommands(_) | Step::RunScript(_) | Step::CopyFrom(_) | Step::AddLocalDir(_) | Step::Symlink(_) => {
                self.is_open = true;
            }
            Step::AptInstall(step) => {
                let names = step.packages.iter().map(|package| package.trim().split(['=', '/', ':']).next());
                self.packages.extend(names.flatten());
            }
            Step::Nodejs(_) => self.has_node = true,
            Step::Env(step) => self.breaks_packages |= step.variables.0.contains_key("PIP_BREAK_SYSTEM_PACKAGES"),
            Step::User(step) => self.user = Some(step.user.trim().into()),
            _ => {}
        }
    }

    /// Whether the base is known, and nothing since may have installed anything.
    fn is_known(&self) -> bool {
        self.name.is_some() && !self.is_open
    }

    fn is_alpine(&self) -> bool {
        self.is_known() && (self.name == Some(ALPINE) || self.tag.contains(ALPINE))
    }
}

const PYTHON: &str = "python";
const NODE: &str = "node";
const ALPINE: &str = "alpine";
const DEBIANS: [&str; 3] = ["buildpack-deps", "debian", "ubuntu"];
const LANGUAGES: [&str; 4] = ["golang", "php", "ruby", "rust"];

/// Official images that start a program.
const SERVICES: [&str; 16] = [
    "caddy",
    "elasticsearch",
    "haproxy",
    "httpd",
    "mariadb",
    "memcached",
    "mongo",
    "mysql",
    "neo4j",
    "nginx",
    "postgres",
    "rabbitmq",
    "redis",
    "registry",
    "tomcat",
    "traefik",
];

/// A step that writes where only root can.
fn needs_root(step: &Step, image: &Image) -> Option<Finding> {
    let writes = match step {
        Step::AptInstall(step) => !step.packages.is_empty(),
        _ => matches!(step, Step::AptRepository(_) | Step::GithubCli(_) | Step::Nodejs(_) | Step::Playwright(_)),
    };
    let may_write = |user: &str| ["", "root", "0"].contains(&user.split(':').next().unwrap_or_default());
    let user = image.user.as_deref().filter(|user| writes && !may_write(user))?;
    let message = format!("`{}` runs as `{user}`, who may not write where it does.", step.name());
    let hint = "Put it before `user`, or switch back with `user(\"root\")` before it.";
    Some(Finding::new(Code::NeedsRoot, message, hint))
}

fn not_a_pattern(step: &Step, _: &Image) -> Option<Finding> {
    let Step::CopyFrom(step) = step else { return None };
    step.source.contains(['*', '?']).then(|| {
        let message = format!("`{}` is a name, not a pattern: nothing else is copied.", step.source);
        let hint = "Name the directory: everything in it is copied.";
        Finding { field: "/source".to_owned(), ..Finding::new(Code::NotAPattern, message, hint) }
    })
}

/// A script that no system can start.
fn crlf_script(step: &Step, _: &Image) -> Option<Finding> {
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
        (!is_shell_with_line(argv)).then(|| {
            let message =
                format!("`{argument}` stays as it is: no shell reads an array, and no variable in it is expanded.");
            let hint = "If its value is meant, write the command as one string; if not, there is nothing to do.";
            Finding { field: format!("/commands/{i}/{at}"), ..Finding::new(Code::LiteralVariable, message, hint) }
        })
    })
}

/// Whether the program is a shell that is given a line, in which it expands variables itself.
fn is_shell_with_line(argv: &[String]) -> bool {
    (1..=argv.len()).any(|end| is_posix_shell(&argv[..end]))
}

/// The options of a step that runs `python -m pip`; none for another one, or one that does nothing.
fn pip_options(step: &Step) -> Option<&str> {
    let (is_empty, options) = match step {
        Step::PipInstall(step) => (step.packages.is_empty(), &step.extra_options),
        Step::UvPipInstall(step) => (step.packages.is_empty(), &step.extra_options),
        Step::PipInstallFromRequirements(step) => (false, &step.extra_options),
        Step::PipInstallFromPyproject(step) => (false, &step.extra_options),
        Step::Playwright(_) => (false, &None),
        _ => return None,
    };
    let options = options.as_deref().unwrap_or_default();
    (!is_empty || !options.is_empty()).then_some(options)
}

/// Debian's own Python is called `python3` alone.
fn no_python(step: &Step, image: &Image) -> Option<Finding> {
    pip_options(step)?;
    let is_missing = image.is_known() && image.name != Some(PYTHON) && !image.packages.contains("python-is-python3");
    is_missing.then(|| {
        let message = format!("`{}` runs `python`, and `{}` has none.", step.name(), image.base);
        let hint = "Begin with `Image.debianSlim()` or an image of Python, such as `python:3.12-slim`.";
        Finding::new(Code::MissingInBase, message, hint)
    })
}

/// Debian 12, Ubuntu 24.04 and their successors let pip install into environments only (PEP 668).
fn externally_managed(step: &Step, image: &Image) -> Option<Finding> {
    const FREE: [&str; 10] = ["10", "11", "buster", "bullseye", "18.04", "20.04", "22.04", "bionic", "focal", "jammy"];
    let options = pip_options(step)?;
    let is_managed = image.is_known() && image.name != Some(PYTHON) && image.packages.contains("python-is-python3");
    let is_free = image.breaks_packages || options.contains("--break-system-packages");
    let is_old = |part: &str| FREE.contains(&part) || part.split('.').next().is_some_and(|major| FREE.contains(&major));
    (is_managed && !is_free && !image.tag.split('-').any(is_old)).then(|| {
        let message =
            format!("The Python of `{}` is managed by apt, and its pip refuses to install beside it.", image.base);
        let hint = "Begin with `Image.debianSlim()` or an image of Python, such as `python:3.12-slim`; or pass \
                    `extraOptions: \"--break-system-packages\"`.";
        Finding::new(Code::ExternallyManaged, message, hint)
    })
}

fn no_npm(step: &Step, image: &Image) -> Option<Finding> {
    let Step::NpmInstall(step) = step else { return None };
    let has_npm = image.has_node || ["npm", "nodejs"].iter().any(|name| image.packages.contains(name));
    (!step.packages.is_empty() && image.is_known() && image.name != Some(NODE) && !has_npm).then(|| {
        let message = format!("`npmInstall` runs `npm`, and `{}` has none.", image.base);
        Finding::new(Code::MissingInBase, message, "Add Node.js before it, with `nodejs(22)`.")
    })
}

fn no_apt(step: &Step, image: &Image) -> Option<Finding> {
    let runs_apt = match step {
        Step::AptInstall(step) => !step.packages.is_empty(),
        _ => matches!(step, Step::AptRepository(_) | Step::GithubCli(_) | Step::Playwright(_)),
    };
    (runs_apt && image.is_alpine()).then(|| {
        let message = format!("`{}` runs `apt-get`, and `{}` has none.", step.name(), image.base);
        let hint =
            "Begin with an image on Debian, such as one with `slim` in its tag, or use `runCommands(\"apk add …\")`.";
        Finding::new(Code::MissingInBase, message, hint)
    })
}

fn no_glibc(step: &Step, image: &Image) -> Option<Finding> {
    (matches!(step, Step::Nodejs(_)) && image.is_alpine()).then(|| {
        let message = format!("`nodejs` adds a Node.js that needs glibc, and `{}` has none.", image.base);
        let hint = "Begin with an image on Debian, such as one with `slim` in its tag.";
        Finding::new(Code::MissingInBase, message, hint)
    })
}

/// A project that needs another Python than that of the base. What else may have installed one is left to the user.
fn other_python(project: &Project, image: &Image) -> Option<Finding> {
    let wanted = project.requires_python.as_deref()?;
    let python = image.tag.split(|c: char| !c.is_ascii_digit() && c != '.').next().map(numbers).unwrap_or_default();
    let is_known = image.is_known() && image.name == Some(PYTHON) && python.len() > 1;
    (is_known && !wanted.split(',').all(|clause| admits(clause.trim(), &python))).then(|| {
        let message = format!("The project requires Python `{wanted}`, and `{}` has another one.", image.base);
        Finding {
            field: "/source".to_owned(),
            ..Finding::new(Code::OtherPython, message, "Begin with a Python that it runs on.")
        }
    })
}

/// Whether a clause of `requires-python` admits a version, of which only the first numbers may be known.
fn admits(clause: &str, python: &[u32]) -> bool {
    let digits = clause.trim_start_matches(|c: char| !c.is_ascii_digit());
    let operator = clause[..clause.len() - digits.len()].trim();
    let bound = numbers(digits.trim_end_matches(".*"));
    let common = bound.len().min(python.len());
    let (bound, known) = (&bound[..common], &python[..common]);
    match operator {
        ">=" | ">" | "~=" => known >= bound,
        "<" => known < bound || (known == bound && python.len() < numbers(digits).len()),
        "==" => known == bound,
        _ => true,
    }
}

fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map_while(|number| number.trim().parse().ok()).collect()
}

/// uv takes a package from the first index that has it, pip the newest of all: one that anybody can add to may win.
fn index_order(step: &PipInstallFromPyproject, project: &Project) -> Option<Finding> {
    let indexes = &project.indexes;
    let is_merged = indexes.is_ordered && !indexes.extra_index_urls.is_empty() && step.extra_index_urls.is_empty();
    is_merged.then(|| {
        let message =
            format!("`{}` has indexes in an order, and pip takes the newest package of all of them.", step.source);
        let hint = "If a package must not come from another index, pass `indexUrl` of one that has them all.";
        Finding { field: "/source".to_owned(), ..Finding::new(Code::IndexOrder, message, hint) }
    })
}

/// A command that Daytona ignores, other than the one that it runs in its place.
fn ignored_command(image: &Stage) -> Option<Problem> {
    let cmd = image.cmd.as_ref().filter(|cmd| image.entrypoint.is_none() && cmd.what != ["sleep", "infinity"])?;
    let message = "Daytona ignores `cmd`: without an `entrypoint`, the sandbox runs `sleep infinity`.";
    let hint = "Start the program with `entrypoint`, or in the sandbox once it runs.";
    Some(Problem::new(Code::IgnoredByDaytona, format!("{}/cmd", cmd.step), message, hint))
}

/// A program that the base starts, and Daytona does not.
fn ignored_entrypoint(image: &Stage) -> Option<Problem> {
    let name = Image::new(&image.base).name?;
    (SERVICES.contains(&name) && image.entrypoint.is_none()).then(|| {
        let message = format!(
            "Daytona ignores what `{}` starts: without an `entrypoint`, the sandbox runs `sleep infinity`.",
            image.base
        );
        let hint = "Start the program with `entrypoint`, or in the sandbox once it runs.";
        Problem::new(Code::IgnoredByDaytona, format!("{}/base", image.step(0)), message, hint)
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

fn large(dockerfile: &str) -> Option<Problem> {
    is_too_large(dockerfile).then(|| {
        let size = json_length(dockerfile);
        let message =
            format!("The Dockerfile has {size} bytes as JSON, and Daytona's API accepts about 100,000 in all.");
        let hint = "Put long values into files, with `addFile` or `addLocalFile`: their content is sent beside it.";
        Problem::new(Code::DockerfileTooLarge, "", message, hint)
    })
}
