//! Every lint rule, by the examples of its own page: what is bad is found, and nothing else; in what is good, nothing is.
//!
//! The page of a rule is the head of its file. Its examples are a Dockerfile; or the steps of a definition; or the steps and the
//! files that they name, each as its text or as `{ "text", "executable", "size" }`. A file with a size has nothing but its first
//! bytes, its text: nobody reads 100 MiB for a test, so its digest is made up.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]
#![allow(clippy::disallowed_methods, reason = "the core has no I/O; its tests read their sources")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::slice;

use pithy_image::plan::plan;
use pithy_image::reader::{
    FileToRead, Hashed, Node, NodeKind, Progress, Reader, Stamp, one_by_one, poll_ready, resolve_json,
};
use pithy_image::wire::PlanRequest;
use pithy_image::{EDITION, FORMAT, Finding, RULES, Severity, lint_dockerfile};
use serde_json::{Value, json};

/// What can only be shown by a long example, and has a test of its own.
const WITHOUT_EXAMPLES: [&str; 2] = ["dockerfile_too_large", "too_many_layers"];

/// The page of a rule.
fn page(code: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/lint/rules/{code}.rs"));
    let source = fs::read_to_string(path).unwrap();
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    lines.map(|line| line.strip_prefix(' ').unwrap_or(line).to_owned() + "\n").collect()
}

/// The text under a heading.
fn section<'p>(page: &'p str, heading: &str) -> &'p str {
    let (_, rest) = page.split_once(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("no `{heading}`: {page}"));
    rest.split("\n## ").next().unwrap()
}

/// An example of a page.
#[derive(Debug, Clone, Copy)]
enum Example<'p> {
    Dockerfile(&'p str),
    Definition(&'p str),
    Change { before: &'p str, after: &'p str },
}

/// The examples of a text, in fenced blocks.
fn examples(text: &str) -> Vec<Example<'_>> {
    let fenced = text.split("```").skip(1).step_by(2);
    let mut blocks = fenced.map(|block| block.split_once('\n').unwrap());
    let mut examples = Vec::new();
    while let Some((language, block)) = blocks.next() {
        examples.push(match language {
            "dockerfile" => Example::Dockerfile(block),
            "json" => Example::Definition(block),
            "dockerfile before" => Example::Change { before: block, after: blocks.next().unwrap().1 },
            _ => panic!("an example in `{language}`"),
        });
    }
    examples
}

fn lint(example: Example) -> Vec<Finding> {
    match example {
        Example::Dockerfile(text) => lint_dockerfile(text),
        Example::Definition(json) => {
            lint_definition(serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}")))
        }
        Example::Change { before, after } => {
            let side = |dockerfile: &str| json!({ "imageDigest": "", "snapshotRef": "", "steps": [], "sources": [], "dockerfile": dockerfile });
            let request = json!({ "before": side(before), "after": side(after) }).to_string();
            plan(&PlanRequest::from_json(&request).unwrap_or_else(|problems| panic!("{problems}"))).findings
        }
    }
}

fn lint_definition(example: Value) -> Vec<Finding> {
    let (steps, files) = match example {
        Value::Array(_) => (example, json!({})),
        _ => (example["steps"].clone(), example["files"].clone()),
    };
    let definition = json!({ "format": FORMAT, "edition": EDITION, "steps": steps }).to_string();
    let read = poll_ready(resolve_json(&definition, &Files(files))).unwrap_or_else(|problems| panic!("{problems}"));
    read.findings()
}

/// Files of an example.
struct Files(Value);

impl Files {
    fn text(&self, path: &str) -> String {
        let file = &self.0[path];
        file.as_str().or(file["text"].as_str()).unwrap_or_default().to_owned()
    }
}

impl Reader for Files {
    fn root(&self) -> Option<String> {
        None
    }

