//! The dependencies that a `pyproject.toml` lists. The project itself is not installed, and never fetched by its name.

use super::Builder;
use super::packages::{Flaw, Installer, bad_requirement};
use super::requirements::local_project;
use crate::problem::Code;
use crate::step;
use crate::text::shell_word;
use crate::toml::{Table, TomlError, Value};

/// The pointer to the file's path.
const SOURCE: &str = "/source";

impl Builder<'_> {
    pub(super) fn pip_install_from_pyproject(&mut self, step: &step::PipInstallFromPyproject) {
        let path = self.local_path(&SOURCE, &step.source);
        let content = self.text(&path, false, &SOURCE);
        let packages = content.map(|content| self.dependencies(&path, content, &step.optional_dependencies));
        if let Some(packages) = packages {
            self.install(&Installer::pip(), &step.pip(), packages.iter().map(|word| shell_word(word)).collect());
        }
    }

    /// What a `pyproject.toml` lists, each once, in its order.
    fn dependencies(&mut self, path: &str, content: &[u8], groups: &[String]) -> Vec<String> {
        let project = match read_project(content) {
            Ok(project) => project,
            Err(Flaw { code, message, hint }) => {
                self.report(code, &SOURCE, format!("`{path}`: {message}"), hint);
                return Vec::new();
            }
        };
        let mut found = Found::default();
        project.take("dependencies", &project.dependencies, &mut found);
        for (i, group) in groups.iter().enumerate() {
            if !project.take_group(group, &mut found) {
                let message = format!("`{path}` has no optional dependencies `{group}`.");
                self.report(
                    Code::UnknownGroup,
                    &format_args!("/optionalDependencies/{i}"),
                    message,
                    &project.known_groups(),
                );
            }
        }
        for Flaw { code, message, hint } in found.flaws {
            self.report(code, &SOURCE, format!("`{path}`: {message}"), hint);
        }
        found.packages
    }
}

