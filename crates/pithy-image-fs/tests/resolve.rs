//! What is said about sources that cannot be used, and how long work is followed and stopped.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by a panic")]
#![cfg(unix)] // links, pipes and modes are those of Unix

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pithy_image::steps::AddLocalDir;
use pithy_image::{Code, Image, Problem, Severity};
use pithy_image_fs::{Cancel, Control, OnDisk, Progress, resolve};
use tempfile::{TempDir, tempdir};

fn base() -> Image {
    Image::base("debian:12")
}

/// A root with these files, each with its own path for content.
fn root(files: &[&str]) -> TempDir {
    let root = tempdir().unwrap();
    for file in files {
        let path = root.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file).unwrap();
    }
    root
}

fn on_disk(image: &Image, root: &Path) -> Result<OnDisk, Vec<Problem>> {
    resolve(image.recipe().unwrap(), Some(root), &Control::default()).map_err(|problems| problems.0)
}

/// The only problem of an image; whatever it is, it names the absolute root.
#[track_caller]
fn fails(image: &Image, root: &Path, code: Code, path: &str) -> Problem {
    let mut problems = on_disk(image, root).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    let problem = problems.remove(0);
    assert_eq!((problem.code, problem.path.as_str()), (code, path), "{}", problem.message);
    assert!(problem.message.contains(root.canonicalize().unwrap().to_str().unwrap()), "{}", problem.message);
    assert!(!problem.hint.is_empty());
    problem
}

const FILE: &str = "/steps/1/addLocalFile/source";
const DIRECTORY: &str = "/steps/1/addLocalDir/source";

#[test]
fn a_missing_source_is_an_error_that_names_it() {
    let root = root(&["a"]);
    for source in ["b", "no/b", "a/b"] {
        let problem = fails(&base().add_local_file(source, "/b"), root.path(), Code::SourceMissing, FILE);
        assert!(problem.message.contains(&format!("`{source}`")), "{}", problem.message);
        fails(&base().add_local_dir(source, "/b"), root.path(), Code::SourceMissing, DIRECTORY);
    }
    symlink("nowhere", root.path().join("dangling")).unwrap();
    fails(&base().add_local_file("dangling", "/b"), root.path(), Code::SourceMissing, FILE);
}

/// As macOS and Windows say it, where the wrong spelling could be opened.
#[test]
fn a_path_in_the_wrong_case_is_missing_and_the_hint_has_the_right_one() {
    let root = root(&["daytona/Execution.sh", "d/f"]);
    let problem = fails(&base().add_local_file("Daytona/execution.sh", "/e"), root.path(), Code::SourceMissing, FILE);
    assert!(problem.message.contains("`Daytona/execution.sh` does not exist"), "{}", problem.message);
    assert!(problem.hint.contains("`daytona/Execution.sh`"), "{}", problem.hint);
    let problem = fails(&base().add_local_dir("Daytona", "/d"), root.path(), Code::SourceMissing, DIRECTORY);
    assert!(problem.hint.contains("`daytona`"), "{}", problem.hint);
    let step = AddLocalDir {
        source: "d".into(),
        destination: "/d".into(),
        ignore_file: Some("daytona/execution.sh".into()),
        ..AddLocalDir::default()
    };
    let image = base().with(step);
    let problem = fails(&image, root.path(), Code::SourceMissing, "/steps/1/addLocalDir/ignoreFile");
    assert!(problem.hint.contains("`daytona/Execution.sh`"), "{}", problem.hint);
}

#[test]
fn a_path_with_backslashes_should_have_slashes() {
    let root = root(&["src/app"]);
    let image = base().add_local_file(r"src\app", "/a");
    assert_eq!(fails(&image, root.path(), Code::SourceMissing, FILE).hint, "Write the path with `/`.");
}

#[test]
#[cfg(target_os = "linux")] // no other system keeps such files apart
fn names_that_differ_in_case_or_unicode_form_alone_are_several_files() {
    let names = ["README", "cafe\u{301}", "caf\u{e9}", "readme"];
    let root = root(&names.map(|name| ["d/", name].concat()).each_ref().map(String::as_str));
    let all = on_disk(&base().add_local_dir("d", "/d"), root.path()).unwrap();
    let entries = &all.resolved().contexts[0].entries;
    assert_eq!(entries.iter().map(|entry| entry.path.as_str()).collect::<Vec<_>>(), names);
    for name in names {
        let one = on_disk(&base().add_local_file(format!("d/{name}"), "/f"), root.path()).unwrap();
        assert_eq!(one.resolved().contexts[0].entries[0].size(), 2 + name.len() as u64, "the content is its own path");
    }
}

