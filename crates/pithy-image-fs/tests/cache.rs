//! What is in the context cache is trusted only as far as it was checked, and goes only when nobody uses it.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails with it")]

use std::fs::{self, File, FileTimes};
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::Path;
use std::time::{Duration, SystemTime};

use pithy_image::{Code, Image};
use pithy_image_fs::{CacheReport, Control, OnDisk, Upkeep, keep_up, resolve};
use tempfile::{TempDir, tempdir};

fn root() -> TempDir {
    let root = tempdir().unwrap();
    fs::create_dir(root.path().join("d")).unwrap();
    fs::write(root.path().join("d/f"), "text").unwrap();
    root
}

fn on_disk(root: &Path) -> OnDisk {
    let image = Image::base("debian:12").add_local_dir("d", "/d");
    resolve(image.recipe().unwrap(), Some(root), &Control::default()).unwrap()
}

/// The packed context of an image.
fn pack(resolved: &OnDisk, cache: &Path) -> std::path::PathBuf {
    resolved.pack(&Control::with_cache(cache)).unwrap().remove(0).source_path
}

#[test]
fn other_bytes_of_the_same_length_are_noticed_and_made_anew() {
    let (root, cache) = (root(), tempdir().unwrap());
    let resolved = on_disk(root.path());
    let packed = pack(&resolved, cache.path());
    let right = fs::read(&packed).unwrap();
    let modified = fs::metadata(&packed).unwrap().modified().unwrap();
    let mut wrong = right.clone();
    wrong[1024] ^= 1;
    fs::write(&packed, wrong).unwrap();
    let times = FileTimes::new().set_modified(modified);
    File::options().write(true).open(&packed).unwrap().set_times(times).unwrap();
    assert_eq!(pack(&resolved, cache.path()), packed);
    assert_eq!(fs::read(&packed).unwrap(), right);
}

#[test]
fn a_copy_of_a_cache_is_checked_and_used() {
    let (root, cache, copy) = (root(), tempdir().unwrap(), tempdir().unwrap());
    let resolved = on_disk(root.path());
    let name = pack(&resolved, cache.path());
    let name = name.strip_prefix(cache.path().canonicalize().unwrap()).unwrap().to_owned();
    let copied = std::process::Command::new("cp").arg("-r").arg(cache.path().join("v1")).arg(copy.path()).status();
    assert!(copied.unwrap().success());
    let inode = |path: &Path| fs::metadata(path).unwrap().ino();
    let before = inode(&copy.path().join(&name));
    assert_eq!(inode(&pack(&resolved, copy.path())), before);
}

#[test]
fn links_in_a_cache_are_not_followed() {
    for part in ["ctx", "known"] {
        let (root, cache, elsewhere) = (root(), tempdir().unwrap(), tempdir().unwrap());
        let resolved = on_disk(root.path());
        let packed = pack(&resolved, cache.path());
        let directory = cache.path().join("v1").join(part);
        fs::rename(&directory, elsewhere.path().join(part)).unwrap();
        symlink(elsewhere.path().join(part), &directory).unwrap();
        assert_eq!(pack(&resolved, cache.path()), packed);
        assert!(!fs::symlink_metadata(&directory).unwrap().is_symlink());
        assert!(packed.is_file());
    }
}

#[test]
fn a_cache_within_a_source_is_refused_before_anything_is_made() {
    let root = root();
    let cache = root.path().join("d/deep/cache");
    let problems = on_disk(root.path()).pack(&Control::with_cache(&cache)).unwrap_err().0;
    assert_eq!(problems[0].code, Code::CacheUnusable);
    assert!(problems[0].message.contains("d/deep/cache"), "{}", problems[0].message);
    assert!(!root.path().join("d/deep").exists());
}

fn clear(cache: &Path) -> CacheReport {
    keep_up(Some(cache), Upkeep::Clear).unwrap()
}

#[test]
fn what_somebody_uses_is_not_removed() {
    let (root, cache) = (root(), tempdir().unwrap());
    let (one, two) = (on_disk(root.path()), on_disk(root.path()));
    let packed = pack(&one, cache.path());
    pack(&two, cache.path());
    drop(one);
    let report = clear(cache.path());
    assert_eq!((report.contexts, report.in_use, report.removed), (1, 1, Vec::new()));
    let before = fs::metadata(&packed).unwrap().ino();
    assert_eq!(pack(&two, cache.path()), packed);
    assert_eq!(fs::metadata(&packed).unwrap().ino(), before, "it is not packed again");
    drop(two);
    let report = clear(cache.path());
    assert_eq!((report.contexts, report.in_use, report.removed.len()), (0, 0, 1));
    assert!(report.freed > 1024 && !packed.exists());
    assert_eq!(fs::read_dir(cache.path().join("v1/leases")).unwrap().count(), 0);
}

