//! What stands in a Dockerfile is what was asked for: random images with hostile values are written, read back by the
//! parser of Dockerfiles, which knows nothing of the emitter, and compared value by value.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by a panic")]

use std::collections::{BTreeMap, BTreeSet};

use pithy_image::steps::{AddLocalDir, AddLocalFile, Command, CopyFrom, PipInstall, RunScript, Step};
use pithy_image::{Code, Entry, EntryKind, Image, Problems, Resolved, SourceKind};
use pithy_image_dockerfile::{Dockerfile, Escape, Instruction, Keyword};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngSeed};

/// An instruction with its values as Docker sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Read {
    From { image: String, name: Option<String> },
    Shell(String),
    Exec(Vec<String>),
    SetShell(Vec<String>),
    Expose(Vec<String>),
    Volume(Vec<String>),
    Healthcheck(String),
    Onbuild(String),
    Env(Vec<(String, String)>),
    Arg(Vec<(String, String)>),
    Label(Vec<(String, String)>),
    Workdir(String),
    User(String),
    Add(Vec<String>),
    Copy { options: Vec<String>, paths: Vec<String> },
    Cmd(Vec<String>),
    Entrypoint(Vec<String>),
}

/// Ports as Docker keeps them: a set, in which each has its protocol.
fn ports(ports: impl Iterator<Item = String>) -> Vec<String> {
    let ports: BTreeSet<_> = ports.map(|port| if port.contains('/') { port } else { format!("{port}/tcp") }).collect();
    ports.into_iter().collect()
}

/// The instructions of a Dockerfile, as Docker understands them.
mod docker {
    use pithy_image_dockerfile::{
        Dockerfile, Escape, Form, Instruction, Keyword, Pair, SyntaxKind, Word, expand as buildkit,
    };

    use super::Read;

    pub fn read(text: &str) -> Vec<Read> {
        let read = Dockerfile::parse(text);
        assert_eq!(read.errors, [], "{text}");
        assert!(read.end.unfinished.is_none() && read.end.has_newline, "{text}");
        assert!(read.tokens.iter().all(|token| token.kind != SyntaxKind::Comment), "a comment: {text}");
        assert!(!text.contains("\\\\\n"), "engines differ on two backslashes: {text}");
        read.instructions.iter().map(instruction).collect()
    }

    fn instruction(read: &Instruction) -> Read {
        assert!(read.flags.is_empty() || read.keyword == Keyword::Copy, "{:?}", read.rest.value);
        assert!(read.heredocs.is_empty(), "{:?}", read.rest.value);
        match read.keyword {
            Keyword::From => {
                let mut words = read.words.iter().map(|word| word.value.clone());
                Read::From { image: words.next().unwrap(), name: words.nth(1) }
            }
            Keyword::Run if read.form == Form::Json => Read::Exec(json(read)),
            Keyword::Run => Read::Shell(shell(read)),
            Keyword::Env => Read::Env(pairs(read, |name| name.value.clone())),
            Keyword::Arg => Read::Arg(pairs(read, |name| name.value.clone())),
            Keyword::Label => Read::Label(pairs(read, expand)),
            Keyword::Shell => Read::SetShell(json(read)),
            Keyword::Expose => Read::Expose(super::ports(read.words.iter().map(expand))),
            Keyword::Volume => Read::Volume(json(read)),
            Keyword::Healthcheck => Read::Healthcheck(read.rest.value.clone()),
            Keyword::Onbuild => Read::Onbuild(read.rest.value.clone()),
            Keyword::Workdir => Read::Workdir(path(&expand(&read.words[0]))),
            Keyword::User => Read::User(expand(&read.words[0])),
            Keyword::Add => Read::Add(paths(read)),
            Keyword::Copy => {
                let options = read.flags.iter().map(|flag| format!("--{}={}", flag.name, flag.value.as_ref().unwrap()));
                let paths = paths(read);
                Read::Copy { options: options.collect(), paths: vec![literal(&paths[0]), path(&paths[1])] }
            }
            Keyword::Cmd => Read::Cmd(json(read)),
            Keyword::Entrypoint => Read::Entrypoint(json(read)),
            _ => panic!("not an instruction of ours: {:?}", read.name),
        }
    }

