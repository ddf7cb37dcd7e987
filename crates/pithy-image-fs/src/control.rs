//! How a caller follows long work, and stops it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use pithy_image::reader::Progress;

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
    /// The context cache; else that of the environment variable `PITHY_IMAGE_CACHE`; else one in the platform's cache folder;
    /// else a temporary directory.
    pub cache: Option<PathBuf>,
    /// Reads every file, whatever the cache knows of it.
    pub rereads: bool,
    /// What time it is, for tests; else the system says.
    #[doc(hidden)]
    pub now: Option<SystemTime>,
    /// Time between two reports of progress, for tests; else a twentieth of a second.
    #[doc(hidden)]
    pub interval: Option<Duration>,
    /// Called about twenty times a second while files are read, and once at the end; from any thread.
    pub on_progress: Option<Box<dyn Fn(Progress) + Send + Sync>>,
}

impl Control {
    /// Work with a context cache in this directory.
    pub fn with_cache(cache: impl Into<PathBuf>) -> Self {
        Self { cache: Some(cache.into()), ..Self::default() }
    }
}

/// Time between two reports of progress.
const INTERVAL: Duration = Duration::from_millis(50);

/// Reports progress, not too often.
pub(crate) struct Reporter<'a> {
    control: &'a Control,
    last: Mutex<Instant>,
}

impl<'a> Reporter<'a> {
    pub(crate) fn new(control: &'a Control) -> Self {
        Self { control, last: Mutex::new(Instant::now()) }
    }

    pub(crate) fn report(&self, progress: Progress) {
        let Some(on_progress) = &self.control.on_progress else { return };
        if progress.is_complete() {
            return on_progress(progress);
        }
        // What another thread reports now is about the same.
        let Ok(mut last) = self.last.try_lock() else { return };
        if last.elapsed() >= self.control.interval.unwrap_or(INTERVAL) {
            *last = Instant::now();
            on_progress(progress);
        }
    }
}

/// Counts what is hashed by several threads, and reports it.
pub(crate) struct Meter<'a> {
    reporter: &'a Reporter<'a>,
    total: Progress,
    files: AtomicU64,
    bytes: AtomicU64,
}

impl<'a> Meter<'a> {
    /// Goes on from what was hashed before.
    pub(crate) fn new(reporter: &'a Reporter<'a>, before: Progress) -> Self {
        let (files, bytes) = (AtomicU64::new(before.files), AtomicU64::new(before.bytes));
        Self { reporter, total: before, files, bytes }
    }

    pub(crate) fn add_bytes(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        let (files, bytes) = (self.files.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed));
        self.reporter.report(Progress { files, bytes, ..self.total });
    }

    pub(crate) fn add_file(&self) {
        self.files.fetch_add(1, Ordering::Relaxed);
    }
}