/// The part of a `pyproject.toml` that lists packages.
struct Project {
    /// In the form in which names are compared.
    name: String,
    /// The packages, by names of that form, that another tool takes from a place of which pip knows nothing; by the table
    /// that says so.
    elsewhere: Vec<(String, &'static str)>,
    dependencies: Vec<String>,
    groups: Vec<(String, Vec<String>)>,
}

/// Packages in their order, and what is wrong with them.
#[derive(Default)]
struct Found {
    packages: Vec<String>,
    flaws: Vec<Flaw>,
    /// Groups that were taken already, since they may name each other.
    groups: Vec<String>,
}

/// Why nothing can be taken from a `pyproject.toml`.
fn unusable(message: impl Into<String>, hint: &'static str) -> Flaw {
    Flaw { code: Code::InvalidPyproject, message: message.into(), hint }
}

fn read_project(content: &[u8]) -> Result<Project, Flaw> {
    let text = str::from_utf8(content).map_err(|_| unusable("not UTF-8.", "Save it as UTF-8."))?;
    let not_toml =
        |TomlError { line, message }| unusable(format!("not TOML, line {line}: {message}."), "Correct the line.");
    let document = Table::parse(text).map_err(not_toml)?;
    let project = project_table(&document)?;
    let groups = groups(project)?;
    if project.get("dependencies").is_none() && groups.is_empty() {
        let hint = "Add `dependencies = […]` to `[project]`, or use `pipInstall`.";
        return Err(unusable("`[project]` has no `dependencies`.", hint));
    }
    let name = project.get("name").and_then(Value::as_text).map(normal_name).unwrap_or_default();
    Ok(Project { name, elsewhere: elsewhere(&document), dependencies: strings(project, "dependencies")?, groups })
}

fn project_table(document: &Table) -> Result<&Table, Flaw> {
    let Some(project) = document.table("project") else {
        let hint = if document.table("tool").is_some_and(|tool| tool.get("poetry").is_some()) {
            "Move the dependencies of `[tool.poetry]` to `[project]`, or export them and use `pipInstallFromRequirements`."
        } else {
            "Add one with `dependencies = […]`, or use `pipInstall`."
        };
        return Err(unusable("there is no `[project]`.", hint));
    };
    if strings(project, "dynamic").is_ok_and(|fields| fields.iter().any(|field| field == "dependencies")) {
        let message = "its dependencies are `dynamic`: they are computed when the project is built.";
        return Err(unusable(message, "Export them to a file and use `pipInstallFromRequirements`."));
    }
    Ok(project)
}

/// uv names the sources of packages in a table of its own, and Poetry in its list: `{ path = "../mine" }`.
fn elsewhere(document: &Table) -> Vec<(String, &'static str)> {
    const PLACES: [&str; 4] = ["path", "git", "url", "source"];
    let Some(tool) = document.table("tool") else { return Vec::new() };
    let uv = tool.table("uv").and_then(|uv| uv.table("sources"));
    let poetry = tool.table("poetry").and_then(|poetry| poetry.table("dependencies"));
    let of_uv = uv.into_iter().flat_map(Table::entries).map(|(name, _)| (normal_name(name), "tool.uv.sources"));
    let has_place =
        |value: &Value| matches!(value, Value::Table(fields) if PLACES.iter().any(|place| fields.get(place).is_some()));
    let of_poetry = poetry.into_iter().flat_map(Table::entries).filter(|(_, value)| has_place(value));
    of_uv.chain(of_poetry.map(|(name, _)| (normal_name(name), "tool.poetry.dependencies"))).collect()
}

fn groups(project: &Table) -> Result<Vec<(String, Vec<String>)>, Flaw> {
    if project.get("optional-dependencies").is_none() {
        return Ok(Vec::new());
    }
    let Some(groups) = project.table("optional-dependencies") else {
        return Err(unusable("`optional-dependencies` is not a table.", "Make it one of lists."));
    };
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for (name, _) in groups.entries() {
        if let Some((other, _)) = found.iter().find(|(other, _)| normal_name(other) == normal_name(name)) {
            let message = format!("the groups `{other}` and `{name}` have one name.");
            return Err(unusable(message, "Give each a name of its own."));
        }
        found.push((name.to_owned(), strings(groups, name)?));
    }
    Ok(found)
}

/// The list of strings under a key; empty where there is none.
fn strings(table: &Table, key: &str) -> Result<Vec<String>, Flaw> {
    let list = match table.get(key) {
        None => return Ok(Vec::new()),
        Some(Value::List(items)) => items.iter().map(|item| item.as_text().map(str::to_owned)).collect(),
        Some(_) => None,
    };
    list.ok_or_else(|| unusable(format!("`{key}` is not a list of strings."), "Make it one."))
}

impl Project {
    /// Takes the packages of a list. One that names groups of the project itself stands for theirs.
    fn take(&self, list: &str, requirements: &[String], found: &mut Found) {
        for requirement in requirements.iter().map(|requirement| requirement.trim()) {
            if self.is_own(requirement) {
                self.take_own(list, requirement, found);
                continue;
            }
            let flaw = bad_requirement(requirement).or_else(|| local_project(requirement));
            found.flaws.extend(flaw.or_else(|| self.not_of_index(requirement)));
            if !found.packages.iter().any(|known| known == requirement) {
                found.packages.push(requirement.to_owned());
            }
        }
    }

    /// Takes the groups that a requirement of the project itself names.
    fn take_own(&self, list: &str, requirement: &str, found: &mut Found) {
        let Some(groups) = own_groups(requirement) else {
            let message = format!("`{requirement}` in `{list}` is the project itself, which is not in the image.");
            let hint = "Name groups of it and nothing else, or the packages themselves.";
            return found.flaws.push(Flaw::requirement(message, hint));
        };
        for group in groups.split(',').map(str::trim).filter(|group| !group.is_empty()) {
            if !self.take_group(group, found) {
                let message = format!("`{requirement}` in `{list}` names optional dependencies that it does not have.");
                found.flaws.push(Flaw::requirement(message, "Correct the name."));
            }
        }
    }

