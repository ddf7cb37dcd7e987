//! The context cache: its contents are complete and right, whatever other processes do, and whatever happened before.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by a panic")]
#![cfg(unix)] // links, modes, owners and signals are those of Unix

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use pithy_image::steps::AddLocalFile;
use pithy_image::{Code, ContextHash, Image};
use pithy_image_fs::{Control, OnDisk, PackedContext, resolve};
use tempfile::{TempDir, tempdir};

/// A root with a tree of all that can be in one, and a plain file.
fn root() -> TempDir {
    let root = tempdir().unwrap();
    let tree = root.path().join("tree");
    fs::create_dir_all(tree.join("sub/empty")).unwrap();
    fs::create_dir(tree.join("locked")).unwrap();
    for (name, content, mode) in [
        ("plain", "plain\n", 0o600),
        ("run.sh", "#!/bin/sh\n", 0o700),
        ("sub/ünï [id] $x", "odd", 0o666),
        ("sub/empty-file", "", 0o644),
        (LONG, "long", 0o644),
    ] {
        fs::create_dir_all(tree.join(name).parent().unwrap()).unwrap();
        fs::write(tree.join(name), content).unwrap();
        fs::set_permissions(tree.join(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    fs::set_permissions(tree.join("locked"), fs::Permissions::from_mode(0o700)).unwrap();
    symlink("plain", tree.join("link")).unwrap();
    symlink("../sub", tree.join("sub/up")).unwrap();
    symlink("x".repeat(150), tree.join("dangling")).unwrap();
    fs::write(root.path().join("run.sh"), "#!/bin/sh\n").unwrap();
    fs::set_permissions(root.path().join("run.sh"), fs::Permissions::from_mode(0o711)).unwrap();
    root
}

/// A path that fits into no header of a tar.
const LONG: &str = "long/nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn";

fn image() -> Image {
    Image::base("debian:12")
        .add_local_dir("tree", "/tree")
        .add_local_file("run.sh", "/run.sh")
        .add_file("/inline", "text", None)
}

fn on_disk(image: &Image, root: &Path) -> OnDisk {
    resolve(image.recipe().unwrap(), Some(root), &Control::default()).unwrap()
}

fn pack(image: &Image, root: &Path, cache: &Path) -> Vec<PackedContext> {
    on_disk(image, root).pack(&Control::with_cache(cache)).unwrap()
}

/// What is in a cache that nothing was left behind in.
const PARTS: [&str; 4] = ["ctx", "index", "known", "leases"];

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The hash that the SDK gives a context.
fn context_hash(packed: &PackedContext) -> String {
    let mut hash = ContextHash::new(&packed.archive_path);
    hash.update(&fs::read(&packed.source_path).unwrap());
    hash.finish()
}

#[test]
fn packed_files_have_the_names_bytes_and_modes_that_were_announced() {
    let (root, cache) = (root(), tempdir().unwrap());
    let resolved = on_disk(&image(), root.path());
    let packed = resolved.pack(&Control::with_cache(cache.path())).unwrap();
    assert_eq!(packed.len(), 3);
    for ((packed, context), hash) in
        packed.iter().zip(&resolved.resolved().contexts).zip(resolved.context_hashes(&Control::default()).unwrap())
    {
        assert!(packed.source_path.is_absolute());
        assert!(packed.source_path.ends_with(&packed.archive_path), "the SDK needs it");
        assert_eq!(packed.archive_path, context.archive_path);
        assert!(resolved.resolved().dockerfile.contains(&packed.archive_path));
        let found = fs::symlink_metadata(&packed.source_path).unwrap();
        assert!(found.is_file());
        assert_eq!((found.len(), found.mode() & 0o7777), (context.size(), context.mode()));
        assert_eq!(context_hash(packed), hash);
    }
    let modes: Vec<_> = packed.iter().map(|file| fs::metadata(&file.source_path).unwrap().mode() & 0o7777).collect();
    assert_eq!(modes, [0o644, 0o755, 0o644]);
    assert_eq!(fs::read(&packed[1].source_path).unwrap(), b"#!/bin/sh\n");
    assert_eq!(fs::read(&packed[2].source_path).unwrap(), b"text");
}

/// Kind, mode and content or target of every entry of a tar, by path.
fn read_tar(path: &Path) -> BTreeMap<String, (char, u32, String)> {
    let mut archive = tar::Archive::new(File::open(path).unwrap());
    let read = |entry: std::io::Result<tar::Entry<'_, File>>| {
        let mut entry = entry.unwrap();
        let header = entry.header().clone();
        assert_eq!((header.uid().unwrap(), header.gid().unwrap(), header.mtime().unwrap()), (0, 0, 0));
        assert_eq!((header.username().unwrap(), header.groupname().unwrap()), (Some(""), Some("")));
        let path = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
        let mode = header.mode().unwrap();
        let found = match header.entry_type() {
            tar::EntryType::Directory => ('d', mode, String::new()),
            tar::EntryType::Symlink => ('l', mode, entry.link_name().unwrap().unwrap().display().to_string()),
            tar::EntryType::Regular => {
                let mut content = String::new();
                entry.read_to_string(&mut content).unwrap();
                ('f', mode, content)
            }
            other => panic!("{path} is {other:?}"),
        };
        (path, found)
    };
    archive.entries().unwrap().map(read).collect()
}

#[test]
fn a_tree_is_a_tar_with_all_links_modes_and_empty_directories() {
    let (root, cache) = (root(), tempdir().unwrap());
    let packed = pack(&image(), root.path(), cache.path());
    let directory = |path: &str| (path.to_owned(), ('d', 0o755, String::new()));
    let file = |path: &str, mode, content: &str| (path.to_owned(), ('f', mode, content.to_owned()));
    let link = |path: &str, target: &str| (path.to_owned(), ('l', 0o777, target.to_owned()));
    let expected = BTreeMap::from([
        directory("./"),
        link("dangling", &"x".repeat(150)),
        link("link", "plain"),
        directory("locked/"),
        directory("long/"),
        file(LONG, 0o644, "long"),
        file("plain", 0o644, "plain\n"),
        file("run.sh", 0o755, "#!/bin/sh\n"),
        directory("sub/"),
        directory("sub/empty/"),
        file("sub/empty-file", 0o644, ""),
        link("sub/up", "../sub"),
        file("sub/ünï [id] $x", 0o644, "odd"),
    ]);
    assert_eq!(read_tar(&packed[0].source_path), expected);
}

#[test]
fn the_system_s_tar_reads_a_tree_and_unpacks_it_as_it_was() {
    let (root, cache, out) = (root(), tempdir().unwrap(), tempdir().unwrap());
    let packed = pack(&image(), root.path(), cache.path());
    let tar = &packed[0].source_path;
    let listed = Command::new("tar").args(["--numeric-owner", "-tvf"]).arg(tar).env("TZ", "UTC").output().unwrap();
    assert!(listed.status.success() && listed.stderr.is_empty(), "{}", String::from_utf8_lossy(&listed.stderr));
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert_eq!(listed.lines().count(), 13);
    assert!(listed.lines().next().unwrap().ends_with(" ./"), "{listed}");
    for line in listed.lines() {
        assert!(line.contains(" 0/0 ") && line.contains(" 1970-01-01 00:00 "), "{line}");
    }
    let unpacked = Command::new("tar").arg("-xpf").arg(tar).arg("-C").arg(out.path()).output().unwrap();
    assert!(unpacked.status.success() && unpacked.stderr.is_empty());
    let same =
        Command::new("diff").args(["-r", "--no-dereference"]).arg(root.path().join("tree")).arg(out.path()).status();
    assert!(same.unwrap().success());
}

#[test]
fn a_tree_without_entries_is_a_tar_still() {
    let (root, cache) = (tempdir().unwrap(), tempdir().unwrap());
    fs::create_dir(root.path().join("empty")).unwrap();
    let packed = pack(&Image::base("a").add_local_dir("empty", "/e"), root.path(), cache.path());
    assert_eq!(read_tar(&packed[0].source_path).into_keys().collect::<Vec<_>>(), ["./"]);
}

#[test]
fn a_mode_that_was_asked_for_is_in_the_tar() {
    let (root, cache) = (root(), tempdir().unwrap());
    let step =
        AddLocalFile { source: "run.sh".into(), destination: "/bin/setuid".into(), mode: Some(0o4711), chown: None };
    let packed = pack(&Image::base("a").with(step), root.path(), cache.path());
    let found = read_tar(&packed[0].source_path);
    assert_eq!(found["run.sh"], ('f', 0o4711, "#!/bin/sh\n".to_owned()));
    assert_eq!(found.len(), 2);
}

#[test]
fn what_is_packed_already_is_not_written_again_but_counts_as_used() {
    let (root, cache) = (root(), tempdir().unwrap());
    let first = pack(&image(), root.path(), cache.path());
    let old = SystemTime::now() - Duration::from_secs(24 * 60 * 60);
    let identity = |packed: &PackedContext| fs::metadata(&packed.source_path).unwrap().ino();
    let inodes: Vec<_> = first.iter().map(identity).collect();
    let known = fs::read_dir(cache.path().join("v1/known")).unwrap().map(|entry| entry.unwrap().path());
    let known: Vec<_> = known.collect();
    assert_eq!(known.len(), first.len());
    for path in &known {
        File::open(path).unwrap().set_modified(old).unwrap();
    }
    let second = pack(&image(), root.path(), cache.path());
    assert_eq!(first, second);
    assert_eq!(second.iter().map(identity).collect::<Vec<_>>(), inodes);
    for path in &known {
        let used = fs::metadata(path).unwrap().modified().unwrap();
        assert!(used.elapsed().unwrap_or_default() < Duration::from_secs(3600));
    }
}

#[test]
fn an_image_without_contexts_needs_no_cache() {
    let packed = on_disk(&Image::base("a"), Path::new("/")).pack(&Control::with_cache("/dev/null/x"));
    assert_eq!(packed.unwrap(), []);
}

#[test]
fn eight_threads_pack_one_image_at_once() {
    for broken in [false, true] {
        let (root, cache) = (root(), tempdir().unwrap());
        let resolved = on_disk(&image(), root.path());
        for _ in 0..20 {
            let packed = resolved.pack(&Control::with_cache(cache.path())).unwrap();
            for context in &packed {
                // Either everything is to be made, or everything is broken.
                if broken {
                    File::options().write(true).open(&context.source_path).unwrap().set_len(1).unwrap();
                } else {
                    fs::remove_dir_all(context.source_path.parent().unwrap()).unwrap();
                }
            }
            let start = Barrier::new(8);
            thread::scope(|scope| {
                let pack = || {
                    start.wait();
                    resolved.pack(&Control::with_cache(cache.path()))
                };
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(pack)).collect();
                for thread in threads {
                    assert_eq!(thread.join().unwrap().expect("every thread succeeds"), packed);
                }
            });
            let hashes: Vec<_> = packed.iter().map(context_hash).collect();
            assert_eq!(hashes, resolved.context_hashes(&Control::default()).unwrap());
            assert_eq!(names(&cache.path().join("v1")), PARTS, "nothing is left behind");
        }
    }
}

/// Packs the image of `TEST_ROOT` into `TEST_CACHE`, or where it belongs; writes the paths to `TEST_OUT`.
#[test]
#[ignore = "run by other tests, in a process of its own"]
fn child() {
    let path = |name| std::env::var_os(name).map(PathBuf::from);
    let image = if path("TEST_BIG").is_some() { Image::base("a").add_local_file("big", "/big") } else { image() };
    let packed =
        on_disk(&image, &path("TEST_ROOT").unwrap()).pack(&Control { cache: path("TEST_CACHE"), ..Control::default() });
    let text = match packed {
        Ok(packed) => packed.iter().map(|file| file.source_path.display().to_string()).collect::<Vec<_>>().join("\n"),
        Err(problems) => format!("{:?}\n", problems.0[0].code),
    };
    fs::write(path("TEST_OUT").unwrap(), text).unwrap();
}

fn child_command(root: &Path, out: &Path, umask: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("umask {umask}; exec \"$0\" --exact child --ignored")]);
    command.arg(std::env::current_exe().unwrap());
    command
        .env("TEST_ROOT", root)
        .env("TEST_OUT", out)
        .env_remove("PITHY_IMAGE_CACHE")
        .stdout(std::process::Stdio::null());
    command
}

