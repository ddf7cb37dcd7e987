//! Equal definitions in normal form have equal Dockerfiles and digests, and different ones have different ones.
//!
//! A model image is spelled in two random ways, which must be one image; then one thing that matters is changed, which
//! must make another.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by a panic")]

use std::collections::BTreeMap;

use files::Files;
use pithy_image::steps::{AddLocalDir, AddLocalFile, DebianSlim, MakeDir, PipInstall, Step, UvPipInstall};
use pithy_image::{Entry, EntryKind, Image, Listing, Resolved, SourceKind, snapshot_ref};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngSeed};

mod files;

/// What an image means, without any spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Model {
    python: Option<&'static str>,
    env: BTreeMap<String, String>,
    labels: BTreeMap<String, String>,
    apt: Vec<String>,
    pip: Vec<String>,
    commands: Vec<String>,
    script: Vec<String>,
    workdir: Vec<String>,
    inline: String,
    executable: bool,
    tree: BTreeMap<String, Node>,
    entrypoint: Vec<String>,
    refresh: Option<String>,
    more: More,
}

/// The steps that have files, stages and tools.
#[derive(Debug, Clone, PartialEq, Eq)]
struct More {
    npm: Vec<String>,
    uv: Vec<String>,
    uv_version: &'static str,
    node: String,
    ports: Vec<String>,
    raw: Vec<String>,
    directory_mode: Option<u32>,
    link: String,
    argument: String,
    shell: Vec<&'static str>,
    requirements: String,
    included: String,
    dependencies: Vec<String>,
    stage: Vec<String>,
    taken: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    File { content: u8, executable: bool },
    Directory,
    Link(String),
}

fn model() -> impl Strategy<Value = Model> {
    let word = || "[a-z][a-z0-9]{0,3}";
    let value = || "[a-z\"$\\\\ #é\u{2028}]{0,6}";
    let node = prop_oneof![
        (any::<u8>(), any::<bool>()).prop_map(|(content, executable)| Node::File { content, executable }),
        Just(Node::Directory),
        "[a-z]{1,3}".prop_map(Node::Link),
    ];
    let environment = (btree_map("[A-Z]{1,3}", value(), 1..5), btree_map(word(), value(), 1..5));
    let packages = (btree_map(word(), Just(()), 1..5), btree_map(word(), Just(()), 1..5));
    let commands = (vec("[a-z]{1,4}", 1..4), vec("[a-z ]{1,4}[a-z]", 1..4), vec("[a-z]{1,3}", 1..4));
    let files = (value(), any::<bool>(), btree_map("[a-z$\\[]{1,3}", node, 1..5));
    let rest =
        (proptest::sample::select(vec![None, Some("3.9"), Some("3.13")]), vec(value(), 1..4), any::<Option<u8>>());
    let all = (environment, packages, commands, files, rest, more());
    all.prop_map(|(environment, packages, commands, files, rest, more)| Model {
        python: rest.0,
        env: environment.0,
        labels: environment.1,
        apt: packages.0.into_keys().collect(),
        pip: packages.1.into_keys().rev().collect(),
        commands: commands.0,
        script: commands.1,
        workdir: commands.2,
        inline: files.0,
        executable: files.1,
        tree: files.2,
        entrypoint: [vec!["run".to_owned()], rest.1].concat(),
        refresh: rest.2.map(|token| token.to_string()),
        more,
    })
}