#[test]
fn a_directory_is_no_file_and_a_file_no_directory() {
    let root = root(&["d/f"]);
    let problem = fails(&base().add_local_file("d", "/d"), root.path(), Code::SourceWrongKind, FILE);
    assert_eq!(problem.hint, "Use `addLocalDir`.");
    let problem = fails(&base().add_local_dir("d/f", "/d"), root.path(), Code::SourceWrongKind, DIRECTORY);
    assert_eq!(problem.hint, "Use `addLocalFile`.");
}

#[test]
fn links_without_end_are_unreadable() {
    let root = root(&[]);
    symlink("b", root.path().join("a")).unwrap();
    symlink("a", root.path().join("b")).unwrap();
    fails(&base().add_local_file("a", "/a"), root.path(), Code::SourceUnreadable, FILE);
    fails(&base().add_local_dir("a", "/a"), root.path(), Code::SourceUnreadable, DIRECTORY);
}

#[test]
fn what_may_not_be_read_is_an_error_that_names_it() {
    let root = root(&["f", "d/x/g"]);
    let (file, directory) = (root.path().join("f"), root.path().join("d/x"));
    for path in [&file, &directory] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
    }
    if File::open(&file).is_ok() {
        eprintln!("skipped: this user may read everything");
        return;
    }
    let problem = fails(&base().add_local_file("f", "/f"), root.path(), Code::SourceUnreadable, FILE);
    assert!(problem.message.contains("/f`"), "{}", problem.message);
    let problem = fails(&base().add_local_dir("d", "/d"), root.path(), Code::SourceUnreadable, DIRECTORY);
    assert!(problem.message.contains("d/x`"), "{}", problem.message);
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_link_that_leads_out_of_the_root_is_an_error_that_names_its_end() {
    let outside = root(&["secret"]);
    let root = root(&["a"]);
    symlink(outside.path(), root.path().join("out")).unwrap();
    symlink("..", root.path().join("up")).unwrap();
    let problem = fails(&base().add_local_file("out/secret", "/s"), root.path(), Code::SourceOutsideRoot, FILE);
    assert!(problem.message.contains(outside.path().canonicalize().unwrap().to_str().unwrap()), "{}", problem.message);
    fails(&base().add_local_dir("out", "/s"), root.path(), Code::SourceOutsideRoot, DIRECTORY);
    fails(&base().add_local_dir("up", "/s"), root.path(), Code::SourceOutsideRoot, DIRECTORY);
    let sibling = format!("{}-sibling", root.path().display());
    fs::create_dir(&sibling).unwrap();
    symlink(&sibling, root.path().join("sibling")).unwrap();
    let found = on_disk(&base().add_local_dir("sibling", "/s"), root.path());
    fs::remove_dir(&sibling).unwrap();
    assert_eq!(found.unwrap_err()[0].code, Code::SourceOutsideRoot, "a name that only begins like the root is outside");
}

#[test]
fn a_link_to_a_file_below_the_root_is_that_file_under_its_own_name() {
    let root = root(&["real/f"]);
    symlink("real/f", root.path().join("link")).unwrap();
    let linked = on_disk(&base().add_local_file("link", "/x"), root.path()).unwrap();
    let [context] = linked.resolved().contexts.as_slice() else { panic!() };
    assert!(context.archive_path.ends_with("/link"));
    assert_eq!(context.size(), "real/f".len() as u64, "mistake 7: it does not arrive empty");
}

#[test]
fn a_link_out_of_its_source_is_an_error_and_one_within_is_kept() {
    let root = root(&["d/f", "other"]);
    symlink("f", root.path().join("d/good")).unwrap();
    symlink("missing", root.path().join("d/dangling")).unwrap();
    on_disk(&base().add_local_dir("d", "/d"), root.path()).unwrap();
    for target in ["../other", "/etc/passwd", "x/../../other"] {
        let _ = fs::remove_file(root.path().join("d/bad"));
        symlink(target, root.path().join("d/bad")).unwrap();
        let problems = on_disk(&base().add_local_dir("d", "/d"), root.path()).unwrap_err();
        assert_eq!(problems.len(), 1);
        assert_eq!((problems[0].code, problems[0].path.as_str()), (Code::LinkOutsideSource, DIRECTORY));
        assert!(
            problems[0].message.contains("`bad`") && problems[0].message.contains(target),
            "{}",
            problems[0].message
        );
    }
}

