//! Images that begin with a Dockerfile: what the golden vectors, which pin its bytes, do not show.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::cell::Cell;

use pithy_image::reader::Read;
use pithy_image::steps::FromDockerfile;
use pithy_image::wire::{Contents, DaytonaHashes};
use pithy_image::{Finding, Image, Problem, Problems, Severity, SourceLine, api};
use pithy_image_dockerfile::Dockerfile;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};
use serde_json::{Value, json};

#[path = "../../../tests/vectors/memory.rs"]
#[allow(dead_code, reason = "it is shared")]
mod memory;
#[path = "../../../tests/vectors/vector.rs"]
#[allow(dead_code, clippy::disallowed_methods, reason = "it is shared")]
mod vector;

use memory::Tree;
use vector::Node;

/// Reads an image among these files.
fn read(image: &Image, files: &[(&str, &str)]) -> Result<Read, Problems> {
    let node = |text: &str| Node::File { bytes: text.into(), executable: false };
    let tree = Tree::new(files.iter().map(|(path, text)| ((*path).to_owned(), node(text))).collect());
    tree.resolve(&serde_json::to_string(&image.definition()).unwrap())
}

/// The image of a Dockerfile among these files.
fn imported(dockerfile: &str, files: &[(&str, &str)]) -> Read {
    let image = Image::from_dockerfile("daytona/Dockerfile");
    read(&image, &[&[("daytona/Dockerfile", dockerfile)], files].concat()).unwrap()
}

fn findings(dockerfile: &str) -> Vec<Finding> {
    strict(imported(dockerfile, &[("daytona/x", "x"), ("daytona/y", "y")]).findings())
}

/// Without what is a matter of taste.
fn strict(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.retain(|finding| finding.severity > Severity::Pedantic);
    findings
}

/// What a finding says, behind its place in the user's file.
fn said(Finding { source, message, .. }: &Finding) -> String {
    let place = source.as_ref().map(|SourceLine { path, line }| format!("`{path}`, line {line}: "));
    place.unwrap_or_default() + message
}

fn messages(dockerfile: &str) -> Vec<String> {
    findings(dockerfile).iter().map(said).collect()
}

fn problem(image: &Image, files: &[(&str, &str)]) -> Problem {
    let Problems(mut problems) = read(image, files).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.remove(0)
}

#[test]
fn what_a_build_of_daytona_does_not_have_is_a_finding_at_its_line() {
    let text = "# syntax=docker/dockerfile:1\n\nFROM --platform=linux/arm64 debian:12 AS a\n\
                RUN --mount=type=secret,id=s \\\n  --mount=type=ssh id\nENTRYPOINT [\"a\"]\n";
    let found = findings(text);
    assert!(found.iter().all(|finding| finding.code == "missing_in_daytona"));
    assert!(found.iter().all(|finding| finding.path == "/steps/0/fromDockerfile"));
    let said_of: Vec<_> = found.iter().map(said).collect();
    assert_eq!(
        said_of,
        [
            "`daytona/Dockerfile`, line 3: Daytona builds for `linux/amd64`, and this stage is for `linux/arm64`.",
            "`daytona/Dockerfile`, line 4: Daytona gives a build neither secrets nor an SSH agent: there is no secret `s` to mount.",
        ],
    );
    let with_tree = imported("# syntax=a\nFROM debian:12\nCOPY a /a\n", &[("daytona/a/b", "b")]);
    let mut with_tree = with_tree.findings();
    with_tree.retain(|finding| finding.code == "remote_frontend");
    assert!(said(&with_tree[0]).starts_with("`daytona/Dockerfile`, line 1: `# syntax=a`"), "{with_tree:?}");
    assert_eq!(with_tree[0].path, "/steps/0/fromDockerfile");
    let fine = "FROM --platform=linux/amd64 debian:12\nFROM --platform=$BUILDPLATFORM debian:12\n\
                COPY --from=0 /a /a\nENTRYPOINT [\"a\"]\n";
    assert_eq!(messages(fine), Vec::<String>::new());
}