fn more() -> impl Strategy<Value = More> {
    let names = || btree_map("[a-z][a-z0-9]{0,3}", Just(()), 1..4).prop_map(|names| names.into_keys().rev().collect());
    let lists = (names(), names(), btree_map(1..999_u16, Just(()), 1..4), vec("[a-z]{1,4}", 1..4), names());
    let lines = || "([a-z]{0,3}( #[a-z ]{0,3})?\n){0,3}";
    let values = ("[a-z/.]{1,4}", "[a-z\"$ ]{0,5}", lines(), lines(), 18..30_u8);
    let modes = proptest::option::of(proptest::sample::select(vec![0o700, 0o755, 0o1777]));
    let stages = (vec("[a-z]{1,4}", 1..3), names());
    (lists, values, modes, stages).prop_map(|(lists, values, directory_mode, stages)| More {
        npm: lists.0,
        uv: lists.1,
        uv_version: "0.13.9",
        node: values.4.to_string(),
        ports: lists.2.into_keys().rev().map(|port| port.to_string()).collect(),
        raw: lists.3,
        directory_mode,
        link: values.0,
        argument: values.1,
        shell: vec!["/bin/bash", "-c"],
        requirements: values.2,
        included: values.3,
        dependencies: lists.4,
        stage: stages.0,
        taken: stages.1,
    })
}

/// Random choices, for as long as they are asked for.
struct Whims(Vec<u8>, usize);

impl Whims {
    fn one_of(&mut self, count: usize) -> usize {
        self.1 += 1;
        usize::from(self.0[self.1 % self.0.len()]) % count
    }

    fn yes(&mut self) -> bool {
        self.one_of(2) == 1
    }

    /// The items in another order, some of them twice.
    fn shuffled<T: Clone>(&mut self, items: &[T], twice: bool) -> Vec<T> {
        let mut out: Vec<T> = Vec::new();
        for item in items {
            for _ in 0..=usize::from(twice && self.yes()) {
                out.insert(self.one_of(out.len() + 1), item.clone());
            }
        }
        out
    }

    /// A path in other words.
    fn path(&mut self, parts: &[String]) -> String {
        let mut out = String::new();
        for part in parts {
            out.push_str(part);
            out.push_str(["/", "//", "/./", "/x/../"][self.one_of(4)]);
        }
        if self.yes() { out.trim_end_matches("/x/../").trim_end_matches(['.', '/']).to_owned() } else { out }
    }

    fn blanks(&mut self, text: &str) -> String {
        let blanks = ["", " ", "  ", "\t"];
        format!("{}{text}{}", blanks[self.one_of(4)], blanks[self.one_of(4)])
    }

    fn newline(&mut self) -> &'static str {
        if self.yes() { "\r\n" } else { "\n" }
    }
}

/// An image, what its directory holds, and its text files.
type Spelling = (Image, Vec<Entry>, Files);