#[test]
fn a_pipe_in_a_directory_is_an_error_and_is_not_waited_for() {
    let root = root(&["d/f"]);
    assert!(Command::new("mkfifo").arg(root.path().join("d/pipe")).status().unwrap().success());
    let problem = fails(&base().add_local_dir("d", "/d"), root.path(), Code::SourceWrongKind, DIRECTORY);
    assert!(problem.message.contains("`d/pipe`"), "{}", problem.message);
    fails(&base().add_local_file("d/pipe", "/d"), root.path(), Code::SourceWrongKind, FILE);
}

#[test]
fn a_script_whose_first_line_ends_with_crlf_is_a_finding() {
    let root = root(&["d/a"]);
    fs::write(root.path().join("d/run.sh"), "#!/bin/sh\r\n").unwrap();
    fs::write(root.path().join("d/right.sh"), "#!/bin/sh\n").unwrap();
    let mut findings = on_disk(&base().add_local_dir("d", "/d"), root.path()).unwrap().findings();
    findings.retain(|finding| finding.severity == Severity::Error);
    let found: Vec<_> = findings.iter().map(|finding| (finding.code, finding.path.as_str())).collect();
    assert_eq!(found, [("crlf_script", DIRECTORY)]);
    assert!(findings[0].message.starts_with("`d/run.sh` has a `#!` line"), "{}", findings[0].message);
}

#[cfg(target_os = "linux")] // elsewhere such names cannot exist
#[test]
fn a_name_or_link_that_is_no_text_is_an_error() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let root = root(&["d/f"]);
    let odd = root.path().join("d").join(OsStr::from_bytes(b"a\xff"));
    fs::write(&odd, "x").unwrap();
    let problem = fails(&base().add_local_dir("d", "/d"), root.path(), Code::InvalidFileName, DIRECTORY);
    assert!(problem.message.contains("`d/a\u{fffd}`"), "{}", problem.message);
    fs::remove_file(&odd).unwrap();
    fs::create_dir(&odd).unwrap();
    fs::write(odd.join("f"), "x").unwrap();
    fails(&base().add_local_dir("d", "/d"), root.path(), Code::InvalidFileName, DIRECTORY);
    let step = AddLocalDir {
        source: "d".into(),
        destination: "/d".into(),
        exclude: vec!["a*".into()],
        ..AddLocalDir::default()
    };
    let ignored = on_disk(&base().with(step), root.path()).unwrap().contents().ignored;
    assert_eq!(ignored.into_iter().map(|record| record.path).collect::<Vec<_>>(), ["d/a\u{fffd}/"]);
    fs::remove_dir_all(odd).unwrap();
    symlink(OsStr::from_bytes(b"a\xff"), root.path().join("d/link")).unwrap();
    let problem = fails(&base().add_local_dir("d", "/d"), root.path(), Code::InvalidFileName, DIRECTORY);
    assert!(problem.message.contains("`d/link`"), "{}", problem.message);
}

#[test]
fn a_name_that_no_image_layer_can_hold_is_an_error() {
    let root = root(&["d/.wh.f"]);
    let problems = on_disk(&base().add_local_dir("d", "/d"), root.path()).unwrap_err();
    assert_eq!(problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), [Code::InvalidFileName]);
}

#[test]
fn a_root_that_cannot_be_used_is_an_error_that_names_it() {
    let root = root(&["f"]);
    for path in [root.path().join("missing"), root.path().join("f")] {
        let problems = on_disk(&base().add_local_file("f", "/f"), &path).unwrap_err();
        assert_eq!((problems.len(), problems[0].code), (1, Code::InvalidRoot));
        assert!(problems[0].message.contains(path.to_str().unwrap()), "{}", problems[0].message);
        assert!(problems[0].hint.contains("PITHY_IMAGE_ROOT"));
    }
}

#[test]
fn an_image_without_local_sources_needs_no_root() {
    let resolved = on_disk(&base().add_file("/f", "text", None), Path::new("/no/such/root")).unwrap();
    assert_eq!(resolved.resolved().contexts.len(), 1);
}