    /// A line for the shell. A JSON array at its beginning would be the exec form on some versions, and the rest of it lost.
    fn shell(read: &Instruction) -> String {
        let line = &read.rest.value;
        let mut values = serde_json::Deserializer::from_str(line).into_iter::<Vec<String>>();
        assert!(values.next().is_none_or(|list| list.is_err()), "text after an array: {line}");
        line.clone()
    }

    fn json(read: &Instruction) -> Vec<String> {
        assert_eq!(read.form, Form::Json, "{:?}", read.rest.value);
        read.words.iter().map(|word| word.value.clone()).collect()
    }

    fn paths(read: &Instruction) -> Vec<String> {
        assert_eq!(read.form, Form::Json, "{:?}", read.rest.value);
        read.words.iter().map(expand).collect()
    }

    fn pairs(read: &Instruction, name: impl Fn(&Word) -> String) -> Vec<(String, String)> {
        let pair = |pair: &Pair| (name(&pair.name), expand(pair.value.as_ref().unwrap()));
        read.pairs.iter().map(pair).collect()
    }

    /// Without quotes and escapes; a variable is its name between NULs, which no value can hold.
    fn expand(word: &Word) -> String {
        buildkit(&word.value, &|name| Some(format!("\0{name}\0")), Escape::Backslash).unwrap()
    }

    /// A path in the image, in which a `./` at the beginning means nothing.
    fn path(path: &str) -> String {
        path.strip_prefix("./").filter(|rest| !rest.is_empty()).unwrap_or(path).to_owned()
    }

    /// The only path that a pattern matches, as Go's `filepath.Match` has it; it is one, or more than one would be copied.
    fn literal(pattern: &str) -> String {
        let mut out = String::new();
        let mut chars = pattern.chars();
        while let Some(c) = chars.next() {
            match c {
                '*' | '?' => panic!("a pattern: {pattern}"),
                '\\' => out.extend(chars.next()),
                '[' => {
                    let only = chars.next().filter(|c| !"^]".contains(*c)).expect("a class");
                    out.push(if only == '\\' { chars.next().expect("an escaped character") } else { only });
                    assert_eq!(chars.next(), Some(']'), "a class of several characters: {pattern}");
                }
                c => out.push(c),
            }
        }
        out
    }

