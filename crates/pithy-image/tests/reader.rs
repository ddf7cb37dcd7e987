//! Readers that are asked for files: what the golden vectors, which are read through one, do not show.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::convert::Infallible;

use pithy_image::reader::{
    ContextHasher, FileToRead, Hashed, Node, NodeKind, PackError, Progress, Read, Reader, Sink, Stamp, pack,
    poll_ready, resolve,
};
use pithy_image::steps::AddLocalDir;
use pithy_image::wire::Contents;
use pithy_image::{Code, Context, Finding, Image, Problem, Problems, Severity};

/// Files in memory, which can do what a real disk or browser does at its worst.
#[derive(Default)]
struct Fake {
    root: Option<String>,
    nodes: BTreeMap<String, NodeKind>,
    content: RefCell<BTreeMap<String, Vec<u8>>>,
    reads_before_cancel: Cell<Option<usize>>,
    reports: RefCell<Vec<Progress>>,
    /// How often it was asked for a directory, and for a name in its composed form.
    lists: Cell<usize>,
    composed: Cell<usize>,
}

const FILE: fn(u64) -> NodeKind = |size| NodeKind::File { size, executable: Some(false), stamp: Stamp::default() };

impl Fake {
    fn rooted() -> Self {
        Self { root: Some("/srv/app".to_owned()), ..Self::default() }
    }

    fn file(mut self, path: &str, content: &str) -> Self {
        self.nodes.insert(path.to_owned(), FILE(content.len() as u64));
        self.content.get_mut().insert(path.to_owned(), content.into());
        self
    }

    fn node(mut self, path: &str, kind: NodeKind) -> Self {
        self.nodes.insert(path.to_owned(), kind);
        self
    }

    fn link(self, path: &str, target: &str) -> Self {
        self.node(path, NodeKind::Link { target: target.to_owned() })
    }

    fn resolve(&self, image: &Image) -> Result<Read, Problems> {
        poll_ready(resolve(image.recipe()?, self))
    }

    fn problem(&self, image: &Image) -> Problem {
        let Problems(problems) = self.resolve(image).unwrap_err();
        assert_eq!(problems.len(), 1, "{problems:?}");
        problems[0].clone()
    }
}

impl Reader for Fake {
    fn root(&self) -> Option<String> {
        self.root.clone()
    }

    async fn list(&self, directory: &str) -> Result<Vec<Node>, String> {
        self.lists.set(self.lists.get() + 1);
        let prefix = if directory == "." { String::new() } else { format!("{directory}/") };
        let below = self.nodes.iter().filter_map(|(path, kind)| Some((path.strip_prefix(&prefix)?, kind)));
        let here = below.filter(|(name, _)| !name.contains('/'));
        Ok(here.map(|(name, kind)| Node { name: name.to_owned(), kind: kind.clone() }).collect())
    }

    async fn read(&self, file: &str, offset: u64) -> Result<Vec<u8>, String> {
        let content = self.content.borrow();
        let content = content.get(file).ok_or("the cable is out")?;
        let rest = content.get(usize::try_from(offset).unwrap()..).unwrap_or_default();
        Ok(rest[..rest.len().min(4)].to_vec())
    }

    fn composed(&self, name: &str) -> String {
        self.composed.set(self.composed.get() + 1);
        name.to_owned()
    }

    fn report(&self, progress: Progress) {
        self.reports.borrow_mut().push(progress);
    }

    fn is_cancelled(&self) -> bool {
        let left = self.reads_before_cancel.get();
        self.reads_before_cancel.set(left.map(|left| left.saturating_sub(1)));
        left == Some(0)
    }
}

/// A sink that takes everything and keeps nothing.
struct Nowhere;

impl Sink for Nowhere {
    type Error = Infallible;

    fn below(&mut self, _: &str) -> Result<Option<String>, Infallible> {
        Ok(None)
    }