#[test]
fn all_problems_are_reported_at_once_in_the_order_of_the_definition() {
    let root = root(&["d/f", "ok"]);
    let image = base()
        .add_local_file("missing", "/a")
        .add_local_file("ok", "/b")
        .add_local_dir("ok", "/c")
        .add_local_file("d", "/d")
        .add_local_dir("gone", "/e");
    let found: Vec<_> =
        on_disk(&image, root.path()).unwrap_err().into_iter().map(|problem| (problem.code, problem.path)).collect();
    let expected = [
        (Code::SourceMissing, "/steps/1/addLocalFile/source".to_owned()),
        (Code::SourceWrongKind, "/steps/3/addLocalDir/source".to_owned()),
        (Code::SourceWrongKind, "/steps/4/addLocalFile/source".to_owned()),
        (Code::SourceMissing, "/steps/5/addLocalDir/source".to_owned()),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_file_that_changes_after_it_was_resolved_is_an_error_and_nothing_is_published() {
    type Change = fn(&Path);
    let changes: [(Code, Change); 5] = [
        (Code::SourceChanged, |file| fs::write(file, "other").unwrap()),
        (Code::SourceChanged, |file| OpenOptions::new().append(true).open(file).unwrap().write_all(b"more").unwrap()),
        (Code::SourceChanged, |file| fs::write(file, "").unwrap()),
        (Code::SourceUnreadable, |file| fs::remove_file(file).unwrap()),
        (Code::SourceUnreadable, |file| {
            fs::remove_file(file).unwrap();
            fs::create_dir(file).unwrap();
        }),
    ];
    for (code, change) in changes {
        for image in [base().add_local_file("d/f.txt", "/f"), base().add_local_dir("d", "/d")] {
            let root = root(&["d/f.txt"]);
            fs::write(root.path().join("d/f.txt"), "texts").unwrap();
            let resolved = on_disk(&image, root.path()).unwrap();
            change(&root.path().join("d/f.txt"));
            let cache = tempdir().unwrap();
            let problems = resolved.pack(&Control::with_cache(cache.path())).unwrap_err().0;
            assert_eq!(problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), [code]);
            assert!(problems[0].message.contains("d/f.txt`"), "{}", problems[0].message);
            assert!(problems[0].path.ends_with("/source"), "{}", problems[0].path);
            let published = fs::read_dir(cache.path().join("v1/ctx")).unwrap().count();
            assert_eq!(published, 0);
            let left = fs::read_dir(cache.path().join("v1")).unwrap().map(|entry| entry.unwrap().file_name());
            let temporary = left.filter(|name| name.to_string_lossy().starts_with("tmp-")).count();
            assert_eq!(temporary, 0);
        }
    }
}

#[test]
fn a_file_that_changed_has_no_hash_of_daytona() {
    let root = root(&["f"]);
    let recipe = base().add_local_file("f", "/f").recipe().unwrap();
    let resolved = resolve(recipe, Some(root.path()), &Control::default()).unwrap();
    fs::write(root.path().join("f"), "F").unwrap();
    let problems = resolved.hashes(&Control::default()).unwrap_err().0;
    assert_eq!(problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), [Code::SourceChanged]);
    assert_eq!(problems[0].path, FILE);
}

#[test]
fn work_that_was_cancelled_before_does_not_begin() {
    let root = root(&["f"]);
    let control = Control::default();
    let recipe = base().add_local_file("f", "/f").recipe().unwrap();
    let resolved = resolve(recipe.clone(), Some(root.path()), &control).unwrap();
    control.cancel.cancel();
    let problems = resolve(recipe.clone(), Some(root.path()), &control).unwrap_err().0;
    assert_eq!(problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), [Code::Cancelled]);
    let cache = tempdir().unwrap();
    let problems = resolved.pack(&Control { cache: Some(cache.path().to_owned()), ..control }).unwrap_err().0;
    assert_eq!(problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), [Code::Cancelled]);
    assert_eq!(fs::read_dir(cache.path().join("v1/ctx")).unwrap().count(), 0);
}

