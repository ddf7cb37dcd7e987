//! Text files that decide what else is needed, on a disk: `.dockerignore`, requirements, `pyproject.toml`.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by a panic")]
#![cfg(unix)] // links and pipes are those of Unix

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use pithy_image::steps::AddLocalDir;
use pithy_image::{Code, Image, Problem, Texts};
use pithy_image_fs::{Control, OnDisk, resolve};
use tempfile::{TempDir, tempdir};

fn base() -> Image {
    Image::base("python:3.12-slim")
}

/// A root with these files.
fn root(files: &[(&str, &str)]) -> TempDir {
    let root = tempdir().unwrap();
    write(root.path(), files);
    root
}

fn write(root: &Path, files: &[(&str, &str)]) {
    for (path, content) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}

fn on_disk(image: &Image, root: &Path) -> Result<OnDisk, Vec<Problem>> {
    resolve(image.recipe().unwrap(), Some(root), &Control::default()).map_err(|problems| problems.0)
}

/// The only problem of an image.
#[track_caller]
fn fails(image: &Image, root: &Path, code: Code, path: &str) -> Problem {
    let mut problems = on_disk(image, root).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    let problem = problems.remove(0);
    assert_eq!((problem.code, problem.path.as_str()), (code, path), "{}", problem.message);
    assert!(!problem.hint.is_empty());
    problem
}

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

const REQUIREMENTS: &str = "/steps/1/pipInstallFromRequirements/source";
const DIRECTORY: &str = "/steps/1/addLocalDir/source";

/// Path, file, line and pattern of everything that is left out.
fn ignored(image: &Image, root: &Path) -> Vec<Record> {
    let contents = on_disk(image, root).unwrap().contents();
    contents.ignored.into_iter().map(|record| (record.path, record.file, record.line, record.pattern)).collect()
}

/// The path, and the file, the line and the pattern of the rule.
type Record = (String, Option<String>, Option<usize>, String);

fn record(path: &str, file: Option<&str>, line: impl Into<Option<usize>>, pattern: &str) -> Record {
    (path.to_owned(), file.map(str::to_owned), line.into(), pattern.to_owned())
}

/// The paths of what is sent of the first source.
fn sent(image: &Image, root: &Path) -> Vec<String> {
    let resolved = on_disk(image, root).unwrap();
    resolved.resolved().contexts[0].entries.iter().map(|entry| entry.path.clone()).collect()
}

#[test]
fn what_is_left_out_is_reported_with_the_line_that_did_it_and_a_directory_once() {
    let root = root(&[
        (".dockerignore", "# rules\n\nsrc/node_modules\n  **/*.log  \n!src/keep.log\n"),
        ("src/a.js", ""),
        ("src/node_modules/x/index.js", ""),
        ("src/node_modules/y.log", ""),
        ("src/keep.log", ""),
        ("src/sub/b.log", ""),
        ("src/sub/c.tmp", ""),
        ("other/d.log", ""),
    ]);
    symlink("a.js", root.path().join("src/link.log")).unwrap();
    fs::create_dir(root.path().join("src/empty.log")).unwrap();
    let step = AddLocalDir {
        source: "src".into(),
        destination: "/src".into(),
        exclude: vec!["*.none".into(), "**/*.tmp".into()],
        ..AddLocalDir::default()
    };
    let image = base().with(step).add_local_dir("other/", "/other");
    let file = Some(".dockerignore");
    let expected = [
        record("src/empty.log/", file, 4, "**/*.log"),
        record("src/link.log", file, 4, "**/*.log"),
        record("src/node_modules/", file, 3, "src/node_modules"),
        record("src/sub/b.log", file, 4, "**/*.log"),
        record("src/sub/c.tmp", None, 2, "**/*.tmp"),
        record("other/d.log", file, 4, "**/*.log"),
    ];
    // `other` keeps nothing, which is a mistake of its own: here it has one file more.
    write(root.path(), &[("other/e.js", "")]);
    assert_eq!(ignored(&image, root.path()), expected);
    assert_eq!(sent(&image, root.path()), ["a.js", "keep.log", "sub"]);
}

#[test]
fn what_is_left_out_of_the_root_itself_has_its_path_below_it() {
    let root = root(&[(".dockerignore", "git\n*.env"), ("git/config", ""), ("a.env", ""), ("b", "")]);
    let image = base().add_local_dir(".", "/app");
    let file = Some(".dockerignore");
    assert_eq!(ignored(&image, root.path()), [record("a.env", file, 2, "*.env"), record("git/", file, 1, "git")]);
    assert_eq!(sent(&image, root.path()), [".dockerignore", "b"]);
}