    fn begin(&mut self, _: &Context) -> Result<bool, Infallible> {
        Ok(true)
    }

    fn write(&mut self, _: &[u8]) -> Result<(), Infallible> {
        Ok(())
    }
}

fn run_sh() -> Image {
    Image::base("debian:12").add_local_file("run.sh", "/run.sh")
}

fn app() -> Image {
    Image::base("debian:12").add_local_dir("app", "/app")
}

/// Without what is a matter of taste.
fn strict(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.retain(|finding| finding.severity > Severity::Pedantic);
    findings
}

#[test]
fn files_that_may_be_executable_or_not_are_found_where_it_counts() {
    let unknown = NodeKind::File { size: 2, executable: None, stamp: Stamp::default() };
    let fake = Fake::default().file("run.sh", "hi").node("run.sh", unknown.clone());
    let found = fake.resolve(&run_sh()).unwrap();
    let known = Fake::default().file("run.sh", "hi").resolve(&run_sh()).unwrap();
    assert_eq!(found.resolved.image_digest, known.resolved.image_digest);
    let findings = strict(found.findings());
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].code, "executable_unknown");
    assert_eq!(findings[0].path, "/steps/1/addLocalFile/source");

    let with_mode = r#"{"format":"pithy-image/1","steps":[{"base":{"image":"a:1"}},
        {"addLocalFile":{"source":"run.sh","destination":"/run.sh","mode":493}}]}"#;
    let recipe = pithy_image::Recipe::from_json(with_mode).unwrap();
    assert_eq!(strict(poll_ready(resolve(recipe, &fake)).unwrap().findings()), []);

    let tree = Fake::default().node("app", NodeKind::Directory).file("app/a", "hi").node("app/a", unknown);
    let found = strict(tree.resolve(&app()).unwrap().findings());
    assert_eq!(found.len(), 1);
    assert!(found[0].message.contains("1 file is"), "{}", found[0].message);
}

#[test]
fn progress_counts_every_chunk_and_ends_with_all() {
    let fake = Fake::default().file("run.sh", "0123456789");
    fake.resolve(&run_sh()).unwrap();
    let bytes: Vec<_> = fake.reports.borrow().iter().map(|progress| progress.bytes).collect();
    assert_eq!(bytes, [4, 8, 10, 10]);
    let all = Progress { files: 1, total_files: 1, bytes: 10, total_bytes: 10 };
    assert_eq!(fake.reports.borrow().last(), Some(&all));
}

#[test]
fn work_is_cancelled_at_every_point_and_says_nothing_else() {
    let fake = Fake::default().file("run.sh", "0123456789");
    let mut cancelled = 0;
    loop {
        fake.reads_before_cancel.set(Some(cancelled));
        match fake.resolve(&run_sh()) {
            Ok(_) => break,
            Err(Problems(problems)) => assert_eq!(problems[0].code, Code::Cancelled),
        }
        cancelled += 1;
    }
    assert!(cancelled > 4, "{cancelled}");
}

#[test]
fn a_file_that_changes_between_two_readings_is_an_error() {
    for content in ["9876543210", "0123", "0123456789+"] {
        let fake = Fake::rooted().file("run.sh", "0123456789");
        let Read { resolved, .. } = fake.resolve(&run_sh()).unwrap();
        fake.content.borrow_mut().insert("run.sh".to_owned(), content.into());
        let packed = poll_ready(pack(&resolved.contexts, &fake, &mut Nowhere));
        let Err(PackError::Source(problem)) = packed else { panic!("{packed:?}") };
        assert_eq!(problem.code, Code::SourceChanged);
        assert!(problem.message.contains("`/srv/app/run.sh`"), "{}", problem.message);
    }
}

/// A reader that does not hash what it is asked to.
struct Forgetful(Fake);

impl Reader for Forgetful {
    fn root(&self) -> Option<String> {
        self.0.root()
    }