#[test]
fn work_is_cancelled_in_the_middle_of_a_file() {
    let root = root(&[]);
    // Nothing but holes: no space is taken, but to read it all would take long.
    File::create(root.path().join("big")).unwrap().set_len(4 << 30).unwrap();
    let cancel = Cancel::default();
    let reports = Arc::new(Mutex::new(Vec::new()));
    let (switch, seen) = (cancel.clone(), reports.clone());
    let on_progress: Box<dyn Fn(Progress) + Send + Sync> = Box::new(move |progress| {
        seen.lock().unwrap().push(progress);
        switch.cancel();
    });
    let recipe = base().add_local_file("big", "/big").recipe().unwrap();
    let problems = resolve(
        recipe.clone(),
        Some(root.path()),
        &Control { cancel, on_progress: Some(on_progress), ..Control::default() },
    )
    .unwrap_err()
    .0;
    assert_eq!(problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), [Code::Cancelled]);
    let reports = reports.lock().unwrap();
    assert!(reports.iter().all(|progress| progress.bytes < progress.total_bytes && progress.files == 0), "{reports:?}");
}

#[test]
fn progress_adds_up_to_its_totals() {
    let root = root(&["d/a", "d/x/b", "d/empty", "f"]);
    fs::write(root.path().join("d/empty"), "").unwrap();
    fs::create_dir(root.path().join("d/directory")).unwrap();
    symlink("a", root.path().join("d/link")).unwrap();
    let reports = Arc::new(Mutex::new(Vec::new()));
    let seen = reports.clone();
    let on_progress: Box<dyn Fn(Progress) + Send + Sync> =
        Box::new(move |progress| seen.lock().unwrap().push(progress));
    let control = Control { on_progress: Some(on_progress), interval: Some(Duration::MAX), ..Control::default() };
    let recipe = base().add_local_dir("d", "/d").add_local_file("f", "/f").recipe().unwrap();
    let bytes = ("d/a".len() + "d/x/b".len() + "f".len()) as u64;
    let last = Progress { files: 4, total_files: 4, bytes, total_bytes: bytes };
    let reported = || std::mem::take(&mut *reports.lock().unwrap());
    let resolved = resolve(recipe.clone(), Some(root.path()), &control).unwrap();
    assert_eq!(reported(), [last]);
    resolved.context_hashes(&control).unwrap();
    assert_eq!(reported(), [last]);
    let cache = tempdir().unwrap();
    let control = Control { cache: Some(cache.path().to_owned()), ..control };
    for _ in 0..2 {
        resolved.pack(&control).unwrap();
        assert_eq!(reported(), [last]);
    }
}

/// Progress counts what is read.
#[test]
fn what_several_steps_copy_is_read_once_and_an_equal_part_of_it_once_more() {
    let root = root(&["d/a", "d/b.sh", "d/.dockerignore"]);
    fs::write(root.path().join("d/b.sh"), "#!/bin/sh\r\n").unwrap();
    fs::write(root.path().join("d/.dockerignore"), "").unwrap();
    symlink("d", root.path().join("link")).unwrap();
    let without_a = AddLocalDir {
        source: "d".into(),
        destination: "/less".into(),
        exclude: vec!["a".into()],
        ..AddLocalDir::default()
    };
    let twice = base().add_local_dir("d", "/1").add_local_dir("link", "/2").add_local_file("d/a", "/3");
    let image = twice.add_local_file("d/a", "/4").with(without_a.clone()).with(without_a);
    let total = Arc::new(Mutex::new(0));
    let seen = total.clone();
    let on_progress: Box<dyn Fn(Progress) + Send + Sync> =
        Box::new(move |progress| *seen.lock().unwrap() = progress.total_files);
    let control = Control { on_progress: Some(on_progress), ..Control::default() };
    let resolved = resolve(image.recipe().unwrap(), Some(root.path()), &control).unwrap();
    assert_eq!(*total.lock().unwrap(), 3 + 1 + 2, "files of `d`, `d/a`, files of `d` without `a`");
    let alone = on_disk(&base().add_local_dir("d", "/d"), root.path()).unwrap().describe();
    assert_eq!(alone.contexts[0].source_digest, resolved.describe().contexts[0].source_digest);
    let findings = resolved.findings();
    let scripts = findings.iter().filter(|finding| finding.code == "crlf_script");
    assert_eq!(scripts.count(), 4, "each step says it: {findings:?}");
}

