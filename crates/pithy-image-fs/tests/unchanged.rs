//! What the context cache remembers of files: when it is used, when it is not, and what it costs.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails with it")]

use std::fs::{self, File, FileTimes};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, SystemTime};

use pithy_image::{Image, Recipe};
use pithy_image_fs::{Control, Upkeep, keep_up, resolve};
use tempfile::{TempDir, tempdir};

const FILES: usize = 200;

/// A root with many files in `d`.
fn root() -> TempDir {
    let root = tempdir().unwrap();
    for i in 0..FILES {
        let directory = root.path().join(format!("d/{}", i % 7));
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join(format!("{i}.txt")), format!("{i}{}", "x".repeat(10_000))).unwrap();
    }
    root
}

fn recipe() -> Recipe {
    Image::base("debian:12").add_local_dir("d", "/d").recipe().unwrap()
}

/// Long after all that was written here: nothing counts as just changed.
fn later(cache: &Path) -> Control {
    Control { now: Some(SystemTime::now() + Duration::from_secs(3600)), ..Control::with_cache(cache) }
}

fn digest(root: &Path, control: &Control) -> String {
    resolve(recipe(), Some(root), control).unwrap().resolved().image_digest.clone()
}

fn rereading(root: &Path) -> String {
    digest(root, &Control { rereads: true, ..Control::default() })
}

fn known_files(cache: &Path) -> usize {
    keep_up(Some(cache), Upkeep::Info).unwrap().known_files
}

/// The one index of a cache.
fn index(cache: &Path) -> PathBuf {
    let mut entries = fs::read_dir(cache.join("v1/index")).unwrap();
    let index = entries.next().unwrap().unwrap().path();
    assert!(entries.next().is_none());
    index
}

/// Changes an index so that all digests in it are others, and it is whole.
fn with_other_digests(index: &Path) {
    let mut bytes = fs::read(index).unwrap();
    let content = bytes.len() - 4;
    let header = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for entry in bytes[header..content].chunks_exact_mut(49) {
        entry[16] ^= 1;
    }
    let crc = crc32fast::hash(&bytes[..content]);
    bytes[content..].copy_from_slice(&crc.to_le_bytes());
    fs::write(index, bytes).unwrap();
}

#[test]
fn what_did_not_change_is_not_read_unless_asked_for() {
    let (root, cache) = (root(), tempdir().unwrap());
    let first = digest(root.path(), &later(cache.path()));
    assert_eq!(known_files(cache.path()), FILES);
    with_other_digests(&index(cache.path()));
    assert_ne!(digest(root.path(), &later(cache.path())), first, "the cache is believed");
    assert_eq!(digest(root.path(), &Control { rereads: true, ..later(cache.path()) }), first);
}

#[test]
fn a_change_that_leaves_size_and_time_of_modification_is_seen() {
    let (root, cache) = (root(), tempdir().unwrap());
    let path = root.path().join("d/0/0.txt");
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    let first = digest(root.path(), &later(cache.path()));
    let other = fs::read_to_string(&path).unwrap().replacen('x', "y", 1);
    fs::write(&path, other).unwrap();
    File::options().write(true).open(&path).unwrap().set_times(FileTimes::new().set_modified(modified)).unwrap();
    let second = digest(root.path(), &later(cache.path()));
    assert_ne!(second, first);
    assert_eq!(second, rereading(root.path()));
}

#[test]
fn every_kind_of_change_is_seen() {
    let changes: [fn(&Path); 5] = [
        |d| fs::rename(d.join("0/0.txt"), d.join("0/new.txt")).unwrap(),
        |d| fs::remove_file(d.join("1/1.txt")).unwrap(),
        |d| fs::set_permissions(d.join("2/2.txt"), fs::Permissions::from_mode(0o755)).unwrap(),
        |d| {
            fs::rename(d.join("3/3.txt"), d.join("3/other")).unwrap();
            fs::rename(d.join("3/10.txt"), d.join("3/3.txt")).unwrap();
            fs::rename(d.join("3/other"), d.join("3/10.txt")).unwrap();
        },
        |d| fs::write(d.join("4/4.txt"), "").unwrap(),
    ];
    let (root, cache) = (root(), tempdir().unwrap());
    let mut seen = vec![digest(root.path(), &later(cache.path()))];
    for change in changes {
        change(&root.path().join("d"));
        let now = digest(root.path(), &later(cache.path()));
        assert_eq!(now, rereading(root.path()));
        assert!(!seen.contains(&now));
        seen.push(now);
    }
}

#[test]
fn what_changed_just_before_is_not_remembered() {
    let (root, cache) = (root(), tempdir().unwrap());
    for now in [None, Some(SystemTime::now() - Duration::from_secs(3600))] {
        let control = Control { now, ..Control::with_cache(cache.path()) };
        assert_eq!(digest(root.path(), &control), rereading(root.path()));
        assert!(!cache.path().join("v1").exists());
    }
}

