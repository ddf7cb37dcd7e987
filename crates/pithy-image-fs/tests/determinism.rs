//! The same definition, file bytes and executable bits have one identity wherever and however they are checked out;
//! anything else in a source has another.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by a panic")]
#![cfg(unix)] // umask, modes and links are those of Unix

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use pithy_image::Image;
use pithy_image_fs::{Control, resolve};
use tempfile::tempdir;

/// Path and content of every file of a checkout; a path that ends with `.sh` is executable.
const FILES: [(&str, &str); 7] = [
    ("app/main.py", "print(1)\n"),
    ("app/run.sh", "#!/bin/sh\n"),
    ("app/sub/Z", "upper"),
    ("app/sub/a", "lower"),
    ("app/sub/ä", "umlaut"),
    ("app/sub.txt", "sorts between a directory and what is in it"),
    ("run.sh", "#!/bin/sh\n"),
];

/// Checks out below `root`, in an order that depends on `seed`; the umask decides about the modes.
fn check_out(root: &Path, seed: usize) {
    let mut order: Vec<_> = FILES.iter().collect();
    order.rotate_left(seed % FILES.len());
    if seed % 2 == 1 {
        order.reverse();
    }
    let links = || {
        fs::create_dir_all(root.join("app/empty")).unwrap();
        symlink("main.py", root.join("app/link")).unwrap();
    };
    if seed.is_multiple_of(2) {
        links();
    }
    for (path, content) in order {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mode = if path.extension().is_some_and(|extension| extension == "sh") { 0o777 } else { 0o666 };
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path).unwrap();
        file.write_all(content.as_bytes()).unwrap();
    }
    if seed % 2 == 1 {
        links();
    }
}

fn image() -> Image {
    Image::base("debian:12").add_local_dir("app", "/app").add_local_file("run.sh", "/run.sh").env([("A", "1")])
}

/// Everything that a machine could get wrong: the text, both keys, the names, hashes and bytes of the contexts.
fn identity(image: &Image, root: Option<&Path>) -> String {
    let resolved = resolve(image.recipe().unwrap(), root, &Control::default()).unwrap();
    let cache = tempdir().unwrap();
    let packed = resolved.pack(&Control::with_cache(cache.path())).unwrap();
    let (described, hashes) = (resolved.describe(), resolved.hashes(&Control::default()).unwrap());
    let mut out = format!("{}\n{}\n{}", described.dockerfile, described.image_digest, hashes.snapshot_ref);
    for (packed, hash) in packed.iter().zip(&hashes.context_hashes) {
        let bytes = fs::read(&packed.source_path).unwrap();
        let mode = fs::metadata(&packed.source_path).unwrap().permissions().mode();
        let bytes_as_text = String::from_utf8_lossy(&bytes);
        out = format!("{out}\n{} {hash} {mode:o} {} {bytes_as_text}", packed.archive_path, bytes.len());
    }
    out
}

/// Checks out below `TEST_ROOT` and writes the identity to `TEST_OUT`.
#[test]
#[ignore = "run by other tests, in a process of its own"]
fn child() {
    let path = |name| PathBuf::from(std::env::var_os(name).unwrap());
    check_out(&path("TEST_ROOT"), std::env::var("TEST_SEED").unwrap().parse().unwrap());
    fs::write(path("TEST_OUT"), identity(&image(), None)).unwrap();
}

/// The identity of a fresh checkout in a process with this umask and environment.
fn in_child(seed: usize, umask: &str, variables: &[(&str, &str)]) -> String {
    let place = tempdir().unwrap();
    let (root, out, cwd) =
        (place.path().join("x".repeat(seed + 1)), place.path().join("out"), place.path().join("cwd"));
    fs::create_dir(&cwd).unwrap();
    fs::create_dir(&root).unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", &format!("umask {umask}; exec \"$0\" --exact child --ignored")]);
    command.arg(std::env::current_exe().unwrap()).current_dir(if seed == 0 { &root } else { &cwd });
    command.env("TEST_ROOT", &root).env("TEST_OUT", &out).env("TEST_SEED", seed.to_string());
    command.env("PITHY_IMAGE_ROOT", &root).envs(variables.iter().copied());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let identity = fs::read_to_string(out).unwrap();
    assert!(!identity.contains(place.path().to_str().unwrap()), "no path of the machine");
    identity
}

#[test]
fn directory_umask_order_and_environment_of_a_checkout_do_not_matter() {
    let first = in_child(0, "022", &[]);
    assert!(first.contains("FROM debian:12\n") && first.contains("/tree.tar"));
    for (seed, umask) in [(1, "077"), (2, "000"), (3, "027"), (4, "022")] {
        for variables in [[("TZ", "Asia/Tokyo"), ("LANG", "tr_TR.UTF-8")], [("TZ", "UTC+9"), ("LC_ALL", "C")]] {
            assert_eq!(in_child(seed, umask, &variables), first, "seed {seed}, umask {umask}");
        }
    }
}