/// The model in one of its spellings.
fn spell(model: &Model, whims: &mut Whims) -> Spelling {
    let python = match model.python {
        None | Some("3.13") if whims.yes() => None,
        other => Some(other.unwrap_or("3.13").to_owned()),
    };
    let mut image = Image::from_steps([DebianSlim { python, build_tools: whims.yes().then_some(true) }.into()]);
    let nothing: [&str; 0] = [];
    let mut late = Vec::new();
    let mut place = |image: Image, extra: Image, whims: &mut Whims| {
        let step = extra.steps()[1].clone();
        if whims.yes() {
            late.push(step);
            image
        } else {
            image.with(step)
        }
    };
    image = place(image, Image::base("a").entrypoint(model.entrypoint.clone()), whims);
    if let Some(token) = &model.refresh {
        image = place(image, Image::base("a").refresh(token), whims);
    }
    let env: Vec<_> = model.env.clone().into_iter().collect();
    let labels: Vec<_> = model.labels.clone().into_iter().collect();
    image = image.env(whims.shuffled(&env, false)).label(whims.shuffled(&labels, false));
    if whims.yes() {
        image = image.apt_install(nothing).pip_install(nothing);
    }
    let apt: Vec<_> = whims.shuffled(&model.apt, true).iter().map(|name| whims.blanks(name)).collect();
    let pip: Vec<_> = model.pip.iter().flat_map(|name| vec![whims.blanks(name); 1 + whims.one_of(2)]).collect();
    image = image.apt_install(apt).with(PipInstall { packages: pip, ..PipInstall::default() });
    let command = model.commands.join(&format!(" && \\{}", whims.newline()));
    image = image.run_commands([whims.blanks(&command)]);
    let script = model.script.join(whims.newline());
    image = image.run_script(format!("{}{script}{}", whims.newline(), whims.newline()));
    let workdir = whims.path(&model.workdir);
    image = image.workdir(format!("/{workdir}"));
    let content = model.inline.as_bytes().to_vec();
    let mode = if model.executable { Some(0o755) } else { Some(0o644).filter(|_| whims.yes()) };
    image = if whims.yes() {
        image.add_file("/inline", content, mode)
    } else {
        image.add_file("//x/../inline", &*model.inline, mode)
    };
    let source = whims.path(&["src".into(), "tree".into()]);
    let destination = format!("/{}", whims.path(&["srv".into()]));
    image = image.with(AddLocalDir { source, destination, ..AddLocalDir::default() });
    let source = whims.path(&["src".into(), "run".into()]).trim_end_matches(['.', '/']).to_owned();
    let source = if source.ends_with("/x") { "src/run".to_owned() } else { source };
    let destination = if whims.yes() { "/bin/run" } else { "/bin/" }.to_owned();
    image = image.with(AddLocalFile { source, destination, mode: None, chown: None });
    let (image, mut files) = spell_more(&model.more, image, whims);
    let image = Image::from_steps(image.steps().iter().cloned().chain(late));
    let mut entries: Vec<_> = model.tree.iter().map(|(path, node)| entry(path, node)).collect();
    // What an ignore rule leaves out does not count, nor does the way in which the rule is written.
    let rules = ["**/*.log\n", "# logs\n\n/src/tree/*.log\n", "*\n!src\nsrc/*/*.log\r\n", "src/t*/?.log\n!src/tree\n"];
    files.insert(".dockerignore".to_owned(), rules[whims.one_of(4)].to_owned());
    entries.extend((0..whims.one_of(3)).map(|i| entry(&format!("{i}.log"), &Node::Directory)));
    let entries = whims.shuffled(&entries, false);
    (image, entries, files)
}

fn spell_more(more: &More, mut image: Image, whims: &mut Whims) -> (Image, Files) {
    let distinct = |items: &[String], whims: &mut Whims| -> Vec<String> {
        items.iter().flat_map(|item| vec![whims.blanks(item); 1 + whims.one_of(2)]).collect()
    };
    let stage = Image::base("golang:1").run_commands(more.stage.clone());
    for _ in 0..=whims.one_of(2) {
        image = image.stage("build", &stage);
    }
    image = image.shell(more.shell.clone()).arg("ARG", &*more.argument).nodejs(whims.blanks(&more.node));
    image = image.npm_install(distinct(&more.npm, whims)).expose(whims.shuffled(&more.ports, true));
    image = image.with(UvPipInstall {
        packages: distinct(&more.uv, whims),
        uv_version: Some(more.uv_version.to_owned()).filter(|version| version != "0.13.9" || whims.yes()),
        ..UvPipInstall::default()
    });
    let name = ["RUN", "run", "Run"][whims.one_of(3)];
    let blanks = [" ", "\t ", " \\\n", " \\\r\n  # why\n\n"][whims.one_of(4)];
    let words = more.raw.join([" ", " \\\n", " \\\r\n\r\n", " \\ \t\n # why \\\n"][whims.one_of(4)]);
    image = image.raw(whims.blanks(&format!("{name}{blanks}{words}")));
    let path = format!("/{}", whims.path(&["data".into()]));
    image = image.with(MakeDir { path, mode: more.directory_mode, chown: None });
    image = image.symlink(&*more.link, ["/link", "//link", "/x/../link"][whims.one_of(3)]);
    image = image.pip_install_from_requirements(["conf/r.txt", "./conf//r.txt", "x/../conf/r.txt"][whims.one_of(3)]);
    image = image.pip_install_from_pyproject(["pyproject.toml", "./pyproject.toml"][whims.one_of(2)]);
    for taken in &more.taken {
        let from = whims.blanks("build");
        let (source, destination) = (format!("/out/{}", ["", "./", "/", "x/../"][whims.one_of(4)]), "/taken/");
        image = image.copy_from(from, format!("{source}{taken}"), [destination, "//taken/./"][whims.one_of(2)]);
    }
    if whims.yes() {
        image = image.stage("build", &stage);
    }
    let requirements = format!("-c ../base.txt\n#{}", more.requirements);
    let files = [
        ("conf/r.txt".to_owned(), requirements),
        ("base.txt".to_owned(), format!("#{}", more.included)),
        ("pyproject.toml".to_owned(), pyproject(&more.dependencies, whims)),
    ];
    (image, files.into())
}