    async fn list(&self, directory: &str) -> Result<Vec<Node>, String> {
        self.0.list(directory).await
    }

    async fn read(&self, file: &str, offset: u64) -> Result<Vec<u8>, String> {
        self.0.read(file, offset).await
    }

    async fn hash_many(&self, _: &[FileToRead<'_>], _: Progress) -> Vec<Result<Hashed, String>> {
        Vec::new()
    }

    fn report(&self, progress: Progress) {
        self.0.report(progress);
    }

    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}

#[test]
fn a_file_that_its_reader_did_not_hash_is_an_error_and_never_an_image() {
    let reader = Forgetful(Fake::rooted().file("run.sh", "hi"));
    let Problems(problems) = poll_ready(resolve(run_sh().recipe().unwrap(), &reader)).unwrap_err();
    assert_eq!(problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), [Code::SourceUnreadable]);
}

#[test]
fn what_cannot_be_read_says_why() {
    let fake = Fake::rooted().node("run.sh", FILE(3));
    let problem = fake.problem(&run_sh());
    assert_eq!(problem.code, Code::SourceUnreadable);
    assert!(problem.message.contains("the cable is out"));
    assert_eq!(problem.hint, "Check its permissions.");
    let given = Fake::default().node("run.sh", FILE(3)).problem(&run_sh());
    assert!(given.hint.contains("resolveFiles"));
}

#[test]
fn links_are_followed_as_on_a_disk() {
    let content = |fake: Fake| fake.file("real.sh", "hi").resolve(&run_sh()).map(|read| read.resolved.image_digest);
    let plain = Fake::default().file("run.sh", "hi").resolve(&run_sh()).unwrap().resolved.image_digest;
    assert_eq!(content(Fake::rooted().link("run.sh", "real.sh")).unwrap(), plain);
    assert_eq!(content(Fake::rooted().link("run.sh", "/srv/app/real.sh")).unwrap(), plain);
    assert_eq!(content(Fake::rooted().link("run.sh", "../app/./real.sh")).unwrap(), plain);
    let code = |fake: Fake| fake.problem(&run_sh()).code;
    assert_eq!(code(Fake::rooted().link("run.sh", "../other/real.sh")), Code::SourceOutsideRoot);
    assert_eq!(code(Fake::rooted().link("run.sh", "/etc/passwd")), Code::SourceOutsideRoot);
    assert_eq!(code(Fake::default().link("run.sh", "/etc/passwd")), Code::SourceOutsideRoot);
    assert_eq!(code(Fake::rooted().link("run.sh", "nothing")), Code::SourceMissing);
    assert_eq!(code(Fake::rooted().link("run.sh", "run.sh")), Code::SourceUnreadable);
}

#[test]
fn a_link_may_leave_the_root_upwards_and_come_back_but_not_by_what_lies_beside_it() {
    let code = |target: &str| {
        let fake = Fake::rooted().link("run.sh", target).file("real.sh", "hi");
        fake.resolve(&run_sh()).map_err(|Problems(problems)| problems[0].code).err()
    };
    for target in ["../../srv/app/real.sh", "../../../../srv/app/real.sh", "/srv/../srv/app/./real.sh"] {
        assert_eq!(code(target), None, "{target}");
    }
    for target in ["../other/../app/real.sh", "/srv/other/../app/real.sh", "../ap", "..", "/"] {
        assert_eq!(code(target), Some(Code::SourceOutsideRoot), "{target}");
    }
}

#[test]
fn a_path_that_leads_out_of_the_root_says_where_to() {
    let to = |target: &str| Fake::rooted().link("run.sh", target).problem(&run_sh()).message;
    assert_eq!(to("/etc/nope"), "`run.sh` leads out of the root `/srv/app`, to `/etc/nope`.");
    assert_eq!(to("../other/./x/../y"), "`run.sh` leads out of the root `/srv/app`, to `/srv/other/y`.");
    let to_nothing = "`run.sh` leads to `lib/x`, which does not exist below the root `/srv/app`.";
    let fake = Fake::rooted().node("lib", NodeKind::Directory).link("run.sh", "./lib/x");
    assert_eq!(fake.problem(&run_sh()).message, to_nothing);
    let given = Fake::default().link("run.sh", "../x").problem(&run_sh()).message;
    assert_eq!(given, "`run.sh` leads out of the given files.");
}

