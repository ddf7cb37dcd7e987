//! The dependencies that a `pyproject.toml` lists.

use std::collections::BTreeSet;

use toml::de::{DeTable, DeValue};

use super::requirement::{Flaw, bad_requirement, local_project};
use crate::problem::Code;

/// The part of a `pyproject.toml` that lists packages.
pub(crate) struct Project {
    /// In the form in which names are compared.
    name: String,
    /// The packages, by names of that form, that another tool gets from a place that pip does not know; with the table
    /// that says so.
    elsewhere: Vec<(String, &'static str)>,
    dependencies: Vec<String>,
    groups: Vec<(String, Vec<String>)>,
}

/// Packages in their order, each once, and what is wrong with them.
#[derive(Default)]
pub(crate) struct Selection {
    pub(crate) packages: Vec<String>,
    pub(crate) flaws: Vec<Flaw>,
    selected: BTreeSet<String>,
    /// Groups that were selected already, since they may name each other.
    groups: BTreeSet<String>,
}

/// Why nothing can be taken from a `pyproject.toml`.
fn unusable(message: impl Into<String>, hint: &'static str) -> Flaw {
    Flaw { code: Code::InvalidPyproject, message: message.into(), hint }
}

impl Project {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// What is not TOML, and a project that lists nothing.
    pub(crate) fn read(content: &[u8]) -> Result<Self, Flaw> {
        let text = str::from_utf8(content).map_err(|_| unusable("not UTF-8.", "Save it as UTF-8."))?;
        let document = DeTable::parse(text).map_err(|error| not_toml(text, &error))?;
        let document = document.get_ref();
        let project = project_table(document)?;
        let groups = groups(project)?;
        if !project.contains_key("dependencies") && groups.is_empty() {
            let hint = "Add `dependencies = […]` to `[project]`, or use `pipInstall`.";
            return Err(unusable("`[project]` has no `dependencies`.", hint));
        }
        let name = value(project, "name").and_then(DeValue::as_str).map(normal_name).unwrap_or_default();
        Ok(Self { name, elsewhere: elsewhere(document), dependencies: strings(project, "dependencies")?, groups })
    }

    /// Selects the packages of `dependencies`.
    pub(crate) fn select_dependencies(&self, selection: &mut Selection) {
        self.select("dependencies", &self.dependencies, selection);
    }

    /// Selects the packages of a group of optional dependencies; returns whether there is one of that name.
    pub(crate) fn select_group(&self, group: &str, selection: &mut Selection) -> bool {
        let wanted = normal_name(group);
        let Some((name, requirements)) = self.groups.iter().find(|(name, _)| normal_name(name) == wanted) else {
            return false;
        };
        if selection.groups.insert(wanted) {
            self.select(name, requirements, selection);
        }
        true
    }

    /// What to do about a group that is not there.
    pub(crate) fn known_groups(&self) -> String {
        let known: Vec<_> = self.groups.iter().map(|(name, _)| name.as_str()).collect();
        if known.is_empty() {
            "It has none; `[dependency-groups]` are others, which can be exported to a requirements file.".to_owned()
        } else {
            format!("It has `{}`.", known.join("`, `"))
        }
    }

    /// Selects the packages of a list. One that names groups of the project itself brings theirs.
    fn select(&self, list: &str, requirements: &[String], selection: &mut Selection) {
        for requirement in requirements.iter().map(|requirement| requirement.trim()) {
            if self.is_own(requirement) {
                self.select_own(list, requirement, selection);
                continue;
            }
            let flaw = bad_requirement(requirement).or_else(|| local_project(requirement));
            selection.flaws.extend(flaw.or_else(|| self.not_of_index(requirement)));
            if selection.selected.insert(requirement.to_owned()) {
                selection.packages.push(requirement.to_owned());
            }
        }
    }