/// The dependencies in one of the ways to write them.
fn pyproject(dependencies: &[String], whims: &mut Whims) -> String {
    let mut text = String::new();
    if whims.yes() {
        text.push_str("# ours\n[build-system]\nrequires = ['hatchling']\n");
    }
    text.push_str("[project]\nversion = '1'\ndependencies = [");
    for name in dependencies {
        for _ in 0..=whims.one_of(2) {
            text.push_str(&[format!("'{name}',"), format!("\n  \" {name} \", # why\n")][whims.one_of(2)]);
        }
    }
    text + "]\n"
}

fn entry(path: &str, node: &Node) -> Entry {
    let kind = match node {
        Node::File { content, executable } => file(*content, *executable),
        Node::Directory => EntryKind::Directory,
        Node::Link(target) => EntryKind::Link { target: target.clone() },
    };
    Entry { path: path.to_owned(), kind }
}

fn file(content: u8, executable: bool) -> EntryKind {
    EntryKind::File { executable, size: 1, sha256: [content; 32] }
}

fn resolve((image, entries, texts): Spelling) -> Resolved {
    let recipe = files::complete(&image, &texts).unwrap();
    let listings = recipe.sources().map(|source| match &source.kind {
        SourceKind::File => {
            let kind = texts.get(&source.path).map_or_else(|| file(7, false), |text| files::kind(text));
            vec![Entry { path: String::new(), kind }]
        }
        SourceKind::Directory { rules } => {
            entries.iter().filter(|entry| rules.ignored_by(&entry.path).is_none()).cloned().collect()
        }
        SourceKind::Context(_) => unreachable!("the images of these tests have no Dockerfile"),
    });
    let listings: Vec<Listing> = listings.map(Into::into).collect();
    recipe.resolve(&listings).unwrap()
}

/// Resolves an image without text files.
fn plain(image: Image, entries: Vec<Entry>) -> Resolved {
    resolve((image, entries, Files::new()))
}

/// Changes one thing that matters; `None` if this one has no such thing.
fn change(model: &Model, what: usize, which: Index) -> Option<Model> {
    let mut changed = model.clone();
    let flip = |text: &mut String| text.push('z');
    match what {
        0 => flip(changed.env.values_mut().nth(which.index(model.env.len()))?),
        1 => flip(changed.labels.values_mut().nth(which.index(model.labels.len()))?),
        2 => flip(&mut changed.apt[which.index(model.apt.len())]),
        3 => flip(&mut changed.pip[which.index(model.pip.len())]),
        4 => changed.pip.reverse(),
        5 => flip(&mut changed.commands[which.index(model.commands.len())]),
        6 => flip(&mut changed.script[which.index(model.script.len())]),
        7 => flip(&mut changed.workdir[which.index(model.workdir.len())]),
        8 => flip(&mut changed.inline),
        9 => changed.executable = !model.executable,
        10 => flip(&mut changed.entrypoint[which.index(model.entrypoint.len())]),
        11 => changed.refresh = Some(format!("{}z", model.refresh.as_deref().unwrap_or_default())),
        12 => changed.python = Some(if model.python == Some("3.9") { "3.10" } else { "3.9" }),
        13 => drop(changed.env.pop_first().filter(|_| model.env.len() > 1)?),
        14 => drop(changed.env.insert("ZZZZ".into(), String::new())),
        15 => drop(changed.tree.insert("added".into(), Node::Directory)),
        16 => drop(changed.tree.insert("added".into(), Node::File { content: 0, executable: false })),
        17 => drop(changed.tree.pop_last()),
        18 => {
            let (name, node) = changed.tree.pop_first()?;
            changed.tree.insert(format!("{name}z"), node);
        }
        19 => match changed.tree.values_mut().nth(which.index(model.tree.len()))? {
            Node::File { content, .. } => *content = content.wrapping_add(1),
            Node::Link(target) => flip(target),
            node @ Node::Directory => *node = Node::File { content: 0, executable: false },
        },
        20 => match changed.tree.values_mut().nth(which.index(model.tree.len()))? {
            Node::File { executable, .. } => *executable = !*executable,
            node => *node = Node::Link("elsewhere".into()),
        },
        21 => changed.commands.swap(0, model.commands.len() - 1),
        _ => change_more(&mut changed.more, what, which),
    }
    Some(changed).filter(|changed| changed != model)
}