    /// Takes a group; whether there is one of that name.
    fn take_group(&self, group: &str, found: &mut Found) -> bool {
        let wanted = normal_name(group);
        let Some((name, requirements)) = self.groups.iter().find(|(name, _)| normal_name(name) == wanted) else {
            return false;
        };
        if !found.groups.contains(&wanted) {
            found.groups.push(wanted);
            self.take(name, requirements, found);
        }
        true
    }

    /// What to do about a group that is not there.
    fn known_groups(&self) -> String {
        let known: Vec<_> = self.groups.iter().map(|(name, _)| name.as_str()).collect();
        if known.is_empty() {
            "It has none; `[dependency-groups]` are others, which can be exported to a requirements file.".to_owned()
        } else {
            format!("It has `{}`.", known.join("`, `"))
        }
    }

    /// Whether a requirement has the project's name.
    fn is_own(&self, requirement: &str) -> bool {
        !self.name.is_empty() && name_of(requirement) == self.name
    }

    /// Anybody could have put a package of that name into the index that pip would ask.
    fn not_of_index(&self, requirement: &str) -> Option<Flaw> {
        let name = name_of(requirement);
        let (_, table) = self.elsewhere.iter().find(|(known, _)| *known == name)?;
        let message = format!("`{requirement}` comes from where `[{table}]` says, which pip does not read.");
        let hint = "Export the dependencies to a requirements file, such as with `uv export --no-emit-project`, and use \
                    `pipInstallFromRequirements`.";
        Some(Flaw::requirement(message, hint))
    }
}

/// The name at the beginning of a requirement, in the form in which names are compared.
fn name_of(requirement: &str) -> String {
    let end = requirement.find(|c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c));
    normal_name(&requirement[..end.unwrap_or(requirement.len())])
}

/// The groups in `name[groups]`, if there is nothing else.
fn own_groups(requirement: &str) -> Option<&str> {
    let (_, rest) = requirement.split_once('[')?;
    let (groups, after) = rest.split_once(']')?;
    after.trim().is_empty().then_some(groups)
}

/// Names as they are compared: lower case, runs of `-`, `_` and `.` as one `-` (packaging.python.org, name normalization).
fn normal_name(name: &str) -> String {
    let parts: Vec<_> = name.split(['-', '_', '.']).filter(|part| !part.is_empty()).collect();
    parts.join("-").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_that_name_each_other_are_taken_once() {
        let text = br#"[project]
            name = "My_App"
            dependencies = ["a"]
            [project.optional-dependencies]
            all = ["my-app[dev, Doc_s]"]
            dev = ["b", "my.app[all]"]
            doc-s = ["a", "c"]"#;
        let project = read_project(text).unwrap();
        let mut found = Found::default();
        project.take("dependencies", &project.dependencies, &mut found);
        assert!(project.take_group("ALL", &mut found));
        assert_eq!(found.packages, ["a", "b", "c"]);
        assert!(!project.take_group("none", &mut found));
    }

    #[test]
    fn what_another_tool_takes_from_elsewhere_is_not_taken_from_the_index() {
        let text = br#"[project]
            dependencies = ["mine[x]>=1", "of-poetry", "of-both<2", "plain"]
            [tool.uv.sources]
            mine = { path = "../mine", editable = true }
            of_both = { index = "pytorch" }
            [tool.poetry.dependencies]
            Of_Poetry = { git = "https://example.com/x" }
            plain = { version = "^1", extras = ["a"] }"#;
        let project = read_project(text).unwrap();
        let mut found = Found::default();
        project.take("dependencies", &project.dependencies, &mut found);
        let named: Vec<_> = found.flaws.iter().map(|flaw| flaw.message.split('`').nth(1).unwrap()).collect();
        assert_eq!(named, ["mine[x]>=1", "of-poetry", "of-both<2"]);
    }
}