    #[test]
    fn a_pattern_for_one_path_is_read_as_that_path() {
        assert_eq!(literal(r"/[*]$[[]]\\-[\\]"), r"/*$[]\-\");
    }
}

/// What breaks careless quoting.
const HOSTILE: [&str; 44] = [
    "\"",
    "\\",
    "\\\\",
    "$",
    "$HOME",
    "${A}",
    "$(id)",
    "`",
    "'",
    " ",
    "  ",
    "\t",
    "#",
    " # ",
    "[",
    "]",
    "{",
    "}",
    "(",
    "é",
    "🦀",
    "\u{2028}",
    "\u{2029}",
    "\u{feff}",
    "\u{85}",
    "\u{a0}",
    "\r",
    "\u{b}",
    "\u{c}",
    "\u{1}",
    "\u{7f}",
    "=",
    "<<EOF",
    "<<",
    "ENTRYPOINT ",
    "ENTRYPOINT",
    "\\n",
    "--x",
    ",",
    "*",
    "?",
    "!",
    "FROM b",
    "&& ",
];

/// Text without newline and NUL; now and then longer than a line may be.
fn hostile() -> impl Strategy<Value = String> {
    let long = (select(&HOSTILE[..]), 1..40_000_usize).prop_map(|(piece, times)| {
        let times = times / piece.len();
        piece.repeat(times)
    });
    let piece = prop_oneof![
        60 => select(&HOSTILE[..]).prop_map(str::to_owned),
        20 => "[a-z]{1,3}",
        10 => any::<char>().prop_map(|c| c.to_string().replace(['\0', '\n'], "")),
        1 => long,
    ];
    vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// The same, and newlines.
fn argument() -> impl Strategy<Value = String> {
    vec(hostile(), 1..4).prop_map(|lines| lines.join("\n"))
}

fn argv() -> impl Strategy<Value = Vec<String>> {
    ("[a-z\"$\\\\é]{1,5}", vec(argument(), 0..4)).prop_map(|(program, rest)| [vec![program], rest].concat())
}

/// A clean absolute path, without variables if none may stand in it.
fn path(variables: bool) -> impl Strategy<Value = String> {
    let part = hostile().prop_map(move |part| {
        let part: String = part.chars().filter(|&c| c != '/' && (variables || c != '$')).take(60).collect();
        if matches!(&*part, "" | "." | "..") { "x".to_owned() } else { part }
    });
    vec(part, 1..4).prop_map(|parts| format!("/{}", parts.join("/")))
}

fn step() -> impl Strategy<Value = Step> {
    let first = |image: Image| image.steps()[1].clone();
    let owner = || proptest::option::of(select(vec!["node", "1000:1000", "_apt:0"]).prop_map(str::to_owned));
    let mode = || proptest::option::of(select(vec![0o644, 0o755, 0o600, 0o4755]));
    let pairs = || btree_map("[A-Za-z_][A-Za-z0-9_.-]{0,6}", hostile(), 1..5);
    let source = || path(true).prop_map(|path| format!("src{path}"));
    prop_oneof![
        pairs().prop_map(move |pairs| first(base().env(pairs))),
        btree_map("[^\\s\\pC=\n]{1,8}", hostile(), 1..5).prop_map(move |pairs| first(base().label(pairs))),
        path(false).prop_map(move |path| first(base().workdir(path))),
        path(false).prop_map(move |path| first(base().path_prepend(path.replace(':', "_")))),
        select(vec!["node", "1000:1000", "_x.y-z"]).prop_map(move |user| first(base().user(user))),
        hostile().prop_map(move |line| first(base().run_commands([format!("echo {line}")]))),
        hostile().prop_map(move |line| first(base().run_commands([line]))),
        argv().prop_map(move |argv| first(base().run_commands([argv]))),
        (argument(), argv()).prop_map(|(script, shell)| Step::RunScript(RunScript { script, shell })),
        argv().prop_map(move |argv| first(base().cmd(argv))),
        argv().prop_map(move |argv| first(base().entrypoint(argv))),
        hostile().prop_map(move |token| first(base().refresh(token))),
        (path(true), hostile(), mode()).prop_map(move |(path, text, mode)| first(base().add_file(path, &*text, mode))),
        (source(), path(true), mode(), owner()).prop_map(|(source, destination, mode, chown)| {
            Step::AddLocalFile(AddLocalFile { source, destination, mode, chown })
        }),
        new_step(),
        (source(), path(true), owner()).prop_map(|(source, destination, chown)| {
            Step::AddLocalDir(AddLocalDir { source, destination, chown, ..AddLocalDir::default() })
        }),
    ]
    .prop_filter("a value that is refused, with good reason", |step| base().with(step.clone()).recipe().is_ok())
}

/// The steps that need no files.
fn new_step() -> impl Strategy<Value = Step> {
    let first = |image: Image| image.steps()[1].clone();
    let owner = || proptest::option::of(select(vec!["node", "1000:1000"]).prop_map(str::to_owned));
    // A backslash in a source: see the test that is known to be wrong in `normal_form.rs`.
    let source = || path(true).prop_map(|path| path.replace('\\', "_"));
    let from = || {
        select(vec!["busybox:1.36", "x.io/a/b@sha256:9ae97d36d26566ff84e8893c64a6dc4fe8ca6d1144bf5b87b2b85a32def253c7"])
    };
    prop_oneof![
        (argument(), path(true)).prop_map(move |(target, path)| first(base().symlink(target, path))),
        (vec(argument(), 0..3), select(vec!["-c", "-ec"])).prop_map(move |(options, last)| {
            first(base().shell([vec!["/bin/bash".to_owned()], options, vec![last.to_owned()]].concat()))
        }),
        ("[A-Za-z_][A-Za-z0-9_.-]{0,6}", hostile()).prop_map(move |(name, value)| first(base().arg(name, value))),
        btree_map((1..=9999_u16, select(vec!["", "/tcp", "/udp", "-10000"])), Just(()), 1..4).prop_map(move |ports| {
            first(base().expose(ports.into_keys().map(|(port, rest)| format!("{port}{rest}"))))
        }),
        (from(), source(), path(true), owner()).prop_map(|(from, source, destination, chown)| {
            Step::CopyFrom(CopyFrom { from: from.to_owned(), source, destination, chown })
        }),
        vec(argument(), 1..3)
            .prop_map(move |paths| { first(base().raw(format!("volume {}", serde_json::to_string(&paths).unwrap()))) }),
        hostile().prop_map(move |line| first(base().raw(format!("HEALTHCHECK CMD x {line} x")))),
    ]
}

fn base() -> Image {
    Image::base("debian:12")
}

/// Resolves against sources of which no two are equal.
fn resolve(image: &Image) -> Resolved {
    try_resolve(image).unwrap()
}

fn try_resolve(image: &Image) -> Result<Resolved, Problems> {
    let recipe = image.recipe().unwrap();
    let listings = recipe.sources().enumerate().map(|(i, source)| {
        let sha256 = [u8::try_from(i).unwrap(); 32];
        let path = if source.kind == SourceKind::File { "" } else { "inner" }.to_owned();
        vec![Entry { path, kind: EntryKind::File { executable: i % 2 == 0, size: 1, sha256 } }]
    });
    let listings: Vec<_> = listings.map(Into::into).collect();
    recipe.resolve(&listings)
}

/// What Docker must see, from the steps alone and the names of their contexts.
fn expected(image: &Image, resolved: &Resolved) -> Vec<Read> {
    let mut contexts = resolved.contexts.iter();
    let (mut refresh, mut cmd, mut body) = (None, None, Vec::new());
    let pairs = |pairs: &BTreeMap<String, String>| pairs.clone().into_iter().collect::<Vec<_>>();
    let mut copy = |destination: &str, owner: Option<&String>, is_file: bool| {
        let context = contexts.next().unwrap();
        let owner = owner.map(|owner| format!("--chown={owner}"));
        if !context.is_tree() {
            let paths = vec![context.archive_path.clone(), destination.to_owned()];
            return Read::Copy { options: owner.into_iter().collect(), paths };
        }
        let directory = unpacked(&context.archive_path);
        let paths = if is_file {
            let name = &context.entries[0].path;
            assert!(!name.contains(|c| "*?[]\\\"'$".contains(c)), "a pattern: {name}");
            vec![format!("{directory}{name}"), destination.to_owned()]
        } else {
            vec![directory, format!("{destination}/")]
        };
        let options = ["--from=pithy-files".to_owned()].into_iter().chain(owner).collect();
        Read::Copy { options, paths }
    };
    for step in image.steps() {
        match step {
            Step::Env(env) => body.push(Read::Env(pairs(&env.variables.0))),
            Step::Label(label) => body.push(Read::Label(pairs(&label.labels.0))),
            Step::Workdir(workdir) => body.push(Read::Workdir(workdir.path.clone())),
            Step::PathPrepend(path) => {
                body.push(Read::Env(vec![("PATH".into(), format!("{}:\0PATH\0", path.directory))]));
            }
            Step::User(user) => body.push(Read::User(user.user.clone())),
            Step::RunCommands(run) => body.extend(run.commands.iter().map(|command| match command {
                Command::Line(line) => Read::Shell(line.trim().to_owned()),
                Command::Argv(argv) => Read::Exec(argv.clone()),
            })),
            Step::RunScript(run) => {
                let script = run.script.replace("\r\n", "\n").trim_start_matches('\n').to_owned();
                let mut trimmed = script.trim_end_matches('\n').to_owned();
                // One after an odd number of backslashes continues the line.
                if trimmed != script && trimmed.split(|c| c != '\\').next_back().unwrap().len() % 2 == 1 {
                    trimmed.push('\n');
                }
                let script = trimmed;
                body.push(Read::Exec([run.shell.clone(), vec![script]].concat()));
            }
            Step::Cmd(step) => cmd = Some(Read::Cmd(step.command.clone())),
            Step::Refresh(step) => refresh = Some(("PITHY_IMAGE_REFRESH".to_owned(), step.token.clone())),
            Step::Symlink(step) => {
                let argv = ["ln", "-sfT", "--", &step.target, &step.path];
                body.push(Read::Exec(argv.map(str::to_owned).to_vec()));
            }
            Step::Shell(step) => body.push(Read::SetShell(step.command.clone())),
            Step::Arg(step) => body.push(Read::Arg(vec![(step.name.clone(), step.value.clone())])),
            Step::Expose(step) => body.push(Read::Expose(ports(step.ports.iter().cloned()))),
            Step::CopyFrom(step) => {
                let owner = step.chown.as_ref().map(|owner| format!("--chown={owner}"));
                let options = [format!("--from={}", step.from)].into_iter().chain(owner).collect();
                body.push(Read::Copy { options, paths: vec![step.source.clone(), step.destination.clone()] });
            }
            Step::Raw(step) => body.push(match step.instruction.split_once(' ').unwrap() {
                ("volume", paths) => Read::Volume(serde_json::from_str(paths).unwrap()),
                (_, check) => Read::Healthcheck(check.to_owned()),
            }),
            Step::AddFile(step) => body.push(copy(&step.destination, None, true)),
            Step::AddLocalFile(step) => body.push(copy(&step.destination, step.chown.as_ref(), true)),
            Step::AddLocalDir(step) => body.push(copy(&step.destination, step.chown.as_ref(), false)),
            _ => {}
        }
    }
    let trees: Vec<_> = resolved.contexts.iter().filter(|context| context.is_tree()).collect();
    let stage = Read::From { image: "scratch".into(), name: Some("pithy-files".into()) };
    let mut all: Vec<_> = trees.first().map(|_| stage).into_iter().collect();
    all.extend(
        trees.iter().map(|context| Read::Add(vec![context.archive_path.clone(), unpacked(&context.archive_path)])),
    );
    all.push(Read::From { image: "debian:12".into(), name: None });
    all.extend(refresh.map(|argument| Read::Arg(vec![argument])));
    all.extend(body);
    all.extend(cmd);
    all
}

/// Where the files stage has the entries of a context.
fn unpacked(archive_path: &str) -> String {
    let digits = archive_path.strip_prefix("ctx/").unwrap().strip_suffix("/tree.tar").unwrap();
    assert_eq!(digits.len(), 32);
    format!("/{digits}/")
}

/// The entrypoint that was asked for.
fn entrypoint(image: &Image) -> Option<Vec<String>> {
    image.steps().iter().rev().find_map(|step| match step {
        Step::Entrypoint(step) => Some(step.command.clone()),
        _ => None,
    })
}

#[track_caller]
fn check(image: &Image) {
    let resolved = resolve(image);
    let mut read = docker::read(&resolved.dockerfile);
    let found = read.pop_if(|last| matches!(last, Read::Entrypoint(_)));
    assert_eq!(read, expected(image, &resolved), "{}", resolved.dockerfile);
    assert_eq!(found, entrypoint(image).map(Read::Entrypoint));
}

/// A fixed number of cases from a fixed seed: the same on every machine.
fn config(cases: u32) -> Config {
    Config {
        cases,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        max_local_rejects: 1_000_000,
        max_shrink_iters: 2_000,
        ..Config::default()
    }
}

proptest! {
    #![proptest_config(config(600))]

    #[test]
    fn every_value_arrives_as_it_was_given(steps in vec(step(), 1..6)) {
        // Two inline files with one content and name would be one context.
        let steps = steps.into_iter().enumerate().map(|(i, step)| match step {
            Step::AddFile(file) => {
                Step::AddFile(pithy_image::steps::AddFile { text: file.text.map(|text| format!("{i}{text}")), ..file })
            }
            other => other,
        });
        let image = Image::from_steps(base().steps().iter().cloned().chain(steps));
        match try_resolve(&image) {
            Ok(_) => check(&image),
            // Half a line of blanks, `#` or backslashes: a later test has them.
            Err(problems) => prop_assert!(problems.0.iter().all(|problem| problem.code == Code::TooLong)),
        }
    }
}

#[test]
fn every_piece_arrives_in_a_stage_and_from_it() {
    for piece in HOSTILE {
        for value in [piece.to_owned(), format!("{piece}a"), format!("a{piece}"), piece.repeat(3)] {
            let source = value.replace('\\', "_");
            let inner = Image::base("alpine:3").copy_from("busybox:1", format!("/x{source}/y"), format!("/{value}z"));
            let stage = Image::base("golang:1").refresh("own").stage("inner", &inner).arg("A", &*value);
            let stage = stage.copy_from("inner", format!("/y{source}"), "/y").cmd(["no"]).entrypoint(["no"]);
            let image = base().refresh(&value).stage("outer", &stage).copy_from(
                "outer",
                format!("/{source}z"),
                format!("/x{value}"),
            );
            let copy = |from: &str, source: String, destination: String| Read::Copy {
                options: vec![format!("--from={from}")],
                paths: vec![source, destination],
            };
            let begin = |image: &str, name: Option<&str>, token: &str| {
                let from = Read::From { image: image.into(), name: name.map(str::to_owned) };
                [from, Read::Arg(vec![("PITHY_IMAGE_REFRESH".into(), token.into())])]
            };
            let mut expected = begin("alpine:3", Some("inner"), "own").to_vec();
            expected.push(copy("busybox:1", format!("/x{source}/y"), format!("/{value}z")));
            expected.extend(begin("golang:1", Some("outer"), "own"));
            expected.push(Read::Arg(vec![("A".into(), value.clone())]));
            expected.push(copy("inner", format!("/y{source}"), "/y".into()));
            expected.extend(begin("debian:12", None, &value));
            expected.push(copy("outer", format!("/{source}z"), format!("/x{value}")));
            assert_eq!(docker::read(&resolve(&image).dockerfile), expected, "{value:?}");
        }
    }
}

#[test]
fn raw_instructions_are_read_as_they_were_meant() {
    let image = base()
        .raw("env A=\"b\\\\c\" \\\r\n # why\r\n  D='e f'")
        .raw("label \"a b\"=c")
        .raw("User \"x\"")
        .raw("run\tx")
        .raw("RUN [\"a\", \"ENTRYPOINT b\"]")
        .raw("HEALTHCHECK CMD ENTRYPOINT x")
        .raw("onbuild ENTRYPOINT [\"x\"]");
    let pair = |key: &str, value: &str| vec![(key.to_owned(), value.to_owned())];
    let expected = [
        Read::From { image: "debian:12".into(), name: None },
        Read::Env([pair("A", "b\\c"), pair("D", "e f")].concat()),
        Read::Label(pair("a b", "c")),
        Read::User("x".into()),
        Read::Shell("x".into()),
        Read::Exec(vec!["a".into(), "ENTRYPOINT b".into()]),
        Read::Healthcheck("CMD ENTRYPOINT x".into()),
        Read::Onbuild("ENTRYPOINT [\"x\"]".into()),
    ];
    assert_eq!(docker::read(&resolve(&image).dockerfile), expected);
}

/// Texts that may be an instruction, put together by chance.
fn raw() -> impl Strategy<Value = String> {
    let names = vec![
        "RUN ",
        "env ",
        "Label ",
        "ONBUILD ",
        "onbuild run ",
        "WORKDIR ",
        "ADD https://x ",
        "COPY --from=a:1 ",
        "HEALTHCHECK CMD ",
        "MAINTAINER ",
    ];
    let pieces = vec![
        "a",
        "a=b ",
        " ",
        "\t",
        "\n",
        "\r\n",
        "\r",
        "\u{a0}",
        "\u{2028}",
        "\\",
        "\\\n",
        "\\ \r\n",
        "# x\n",
        "#",
        "\n# x\n",
        "\"",
        "'",
        "$",
        "[\"a\"]",
        "<<E",
        "\nE\n",
        "<<",
        "RUN b",
        "ENTRYPOINT",
        "ENTRYPOINT c",
        "--link ",
        "--mount=type=cache,target=/a ",
        "é",
        "\u{feff}",
    ];
    (vec(select(vec!["", "", " ", "\n", "# x\n", "\\\n"]), 0..2), select(names), vec(select(pieces), 1..8))
        .prop_map(|(before, name, pieces)| [before.concat(), name.to_owned(), pieces.concat()].concat())
}

proptest! {
    #![proptest_config(config(6_000))]

    #[test]
    fn a_raw_text_is_exactly_one_instruction_or_refused(text in raw()) {
        let Ok(recipe) = base().raw(&*text).user("last").recipe() else { return Ok(()) };
        let dockerfile = recipe.resolve(&[]).unwrap().dockerfile;
        let read = Dockerfile::parse(&*dockerfile);
        prop_assert_eq!(read.error(), None);
        let [_, instruction, last] = read.instructions.as_slice() else { panic!("not one: {dockerfile:?}") };
        prop_assert_eq!((last.keyword, &*last.rest.value), (Keyword::User, "last"));
        prop_assert!(instruction.heredocs.is_empty());
        let alone = Dockerfile::parse_fragment(&*text, Escape::Backslash);
        let meaning = |found: &Instruction| (found.keyword, found.rest.value.clone(), found.words.len(), found.pairs.len());
        prop_assert_eq!(meaning(instruction), meaning(&alone.instructions[0]));
        let again = format!("{} {}", instruction.name.value, instruction.rest.value);
        prop_assert_eq!(&resolve(&base().raw(again).user("last")).dockerfile, &dockerfile);
        // What Daytona would take for the entrypoint of the sandbox.
        let is_space = |c: char| c.is_whitespace() || c == '\u{feff}';
        prop_assert!(!dockerfile.split("ENTRYPOINT").skip(1).any(|after| after.starts_with(is_space)));
    }
}

#[test]
fn every_piece_arrives_at_every_place_and_at_both_ends() {
    for piece in HOSTILE {
        for value in [piece.to_owned(), format!("{piece}a"), format!("a{piece}"), piece.repeat(3)] {
            let image = base().env([("A", &value), ("B", &value)]).label([("a", &value)]).run_commands([["p", &value]]);
            let image = image.refresh(&value).cmd(["p", &value]).entrypoint(["p", &value]);
            check(&image.add_local_file("f", format!("/d/x{value}")).add_local_dir("d", format!("/x{value}/y")));
        }
    }
}

#[test]
fn every_length_around_the_end_of_a_line_arrives() {
    for length in 32_700..32_800 {
        let value = format!("{}\\\\ # \"$x", "x".repeat(length));
        check(&base().env([("A", &value)]).run_commands([["p", &value]]));
    }
    let blanks = format!("a{}b", " #\\\t".repeat(20_000));
    check(&base().env([("A", &blanks)]).cmd(["p", &blanks]).run_commands([["p", &blanks]]));
}

#[test]
fn a_line_that_cannot_be_continued_is_an_error_and_not_a_line_that_docker_refuses() {
    for piece in [" ", "\\", "#", " # "] {
        let within = base().run_commands([["p", &format!("a{}b", piece.repeat(20_000 / piece.len()))]]);
        check(&within);
        let beyond = base().run_commands([["p", &format!("a{}b", piece.repeat(70_000 / piece.len()))]]);
        let problems = try_resolve(&beyond).unwrap_err().0;
        assert_eq!(problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), [Code::TooLong]);
    }
}

#[cfg(unix)]
proptest! {
    #![proptest_config(config(60))]

    #[test]
    fn a_real_shell_reads_the_options_of_pip_as_they_were_given(url in hostile(), link in hostile()) {
        prop_assume!(!url.is_empty() && !link.is_empty());
        let step = PipInstall {
            packages: vec!["a[b]<2 ; python_version > '3'".to_owned()],
            index_url: Some(url.clone()),
            find_links: vec![link.clone()],
            ..PipInstall::default()
        };
        let read = docker::read(&resolve(&base().with(step)).dockerfile);
        let Read::Shell(line) = &read[1] else { panic!("a line for the shell") };
        let line = line.strip_prefix("python -m pip install --no-cache-dir ").unwrap();
        let words = shell_words(line);
        prop_assert_eq!(words, ["--find-links", &link, "--index-url", &url, "a[b]<2 ; python_version > '3'", ""]);
    }

    #[test]
    fn a_real_shell_makes_the_directory_that_was_asked_for(path in path(true), relative in any::<bool>()) {
        let path = if relative { path[1..].to_owned() } else { path };
        prop_assume!(base().make_dir(&*path).recipe().is_ok());
        let read = docker::read(&resolve(&base().make_dir(&*path)).dockerfile);
        let Read::Shell(line) = &read[1] else { panic!("a line for the shell") };
        let words = shell_words(line.strip_prefix("mkdir -p ").unwrap());
        let expected = if path.starts_with('-') { format!("./{path}") } else { path };
        prop_assert_eq!(words, [expected.as_str(), ""]);
    }

    #[test]
    fn a_real_shell_reads_the_packages_of_npm_as_they_were_given(name in "[a-z]{1,3}", rest in hostile()) {
        let package = format!("{name}@{rest}");
        prop_assume!(base().npm_install([&*package]).recipe().is_ok() && package.trim() == package);
        let read = docker::read(&resolve(&base().npm_install([&*package])).dockerfile);
        let Read::Shell(line) = &read[1] else { panic!("a line for the shell") };
        let line = line.strip_prefix("npm install --global --no-audit --no-fund ").unwrap();
        let words = shell_words(line.strip_suffix(" && npm cache clean --force").unwrap());
        prop_assert_eq!(words, [package.as_str(), ""]);
    }
}

/// What a shell makes of words.
#[cfg(unix)]
fn shell_words(line: &str) -> Vec<String> {
    let script = format!("printf '%s\\0' {line}");
    let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
    output.stdout.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}
