//! Where the tables of uv, Poetry and PDM in a `pyproject.toml` say that packages come from, as far as pip can be told.

use toml::de::{DeTable, DeValue};

use super::requirement::{Flaw, is_remote};
use super::table::{is_true, string, strings, table, tables, value};

/// Where packages come from. Each place is a URL, or why pip cannot be given it.
#[derive(Default)]
pub(crate) struct Indexes {
    pub(crate) find_links: Vec<Result<String, Flaw>>,
    pub(crate) index_url: Option<Result<String, Flaw>>,
    pub(crate) extra_index_urls: Vec<Result<String, Flaw>>,
    pub(crate) no_index: bool,
    /// Whether the first index that has a package is the one to take it from. To pip all are alike.
    pub(crate) is_ordered: bool,
    /// Requirements that hold for what other packages bring.
    pub(crate) constraints: Vec<String>,
    /// What pip has no option for.
    pub(crate) flaws: Vec<Flaw>,
}

impl Indexes {
    /// # Errors
    ///
    /// A list that is not one.
    pub(crate) fn read(document: &DeTable) -> Result<Self, Flaw> {
        let mut indexes = Self::default();
        if let Some(uv) = table(document, &["tool", "uv"]) {
            indexes.add_uv(uv)?;
        }
        if let Some(poetry) = table(document, &["tool", "poetry"]) {
            indexes.add_poetry(poetry);
        }
        if let Some(pdm) = table(document, &["tool", "pdm"]) {
            indexes.add_pdm(pdm);
        }
        Ok(indexes)
    }

    /// An index with `explicit` is only for packages that name it in `tool.uv.sources`, each of which is a problem.
    fn add_uv(&mut self, uv: &DeTable) -> Result<(), Flaw> {
        for index in tables(uv, "index").filter(|index| !is_true(index, "explicit")) {
            let place = place("tool.uv.index", string(index, "url"));
            match string(index, "format") {
                Some("flat") => self.find_links.push(place),
                _ if is_true(index, "default") => _ = self.index_url.get_or_insert(place),
                _ => self.extra_index_urls.push(place),
            }
        }
        if value(uv, "index-url").is_some() {
            self.index_url.get_or_insert(place("tool.uv", string(uv, "index-url")));
        }
        let places = |key| strings(uv, key).map(|urls| urls.into_iter().map(|url| place("tool.uv", Some(&url))));
        self.extra_index_urls.extend(places("extra-index-url")?);
        self.find_links.extend(places("find-links")?);
        self.no_index |= is_true(uv, "no-index");
        self.is_ordered |= string(uv, "index-strategy") != Some("unsafe-best-match");
        self.constraints.extend(strings(uv, "constraint-dependencies")?);
        for key in ["override-dependencies", "exclude-dependencies"] {
            self.flaws.extend((!strings(uv, key)?.is_empty()).then(|| unknown_to_pip(&format!("`tool.uv.{key}`"))));
        }
        Ok(())
    }

    /// The first primary source takes the place of the default index, unless that is a source too. An explicit one is only
    /// for packages that name it in `tool.poetry.dependencies`, each of which is a problem.
    fn add_poetry(&mut self, poetry: &DeTable) {
        let priority = |source: &DeTable| string(source, "priority").unwrap_or("primary").to_ascii_lowercase();
        let sources = || tables(poetry, "source").filter(|source| priority(source) != "explicit");
        let is_primary = |source: &DeTable| ["primary", "default"].contains(&priority(source).as_str());
        let has_pypi = sources().any(is_pypi);
        self.is_ordered |= !sources().all(is_primary);
        for source in sources().filter(|source| !is_pypi(source)) {
            let place = place("tool.poetry.source", string(source, "url"));
            if is_primary(source) && !has_pypi && self.index_url.is_none() {
                self.index_url = Some(place);
            } else {
                self.extra_index_urls.push(place);
            }
        }
    }

    fn add_pdm(&mut self, pdm: &DeTable) {
        for source in tables(pdm, "source") {
            let is_partial = ["include_packages", "exclude_packages"].iter().any(|key| source.contains_key(*key));
            let place = if is_partial {
                Err(unknown_to_pip("`tool.pdm.source` with `include_packages` or `exclude_packages`"))
            } else {
                place("tool.pdm.source", string(source, "url"))
            };
            match string(source, "type") {
                Some("find_links") => self.find_links.push(place),
                _ if is_pypi(source) => self.index_url = Some(place),
                _ => self.extra_index_urls.push(place),
            }
        }
        let resolution = table(pdm, &["resolution"]);
        self.is_ordered |= resolution.is_some_and(|resolution| is_true(resolution, "respect-source-order"));
        let overrides = resolution.and_then(|resolution| value(resolution, "overrides")).and_then(DeValue::as_table);
        if overrides.is_some_and(|overrides| !overrides.is_empty()) {
            self.flaws.push(unknown_to_pip("`tool.pdm.resolution.overrides`"));
        }
    }
}

/// Whether a source of Poetry or PDM is the index that both have without any.
fn is_pypi(source: &DeTable) -> bool {
    string(source, "name").is_some_and(|name| name.eq_ignore_ascii_case("pypi"))
}

fn place(table: &str, url: Option<&str>) -> Result<String, Flaw> {
    const HINT: &str = "Pass `indexUrl`, `extraIndexUrls` or `findLinks`: each takes the place of what the file says.";
    let Some(url) = url.map(str::trim).filter(|url| !url.is_empty()) else {
        return Err(Flaw::requirement(format!("`[{table}]` has an index without a URL."), HINT));
    };
    if url.contains("${") {
        let message = format!("`{url}` in `[{table}]` has a variable, which pip would not expand.");
        return Err(Flaw::requirement(message, HINT));
    }
    if url.contains(char::is_control) {
        let message = format!("`{}` in `[{table}]` has a control character, which no URL has.", url.escape_debug());
        return Err(Flaw::requirement(message, HINT));
    }
    if is_remote(url) || url.starts_with("file:///") {
        Ok(url.to_owned())
    } else {
        Err(Flaw::requirement(format!("`{url}` in `[{table}]` is a local directory, which is not in the image."), HINT))
    }
}

fn unknown_to_pip(what: &str) -> Flaw {
    let message = format!("{what} changes what is installed, and pip has no option for it.");
    let hint = "Export the dependencies to a requirements file, such as with `uv export --no-emit-project`, and use \
                `pipInstallFromRequirements`.";
    Flaw::requirement(message, hint)
}
