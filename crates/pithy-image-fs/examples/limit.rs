//! How fast the files below a directory can be read and hashed at all: what `npm run bench:context` measures ours against.
//!
//! `limit <directory> [threads]` prints two numbers of milliseconds: to read every file and its SHA-256, by several threads; and to
//! read every file once more, for one MD5 of all of them, by one thread that hashes and another that reads.

use std::env;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Instant;

use md5::{Digest as _, Md5};
use sha2::Sha256;

const CHUNK: usize = 1 << 18;

fn main() {
    let mut arguments = env::args().skip(1);
    let directory = arguments.next().unwrap_or_else(|| ".".to_owned());
    let threads = arguments.next().and_then(|threads| threads.parse().ok());
    let threads = threads.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from));
    let mut files = Vec::new();
    list(Path::new(&directory), &mut files);
    println!("{:.2} {:.2}", sha256(&files, threads), md5(&files));
}

fn list(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => list(&entry.path(), files),
            Ok(kind) if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
}

fn sha256(files: &[PathBuf], threads: usize) -> f64 {
    let (started, next) = (Instant::now(), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut hash = Sha256::new();
                    read(file, |bytes| hash.update(bytes));
                    std::hint::black_box(hash.finalize());
                }
            });
        }
    });
    started.elapsed().as_secs_f64() * 1e3
}

fn md5(files: &[PathBuf]) -> f64 {
    let started = Instant::now();
    let (sender, blocks) = sync_channel::<Vec<u8>>(16);
    thread::scope(|scope| {
        scope.spawn(move || {
            for file in files {
                read(file, |bytes| _ = sender.send(bytes.to_vec()));
            }
        });
        let mut hash = Md5::new();
        for block in blocks {
            hash.update(block);
        }
        std::hint::black_box(hash.finalize());
    });
    started.elapsed().as_secs_f64() * 1e3
}

fn read(path: &Path, mut take: impl FnMut(&[u8])) {
    let Ok(mut file) = File::open(path) else { return };
    let mut buffer = vec![0; CHUNK];
    while let Ok(length @ 1..) = file.read(&mut buffer) {
        take(&buffer[..length]);
        if length < CHUNK {
            break;
        }
    }
}