/// The paths that a child packed.
fn wait(mut child: Child, out: &Path) -> Vec<String> {
    assert!(child.wait().unwrap().success());
    fs::read_to_string(out).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn four_processes_pack_one_image_at_once() {
    let (root, cache, out) = (root(), tempdir().unwrap(), tempdir().unwrap());
    let started: Vec<_> = (0..4)
        .map(|i| {
            let out = out.path().join(i.to_string());
            let child = child_command(root.path(), &out, "022").env("TEST_CACHE", cache.path()).spawn().unwrap();
            (child, out)
        })
        .collect();
    let results: Vec<_> = started.into_iter().map(|(child, out)| wait(child, &out)).collect();
    let expected: Vec<_> = pack(&image(), root.path(), cache.path())
        .into_iter()
        .map(|file| file.source_path.display().to_string())
        .collect();
    assert!(results.iter().all(|result| *result == expected), "{results:?}");
    assert_eq!(names(&cache.path().join("v1")), PARTS);
}

#[test]
fn the_cache_is_private_whatever_the_umask() {
    for umask in ["000", "077", "027"] {
        let (root, cache, out) = (root(), tempdir().unwrap(), tempdir().unwrap());
        let (cache, out) = (cache.path().join("new"), out.path().join("out"));
        let packed = wait(child_command(root.path(), &out, umask).env("TEST_CACHE", &cache).spawn().unwrap(), &out);
        for directory in [cache.join("v1"), cache] {
            assert_eq!(fs::metadata(directory).unwrap().mode() & 0o7777, 0o700, "umask {umask}");
        }
        let modes: Vec<_> = packed.iter().map(|file| fs::metadata(file).unwrap().mode() & 0o7777).collect();
        assert_eq!(modes, [0o644, 0o755, 0o644], "umask {umask}");
    }
}

#[test]
fn a_cache_that_others_could_enter_is_made_private() {
    let (root, cache) = (root(), tempdir().unwrap());
    fs::create_dir(cache.path().join("v1")).unwrap();
    fs::set_permissions(cache.path().join("v1"), fs::Permissions::from_mode(0o777)).unwrap();
    pack(&image(), root.path(), cache.path());
    assert_eq!(fs::metadata(cache.path().join("v1")).unwrap().mode() & 0o7777, 0o700);
}

#[track_caller]
fn unusable(root: &Path, cache: &Path) {
    let problems = on_disk(&image(), root).pack(&Control::with_cache(cache)).unwrap_err().0;
    assert_eq!((problems.len(), problems[0].code), (1, Code::CacheUnusable));
    assert!(problems[0].message.contains(cache.to_str().unwrap()), "{}", problems[0].message);
    assert!(problems[0].hint.contains("PITHY_IMAGE_CACHE"));
}

#[test]
fn a_link_in_place_of_the_cache_is_refused() {
    let (root, cache, elsewhere) = (root(), tempdir().unwrap(), tempdir().unwrap());
    symlink(elsewhere.path(), cache.path().join("v1")).unwrap();
    unusable(root.path(), cache.path());
    assert_eq!(names(elsewhere.path()), [""; 0], "nothing was written through the link");
}

#[test]
fn a_cache_that_was_named_and_cannot_be_used_is_an_error() {
    let (root, place) = (root(), tempdir().unwrap());
    let file = place.path().join("file");
    fs::write(&file, "").unwrap();
    unusable(root.path(), &file);
    unusable(root.path(), &file.join("below"));
    fs::create_dir(place.path().join("cache")).unwrap();
    fs::write(place.path().join("cache/v1"), "").unwrap();
    unusable(root.path(), &place.path().join("cache"));
}

#[test]
fn a_truncated_file_is_replaced() {
    let (root, cache) = (root(), tempdir().unwrap());
    let resolved = on_disk(&image(), root.path());
    let packed = resolved.pack(&Control::with_cache(cache.path())).unwrap();
    for (length, context) in packed.iter().enumerate() {
        File::options().write(true).open(&context.source_path).unwrap().set_len(length as u64).unwrap();
    }
    assert_eq!(resolved.pack(&Control::with_cache(cache.path())).unwrap(), packed);
    assert_eq!(
        packed.iter().map(context_hash).collect::<Vec<_>>(),
        resolved.context_hashes(&Control::default()).unwrap()
    );
    assert_eq!(names(&cache.path().join("v1")), PARTS);
    // A link where a file should be is not a packed file either.
    fs::remove_file(&packed[1].source_path).unwrap();
    symlink("/etc/passwd", &packed[1].source_path).unwrap();
    resolved.pack(&Control::with_cache(cache.path())).unwrap();
    assert!(fs::symlink_metadata(&packed[1].source_path).unwrap().is_file());
}

/// Sets the time of last use.
fn age(path: &Path, hours: u64) {
    let time = SystemTime::now() - Duration::from_secs(hours * 60 * 60);
    File::open(path).unwrap().set_modified(time).unwrap();
}

/// Puts a context into a cache that was last used so many hours ago.
fn stale(cache: &Path, name: &str, hours: u64, size: u64) {
    let directory = cache.join("v1/ctx").join(name);
    fs::create_dir_all(&directory).unwrap();
    File::create(directory.join("tree.tar")).unwrap().set_len(size).unwrap();
    age(&directory.join("tree.tar"), hours);
}

const DAY: u64 = 24;

#[test]
fn what_was_not_used_for_a_week_goes_and_what_was_used_stays() {
    let (root, cache) = (root(), tempdir().unwrap());
    stale(cache.path(), "old", 8 * DAY, 1);
    stale(cache.path(), "recent", 6 * DAY, 1);
    let packed = pack(&image(), root.path(), cache.path());
    let left = names(&cache.path().join("v1/ctx"));
    assert_eq!(left.len(), 4);
    assert!(left.contains(&"recent".to_owned()));
    age(&packed[0].source_path, 8 * DAY);
    let again = pack(&image().add_file("/new", "new", None), root.path(), cache.path());
    assert!(again[0].source_path.exists(), "what is asked for is used now");
}

#[test]
fn a_cache_that_is_too_big_loses_what_was_used_longest_ago_but_nothing_of_the_last_day() {
    let (root, cache) = (root(), tempdir().unwrap());
    for (name, hours) in [("a", 5 * DAY), ("b", 4 * DAY), ("c", 3 * DAY), ("d", 1), ("e", 2)] {
        stale(cache.path(), name, hours, 1_200 << 20); // nothing but holes
    }
    pack(&image(), root.path(), cache.path());
    let mut left = names(&cache.path().join("v1/ctx"));
    left.retain(|name| name.len() == 1);
    assert_eq!(left, ["c", "d", "e"], "3.6 GiB are under the limit of 4");
    for (name, hours) in [("f", 3), ("g", 4), ("h", 5)] {
        stale(cache.path(), name, hours, 1_200 << 20);
    }
    pack(&image().add_file("/new", "new", None), root.path(), cache.path());
    let mut left = names(&cache.path().join("v1/ctx"));
    left.retain(|name| name.len() == 1);
    assert_eq!(left, ["d", "e", "f", "g", "h"], "over the limit, but an upload may be reading them");
}

#[test]
fn what_a_killed_process_left_behind_goes_after_a_day() {
    let (root, cache) = (root(), tempdir().unwrap());
    for (name, hours) in [("tmp-old", 2 * DAY), ("tmp-new", 1)] {
        let directory = cache.path().join("v1").join(name);
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("tree.tar"), "half").unwrap();
        age(&directory, hours);
    }
    pack(&image(), root.path(), cache.path());
    assert_eq!(names(&cache.path().join("v1")), [&PARTS[..], &["tmp-new"]].concat());
}

