//! The dependencies that a `pyproject.toml` lists.

use std::collections::{BTreeMap, BTreeSet};

use toml::de::{DeTable, DeValue};

use super::indexes::Indexes;
use super::requirement::{Flaw, bad_requirement, local_project, name_length, unexpanded};
use super::table::{string, strings, table, unusable, value};
use crate::ordered;

/// The part of a `pyproject.toml` that says what to install.
pub(crate) struct Project {
    /// In the form in which names are compared.
    name: String,
    /// The packages, by names of that form, that another tool gets from a place that pip does not know; with the table
    /// that says so.
    elsewhere: BTreeMap<String, &'static str>,
    dependencies: Vec<Item>,
    optional: Groups,
    /// Why the optional dependencies are not known, if they are not.
    has_dynamic_optional: bool,
    groups: Groups,
    /// The versions of Python that it runs on, as it is written.
    pub(crate) requires_python: Option<String>,
    pub(crate) indexes: Indexes,
}

/// Lists of packages, by names in the form in which they are compared.
type Groups = BTreeMap<String, Group>;

struct Group {
    /// As it is written.
    name: String,
    kind: Kind,
    items: Vec<Item>,
}

impl Group {
    fn key(&self) -> (Kind, String) {
        (self.kind, self.name.clone())
    }
}

/// The table of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// `[project.optional-dependencies]`, which may name each other.
    Optional,
    /// `[dependency-groups]` (PEP 735).
    Dependency,
}

enum Item {
    Requirement(String),
    /// Another of the dependency groups.
    Include(String),
    /// A table that is not known.
    Unknown,
}

/// Packages in their order, each once, and what is wrong with them.
#[derive(Default)]
pub(crate) struct Selection {
    pub(crate) packages: Vec<String>,
    pub(crate) flaws: Vec<Flaw>,
    selected: BTreeSet<String>,
    /// Groups that were selected already, and whether that is done: one that is not includes what is being selected.
    groups: BTreeMap<(Kind, String), bool>,
}