    async fn list(&self, directory: &str) -> Result<Vec<Node>, String> {
        let prefix = if directory == "." { String::new() } else { format!("{directory}/") };
        let mut nodes = BTreeMap::new();
        for (path, file) in self.0.as_object().unwrap() {
            let Some(rest) = path.strip_prefix(&prefix) else { continue };
            let (name, below) = rest.split_once('/').unwrap_or((rest, ""));
            let executable = file.get("executable").map_or(Some(false), Value::as_bool);
            let size = file["size"].as_u64().unwrap_or(self.text(path).len() as u64);
            let is_file = below.is_empty() && !rest.ends_with('/');
            let file = NodeKind::File { size, executable, stamp: Stamp::default() };
            nodes.insert(name.to_owned(), if is_file { file } else { NodeKind::Directory });
        }
        Ok(nodes.into_iter().map(|(name, kind)| Node { name, kind }).collect())
    }

    async fn read(&self, file: &str, offset: u64) -> Result<Vec<u8>, String> {
        Ok(self.text(file).into_bytes().split_off(usize::try_from(offset).unwrap()))
    }

    async fn hash_many(&self, files: &[FileToRead<'_>], before: Progress) -> Vec<Result<Hashed, String>> {
        let mut hashed = Vec::new();
        for file in files {
            match self.0[file.path()]["size"].as_u64() {
                Some(size) => hashed.push(Ok(Hashed::of([0; 32], size, self.text(&file.path()).as_bytes()))),
                None => hashed.extend(one_by_one(self, slice::from_ref(file), before).await),
            }
        }
        hashed
    }

    fn report(&self, _: Progress) {}

    fn is_cancelled(&self) -> bool {
        false
    }
}

fn codes(findings: &[Finding]) -> BTreeSet<&str> {
    findings.iter().map(|finding| finding.code).collect()
}

#[test]
fn a_rule_finds_what_its_page_calls_bad_and_nothing_in_what_it_calls_good() {
    let mut without = Vec::new();
    for rule in RULES {
        let page = page(rule.code);
        let (bad, good) = (examples(section(&page, "Bad")), examples(section(&page, "Good")));
        if bad.is_empty() || good.is_empty() {
            without.push(rule.code);
        }
        for example in bad {
            let mut found = lint(example);
            found.retain(|finding| finding.code == rule.code || finding.severity > Severity::Pedantic);
            assert_eq!(codes(&found), BTreeSet::from([rule.code]), "{example:?}: {found:#?}");
            assert!(found.iter().all(|finding| !finding.message.is_empty() && !finding.hint.is_empty()), "{found:?}");
        }
        for example in good {
            let mut found = lint(example);
            found.retain(|finding| finding.code == rule.code || finding.severity > Severity::Pedantic);
            assert!(found.is_empty(), "{}: {example:?}: {found:#?}", rule.code);
        }
    }
    assert_eq!(without, WITHOUT_EXAMPLES);
}

#[test]
fn a_new_host_of_packages_is_found_wherever_it_is_named() {
    let found = |instruction: &str| -> Vec<_> {
        let (before, after) = ("FROM a:1\n", format!("FROM a:1\n{instruction}\n"));
        let found = lint(Example::Change { before, after: &after });
        found.iter().filter(|finding| finding.code == "download_host_changed").map(|finding| finding.line).collect()
    };
    for instruction in [
        "RUN pip install -i https://b.example/simple c",
        "RUN pip install --index-url=\"https://b.example/simple\" c",
        "RUN uv pip install --extra-index-url 'https://user:word@b.example/simple' c",
        "ENV PIP_INDEX_URL=https://b.example/simple",
        "ENV UV_EXTRA_INDEX_URL \"https://b.example/simple\"",
        "RUN npm install --registry=https://b.example c",
        "RUN npm config set registry https://b.example",
        "ENV npm_config_registry=https://b.example",
        "RUN echo 'deb https://b.example stable main' > /etc/apt/sources.list.d/b.list",
        "RUN echo \"deb [arch=amd64 signed-by=/b.gpg] https://b.example stable main\" > /etc/apt/sources.list.d/b.list",
        "RUN pip3 install --no-cache-dir -i https://b.example/simple c",
        "RUN uv sync --default-index https://b.example/simple",
        "ENV UV_INDEX=https://b.example/simple",
        "ENV GOPROXY=https://b.example",
        "COPY <<EOF /etc/apt/sources.list.d/b.sources\nTypes: deb\nURIs: https://b.example\nEOF",
        "RUN curl -fsS https://b.example/key > /b.gpg && echo \"deb https://b.example/apt stable main\" > /b.list",
    ] {
        assert_eq!(found(instruction).len(), 1, "{instruction}");
    }
    let twice = "RUN pip install -i https://b.example/simple c\n".repeat(2);
    assert_eq!(found(&twice), [Some(2)], "where it stands first");
    for instruction in [
        "RUN curl -fsS https://b.example",
        "RUN curl -fsSLo /tmp/x.deb https://b.example/x.deb",
        "RUN curl -sS -i https://b.example",
        "RUN pip install a && curl -i https://b.example",
        "HEALTHCHECK CMD curl -f -i http://localhost:8080/healthz",
        "RUN echo 'deb http://deb.debian.org/debian stable main' > /b.list && curl -fsS https://b.example",
        "RUN npm ci --registry https://registry.npmjs.org",
        "RUN pip install --index-url http://localhost:3141 c",
        "RUN pip install --index-url http://[fd00::1]:3141 c",
        "RUN a --index-url=https://$HOST/simple",
        "ENV URL=https://b.example",
        "ENV SCHEMA_REGISTRY=http://b.example:8081",
        "LABEL org.registry=https://b.example",
        "RUN echo 'Docs of the registry: https://b.example'",
        "# pip install --index-url https://b.example",
    ] {
        assert_eq!(found(instruction), Vec::<Option<usize>>::new(), "{instruction}");
    }
}

#[test]
fn a_host_is_named_as_it_is_and_only_where_something_is_downloaded() {
    let messages = |before: &str, after: &str| -> Vec<_> {
        let [before, after] = [before, after].map(|line| format!("FROM a:1\n{line}\n"));
        let found = lint(Example::Change { before: &before, after: &after });
        let found = found.into_iter().filter(|finding| finding.code == "download_host_changed");
        found.map(|finding| finding.message).collect()
    };
    let changed = ["`b.example` is a new host to download from, and `a.example` is gone."];
    assert_eq!(messages("RUN curl https://a.example|sh", "RUN curl https://b.example|sh"), changed);
    assert_eq!(messages("RUN curl https://a.example&& a", "RUN curl https://u:p@b.example:8080&& a"), changed);
    assert!(messages("ENV A=postgres://a.example", "ENV A=postgres://b.example").is_empty());
}

#[test]
fn a_page_says_why_and_names_its_source() {
    for rule in RULES {
        let page = page(rule.code);
        let (title, why) = page.strip_prefix("# ").and_then(|page| page.split_once("\n\n")).unwrap();
        assert!(title.len() < 60 && !title.ends_with('.'), "{title}");
        assert!(why.split("\n## ").next().unwrap().len() > 80, "{}: why?", rule.code);
        assert!(section(&page, "Source").trim().len() > 5, "{}", rule.code);
    }
}

#[test]
fn messages_name_a_base_image_without_its_digest_and_without_a_tag_that_is_a_variable() {
    for (text, message) in [
        ("FROM nginx:1.27@sha256:2c60\n", "what `nginx:1.27` starts"),
        ("ARG TAG=1.27\nFROM nginx:$TAG\n", "what `nginx` starts"),
        ("FROM debian:12-slim@sha256:2c60\nRUN curl a\n", "`debian:12-slim` has no `curl`"),
        ("FROM debian:12-slim@sha256:2c60\nUSER app\n", "`debian:12-slim` has no user `app`"),
        (
            "FROM debian:12\nENTRYPOINT \"/a b\"\n",
            "takes all of `\"/a b\"` as the name of one program, quotes included",
        ),
    ] {
        let found = lint_dockerfile(text);
        assert!(found.iter().any(|finding| finding.message.contains(message)), "{message}: {found:#?}");
    }
}

/// A text with an edit; offsets are in UTF-16.
fn edited(text: &str, (start, end): (usize, usize), replacement: &str) -> String {
    let units: Vec<u16> = text.encode_utf16().collect();
    let edited = [&units[..start], &replacement.encode_utf16().collect::<Vec<_>>(), &units[end..]].concat();
    String::from_utf16(&edited).unwrap()
}

#[test]
fn a_fix_removes_what_was_found_in_a_dockerfile_and_in_the_text_of_a_command() {
    let mut with_fixes = BTreeSet::new();
    for rule in RULES {
        let page = page(rule.code);
        for example in examples(section(&page, "Bad")) {
            let Example::Dockerfile(text) = example else { continue };
            let mut fixed = text.to_owned();
            while let Some(fix) = lint_dockerfile(&fixed).into_iter().find_map(|finding| finding.fix) {
                with_fixes.insert(rule.code);
                let command = edited(&fix.within, (fix.start, fix.end), &fix.replacement);
                fixed = edited(&fixed, fix.at, &fix.replacement);
                assert!(fixed.contains(&command) || fix.within.contains('\n') || fixed.contains("\\\n"), "{fixed}");
            }
            let left = lint_dockerfile(&fixed);
            let is_fixed = with_fixes.contains(rule.code);
            assert!(!is_fixed || left.iter().all(|finding| finding.code != rule.code), "{fixed}: {left:?}");
        }
    }
    let known = ["apt_without_yes", "needless_sudo", "substitution_in_single_quotes", "unquoted_specifier"];
    assert!(with_fixes.is_superset(&BTreeSet::from(known)), "{with_fixes:?}");
}

#[test]
fn a_fix_is_where_the_command_is_across_lines_and_behind_characters_of_any_width() {
    let text =
        "FROM debian:12-slim\nRUN echo 'é😀' && \\\n    # first\n    apt-get update && \\\n    apt-get install git\n";
    let findings = lint_dockerfile(text);
    let fix = findings.iter().find_map(|finding| finding.fix.as_ref()).unwrap();
    let fixed = edited(text, fix.at, &fix.replacement);
    assert_eq!(fixed, text.replace("install git", "install -y git"));
}

#[test]
fn what_is_looked_at_of_a_long_pipe_and_of_copies_of_one_source_is_bounded_and_the_rest_found() {
    let pipe =
        |length: usize| format!("FROM debian:12-slim\nRUN curl -fsS https://a.b/c | {}sh\n", "tee a | ".repeat(length));
    let finds = |text: &str, code: &str| lint_dockerfile(text).iter().any(|finding| finding.code == code);
    assert!(finds(&pipe(20), "pipe_to_shell"));
    assert!(!finds(&pipe(60), "pipe_to_shell"));

    let copy = |number: usize| json!({ "addLocalFile": { "source": "a", "destination": format!("/srv/{number}") } });
    let twice = |between: usize| {
        let steps = [json!({ "base": { "image": "debian:12-slim" } })]
            .into_iter()
            .chain((0..=between).map(copy))
            .chain([copy(0)]);
        codes(&lint_definition(json!({ "steps": steps.collect::<Vec<_>>(), "files": { "a": "" } })))
            .contains("copied_twice")
    };
    assert!(twice(20));
    assert!(!twice(60));
}

#[test]
fn a_failure_is_forgiven_by_the_next_command_of_the_same_list_alone() {
    for (text, is_forgiven) in [
        ("apt-get install git || true", true),
        ("apt-get install git && a && b || true", true),
        ("apt-get install git; a || true", false),
        ("apt-get install git && (a || b)", false),
        ("apt-get install git && (a; b) || c", true),
        ("(true || true) && apt-get install git; c || d", false),
    ] {
        let found = lint_dockerfile(&format!("FROM debian:12-slim\nRUN {text}\n"));
        let is_found = found.iter().any(|finding| finding.code == "apt_without_update");
        assert_ne!(is_found, is_forgiven, "{text}: {found:#?}");
    }
}