#[test]
fn a_process_that_is_killed_in_the_middle_leaves_nothing_that_looks_complete() {
    let (root, cache, out) = (tempdir().unwrap(), tempdir().unwrap(), tempdir().unwrap());
    File::create(root.path().join("big")).unwrap().set_len(16 << 20).unwrap();
    let out = out.path().join("out");
    let mut command = child_command(root.path(), &out, "022");
    let mut child = command.env("TEST_CACHE", cache.path()).env("TEST_BIG", "1").spawn().unwrap();
    let private = cache.path().join("v1");
    let half = || {
        let temporary =
            fs::read_dir(&private).ok()?.flatten().find(|e| e.file_name().to_string_lossy().starts_with("tmp-"))?;
        fs::metadata(temporary.path().join("big")).ok().filter(|found| found.len() > 0)
    };
    let start = Instant::now();
    while half().is_none() {
        assert_eq!(child.try_wait().unwrap(), None, "it ended before it could be killed");
        assert!(start.elapsed() < Duration::from_secs(120));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!out.exists(), "it did not come to its end");
    assert_eq!(names(&private.join("ctx")), [""; 0]);
    assert!(names(&private).iter().any(|name| name.starts_with("tmp-")), "it was in the middle");
    let resolved = on_disk(&Image::base("a").add_local_file("big", "/big"), root.path());
    let packed = resolved.pack(&Control::with_cache(cache.path())).unwrap();
    assert_eq!(fs::metadata(&packed[0].source_path).unwrap().len(), 16 << 20);
    assert_eq!(vec![context_hash(&packed[0])], resolved.context_hashes(&Control::default()).unwrap());
}

