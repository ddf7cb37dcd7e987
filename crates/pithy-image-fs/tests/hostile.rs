//! Files that are replaced, grow or never end while they are read.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails with it")]

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{ffi::OsStr, thread};

use pithy_image::steps::AddLocalDir;
use pithy_image::{Code, Image, Problem};
use pithy_image_fs::{Control, OnDisk, resolve};
use tempfile::{TempDir, tempdir};

fn root() -> TempDir {
    let root = tempdir().unwrap();
    fs::create_dir_all(root.path().join("d/sub")).unwrap();
    fs::write(root.path().join("d/sub/f"), "text").unwrap();
    root
}

fn image() -> Image {
    Image::base("debian:12").add_local_dir("d", "/d")
}

fn on_disk(image: &Image, root: &Path) -> Result<OnDisk, Vec<Problem>> {
    resolve(image.recipe().unwrap(), Some(root), &Control::default()).map_err(|problems| problems.0)
}

#[test]
fn what_takes_the_place_of_a_file_is_not_read() {
    type Change = fn(&Path);
    let changes: [(&str, Change); 4] = [
        ("not a regular file any more", |file| {
            fs::remove_file(file).unwrap();
            assert!(Command::new("mkfifo").arg(file).status().unwrap().success());
        }),
        ("replaced by a link", |file| {
            fs::remove_file(file).unwrap();
            symlink("/dev/zero", file).unwrap();
        }),
        ("replaced by a link", |file| {
            fs::rename(file, file.with_extension("real")).unwrap();
            symlink("f.real", file).unwrap();
        }),
        ("not a regular file any more", |file| {
            fs::remove_file(file).unwrap();
            fs::create_dir(file).unwrap();
        }),
    ];
    for (why, change) in changes {
        let (root, cache) = (root(), tempdir().unwrap());
        let resolved = on_disk(&image(), root.path()).unwrap();
        change(&root.path().join("d/sub/f"));
        for problems in [
            resolved.pack(&Control::with_cache(cache.path())).unwrap_err().0,
            resolved.context_hashes(&Control::default()).unwrap_err().0,
        ] {
            assert_eq!(problems[0].code, Code::SourceUnreadable);
            assert!(problems[0].message.contains(why), "{}", problems[0].message);
        }
    }
}

/// Only Linux refuses links on the way to a file.
#[test]
#[cfg(target_os = "linux")]
fn a_directory_that_is_replaced_by_a_link_does_not_lead_out() {
    let (root, elsewhere) = (root(), tempdir().unwrap());
    fs::write(elsewhere.path().join("f"), "text").unwrap();
    let resolved = on_disk(&image(), root.path()).unwrap();
    fs::rename(root.path().join("d/sub"), root.path().join("d/old")).unwrap();
    symlink(elsewhere.path(), root.path().join("d/sub")).unwrap();
    let problems = resolved.context_hashes(&Control::default()).unwrap_err().0;
    assert!(problems[0].message.contains("replaced by a link"), "{}", problems[0].message);
}

#[test]
fn a_file_that_grows_all_the_time_is_read_to_its_size() {
    let root = root();
    let file = root.path().join("d/sub/f");
    fs::write(&file, vec![0; 4 << 20]).unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut file = OpenOptions::new().append(true).open(&file).unwrap();
            let more = vec![1; 1 << 16];
            while !done.load(Ordering::Relaxed) {
                file.write_all(&more).unwrap();
                file.set_len(4 << 20).unwrap();
                file.write_all(&more).unwrap();
            }
        });
        for _ in 0..20 {
            if let Err(problems) = on_disk(&image(), root.path()) {
                assert_eq!(problems[0].code, Code::SourceChanged);
            }
        }
        done.store(true, Ordering::Relaxed);
    });
}

#[test]
fn what_is_left_out_may_have_any_name_and_be_anything() {
    let root = root();
    let odd = root.path().join("d").join(OsStr::from_bytes(b"odd-\xff"));
    fs::create_dir(&odd).unwrap();
    fs::write(odd.join(OsStr::from_bytes(b"\xfe")), "").unwrap();
    assert!(Command::new("mkfifo").arg(root.path().join("d/pipe")).status().unwrap().success());
    let problems = on_disk(&image(), root.path()).unwrap_err();
    assert_eq!(problems.len(), 2);
    for exclude in [vec!["*", "!sub"], vec!["odd-*", "pipe"], vec!["**/odd-*", "**/pipe"], vec!["*", "!/sub/"]] {
        let exclude = exclude.into_iter().map(str::to_owned).collect();
        let step = AddLocalDir { source: "d".into(), destination: "/d".into(), exclude, ..AddLocalDir::default() };
        let resolved = on_disk(&Image::base("debian:12").with(step), root.path()).unwrap();
        let paths: Vec<_> = resolved.resolved().contexts[0].entries.iter().map(|entry| &*entry.path).collect();
        assert_eq!(paths, ["sub", "sub/f"]);
    }
}

#[test]
fn a_thousand_levels_are_read() {
    let root = tempdir().unwrap();
    let deep = root.path().join("d").join("d/".repeat(1000));
    let made = Command::new("mkdir").arg("-p").arg(&deep).status().unwrap();
    assert!(made.success());
    fs::write(deep.join("f"), "text").unwrap();
    let resolved = on_disk(&image(), root.path()).unwrap();
    assert_eq!(resolved.resolved().contexts[0].entries.len(), 1001);
    assert_eq!(resolved.context_hashes(&Control::default()).unwrap().len(), 1);
}

/// Resolves the image of `TEST_ROOT` and packs it.
#[test]
#[ignore = "run by another test, in a process of its own"]
fn child() {
    let cache = tempdir().unwrap();
    let resolved = on_disk(&image(), Path::new(&std::env::var_os("TEST_ROOT").unwrap())).unwrap();
    resolved.context_hashes(&Control::default()).unwrap();
    resolved.pack(&Control::with_cache(cache.path())).unwrap();
}

#[test]
fn few_files_are_open_at_a_time() {
    let root = root();
    for i in 0..500 {
        let directory = root.path().join(format!("d/{i}"));
        fs::create_dir(&directory).unwrap();
        fs::write(directory.join("f"), vec![0; 2000]).unwrap();
    }
    let mut child = Command::new("sh");
    child.args(["-c", "ulimit -n 64; exec \"$0\" --exact child --ignored"]).arg(std::env::current_exe().unwrap());
    let output = child.env("TEST_ROOT", root.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