#[test]
fn progress_of_packing_begins_before_its_end() {
    let root = root(&["f"]);
    File::create(root.path().join("big")).unwrap().set_len(1 << 20).unwrap();
    let cancel = Cancel::default();
    let recipe = base().add_local_file("big", "/big").add_local_file("f", "/f").recipe().unwrap();
    let resolved = resolve(recipe, Some(root.path()), &Control::default()).unwrap();
    let reports = Arc::new(Mutex::new(Vec::new()));
    let (switch, seen) = (cancel.clone(), reports.clone());
    let on_progress: Box<dyn Fn(Progress) + Send + Sync> = Box::new(move |progress| {
        seen.lock().unwrap().push(progress);
        switch.cancel();
    });
    let control =
        Control { cancel, on_progress: Some(on_progress), interval: Some(Duration::ZERO), ..Control::default() };
    let problems = resolved.context_hashes(&control).unwrap_err().0;
    assert_eq!(problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), [Code::Cancelled]);
    let reports = reports.lock().unwrap();
    assert!(reports[0].bytes > 0 && reports[0].bytes < reports[0].total_bytes, "{reports:?}");
}

/// Resolves without a root; writes the root that was taken, or the code of the first problem.
#[test]
#[ignore = "run by other tests, in a process of its own"]
fn child() {
    let recipe = base().add_local_file("f", "/f").recipe().unwrap();
    let text = match resolve(recipe, None, &Control::default()) {
        Ok(resolved) => resolved.root().display().to_string(),
        Err(problems) => format!("{:?}", problems.0[0].code),
    };
    fs::write(std::env::var_os("TEST_OUT").unwrap(), text).unwrap();
}

fn in_child(directory: &Path, variable: Option<&Path>) -> String {
    let out = tempdir().unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child", "--ignored"]).env("TEST_OUT", out.path().join("out")).current_dir(directory);
    command.env_remove("PITHY_IMAGE_ROOT").envs(variable.map(|path| ("PITHY_IMAGE_ROOT", path)));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    fs::read_to_string(out.path().join("out")).unwrap()
}

#[test]
fn without_a_root_the_environment_names_it_and_then_the_current_directory() {
    let (here, there) = (root(&["f"]), root(&["f"]));
    let absolute = |root: &TempDir| root.path().canonicalize().unwrap().display().to_string();
    assert_eq!(in_child(here.path(), None), absolute(&here));
    assert_eq!(in_child(here.path(), Some(there.path())), absolute(&there));
    assert_eq!(in_child(here.path(), Some(Path::new(""))), absolute(&here), "an empty variable counts as unset");
    assert_eq!(in_child(here.path(), Some(Path::new("/no/such/root"))), "InvalidRoot");
}

#[test]
fn a_root_that_was_given_goes_before_the_environment_and_may_be_relative() {
    let root = root(&["f"]);
    let given = on_disk(&base().add_local_file("f", "/f"), root.path()).unwrap();
    assert_eq!(given.root(), root.path().canonicalize().unwrap());
    let here = on_disk(&base().add_local_dir("src", "/src"), Path::new(".")).unwrap();
    assert_eq!(here.root(), std::env::current_dir().unwrap().canonicalize().unwrap());
}

#[test]
fn equal_files_are_sent_once_and_listed_with_their_own_paths() {
    let root = tempdir().unwrap();
    for name in ["a", "b"] {
        fs::create_dir(root.path().join(name)).unwrap();
        fs::write(root.path().join(name).join("run.sh"), "same").unwrap();
    }
    let image =
        base().add_local_file("a/run.sh", "/a").add_local_file("b/run.sh", "/b").add_file("/run.sh", "same", None);
    let found = on_disk(&image, root.path()).unwrap();
    let (described, contents) = (found.describe(), found.contents());
    assert_eq!(described.contexts.len(), 1);
    let listed: Vec<_> = contents.files.iter().map(|file| (file.path.as_str(), file.destination.as_str())).collect();
    assert_eq!(listed, [("a/run.sh", "/a"), ("b/run.sh", "/b"), ("/run.sh", "/run.sh")]);
}

#[test]
fn a_cache_within_a_source_is_refused_since_it_would_change_the_image() {
    let root = root(&["p/a"]);
    let cache = root.path().join("p/.cache");
    let image = base().add_local_dir("p", "/p");
    let problems = on_disk(&image, root.path()).unwrap().pack(&Control::with_cache(&cache)).unwrap_err().0;
    assert_eq!((problems[0].code, problems[0].path.as_str()), (Code::CacheUnusable, "/steps/1/addLocalDir/source"));
    let elsewhere = root.path().join("cache");
    assert!(on_disk(&image, root.path()).unwrap().pack(&Control::with_cache(&elsewhere)).is_ok());
}