#[test]
fn little_is_read_again_and_nothing_written_for_it() {
    let (root, cache) = (tempdir().unwrap(), tempdir().unwrap());
    fs::create_dir(root.path().join("d")).unwrap();
    fs::write(root.path().join("d/small"), "small").unwrap();
    let resolved = resolve(recipe(), Some(root.path()), &later(cache.path())).unwrap();
    resolved.context_hashes(&later(cache.path())).unwrap();
    assert!(!cache.path().join("v1").exists());
}

#[test]
fn a_broken_index_counts_as_none_and_is_replaced() {
    let (root, cache) = (root(), tempdir().unwrap());
    let first = digest(root.path(), &later(cache.path()));
    let index = index(cache.path());
    let whole = fs::read(&index).unwrap();
    let mut flipped = whole.clone();
    flipped[100] ^= 1;
    let other_version = [b"pithy-image index 9.9\n", &whole[22..]].concat();
    for broken in [&flipped[..], &whole[..whole.len() / 2], b"", b"x", &other_version] {
        fs::write(&index, broken).unwrap();
        assert_eq!(known_files(cache.path()), 0);
        assert_eq!(digest(root.path(), &later(cache.path())), first);
        assert_eq!(fs::read(&index).unwrap(), whole);
    }
}

#[test]
fn roots_and_images_that_share_a_cache_keep_what_is_known_of_both() {
    let (one, two, cache) = (root(), root(), tempdir().unwrap());
    assert_eq!(digest(one.path(), &later(cache.path())), digest(two.path(), &later(cache.path())));
    assert_eq!(known_files(cache.path()), 2 * FILES);
    // A part of the same files: the rest is not forgotten.
    fs::write(one.path().join("d/0/0.txt"), "z".repeat(2 << 20)).unwrap();
    let part = Image::base("debian:12").add_local_dir("d/0", "/d").recipe().unwrap();
    resolve(part, Some(one.path()), &later(cache.path())).unwrap();
    assert!(known_files(cache.path()) >= 2 * FILES);
}

#[test]
fn a_cache_within_a_source_stays_as_it_is() {
    let root = root();
    let cache = root.path().join("d/cache");
    let first = digest(root.path(), &later(&cache));
    assert!(!cache.exists());
    assert_eq!(digest(root.path(), &later(&cache)), first);
}

#[test]
fn the_hash_of_a_large_context_is_remembered() {
    let (root, cache) = (root(), tempdir().unwrap());
    let hashes =
        |control: &Control| resolve(recipe(), Some(root.path()), control).unwrap().context_hashes(control).unwrap();
    let first = hashes(&later(cache.path()));
    let known = fs::read_dir(cache.path().join("v1/known")).unwrap().next().unwrap().unwrap().path();
    let text = fs::read_to_string(&known).unwrap();
    assert!(text.contains(&first[0]));
    // A broken note is not believed.
    fs::write(&known, text.replace(&first[0], &"0".repeat(32))).unwrap();
    assert_eq!(hashes(&later(cache.path())), first);
    assert_eq!(fs::read_to_string(&known).unwrap(), text);
}

#[test]
fn many_threads_may_share_an_index() {
    let (root, cache) = (root(), tempdir().unwrap());
    let expected = rereading(root.path());
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(digest(root.path(), &later(cache.path())), expected));
        }
    });
    assert_eq!(known_files(cache.path()), FILES);
}

/// Reads the image of `TEST_ROOT` with the cache `TEST_CACHE`, and writes how many bytes this process read to `TEST_OUT`.
#[test]
#[ignore = "run by another test, in a process of its own"]
fn child() {
    let path = |name| PathBuf::from(std::env::var_os(name).unwrap());
    digest(&path("TEST_ROOT"), &later(&path("TEST_CACHE")));
    fs::copy("/proc/self/io", path("TEST_OUT")).unwrap();
}

#[test]
fn each_file_is_read_once_at_first_and_not_at_all_later() {
    let (root, cache, out) = (root(), tempdir().unwrap(), tempdir().unwrap());
    let out = out.path().join("out");
    let bytes_read = || {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "child", "--ignored"]);
        child.env("TEST_ROOT", root.path()).env("TEST_CACHE", cache.path()).env("TEST_OUT", &out);
        assert!(child.output().unwrap().status.success());
        let text = fs::read_to_string(&out).unwrap();
        text.lines().find_map(|line| line.strip_prefix("rchar: ")).unwrap().parse::<usize>().unwrap()
    };
    let (cold, warm) = (bytes_read(), bytes_read());
    let all = FILES * 10_000;
    assert!((all * 9 / 10..all * 11 / 10).contains(&(cold - warm)), "{cold} {warm}");
    assert!(warm < all / 4, "{warm}");
}