#[test]
fn forty_links_are_followed_and_no_more() {
    let chain = |links: usize| {
        let link = |fake: Fake, i: usize| fake.link(&format!("{i}"), &format!("{}", i + 1));
        let fake = (1..links).fold(Fake::rooted().link("run.sh", "1"), link);
        fake.file(&format!("{links}"), "hi").resolve(&run_sh()).map_err(|Problems(problems)| problems[0].code).err()
    };
    assert_eq!((chain(40), chain(41)), (None, Some(Code::SourceUnreadable)));
}

#[test]
fn below_a_root_of_windows_paths_mean_what_they_mean_there() {
    let windows = || Fake { root: Some(r"C:\srv\app".to_owned()), ..Fake::default() };
    let found = windows().link("run.sh", "/C:/srv/app/real.sh").file("real.sh", "hi").resolve(&run_sh());
    assert_eq!(found.unwrap().resolved.contexts[0].size(), 2);
    let aux = Image::base("debian:12").add_local_file("aux", "/aux");
    assert_eq!(windows().file("aux", "hi").problem(&aux).code, Code::InvalidPath);
    assert!(Fake::rooted().file("aux", "hi").resolve(&aux).is_ok());
    let outside = windows().link("run.sh", "/D:/x").problem(&run_sh()).message;
    assert_eq!(outside, r"`run.sh` leads out of the root `C:\srv\app`, to `D:/x`.");
}

#[test]
fn a_path_in_another_spelling_is_missing_and_the_hint_has_the_right_one_also_through_links() {
    let image = Image::base("debian:12").add_local_file("APP/Run.sh", "/run.sh");
    let fake = Fake::rooted().link("app", "real").node("real", NodeKind::Directory).file("real/run.sh", "hi");
    let Problem { code, hint, .. } = fake.problem(&image);
    assert_eq!(code, Code::SourceMissing);
    assert!(hint.contains("`app/run.sh`"), "{hint}");
}

#[test]
fn a_script_whose_first_line_ends_with_crlf_is_a_finding_wherever_it_is_read() {
    let found = |image: &Image, files: &[(&str, &str)]| {
        let fake = files
            .iter()
            .fold(Fake::rooted().node("app", NodeKind::Directory), |fake, (path, text)| fake.file(path, text));
        let findings = strict(fake.resolve(image).unwrap().findings());
        findings.into_iter().map(|Finding { code, path, message, .. }| (code, path, message)).collect::<Vec<_>>()
    };
    let says = |path: &str, message: &str| [("crlf_script", path.to_owned(), message.to_owned())];
    let file = "`run.sh` has a `#!` line that ends with CRLF, which Linux takes for part of it.";
    assert_eq!(found(&run_sh(), &[("run.sh", "#!/bin/sh\r\n")]), says("/steps/1/addLocalFile/source", file));
    for text in [
        "#!/bin/sh\n\r\n",
        "#!/bin/sh\r",
        "x #!/bin/sh\r\n",
        "#!/bin/sh -\r \n",
        "#!",
        "",
        "\r\n",
        &("#!".to_owned() + &"x".repeat(300) + "\r\n"),
    ] {
        assert_eq!(found(&run_sh(), &[("run.sh", text)]), [], "{text:?}");
    }
    let crlf = "#!/usr/bin/env python3\r\nprint()\r\n";
    let all = ["app/a", "app/b", "app/c", "app/d", "app/e"].map(|path| (path, crlf));
    let tree =
        "`app/a`, `app/b`, `app/c` and 2 more have a `#!` line that ends with CRLF, which Linux takes for part of it.";
    assert_eq!(found(&app(), &all), says("/steps/1/addLocalDir/source", tree));
    let inline = Image::base("debian:12").add_file("/run.sh", crlf, None);
    let file = file.replace("run.sh", "/run.sh");
    assert_eq!(found(&inline, &[]), says("/steps/1/addFile", &file));
    assert_eq!(found(&Image::base("debian:12").add_file("/run.sh", crlf.replace('\r', "").as_str(), None), &[]), []);
}