/// Where a child packs when nothing is named but these variables.
fn packed_with(root: &Path, variables: &[(&str, &Path)]) -> Vec<String> {
    let out = tempdir().unwrap();
    let out = out.path().join("out");
    let mut command = child_command(root, &out, "022");
    command.env_remove("XDG_CACHE_HOME").envs(variables.iter().copied());
    wait(command.spawn().unwrap(), &out)
}

#[test]
fn the_environment_names_the_cache_and_else_it_is_the_platform_s() {
    let (root, place) = (root(), tempdir().unwrap());
    let place = place.path().canonicalize().unwrap();
    let (named, xdg, home) = (place.join("named"), place.join("xdg"), place.join("home"));
    let below = |directory: &Path, packed: Vec<String>| {
        assert_eq!(packed.len(), 3);
        let inside = directory.join("v1/ctx");
        assert!(packed.iter().all(|path| Path::new(path).starts_with(&inside)), "{packed:?}");
    };
    below(&named, packed_with(root.path(), &[("PITHY_IMAGE_CACHE", &named), ("XDG_CACHE_HOME", &xdg)]));
    assert!(!xdg.exists());
    below(&xdg.join("pithy-image"), packed_with(root.path(), &[("XDG_CACHE_HOME", &xdg), ("HOME", &home)]));
    below(&home.join(".cache/pithy-image"), packed_with(root.path(), &[("HOME", &home)]));
    let empty = [("PITHY_IMAGE_CACHE", Path::new("")), ("HOME", &home)];
    below(&home.join(".cache/pithy-image"), packed_with(root.path(), &empty));
}