#[test]
fn what_git_keeps_is_reported_with_the_rule_that_is_built_in() {
    let root = root(&[(".dockerignore", "**/.git\n"), (".git/config", ""), ("b/.git", "gitdir: /x"), ("b/c", "")]);
    let expected = [record(".git/", None, None, "**/.git"), record("b/.git", None, None, "**/.git")];
    assert_eq!(ignored(&base().add_local_dir(".", "/app"), root.path()), expected);
}

#[test]
fn an_exception_below_a_directory_opens_it_and_the_rest_is_reported_one_by_one() {
    let root = root(&[
        (".dockerignore", "d/x\n!d/x/keep/a\n"),
        ("d/x/keep/a", ""),
        ("d/x/keep/b", ""),
        ("d/x/c", ""),
        ("d/x/z/e", ""),
    ]);
    let image = base().add_local_dir("d", "/d");
    let file = Some(".dockerignore");
    let expected =
        [record("d/x/c", file, 1, "d/x"), record("d/x/keep/b", file, 1, "d/x"), record("d/x/z/", file, 1, "d/x")];
    assert_eq!(ignored(&image, root.path()), expected);
    assert_eq!(sent(&image, root.path()), ["x", "x/keep", "x/keep/a"]);
}

#[test]
fn what_is_left_out_is_not_read() {
    let root = root(&[(".dockerignore", "d/run\nd/*.sock\nd/out\n"), ("d/a", ""), ("d/run/b", "")]);
    pipe(&root.path().join("d/run/pipe"));
    pipe(&root.path().join("d/x.sock"));
    symlink("/etc/passwd", root.path().join("d/out")).unwrap();
    assert_eq!(sent(&base().add_local_dir("d", "/d"), root.path()), ["a"]);
}

#[test]
fn what_an_ignore_file_says_in_other_words_is_the_same_image() {
    let root = root(&[("d/a", "a"), ("d/b.log", "b"), ("d/tmp/c", "c")]);
    let image = base().add_local_dir("d", "/d");
    let keys = |text: &str| {
        write(root.path(), &[(".dockerignore", text)]);
        on_disk(&image, root.path()).unwrap().hashes(&Control::default()).unwrap().snapshot_ref
    };
    let key = keys("d/tmp\n**/*.log\n");
    assert_eq!(keys("# a comment\r\n\r\n/d/tmp/\r\nd/*.log\r\n"), key);
    assert_eq!(keys("# another comment\nd/*\n!d/a\n"), key);
    assert_ne!(keys("d/tmp\n"), key);
    write(root.path(), &[("d/b.log", "other"), ("d/tmp/c", "other"), ("d/tmp/d", "more")]);
    assert_eq!(keys("d/tmp\n**/*.log\n"), key, "what is left out may change");
}

#[test]
fn only_a_file_of_this_very_name_in_the_root_is_the_ignore_file() {
    let root = root(&[(".DockerIgnore", "*"), ("d/.dockerignore", "*"), (".gitignore", "*"), ("d/a", "")]);
    let image = base().add_local_dir("d", "/d");
    assert_eq!(sent(&image, root.path()), [".dockerignore", "a"]);
    assert_eq!(ignored(&image, root.path()), []);
}

#[test]
fn an_ignore_file_that_cannot_be_read_is_an_error() {
    let image = base().add_local_dir("d", "/d");
    let with_link = |target: &str| {
        let root = root(&[("d/a", ""), ("rules", "b")]);
        symlink(target, root.path().join(".dockerignore")).unwrap();
        root
    };
    on_disk(&image, with_link("rules").path()).unwrap();
    fails(&image, with_link(".dockerignore").path(), Code::SourceUnreadable, DIRECTORY);
    fails(&image, with_link("none").path(), Code::SourceMissing, DIRECTORY);
    fails(&image, with_link("/etc/passwd").path(), Code::SourceOutsideRoot, DIRECTORY);
    fails(&image, with_link("d").path(), Code::SourceWrongKind, DIRECTORY);
    let piped = root(&[("d/a", "")]);
    pipe(&piped.path().join(".dockerignore"));
    fails(&image, piped.path(), Code::SourceWrongKind, DIRECTORY);
    let binary = root(&[("d/a", "")]);
    fs::write(binary.path().join(".dockerignore"), b"a\xff").unwrap();
    let problem = fails(&image, binary.path(), Code::InvalidPattern, DIRECTORY);
    assert!(problem.message.contains("`.dockerignore`"), "{}", problem.message);
    let wrong = root(&[("d/a", ""), (".dockerignore", "a\n\n[b\n")]);
    let problem = fails(&image, wrong.path(), Code::InvalidPattern, DIRECTORY);
    assert!(problem.message.contains("line 3") && problem.message.contains("`[b`"), "{}", problem.message);
}