/// What is left to do of a selection: lists may be deeper than the stack.
enum Task<'a> {
    /// Take an item of the list of this name.
    Take(&'a str, &'a Item),
    Enter(&'a Group),
    Leave(&'a Group),
}

impl Project {
    /// Reads a file. Dependency groups are read if they are asked for.
    ///
    /// # Errors
    ///
    /// What is not TOML, and a project that lists nothing.
    pub(crate) fn read(content: &[u8], with_groups: bool) -> Result<Self, Flaw> {
        let text = str::from_utf8(content).map_err(|_| unusable("not UTF-8.", "Save it as UTF-8."))?;
        let document = DeTable::parse(text).map_err(|error| not_toml(text, &error))?;
        let document = document.get_ref();
        let none = DeTable::new();
        let project = match project_table(document) {
            Err(_) if with_groups && !document.contains_key("project") => &none,
            project => project?,
        };
        let optional = groups(project, "optional-dependencies", Kind::Optional)?;
        if !project.contains_key("dependencies") && optional.is_empty() && !with_groups {
            let hint = "Add `dependencies = […]` to `[project]`, ask for `dependencyGroups`, or use `pipInstall`.";
            return Err(unusable("`[project]` has no `dependencies`.", hint));
        }
        Ok(Self {
            name: string(project, "name").map(normal_name).unwrap_or_default(),
            elsewhere: elsewhere(document),
            dependencies: strings(project, "dependencies")?.into_iter().map(Item::Requirement).collect(),
            optional,
            has_dynamic_optional: is_dynamic(project, "optional-dependencies"),
            groups: if with_groups { groups(document, "dependency-groups", Kind::Dependency)? } else { Groups::new() },
            requires_python: string(project, "requires-python").map(str::to_owned),
            indexes: Indexes::read(document)?,
        })
    }

    /// Selects the packages of `dependencies`.
    pub(crate) fn select_dependencies(&self, selection: &mut Selection) {
        self.work(self.dependencies.iter().rev().map(|item| Task::Take("dependencies", item)).collect(), selection);
    }

    /// Selects the packages of a group; returns whether there is one of that name.
    pub(crate) fn select_group(&self, kind: Kind, name: &str, selection: &mut Selection) -> bool {
        let group = self.of_kind(kind).get(&normal_name(name));
        self.work(group.map(Task::Enter).into_iter().collect(), selection);
        group.is_some()
    }

    /// What to do about a group that is not there.
    pub(crate) fn known_groups(&self, kind: Kind) -> String {
        let known: Vec<_> = self.of_kind(kind).values().map(|group| group.name.as_str()).collect();
        match kind {
            Kind::Optional if self.has_dynamic_optional => {
                "Its optional dependencies are `dynamic`: they are computed \
                when the project is built. Export them to a file and use `pipInstallFromRequirements`."
                    .to_owned()
            }
            Kind::Optional if known.is_empty() => {
                "It has none; groups of `[dependency-groups]` are named in `dependencyGroups`.".to_owned()
            }
            Kind::Dependency if known.is_empty() => {
                "It has none; groups of `[project.optional-dependencies]` are named in `optionalDependencies`."
                    .to_owned()
            }
            _ => format!("It has `{}`.", known.join("`, `")),
        }
    }

    fn of_kind(&self, kind: Kind) -> &Groups {
        match kind {
            Kind::Optional => &self.optional,
            Kind::Dependency => &self.groups,
        }
    }

    /// Does tasks, the last one first, and those that they bring.
    fn work<'a>(&'a self, mut tasks: Vec<Task<'a>>, selection: &mut Selection) {
        while let Some(task) = tasks.pop() {
            match task {
                Task::Take(list, Item::Requirement(requirement)) => {
                    let requirement = requirement.trim();
                    if self.is_own(requirement) {
                        tasks.extend(self.own(list, requirement, selection).into_iter().rev().map(Task::Enter));
                    } else {
                        self.take(requirement, selection);
                    }
                }
                Task::Take(list, Item::Include(name)) => match self.groups.get(&normal_name(name)) {
                    Some(group) => tasks.push(Task::Enter(group)),
                    None => selection.flaws.push(unknown_include(list, name)),
                },
                Task::Take(list, Item::Unknown) => selection.flaws.push(unknown_item(list)),
                Task::Enter(group) => match selection.groups.get(&group.key()) {
                    Some(false) if group.kind == Kind::Dependency => selection.flaws.push(circle(&group.name)),
                    Some(_) => {}
                    None => {
                        selection.groups.insert(group.key(), false);
                        tasks.push(Task::Leave(group));
                        tasks.extend(group.items.iter().rev().map(|item| Task::Take(&group.name, item)));
                    }
                },
                Task::Leave(group) => _ = selection.groups.insert(group.key(), true),
            }
        }
    }

    /// Selects one package.
    fn take(&self, requirement: &str, selection: &mut Selection) {
        if selection.selected.insert(requirement.to_owned()) {
            let flaw = bad_requirement(requirement).or_else(|| local_project(requirement));
            selection.flaws.extend(flaw.or_else(|| unexpanded(requirement)).or_else(|| self.not_of_index(requirement)));
            selection.packages.push(requirement.to_owned());
        }
    }

    /// The groups that a requirement of the project itself names: they bring their packages.
    fn own(&self, list: &str, requirement: &str, selection: &mut Selection) -> Vec<&Group> {
        let Some(groups) = own_groups(requirement) else {
            let message = format!("`{requirement}` in `{list}` is the project itself, which is not in the image.");
            let hint = "Name its groups and nothing else, or the packages themselves.";
            selection.flaws.push(Flaw::requirement(message, hint));
            return Vec::new();
        };
        let names = groups.split(',').map(str::trim).filter(|group| !group.is_empty());
        let found: Option<Vec<_>> = names.map(|name| self.optional.get(&normal_name(name))).collect();
        found.unwrap_or_else(|| {
            let message = format!("`{requirement}` in `{list}` names optional dependencies that do not exist.");
            selection.flaws.push(Flaw::requirement(message, "Correct the name."));
            Vec::new()
        })
    }

    /// Whether a requirement has the project's name.
    fn is_own(&self, requirement: &str) -> bool {
        !self.name.is_empty() && name_of(requirement) == self.name
    }

    /// Anybody could have put a package of that name into the index that pip would ask.
    fn not_of_index(&self, requirement: &str) -> Option<Flaw> {
        let table = self.elsewhere.get(&name_of(requirement))?;
        let message = format!("`{requirement}` comes from the place in `[{table}]`, which pip does not read.");
        let hint = "Export the dependencies to a requirements file, such as with `uv export --no-emit-project`, and use \
                    `pipInstallFromRequirements`.";
        Some(Flaw::requirement(message, hint))
    }
}

fn unknown_include(list: &str, name: &str) -> Flaw {
    unusable(format!("`{list}` includes `{name}`, which is not a dependency group."), "Correct the name.")
}

fn unknown_item(list: &str) -> Flaw {
    let hint = "Write requirements as strings, and other groups as `{ include-group = \"name\" }`.";
    unusable(format!("`{list}` has an entry that is neither a requirement nor another group."), hint)
}

fn circle(name: &str) -> Flaw {
    unusable(
        format!("the dependency group `{name}` includes itself."),
        "Remove one of the entries that lead back to it.",
    )
}

fn not_toml(text: &str, error: &toml::de::Error) -> Flaw {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    unusable(format!("not TOML, line {line}: {}.", error.message()), "Correct the line.")
}