#[test]
fn a_program_that_daytona_does_not_start_is_a_finding() {
    let place = "`daytona/Dockerfile`, line";
    let ignored = "without an `ENTRYPOINT`, the sandbox runs `sleep infinity`.";
    let cases = [
        ("FROM debian:12 AS a\nCMD [\"a\"]\nFROM A\n", format!("{place} 2: Daytona ignores `CMD`: {ignored}")),
        ("FROM debian:12\nentrypoint [\"a\"]\n", format!("{place} 2: Daytona ignores `entrypoint`: {ignored}")),
        (
            "FROM debian:12\nENTRYPOINT [\"a\", \\\n  \"b\"]\n",
            format!("{place} 2: Daytona takes this for the entrypoint, and would start `[\"a\", \\`."),
        ),
        (
            "FROM debian:12\nENTRYPOINT [\"a\"]\nRUN a && \\\n  echo ENTRYPOINT  x\n",
            format!("{place} 4: Daytona takes this for the entrypoint, and would start `x`."),
        ),
        (
            "FROM debian:12 AS a\nENTRYPOINT [\"a\"]\nFROM debian:12\nCOPY --from=a /a /a\n",
            format!("{place} 2: Daytona takes this for the entrypoint, and would start `[\"a\"]`."),
        ),
        (
            "FROM debian:12\nCOPY x \\\n  y \\\n  /x/\n# ENTRYPOINT  foo\nUSER 1\n",
            format!("{place} 5: Daytona takes this for the entrypoint, and would start `foo`."),
        ),
        (
            "FROM nginx:1\nRUN a\n",
            format!(
                "{place} 1: Daytona ignores what `nginx:1` starts: without an `entrypoint`, the sandbox runs `sleep infinity`."
            ),
        ),
    ];
    for (text, message) in cases {
        assert_eq!(messages(text), [message], "{text}");
        assert_eq!(findings(text)[0].code, "ignored_by_daytona");
    }
    for text in [
        "FROM debian:12\n",
        "FROM debian:12\nCMD sleep infinity\n",
        "FROM nginx:1\nENTRYPOINT [\"a\"]\nCMD [\"b\"]\n",
        "FROM debian:12 AS a\nENTRYPOINT [\"a\"]\nFROM a\n",
    ] {
        assert_eq!(messages(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn an_entrypoint_in_shell_form_is_one_finding() {
    for text in ["ENTRYPOINT a b \n", "ENTRYPOINT a \\\n  b\n", "ENTRYPOINT ['a']\n", "RUN x\nENTRYPOINT a\n"] {
        let found = findings(&format!("FROM debian:12\n{text}"));
        assert_eq!(found.iter().map(|finding| finding.code).collect::<Vec<_>>(), ["shell_form_entrypoint"], "{text}");
    }
    // Daytona does not see this one.
    assert_eq!(findings("FROM debian:12\nentrypoint a b\n")[0].code, "ignored_by_daytona");
}

#[test]
fn an_entrypoint_that_is_added_goes_before_what_the_dockerfile_says() {
    let image = Image::from_dockerfile("Dockerfile").entrypoint(["a"]);
    let files = [("Dockerfile", "FROM debian:12\nCMD [\"c\"]\nENTRYPOINT b\n")];
    assert_eq!(strict(read(&image, &files).unwrap().findings()), []);
    let image = Image::from_dockerfile("Dockerfile").cmd(["a"]);
    let found = strict(read(&image, &[("Dockerfile", "FROM debian:12\nCMD [\"c\"]\n")]).unwrap().findings());
    assert_eq!(found[0].path, "/steps/1/cmd");
    assert_eq!(found.len(), 1);
}

#[test]
fn findings_of_added_instructions_are_at_their_step() {
    let image = Image::base("debian:12").dockerfile_commands(["RUN --mount=type=ssh id"]);
    let found = strict(read(&image, &[]).unwrap().findings());
    assert_eq!((found[0].code, found[0].path.as_str()), ("missing_in_daytona", "/steps/1/dockerfileCommands"));
    assert!(found[0].message.starts_with("Daytona gives"), "{}", found[0].message);
}

#[test]
fn an_instruction_knows_its_line_in_the_users_file() {
    let text = "# head\nARG V=1\nFROM debian:12\n\n# why\nCOPY src /app\nRUN a \\\n  b\nADD src a /x/\n";
    let read = imported(text, &[("daytona/src/a", "a"), ("daytona/a", "a")]);
    let lines: Vec<_> = read.resolved.dockerfile.lines().collect();
    let made = |instruction: &pithy_image::WrittenInstruction| {
        let source = instruction.source.as_ref().map(ToString::to_string).unwrap_or_default();
        (lines[instruction.line - 1].split(' ').next().unwrap().to_owned(), instruction.lines, source)
    };
    let made: Vec<_> = read.resolved.instructions.iter().map(made).collect();
    let line = |name: &str, lines: usize, line: usize| (name.to_owned(), lines, format!("daytona/Dockerfile:{line}"));
    let unpacked = |name: &str| (name.to_owned(), 1, String::new());
    assert_eq!(
        made,
        [
            line("ARG", 1, 2),
            unpacked("FROM"),
            unpacked("ADD"),
            line("FROM", 1, 3),
            line("COPY", 1, 6),
            line("RUN", 2, 7),
            line("COPY", 1, 9),
            line("ADD", 1, 9),
        ],
    );
}

#[test]
fn files_have_their_places_in_the_context_and_in_the_image() {
    let text = "FROM debian:12 AS one\nCOPY *.txt /t/\nFROM debian:12\nWORKDIR /w\nCOPY --from=one /t /t\nCOPY src/ app\n\
                COPY run.sh ./\nADD a.txt src /x/\nCOPY --parents ./src/sub/y /p\nRUN --mount=source=src,target=/m id\n";
    let files = [
        ("daytona/a.txt", "a"),
        ("daytona/b.txt", "b"),
        ("daytona/run.sh", "r"),
        ("daytona/src/x", "x"),
        ("daytona/src/sub/y", "y"),
        ("daytona/.dockerignore", "src/x\n"),
    ];
    let read = imported(text, &files);
    let (Contents { files, ignored }, sources) = (Contents::new(&read.resolved), read.describe().sources);
    let files = files.iter().filter(|file| file.digest.is_some());
    let places: Vec<_> = files.map(|file| (&*file.path, &*file.destination, file.stage.as_deref())).collect();
    assert_eq!(
        places,
        [
            ("daytona/a.txt", "/t/a.txt", Some("one")),
            ("daytona/b.txt", "/t/b.txt", Some("one")),
            ("daytona/src/sub/y", "app/sub/y", None),
            ("daytona/run.sh", "./run.sh", None),
            ("daytona/a.txt", "/x/a.txt", None),
            ("daytona/src/sub/y", "/x/sub/y", None),
            ("daytona/src/sub/y", "/p/src/sub/y", None),
            ("daytona/src/sub/y", "/m/sub/y", None),
        ],
    );
    assert!(ignored.iter().all(|ignored| ignored.path == "daytona/src/x" && ignored.line == Some(1)));
    let sources: Vec<_> = sources.iter().map(|source| source.path.as_str()).collect();
    assert_eq!(sources, ["daytona", "daytona/a.txt", "daytona/run.sh"]);
}

#[test]
fn a_missing_source_says_which_context_has_it() {
    let files = [("a/b/Dockerfile", "FROM debian:12\nCOPY src/*.sh /\n"), ("a/src/x.sh", "x")];
    let found = problem(&Image::from_dockerfile("a/b/Dockerfile"), &files);
    assert_eq!(found.message, "`a/b/Dockerfile`, line 2: `src/*.sh` is not in the build context, `a/b`.");
    assert_eq!(found.hint, "It is in `a`: pass `context: \"a\"`.");

    let step = FromDockerfile { source: "d/Dockerfile".into(), context: Some(".".into()), ..FromDockerfile::default() };
    let files = [("d/Dockerfile", "FROM debian:12\nCOPY run.sh /\n"), ("d/run.sh", "x")];
    let found = problem(&Image::from_steps([step.into()]), &files);
    assert_eq!(found.hint, "It is in `d`: pass `context: \"d\"`.");

    let files = [("Dockerfile", "FROM debian:12\nCOPY run.sh /\n")];
    let found = problem(&Image::from_dockerfile("Dockerfile"), &files);
    assert_eq!(found.hint, "Correct the path, create the file, or pass the right build context.");
}

#[test]
fn a_source_that_is_left_out_says_by_which_line() {
    let files = [("Dockerfile", "FROM debian:12\nCOPY a /\n"), (".dockerignore", "# mine\na\n"), ("a", "a")];
    let found = problem(&Image::from_dockerfile("Dockerfile"), &files);
    assert_eq!(
        found.message,
        "`Dockerfile`, line 2: `a` is left out of the build context by `.dockerignore`, line 2 (`a`)."
    );
}

#[test]
fn a_mistake_says_the_line_and_what_docker_says() {
    let files = [("Dockerfile", "FROM debian:12\n\nCPY a b\n")];
    let found = problem(&Image::from_dockerfile("Dockerfile"), &files);
    assert_eq!(
        found.message,
        "`Dockerfile`, line 3: Docker refuses this: unknown instruction: CPY (did you mean COPY?)."
    );
    let image = Image::base("debian:12").dockerfile_commands(["USER a\n", "RUN a \\\n  b\n\nCPY a b"]);
    let found = problem(&image, &[]);
    assert_eq!(found.path, "/steps/1/dockerfileCommands/commands/1");
    assert_eq!(found.message, "Docker refuses this: unknown instruction: CPY (did you mean COPY?).");
}

#[test]
fn an_outline_names_the_dockerfile_and_then_its_context() {
    let image = Image::from_dockerfile("d/Dockerfile").user("node");
    let recipe = image.recipe().unwrap();
    let outline = recipe.outline().unwrap();
    assert_eq!(outline.needs.iter().map(|need| need.path.as_str()).collect::<Vec<_>>(), ["d/Dockerfile"]);
    assert_eq!(outline.dockerfile, "USER node\n");

    let text = b"FROM debian:12\nCOPY a /a\n".to_vec();
    let recipe = recipe.with_texts([("d/Dockerfile".to_owned(), Some(text))].into()).unwrap();
    let outline = recipe.outline().unwrap();
    let needs: Vec<_> = outline.needs.iter().map(|need| need.path.as_str()).collect();
    assert_eq!(needs, ["d"]);
    let digits = "?".repeat(32);
    assert_eq!(
        outline.dockerfile,
        format!(
            "FROM scratch AS pithy-files\nADD [\"ctx/{digits}/tree.tar\", \"/{digits}/\"]\nFROM debian:12\n\
             COPY --from=pithy-files /{digits}/a /a\nUSER node\n"
        ),
    );
}

#[test]
fn a_comment_is_part_of_the_step_that_it_stands_in() {
    let fingerprint = |text: &str| imported(text, &[("daytona/a/b", "")]).resolved.steps[0].fingerprint.clone();
    let one = "# one\nFROM debian:12\n# two\nCOPY a /a\n# three\n";
    let all: Vec<_> = ["one", "two", "three"].map(|word| fingerprint(&one.replace(word, "other"))).into();
    assert!(all.iter().all(|other| *other != fingerprint(one)));
}

#[test]
fn only_what_is_copied_decides_the_key() {
    let digest = |files: &[(&str, &str)]| imported("FROM debian:12\nCOPY *.txt src /a/\n", files).resolved.image_digest;
    let files = [("daytona/a.txt", "a"), ("daytona/src/x", "x")];
    let same = digest(&files);
    assert_eq!(digest(&[files.as_slice(), &[("daytona/b.md", "b"), ("daytona/other/x", "x")]].concat()), same);
    assert_ne!(digest(&[files.as_slice(), &[("daytona/b.txt", "b")]].concat()), same);
    assert_ne!(digest(&[files.as_slice(), &[("daytona/src/y", "")]].concat()), same);
}

/// What a plan says of the steps of two images of a Dockerfile.
fn planned(before: &str, after: &str, files: &[(&str, &str)]) -> Value {
    let side = |text: &str| {
        let read = imported(text, files);
        let mut record = serde_json::to_value(read.describe()).unwrap();
        record["files"] = serde_json::to_value(Contents::new(&read.resolved).files).unwrap();
        record["snapshotRef"] = DaytonaHashes::new(&read.resolved, Vec::new()).snapshot_ref.into();
        let mut side = json!({ "definition": Image::from_dockerfile("daytona/Dockerfile").definition() });
        for field in
            ["imageDigest", "snapshotRef", "steps", "sources", "files", "contexts", "dockerfile", "instructions"]
        {
            side[field] = record[field].clone();
        }
        side
    };
    let answer = api::plan(&json!({ "before": side(before), "after": side(after) }).to_string()).json();
    serde_json::from_str::<Value>(&answer).unwrap()["ok"]["steps"].take()
}

#[test]
fn a_plan_says_which_instructions_of_a_dockerfile_changed() {
    let before = "FROM debian:12\nRUN a \\\n  b\nUSER c\n";
    let steps = planned(before, "FROM debian:12\n# why\nRUN a \\\n  d\nENV E=f\nUSER c\n", &[]);
    assert_eq!(steps[0]["change"], "changed");
    assert_eq!(
        steps[0]["fields"],
        json!([
            { "path": "/daytona~1Dockerfile:3", "before": "RUN a \\\n  b", "after": "RUN a \\\n  d" },
            { "path": "/daytona~1Dockerfile:5", "after": "ENV E=f" },
        ]),
    );
    assert_eq!(planned(before, before, &[])[0]["change"], "kept");
}

#[test]
fn a_dockerfile_of_20_000_copies_is_read() {
    let lines = |count: usize| -> usize {
        let text = format!("FROM debian:12\n{}", "COPY a $X/b\n".repeat(count));
        let image = Image::from_dockerfile("Dockerfile");
        read(&image, &[("Dockerfile", text.as_str()), ("a", "a")]).unwrap().resolved.instructions.len()
    };
    assert_eq!(lines(20_000), 20_001);
}

fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(texts)
}

/// An instruction, nearly always one that Docker takes, with what separates its words and what ends it.
fn instruction() -> impl Strategy<Value = String> {
    let name = one_of(&["COPY", "copy", "ADD", "Add"]);
    let flags =
        one_of(&["", "--chown=1:2", "--link", "--parents", "--exclude=a --exclude=dir/b", "--from=0", "--from=one"]);
    let source = one_of(&[
        "a",
        "dir",
        "dir/",
        "dir/*",
        "*.txt",
        "[ab]*",
        "./a",
        "/a",
        "dir/../a",
        "\"a\"",
        "$X",
        "${X}.txt",
        "${Y:-dir}",
        ".",
        "**",
        "d?r/b",
        "no*",
        "<<EOF",
        "missing",
        "link/b",
        "../a",
        "https://a/b",
    ]);
    let sources = prop::collection::vec(source, 1..4);
    let destination = one_of(&["/d/", "d/", "./", "$X/", "\"/d e/\""]);
    let copy = (name, flags, sources, destination).prop_map(|(name, flags, sources, destination)| {
        let heredocs = sources.iter().filter(|source| **source == "<<EOF").count();
        let words = [&[name, flags][..], &sources, &[destination]].concat();
        let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
        (words.join("\u{1}"), "x\nEOF\n".repeat(heredocs))
    });
    let json = one_of(&["COPY\u{1}[\"a\", \"b.txt\", \"/d/\"]", "ADD\u{1}--chown=1\u{1}[ \"dir\",\"/d/\" ]"]);
    let run = one_of(&[
        "RUN\u{1}a",
        "RUN\u{1}--mount=type=bind,source=a,target=/t\u{1}a",
        "run\u{1}--mount=target=/t,rw\u{1}--mount=src=$X,dst=x\u{1}a",
        "RUN\u{1}--mount=from=one,target=/t\u{1}a",
        "ENV\u{1}X=b",
        "ENV X a",
        "ARG\u{1}X=dir\u{1}Y",
        "USER\u{1}u",
        "ONBUILD\u{1}COPY\u{1}a\u{1}/d/",
        "FROM\u{1}a\u{1}AS\u{1}one",
        "from\u{1}one",
        "FROM\u{1}scratch",
        "HEALTHCHECK\u{1}NONE",
        "MAINTAINER\u{1}me",
        "CMD\u{1}[\"a\"]",
    ]);
    let any = prop_oneof![
        copy,
        json.prop_map(|text| (text.to_owned(), String::new())),
        run.prop_map(|text| (text.to_owned(), String::new()))
    ];
    (any, one_of(&[" ", "  ", "\t", " \\\n  ", " \\ \n# c\n\n "]), one_of(&["\n", "\n\n", "\n# c\n", "\r\n"]))
        .prop_map(|((words, heredocs), blank, end)| format!("{}{end}{heredocs}", words.replace('\u{1}', blank)))
        .prop_map(|text| {
            if text.contains("<<EOF") {
                text.replace("\r\n", "\n").replace("\n\nx", "\nx").replace("\n# c\nx", "\nx")
            } else {
                text
            }
        })
}

#[test]
fn a_dockerfile_comes_out_as_one_that_says_the_same_or_is_a_problem() {
    let heads = one_of(&["", "# head\n", "# syntax=a\n\n", "\u{feff}", "ARG X=dir\n"]);
    let texts = (prop::collection::vec(instruction(), 1..8), heads, any::<bool>());
    let config = Config { cases: 3_000, rng_seed: RngSeed::Fixed(15), failure_persistence: None, ..Config::default() };
    let made = Cell::new(0);
    let check = |(instructions, head, is_ended): (Vec<String>, &str, bool)| {
        let text = format!("{head}FROM a AS begin\n{}", instructions.concat());
        let text = if is_ended { text.as_str() } else { text.trim_end() };
        made.set(made.get() + usize::from(comes_out(text)?));
        Ok(())
    };
    TestRunner::new(config).run(&texts, check).unwrap();
    assert!(made.get() > 1_000, "{}", made.get());
}

/// Whether an image comes out of a text; if it does, it must say the same.
fn comes_out(text: &str) -> Result<bool, TestCaseError> {
    let files = [("Dockerfile", text), ("a", "a"), ("b.txt", "b"), ("dir/b", "b"), ("dir/c.txt", "c")];
    let image = Image::from_dockerfile("Dockerfile").user("last");
    let Ok(Read { resolved, .. }) = read(&image, &files) else { return Ok(false) };
    let out = Dockerfile::parse(resolved.dockerfile.as_str());
    prop_assert!(out.errors.is_empty(), "{text:?}\n{}\n{:?}", resolved.dockerfile, out.errors);
    prop_assert_eq!(out.instructions.last().unwrap().span.of(&resolved.dockerfile), "USER last");
    let made = resolved.instructions.iter().map(|made| made.line);
    let read_again = out.instructions.iter().map(|instruction| out.line(instruction.span.start));
    prop_assert_eq!(made.collect::<Vec<_>>(), read_again.collect::<Vec<_>>(), "{}", resolved.dockerfile);
    // What has no local files and no stages that move is as it was.
    let is_plain = !resolved.dockerfile.contains("ctx/") && !resolved.dockerfile.contains("pithy-files");
    let kept = Dockerfile::parse(text).instructions.len() + 1 == out.instructions.len();
    if is_plain && kept {
        prop_assert!(resolved.dockerfile.starts_with(text), "{text:?}\n{}", resolved.dockerfile);
    }
    Ok(true)
}
