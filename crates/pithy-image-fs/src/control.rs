//! How a caller follows long work, and stops it.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use pithy_image::reader::{FileToHash, Progress};

/// A switch that stops the work at the next chunk of bytes, from any thread.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Stops the work.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Follows and stops the work on one image.
#[derive(Default)]
pub struct Control {
    /// Stops it.
    pub cancel: Cancel,
    /// Called about twenty times a second while sources are hashed, and once at the end; from any thread.
    pub on_progress: Option<Box<dyn Fn(Progress) + Send + Sync>>,
}

impl Control {
    pub(crate) fn report(&self, progress: Progress) {
        if let Some(on_progress) = &self.on_progress {
            on_progress(progress);
        }
    }
}

/// Time between two reports of progress.
const INTERVAL: Duration = Duration::from_millis(50);

/// Counts what is hashed by several threads, and reports it.
pub(crate) struct Meter<'a> {
    control: &'a Control,
    total: Progress,
    files: AtomicU64,
    bytes: AtomicU64,
    last: Mutex<Instant>,
}

impl<'a> Meter<'a> {
    pub(crate) fn new(control: &'a Control, files: &[FileToHash]) -> Self {
        let total = Progress::of(files);
        Self { control, total, files: AtomicU64::new(0), bytes: AtomicU64::new(0), last: Mutex::new(Instant::now()) }
    }

    pub(crate) fn add_bytes(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        if let Ok(mut last) = self.last.try_lock()
            && last.elapsed() >= INTERVAL
        {
            *last = Instant::now();
            self.report();
        }
    }

    pub(crate) fn add_file(&self) {
        self.files.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn report(&self) {
        let (files, bytes) = (self.files.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed));
        self.control.report(Progress { files, bytes, ..self.total });
    }
}