#[test]
fn without_a_home_that_can_be_written_a_fresh_private_directory_is_used() {
    let (root, place) = (root(), tempdir().unwrap());
    let place = place.path().canonicalize().unwrap();
    let (file, temporary) = (place.join("file"), place.join("tmp"));
    fs::write(&file, "").unwrap();
    fs::create_dir(&temporary).unwrap();
    let home = file.join("home");
    let variables = [("HOME", &*home), ("XDG_CACHE_HOME", &*home), ("TMPDIR", &*temporary)];
    let packed = packed_with(root.path(), &variables);
    assert_eq!(packed.len(), 3);
    for path in &packed {
        assert!(Path::new(path).starts_with(&temporary) && Path::new(path).is_file(), "{path}");
    }
    let [fresh] = &names(&temporary)[..] else { panic!("one directory") };
    assert_eq!(fs::metadata(temporary.join(fresh)).unwrap().mode() & 0o7777, 0o700);
    packed_with(root.path(), &variables);
    assert_eq!(names(&temporary).len(), 2, "nothing that somebody else could have put there is used");
    let named = [&variables[..], &[("PITHY_IMAGE_CACHE", &*home)]].concat();
    assert_eq!(packed_with(root.path(), &named), ["CacheUnusable"], "a cache that was named is not replaced");
}