#[test]
fn what_was_not_used_for_a_week_is_pruned_unless_it_is_in_use() {
    let (root, cache) = (root(), tempdir().unwrap());
    let resolved = on_disk(root.path());
    let packed = pack(&resolved, cache.path());
    let age = |days: u64| {
        let time = SystemTime::now() - Duration::from_secs(days * 24 * 60 * 60);
        for known in fs::read_dir(cache.path().join("v1/known")).unwrap() {
            File::open(known.unwrap().path()).unwrap().set_modified(time).unwrap();
        }
    };
    let prune = || keep_up(Some(cache.path()), Upkeep::Prune).unwrap().removed.len();
    age(8);
    assert_eq!(prune(), 0, "it is in use");
    assert!(packed.exists());
    drop(resolved);
    pack(&on_disk(root.path()), cache.path());
    age(6);
    assert_eq!(prune(), 0);
    age(8);
    assert_eq!(prune(), 1);
    assert!(!packed.exists());
}

#[test]
fn verifying_removes_what_is_broken_and_says_so() {
    let (root, cache) = (root(), tempdir().unwrap());
    let packed = pack(&on_disk(root.path()), cache.path());
    let verify = || keep_up(Some(cache.path()), Upkeep::Verify).unwrap();
    assert_eq!(verify().removed, Vec::<String>::new());
    let size = fs::metadata(&packed).unwrap().len();
    fs::write(&packed, vec![0; usize::try_from(size).unwrap()]).unwrap();
    let report = verify();
    assert_eq!((report.contexts, report.removed.len(), report.freed), (0, 1, size));
    assert!(packed.ends_with(&report.removed[0]) && !packed.exists());
}

#[test]
fn what_a_killed_process_left_behind_is_counted_and_cleared() {
    let (root, cache) = (root(), tempdir().unwrap());
    pack(&on_disk(root.path()), cache.path());
    let (directory, file) = (cache.path().join("v1/tmp-directory"), cache.path().join("v1/tmp-file"));
    fs::create_dir(&directory).unwrap();
    fs::write(directory.join("tree.tar"), [0; 3000]).unwrap();
    fs::write(&file, [0; 21]).unwrap();
    let info = keep_up(Some(cache.path()), Upkeep::Info).unwrap();
    assert_eq!((info.contexts, info.leftovers, info.freed_leftovers), (1, 3021, 0));
    assert_eq!(keep_up(Some(cache.path()), Upkeep::Prune).unwrap().leftovers, 3021, "another machine may write it");
    let report = clear(cache.path());
    assert_eq!((report.removed.len(), report.leftovers, report.freed_leftovers), (1, 0, 3021));
    assert!(!directory.exists() && !file.exists());
}

#[test]
fn what_a_running_process_is_packing_is_not_cleared() {
    let (root, cache) = (root(), tempdir().unwrap());
    File::create(root.path().join("d/large")).unwrap().set_len(64 << 20).unwrap();
    let resolved = on_disk(root.path());
    let parts = || fs::read_dir(cache.path().join("v1")).into_iter().flatten().flatten().any(|entry| is_part(&entry));
    std::thread::scope(|scope| {
        let packing = scope.spawn(|| resolved.pack(&Control::with_cache(cache.path())).map(|packed| packed.len()));
        while !parts() && !packing.is_finished() {
            std::thread::yield_now();
        }
        let report = clear(cache.path());
        assert_eq!((report.leftovers, report.freed_leftovers), (0, 0));
        assert_eq!(packing.join().unwrap().unwrap(), 1);
    });
    assert!(!parts());
}

fn is_part(entry: &fs::DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with("tmp-")
}

#[test]
fn what_is_broken_and_in_use_is_kept_and_said() {
    let (root, cache) = (root(), tempdir().unwrap());
    let resolved = on_disk(root.path());
    let packed = pack(&resolved, cache.path());
    let verify = || keep_up(Some(cache.path()), Upkeep::Verify).unwrap();
    fs::write(&packed, "broken").unwrap();
    let report = verify();
    assert_eq!((report.contexts, report.removed.len(), report.broken.len()), (1, 0, 1));
    assert!(packed.ends_with(&report.broken[0]) && packed.exists());
    pack(&resolved, cache.path());
    assert_eq!(verify().broken, Vec::<String>::new(), "it was packed again");
}