#[test]
fn a_name_that_is_no_text_does_not_matter_where_a_rule_leaves_it_out() {
    let odd = |is_directory| {
        Fake::rooted()
            .file("app/a", "hi")
            .node("app", NodeKind::Directory)
            .node("app/\u{fffd}x", NodeKind::NotText { is_directory })
    };
    let with = |exclude: &[&str]| {
        Image::base("debian:12").with(AddLocalDir {
            source: "app".into(),
            destination: "/app".into(),
            exclude: exclude.iter().map(|&pattern| pattern.to_owned()).collect(),
            ..AddLocalDir::default()
        })
    };
    let result = |is_directory, exclude: &[&str]| match odd(is_directory).resolve(&with(exclude)) {
        Ok(read) => {
            Ok(Contents::new(&read.resolved).ignored.into_iter().map(|ignored| ignored.path).collect::<Vec<_>>())
        }
        Err(Problems(problems)) => Err(problems.into_iter().map(|problem| problem.code).collect::<Vec<_>>()),
    };
    let refused = Err(vec![Code::InvalidFileName]);
    for pattern in ["*x", "?x", "**/*x"] {
        assert_eq!(result(true, &[pattern]), Ok(vec!["app/\u{fffd}x/".to_owned()]));
        assert_eq!(result(false, &[pattern]), Ok(vec!["app/\u{fffd}x".to_owned()]));
    }
    assert_eq!(result(true, &["a"]), refused);
    // What would be kept in the directory has no name either; a file has nothing in it.
    assert_eq!(result(true, &["*x", "!**/keep"]), refused);
    assert_eq!(result(false, &["*x", "!**/keep"]), Ok(vec!["app/\u{fffd}x".to_owned()]));
}

#[test]
fn a_directory_of_which_an_exception_keeps_nothing_is_left_out_as_one() {
    let fake = Fake::rooted().node("app", NodeKind::Directory).file("app/a", "hi").node("app/d", NodeKind::Directory);
    let fake = fake
        .node("app/d/e", NodeKind::Directory)
        .file("app/d/e/f", "x")
        .file("app/d/g", "x")
        .node("app/d2", NodeKind::Directory);
    let with = |exclude: &[&str]| {
        let step = AddLocalDir {
            source: "app".into(),
            destination: "/app".into(),
            exclude: exclude.iter().map(|&pattern| pattern.to_owned()).collect(),
            ..AddLocalDir::default()
        };
        let read = fake.resolve(&Image::base("debian:12").with(step)).unwrap();
        Contents::new(&read.resolved).ignored.into_iter().map(|ignored| ignored.path).collect::<Vec<_>>()
    };
    assert_eq!(with(&["d"]), ["app/d/"]);
    assert_eq!(with(&["d", "!**/keep"]), ["app/d/"]);
    assert_eq!(with(&["d", "!**/f"]), ["app/d/g"]);
    assert_eq!(with(&["d", "!**/g"]), ["app/d/e/"]);
    assert_eq!(with(&["d*", "!**/keep"]), ["app/d/", "app/d2/"]);
}