fn project_table<'a>(document: &'a DeTable<'a>) -> Result<&'a DeTable<'a>, Flaw> {
    let Some(project) = table(document, &["project"]) else {
        let hint = if table(document, &["tool", "poetry"]).is_some() {
            "Move the dependencies of `[tool.poetry]` to `[project]`, or export them and use `pipInstallFromRequirements`."
        } else {
            "Add one with `dependencies = […]`, or use `pipInstall`."
        };
        return Err(unusable("there is no `[project]`.", hint));
    };
    if is_dynamic(project, "dependencies") {
        let message = "its dependencies are `dynamic`: they are computed when the project is built.";
        return Err(unusable(message, "Export them to a file and use `pipInstallFromRequirements`."));
    }
    Ok(project)
}

/// Whether a field is known only once the project is built.
fn is_dynamic(project: &DeTable, field: &str) -> bool {
    strings(project, "dynamic").is_ok_and(|fields| fields.iter().any(|known| known == field))
}

/// uv names the sources of packages in a table of its own, and Poetry in its list: `{ path = "../mine" }`.
fn elsewhere(document: &DeTable) -> BTreeMap<String, &'static str> {
    let names = |keys: &[&str], table_name: &'static str, counts: fn(&DeValue) -> bool| {
        let entries = table(document, keys).into_iter().flatten().filter(move |(_, value)| counts(value.get_ref()));
        entries.map(move |(name, _)| (normal_name(name.get_ref()), table_name)).collect::<Vec<_>>()
    };
    let of_poetry = names(&["tool", "poetry", "dependencies"], "tool.poetry.dependencies", has_place);
    let of_uv = names(&["tool", "uv", "sources"], "tool.uv.sources", |_| true);
    ordered::map(of_poetry.into_iter().chain(of_uv))
}

/// Whether Poetry gets a package from a place of its own, on some system at least.
fn has_place(value: &DeValue) -> bool {
    const PLACES: [&str; 5] = ["path", "file", "git", "url", "source"];
    match value {
        DeValue::Table(table) => PLACES.iter().any(|place| table.contains_key(*place)),
        DeValue::Array(items) => items.iter().any(|item| has_place(item.get_ref())),
        _ => false,
    }
}

/// The groups of a table.
fn groups(holder: &DeTable, key: &str, kind: Kind) -> Result<Groups, Flaw> {
    let Some(lists) = value(holder, key) else { return Ok(Groups::new()) };
    let Some(lists) = lists.as_table() else {
        return Err(unusable(format!("`{key}` is not a table."), "Make it a table of arrays."));
    };
    let mut groups = Groups::new();
    for (name, list) in lists {
        let name = name.get_ref().as_ref();
        let group = Group { name: String::from(name), kind, items: items(name, list.get_ref(), kind)? };
        if let Some(other) = groups.insert(normal_name(name), group) {
            let message = format!("the groups `{}` and `{name}` have one name.", other.name);
            return Err(unusable(message, "Give each a name of its own."));
        }
    }
    Ok(groups)
}

fn items(name: &str, list: &DeValue, kind: Kind) -> Result<Vec<Item>, Flaw> {
    let item = |item: &DeValue| match (item, kind) {
        (DeValue::String(requirement), _) => Some(Item::Requirement(requirement.to_string())),
        (DeValue::Table(table), Kind::Dependency) if table.len() == 1 => {
            Some(string(table, "include-group").map_or(Item::Unknown, |name| Item::Include(name.to_owned())))
        }
        (_, Kind::Dependency) => Some(Item::Unknown),
        (_, Kind::Optional) => None,
    };
    let items = list.as_array().and_then(|items| items.iter().map(|entry| item(entry.get_ref())).collect());
    items.ok_or_else(|| unusable(format!("`{name}` is not an array of strings."), "Make it one."))
}

/// The name at the beginning of a requirement, in the form in which names are compared.
fn name_of(requirement: &str) -> String {
    normal_name(&requirement[..name_length(requirement)])
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
        let project = Project::read(text, false).ok().unwrap();
        let mut selection = Selection::default();
        project.select_dependencies(&mut selection);
        assert!(project.select_group(Kind::Optional, "ALL", &mut selection));
        assert_eq!(selection.packages, ["a", "b", "c"]);
        assert!(!project.select_group(Kind::Optional, "none", &mut selection));
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
        let project = Project::read(text, false).ok().unwrap();
        let mut selection = Selection::default();
        project.select_dependencies(&mut selection);
        let named: Vec<_> = selection.flaws.iter().map(|flaw| flaw.message.split('`').nth(1).unwrap()).collect();
        assert_eq!(named, ["mine[x]>=1", "of-poetry", "of-both<2"]);
    }

    #[test]
    fn a_mistake_in_the_toml_is_at_its_line() {
        let flaw = Project::read(b"[project]\nname = 'a'\ndependencies = [\n", false).err().unwrap();
        assert!(flaw.message.starts_with("not TOML, line 3: "), "{}", flaw.message);
    }
}