#[test]
fn a_directory_of_which_nothing_is_left_is_an_error_that_names_the_line() {
    let root = root(&[("d/a", ""), ("d/b/c", ""), (".dockerignore", "# all\n**\n")]);
    let problem = fails(&base().add_local_dir("d", "/d"), root.path(), Code::SourceIgnored, DIRECTORY);
    assert!(problem.message.contains("line 2") && problem.message.contains("`**`"), "{}", problem.message);
    assert!(problem.hint.contains("!**"), "{}", problem.hint);
    let step = AddLocalDir {
        source: "d".into(),
        destination: "/d".into(),
        exclude: vec!["!**".into()],
        ..AddLocalDir::default()
    };
    assert_eq!(sent(&base().with(step), root.path()), ["a", "b", "b/c"]);
}

/// Puts something where a requirements file should be.
type Make<'a> = &'a dyn Fn(&Path);

#[test]
fn requirements_that_cannot_be_read_are_errors_wherever_they_are_named() {
    let direct = base().pip_install_from_requirements("r.txt");
    let included = base().pip_install_from_requirements("top.txt");
    let with = |make: Make| {
        let root = root(&[("top.txt", "-r r.txt\n"), ("real.txt", "a\n"), ("d/f", "")]);
        make(&root.path().join("r.txt"));
        root
    };
    let expected: [(Code, Make); 7] = [
        (Code::SourceMissing, &|_| ()),
        (Code::SourceMissing, &|path| symlink("none", path).unwrap()),
        (Code::SourceUnreadable, &|path| symlink("r.txt", path).unwrap()),
        (Code::SourceOutsideRoot, &|path| symlink("/etc/passwd", path).unwrap()),
        (Code::SourceWrongKind, &|path| fs::create_dir(path).unwrap()),
        (Code::SourceWrongKind, &|path| symlink("d", path).unwrap()),
        (Code::SourceWrongKind, &pipe),
    ];
    for (code, make) in expected {
        let root = with(make);
        for image in [&direct, &included] {
            let problem = fails(image, root.path(), code, REQUIREMENTS);
            assert!(problem.message.contains("`r.txt`"), "{}", problem.message);
        }
    }
    let linked = with(&|path| symlink("real.txt", path).unwrap());
    for image in [&direct, &included] {
        on_disk(image, linked.path()).unwrap();
    }
    let binary = with(&|path| fs::write(path, b"a # \xff\n").unwrap());
    for image in [&direct, &included] {
        fails(image, binary.path(), Code::InvalidRequirement, REQUIREMENTS);
    }
    let local = with(&|path| fs::write(path, "a\n\n-e . # me\n").unwrap());
    let problem = fails(&included, local.path(), Code::InvalidRequirement, REQUIREMENTS);
    assert!(problem.message.contains("`r.txt`, line 3"), "{}", problem.message);
}

#[test]
fn a_requirements_file_in_the_wrong_case_is_missing_and_the_hint_has_the_right_one() {
    let root = root(&[("top.txt", "-r Base.txt\n"), ("base.txt", "a\n")]);
    let image = base().pip_install_from_requirements("top.txt");
    let problem = fails(&image, root.path(), Code::SourceMissing, REQUIREMENTS);
    assert!(problem.hint.contains("`base.txt`"), "{}", problem.hint);
}

#[test]
fn requirements_are_listed_with_their_own_paths_and_the_stage_they_go_to() {
    let root = root(&[("app/r.txt", "-c ../c.txt\n"), ("c.txt", "a<2\n")]);
    let stage = base().pip_install_from_requirements("app/r.txt");
    let described = on_disk(&Image::base("debian:12").stage("wheels", &stage), root.path()).unwrap().contents();
    let files: Vec<_> = described
        .files
        .iter()
        .map(|file| (file.path.as_str(), file.destination.as_str(), file.stage.as_deref(), file.mode))
        .collect();
    let stage = Some("wheels");
    let expected =
        [("app/r.txt", "/.requirements/app/r.txt", stage, 0o644), ("c.txt", "/.requirements/c.txt", stage, 0o644)];
    assert_eq!(files, expected);
}