#[test]
fn what_no_context_can_hold_is_an_error_unless_it_is_left_out() {
    let tree = |kind| Fake::rooted().node("app", NodeKind::Directory).file("app/a", "hi").node("app/odd", kind);
    for (kind, code) in
        [(NodeKind::Special, Code::SourceWrongKind), (NodeKind::NotText { is_directory: false }, Code::InvalidFileName)]
    {
        let problem = tree(kind).problem(&app());
        assert_eq!(problem.code, code);
        assert!(problem.message.contains("`app/odd` below the root `/srv/app`"), "{}", problem.message);
    }
    let unreadable = || NodeKind::Unreadable { why: "stale file handle".to_owned() };
    let problem = tree(unreadable()).problem(&app());
    assert_eq!(problem.code, Code::SourceUnreadable);
    assert_eq!(problem.message, "`app/odd` below the root `/srv/app` cannot be read: stale file handle.");
    let within = Image::base("debian:12").add_local_file("app/odd/a", "/a");
    assert_eq!(tree(unreadable()).problem(&within).message, problem.message);
    let beside = Image::base("debian:12").add_local_file("app/a", "/a");
    assert!(tree(unreadable()).resolve(&beside).is_ok(), "what nobody asks for may be unreadable");

    let ignored = tree(NodeKind::Special).file(".dockerignore", "app/odd\n");
    assert_eq!(ignored.resolve(&app()).unwrap().resolved.placements[0].ignored[0].path, "odd");
}

fn requirements() -> Image {
    Image::base("python:3.12").pip_install_from_requirements("all.txt")
}

/// A line for each of the files that another one includes.
fn includes(names: impl Iterator<Item = String>) -> String {
    names.fold(String::new(), |lines, name| lines + "-r " + &name + "\n")
}

#[test]
fn a_directory_is_listed_once_however_many_contexts_have_their_source_in_it() {
    let names = || (0..100).map(|i| format!("{i}.txt"));
    let fake = names().fold(Fake::rooted().file("all.txt", &includes(names())), |fake, name| fake.file(&name, &name));
    let Read { resolved, .. } = fake.resolve(&requirements()).unwrap();
    assert_eq!((resolved.contexts.len(), fake.lists.take()), (101, 1));
    let mut hasher = ContextHasher::new(&resolved.contexts, &fake);
    for context in &resolved.contexts {
        poll_ready(hasher.hash(context)).unwrap();
    }
    assert_eq!(fake.lists.take(), 1);
    poll_ready(pack(&resolved.contexts, &fake, &mut Nowhere)).unwrap();
    assert_eq!(fake.lists.take(), 1);
}

#[test]
fn the_names_of_a_directory_are_composed_once_however_many_are_missing_in_it() {
    let names = || (0..100).map(|i| format!("{i}.txt"));
    let missing = names().map(|name| name.to_uppercase());
    let fake = names().fold(Fake::rooted().file("all.txt", &includes(missing)), |fake, name| fake.file(&name, &name));
    let Problems(problems) = fake.resolve(&requirements()).unwrap_err();
    assert_eq!(problems.len(), 100);
    assert!(problems[7].hint.starts_with("Write `15.txt`, as it is on disk"), "{}", problems[7].hint);
    // Those in the directory, those that are missing, and both of each pair to compare them.
    assert_eq!(fake.composed.take(), 101 + 100 + 2 * 100);
}

/// So long that building the recipe again for each file would take minutes.
#[test]
fn a_chain_of_includes_is_followed_before_the_recipe_is_built_again() {
    let name = |i: usize| if i == 0 { "all.txt".to_owned() } else { format!("{i}.txt") };
    let fake = (0..5000).fold(Fake::rooted(), |fake, i| fake.file(&name(i), &format!("-r {}\n", name(i + 1))));
    let fake = fake.file(&name(5000), "a\n");
    assert_eq!(fake.resolve(&requirements()).unwrap().resolved.contexts.len(), 5001);
    let Problem { message, .. } = fake.file(&name(5000), "-r all.txt\n").problem(&requirements());
    assert_eq!(message, "`5000.txt`, line 1: `all.txt` includes itself, which pip refuses.");
}