/// The numbers of [`change`].
const CHANGES: usize = 43;

fn change_more(more: &mut More, what: usize, which: Index) {
    let flip = |texts: &mut [String]| {
        let at = which.index(texts.len());
        texts[at].push('z');
    };
    match what {
        22 => flip(&mut more.npm),
        23 => more.npm.reverse(),
        24 => flip(&mut more.uv),
        25 => more.uv.reverse(),
        26 => more.uv_version = "0.13.8",
        27 => more.node.push_str(".1"),
        28 => more.ports.push("65535".to_owned()),
        29 => more.ports.push("65534/udp".to_owned()),
        30 => flip(&mut more.raw),
        31 => more.directory_mode = if more.directory_mode.is_some() { None } else { Some(0o755) },
        32 => more.directory_mode = Some(0o750),
        33 => more.link.push('/'),
        34 => more.argument.push(' '),
        35 => more.shell = vec!["/bin/bash", "-o", "pipefail", "-c"],
        36 => more.requirements.push('\n'),
        37 => more.included.push(' '),
        38 => flip(&mut more.dependencies),
        39 => more.dependencies.reverse(),
        40 => flip(&mut more.stage),
        41 => flip(&mut more.taken),
        _ => more.taken.reverse(),
    }
}

/// A fixed number of cases from a fixed seed: the same on every machine.
fn config(cases: u32) -> Config {
    Config { cases, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..Config::default() }
}

fn whims() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 150..200)
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn two_spellings_of_one_image_are_one_image(model in model(), a in whims(), b in whims()) {
        let (a, b) = (spell(&model, &mut Whims(a, 0)), spell(&model, &mut Whims(b, 0)));
        let (a, b) = (resolve(a), resolve(b));
        prop_assert_eq!(&a.dockerfile, &b.dockerfile);
        prop_assert_eq!(&a.image_digest, &b.image_digest);
        let contexts = |resolved: &Resolved| {
            let list = resolved.contexts.iter().map(|context| {
                (context.archive_path.clone(), context.source_digest, context.entries.clone(), context.size())
            });
            list.collect::<Vec<_>>()
        };
        prop_assert_eq!(contexts(&a), contexts(&b));
    }

    #[test]
    fn whatever_matters_makes_another_image(
        model in model(), a in whims(), b in whims(), what in 0..CHANGES, which in any::<Index>(),
    ) {
        let Some(changed) = change(&model, what, which) else { return Ok(()) };
        let before = resolve(spell(&model, &mut Whims(a, 0)));
        let after = resolve(spell(&changed, &mut Whims(b, 0)));
        prop_assert_ne!(&before.dockerfile, &after.dockerfile, "{:?}", changed);
        prop_assert_ne!(&before.image_digest, &after.image_digest);
        // Daytona's key follows, even if the hashes of the contexts were equal.
        prop_assert_ne!(snapshot_ref::<&str>(&before.dockerfile, &[]), snapshot_ref::<&str>(&after.dockerfile, &[]));
    }

    #[test]
    fn images_are_equal_exactly_when_what_they_mean_is(
        model in model(), a in whims(), b in whims(), changes in vec((0..CHANGES, any::<Index>()), 0..3),
    ) {
        // Two changes may undo each other, or change the same thing in the same way.
        let other = changes.into_iter().fold(model.clone(), |model, (what, which)| {
            change(&model, what, which).unwrap_or(model)
        });
        let equal = model == other;
        let (a, b) = (resolve(spell(&model, &mut Whims(a, 0))), resolve(spell(&other, &mut Whims(b, 0))));
        prop_assert_eq!(a.dockerfile == b.dockerfile, equal);
        prop_assert_eq!(a.image_digest == b.image_digest, equal);
    }
}