#[test]
fn a_requirements_file_that_changes_between_reading_and_hashing_is_an_error() {
    let root = root(&[("r.txt", "-c c.txt\n"), ("c.txt", "a<2\n")]);
    let image = base().pip_install_from_requirements("r.txt");
    let texts = |r: &str, c: &str| -> Texts {
        [("r.txt", r), ("c.txt", c)].map(|(path, text)| (path.to_owned(), Some(text.as_bytes().to_vec()))).into()
    };
    let resolve = |texts| {
        let recipe = image.recipe().unwrap().with_texts(texts).unwrap();
        resolve(recipe, Some(root.path()), &Control::default())
    };
    resolve(texts("-c c.txt\n", "a<2\n")).unwrap();
    for (texts, name) in [(texts("-c c.txt # x\n", "a<2\n"), "`r.txt`"), (texts("-c c.txt\n", "a<3\n"), "`c.txt`")] {
        let problems = resolve(texts).unwrap_err().0;
        assert_eq!(
            (problems.len(), problems[0].code, problems[0].path.as_str()),
            (1, Code::SourceChanged, REQUIREMENTS)
        );
        assert!(problems[0].message.contains(name), "{}", problems[0].message);
    }
}

#[test]
fn a_requirements_file_that_changes_after_it_was_resolved_is_an_error() {
    let root = root(&[("r.txt", "-c c.txt\n"), ("c.txt", "a<2\n")]);
    let resolved = on_disk(&base().pip_install_from_requirements("r.txt"), root.path()).unwrap();
    write(root.path(), &[("c.txt", "a<3\n")]);
    let cache = tempdir().unwrap();
    let problems = resolved.pack(&Control::with_cache(cache.path())).unwrap_err().0;
    assert_eq!(problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), [Code::SourceChanged]);
}

#[test]
fn a_pyproject_is_read_and_not_sent() {
    let root = root(&[("app/pyproject.toml", "[project]\ndependencies = ['a']\n")]);
    let image = base().pip_install_from_pyproject("app/pyproject.toml");
    let first = on_disk(&image, root.path()).unwrap();
    assert_eq!(first.resolved().contexts, []);
    assert_eq!(first.root(), root.path().canonicalize().unwrap());
    write(root.path(), &[("app/pyproject.toml", "# new\n[project]\nname = 'x'\ndependencies = ['a']\n")]);
    assert_eq!(on_disk(&image, root.path()).unwrap().resolved().image_digest, first.resolved().image_digest);
    write(root.path(), &[("app/pyproject.toml", "[project]\ndependencies = ['a', 'b']\n")]);
    assert_ne!(on_disk(&image, root.path()).unwrap().resolved().image_digest, first.resolved().image_digest);
}

#[test]
fn text_files_need_a_root_that_exists() {
    for image in [base().pip_install_from_pyproject("p"), base().pip_install_from_requirements("r")] {
        let problems = on_disk(&image, Path::new("/no/such/root")).unwrap_err();
        assert_eq!(problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), [Code::InvalidRoot]);
    }
}

/// An ignore file that is named must exist, but not if another directory asks for the same file without naming it.
#[test]
fn a_missing_ignore_file_is_a_mistake_though_another_directory_may_do_without() {
    let root = root(&[("a/f", ""), ("b/f", "")]);
    let named = AddLocalDir {
        source: "b".into(),
        destination: "/b".into(),
        ignore_file: Some(".dockerignore".into()),
        ..AddLocalDir::default()
    };
    assert!(on_disk(&base().with(named.clone()), root.path()).is_err());
    let both = base().add_local_dir("a", "/a").with(named);
    assert!(on_disk(&both, root.path()).is_err(), "an ignore file that does not exist");
}

#[test]
fn a_missing_requirements_file_hides_no_missing_source() {
    let image = base().pip_install_from_requirements("r.txt").add_local_file("f", "/f");
    assert_eq!(on_disk(&image, root(&[]).path()).unwrap_err().len(), 2);
}

/// `addLocalDir` installs nothing.
#[test]
fn the_hint_for_a_directory_in_place_of_requirements_does_not_propose_add_local_dir() {
    let root = root(&[("d/f", "")]);
    let problem = fails(&base().pip_install_from_requirements("d"), root.path(), Code::SourceWrongKind, REQUIREMENTS);
    assert!(!problem.hint.contains("addLocalDir"), "the hint is that of another step");
}

/// So many files that listing their directory for each would take minutes.
#[test]
fn a_directory_is_listed_once_to_hash_all_that_a_requirements_file_includes() {
    let names: Vec<_> = (0..6000).map(|i| format!("{i}.txt")).collect();
    let root = root(&[("all.txt", &format!("-r {}\n", names.join("\n-r ")))]);
    write(root.path(), &names.iter().map(|name| (name.as_str(), "a\n")).collect::<Vec<_>>());
    let resolved = on_disk(&base().pip_install_from_requirements("all.txt"), root.path()).unwrap();
    assert_eq!(resolved.context_hashes(&Control::default()).unwrap().len(), 6001);
}