    /// Selects the groups that a requirement of the project itself names.
    fn select_own(&self, list: &str, requirement: &str, selection: &mut Selection) {
        let Some(groups) = own_groups(requirement) else {
            let message = format!("`{requirement}` in `{list}` is the project itself, which is not in the image.");
            let hint = "Name its groups and nothing else, or the packages themselves.";
            return selection.flaws.push(Flaw::requirement(message, hint));
        };
        for group in groups.split(',').map(str::trim).filter(|group| !group.is_empty()) {
            if !self.select_group(group, selection) {
                let message = format!("`{requirement}` in `{list}` names optional dependencies that do not exist.");
                selection.flaws.push(Flaw::requirement(message, "Correct the name."));
            }
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
        let message = format!("`{requirement}` comes from the place in `[{table}]`, which pip does not read.");
        let hint = "Export the dependencies to a requirements file, such as with `uv export --no-emit-project`, and use \
                    `pipInstallFromRequirements`.";
        Some(Flaw::requirement(message, hint))
    }
}

fn not_toml(text: &str, error: &toml::de::Error) -> Flaw {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    unusable(format!("not TOML, line {line}: {}.", error.message()), "Correct the line.")
}

fn project_table<'a>(document: &'a DeTable<'a>) -> Result<&'a DeTable<'a>, Flaw> {
    let Some(project) = table(document, "project") else {
        let hint = if table(document, "tool").is_some_and(|tool| tool.contains_key("poetry")) {
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
fn elsewhere(document: &DeTable) -> Vec<(String, &'static str)> {
    const PLACES: [&str; 4] = ["path", "git", "url", "source"];
    let Some(tool) = table(document, "tool") else { return Vec::new() };
    let uv = table(tool, "uv").and_then(|uv| table(uv, "sources"));
    let poetry = table(tool, "poetry").and_then(|poetry| table(poetry, "dependencies"));
    let of_uv = uv.into_iter().flatten().map(|(name, _)| (normal_name(name.get_ref()), "tool.uv.sources"));
    let has_place =
        |value: &DeValue| value.as_table().is_some_and(|table| PLACES.iter().any(|place| table.contains_key(*place)));
    let of_poetry = poetry.into_iter().flatten().filter(|(_, value)| has_place(value.get_ref()));
    of_uv.chain(of_poetry.map(|(name, _)| (normal_name(name.get_ref()), "tool.poetry.dependencies"))).collect()
}

fn groups(project: &DeTable) -> Result<Vec<(String, Vec<String>)>, Flaw> {
    let Some(groups) = value(project, "optional-dependencies") else { return Ok(Vec::new()) };
    let Some(groups) = groups.as_table() else {
        return Err(unusable("`optional-dependencies` is not a table.", "Make it a table of arrays."));
    };
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for name in groups.keys().map(|name| name.get_ref().as_ref()) {
        if let Some((other, _)) = found.iter().find(|(other, _)| normal_name(other) == normal_name(name)) {
            let message = format!("the groups `{other}` and `{name}` have one name.");
            return Err(unusable(message, "Give each a name of its own."));
        }
        found.push((String::from(name), strings(groups, name)?));
    }
    Ok(found)
}

fn value<'a>(table: &'a DeTable<'a>, key: &str) -> Option<&'a DeValue<'a>> {
    table.get(key).map(toml::Spanned::get_ref)
}

fn table<'a>(table: &'a DeTable<'a>, key: &str) -> Option<&'a DeTable<'a>> {
    value(table, key).and_then(DeValue::as_table)
}

/// The array of strings under a key; empty where there is none.
fn strings(table: &DeTable, key: &str) -> Result<Vec<String>, Flaw> {
    let list = match value(table, key) {
        None => return Ok(Vec::new()),
        Some(DeValue::Array(items)) => items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect(),
        Some(_) => None,
    };
    list.ok_or_else(|| unusable(format!("`{key}` is not an array of strings."), "Make it one."))
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
    fn groups_that_name_each_other_are_selected_once() {
        let text = br#"[project]
            name = "My_App"
            dependencies = ["a"]
            [project.optional-dependencies]
            all = ["my-app[dev, Doc_s]"]
            dev = ["b", "my.app[all]"]
            doc-s = ["a", "c"]"#;
        let project = Project::read(text).ok().unwrap();
        let mut selection = Selection::default();
        project.select_dependencies(&mut selection);
        assert!(project.select_group("ALL", &mut selection));
        assert_eq!(selection.packages, ["a", "b", "c"]);
        assert!(!project.select_group("none", &mut selection));
    }

    #[test]
    fn what_another_tool_gets_from_elsewhere_is_not_taken_from_the_index() {
        let text = br#"[project]
            dependencies = ["mine[x]>=1", "of-poetry", "of-both<2", "plain"]
            [tool.uv.sources]
            mine = { path = "../mine", editable = true }
            of_both = { index = "pytorch" }
            [tool.poetry.dependencies]
            Of_Poetry = { git = "https://example.com/x" }
            plain = { version = "^1", extras = ["a"] }"#;
        let project = Project::read(text).ok().unwrap();
        let mut selection = Selection::default();
        project.select_dependencies(&mut selection);
        let named: Vec<_> = selection.flaws.iter().map(|flaw| flaw.message.split('`').nth(1).unwrap()).collect();
        assert_eq!(named, ["mine[x]>=1", "of-poetry", "of-both<2"]);
    }

    #[test]
    fn a_mistake_in_the_toml_is_at_its_line() {
        let flaw = Project::read(b"[project]\nname = 'a'\ndependencies = [\n").err().unwrap();
        assert!(flaw.message.starts_with("not TOML, line 3: "), "{}", flaw.message);
    }
}