#[test]
fn every_kind_of_change_is_tried() {
    let mut runner = proptest::test_runner::TestRunner::new(config(1));
    for what in 0..CHANGES {
        let tried = (0..40).filter_map(|_| {
            let (model, which) = (model(), any::<Index>()).new_tree(&mut runner).unwrap().current();
            change(&model, what, which)
        });
        assert!(tried.count() > 3, "change {what}");
    }
}

#[test]
fn the_fields_of_a_source_do_not_run_into_each_other() {
    let digest = |entries: &[(&str, Node)]| {
        let entries = entries.iter().map(|(path, node)| entry(path, node)).collect();
        plain(Image::base("a").add_local_dir("d", "/d"), entries).image_digest
    };
    let link = |target: &str| Node::Link(target.to_owned());
    assert_ne!(digest(&[("a", link("bc"))]), digest(&[("ab", link("c"))]));
    assert_ne!(digest(&[("a", link("b")), ("c", link("d"))]), digest(&[("a", link("bc")), ("d", link(""))]));
    assert_ne!(digest(&[]), digest(&[("a", Node::Directory)]));
    assert_ne!(digest(&[("a", Node::Directory)]), digest(&[("a", link(""))]));
}

#[test]
fn a_directory_that_is_not_listed_is_the_same_as_one_that_is() {
    let inner = entry("a/b/c", &Node::File { content: 1, executable: false });
    let listed = vec![entry("a/b", &Node::Directory), inner.clone(), entry("a", &Node::Directory)];
    let image = Image::base("a").add_local_dir("d", "/d");
    assert_eq!(plain(image.clone(), vec![inner]), plain(image, listed));
}

#[test]
fn modes_and_kinds_of_sources_are_told_apart() {
    let image = |mode| {
        let step = AddLocalFile { source: "f".into(), destination: "/d/f".into(), mode, chown: None };
        Image::base("a").with(Step::AddLocalFile(step))
    };
    let digests: Vec<_> = [None, Some(0o755), Some(0o600), Some(0o640), Some(0o4755)]
        .into_iter()
        .map(|mode| plain(image(mode), vec![]).image_digest)
        .chain([plain(
            Image::base("a").add_local_dir("f", "/d"),
            vec![entry("f", &Node::File { content: 7, executable: false })],
        )
        .image_digest])
        .collect();
    for (i, digest) in digests.iter().enumerate() {
        assert!(!digests[..i].contains(digest), "{i}");
    }
}

#[test]
fn names_that_some_systems_take_for_one_are_told_apart() {
    let digest = |names: &[&str]| {
        let file = |name: &&str| entry(name, &Node::File { content: 1, executable: false });
        plain(Image::base("a").add_local_dir("d", "/d"), names.iter().map(file).collect()).image_digest
    };
    let (composed, decomposed) = ("caf\u{e9}", "cafe\u{301}");
    assert_ne!(digest(&["readme"]), digest(&["README"]));
    assert_ne!(digest(&["readme"]), digest(&["readme", "README"]));
    assert_ne!(digest(&[composed]), digest(&[decomposed]));
    assert_ne!(digest(&[composed]), digest(&[composed, decomposed]));
    assert_ne!(digest(&["a/b"]), digest(&[r"a\b"]));
}