/// A checkout before and after a change.
fn changed(change: impl Fn(&Path)) -> [String; 2] {
    let root = tempdir().unwrap();
    check_out(root.path(), 0);
    let before = identity(&image(), Some(root.path()));
    change(root.path());
    [before, identity(&image(), Some(root.path()))]
}

/// The lines of an identity that decide: the digest and the key.
fn keys(identity: &str) -> Vec<&str> {
    let keys: Vec<_> =
        identity.lines().filter(|line| line.starts_with("sha256:") || line.starts_with("daytona-")).collect();
    assert_eq!(keys.len(), 2);
    keys
}

#[track_caller]
fn matters(change: impl Fn(&Path)) {
    let [before, after] = changed(change);
    for (before, after) in keys(&before).iter().zip(keys(&after)) {
        assert_ne!(*before, after);
    }
}

#[track_caller]
fn does_not_matter(change: impl Fn(&Path)) {
    let [before, after] = changed(change);
    assert_eq!(before, after);
}

fn set_mode(path: PathBuf, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn one_byte_matters() {
    matters(|root| fs::write(root.join("app/main.py"), "print(2)\n").unwrap());
    matters(|root| fs::write(root.join("run.sh"), "#!/bin/sh").unwrap());
    matters(|root| fs::write(root.join("run.sh"), "#!/bin/sh\r\n").unwrap());
}

#[test]
fn the_executable_bit_matters() {
    matters(|root| set_mode(root.join("app/main.py"), 0o755));
    matters(|root| set_mode(root.join("app/run.sh"), 0o644));
}

#[test]
fn the_executable_bit_of_a_single_file_makes_another_key() {
    matters(|root| set_mode(root.join("run.sh"), 0o644));
}

#[test]
fn the_target_of_a_link_matters() {
    matters(|root| {
        fs::remove_file(root.join("app/link")).unwrap();
        symlink("./main.py", root.join("app/link")).unwrap();
    });
}

#[test]
fn a_link_is_not_what_it_points_to() {
    matters(|root| {
        fs::remove_file(root.join("app/link")).unwrap();
        fs::copy(root.join("app/main.py"), root.join("app/link")).unwrap();
    });
}

#[test]
fn an_empty_directory_matters() {
    matters(|root| fs::create_dir(root.join("app/new")).unwrap());
    matters(|root| fs::remove_dir(root.join("app/empty")).unwrap());
}

#[test]
fn added_renamed_and_removed_files_matter() {
    matters(|root| fs::write(root.join("app/.hidden"), "").unwrap());
    matters(|root| fs::rename(root.join("app/sub/a"), root.join("app/sub/b")).unwrap());
    matters(|root| fs::rename(root.join("app/sub/a"), root.join("app/a")).unwrap());
    matters(|root| fs::remove_file(root.join("app/sub/a")).unwrap());
}

#[test]
fn contents_that_change_places_matter() {
    matters(|root| {
        fs::write(root.join("app/sub/Z"), "lower").unwrap();
        fs::write(root.join("app/sub/a"), "upper").unwrap();
    });
}

#[test]
fn times_do_not_matter() {
    does_not_matter(|root| {
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(86_400);
        for path in ["app", "app/sub", "app/empty", "app/main.py", "run.sh"] {
            File::open(root.join(path)).unwrap().set_modified(long_ago).unwrap();
        }
    });
}

#[test]
fn other_bits_of_modes_do_not_matter() {
    does_not_matter(|root| {
        set_mode(root.join("app/main.py"), 0o655);
        set_mode(root.join("app/sub.txt"), 0o666);
        set_mode(root.join("app/run.sh"), 0o700);
        set_mode(root.join("run.sh"), 0o711);
        set_mode(root.join("app/sub"), 0o700);
        set_mode(root.join("app"), 0o2775);
    });
}

#[test]
fn the_number_of_names_of_a_file_does_not_matter() {
    does_not_matter(|root| {
        fs::hard_link(root.join("app/main.py"), root.join("elsewhere")).unwrap();
        fs::remove_file(root.join("app/sub/a")).unwrap();
        fs::write(root.join("lower"), "lower").unwrap();
        fs::hard_link(root.join("lower"), root.join("app/sub/a")).unwrap();
    });
}

#[test]
fn what_is_beside_the_sources_does_not_matter() {
    does_not_matter(|root| fs::write(root.join("package.json"), "{}").unwrap());
}
