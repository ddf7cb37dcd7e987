//! How a caller follows long work, and stops it.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use pithy_image::{Code, Problem};

/// A switch that stops the work at the next chunk of bytes, from any thread.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Stops the work.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn check(&self) -> Result<(), Problem> {
        if self.0.load(Ordering::Relaxed) {
            let hint = "Call it again without aborting its signal.";
            return Err(Problem::new(Code::Cancelled, "", "The work was cancelled.", hint));
        }
        Ok(())
    }
}

/// How far the reading of sources is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Files that were read.
    pub files: u64,
    /// Files to be read.
    pub total_files: u64,
    /// Bytes that were read.
    pub bytes: u64,
    /// Bytes to be read.
    pub total_bytes: u64,
}

/// Follows and stops the work on one image.
#[derive(Default)]
pub struct Control {
    /// Stops it.
    pub cancel: Cancel,
    /// Called about twenty times a second while sources are hashed, and once at the end; from any thread.
    pub on_progress: Option<Box<dyn Fn(Progress) + Send + Sync>>,
}

/// Time between two reports of progress.
const INTERVAL: Duration = Duration::from_millis(50);

/// Counts what is read, and reports it.
pub(crate) struct Meter<'a> {
    control: &'a Control,
    files: AtomicU64,
    bytes: AtomicU64,
    total_files: u64,
    total_bytes: u64,
    last: Mutex<Instant>,
}

impl<'a> Meter<'a> {
    pub(crate) fn new(control: &'a Control, total_files: u64, total_bytes: u64) -> Self {
        let last = Mutex::new(Instant::now());
        Self { control, files: AtomicU64::new(0), bytes: AtomicU64::new(0), total_files, total_bytes, last }
    }

    pub(crate) fn read(&self, bytes: u64) -> Result<(), Problem> {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        if let Ok(mut last) = self.last.try_lock()
            && last.elapsed() >= INTERVAL
        {
            *last = Instant::now();
            self.report();
        }
        self.control.cancel.check()
    }

    pub(crate) fn file_done(&self) {
        self.files.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn report(&self) {
        if let Some(on_progress) = &self.control.on_progress {
            on_progress(Progress {
                files: self.files.load(Ordering::Relaxed),
                total_files: self.total_files,
                bytes: self.bytes.load(Ordering::Relaxed),
                total_bytes: self.total_bytes,
            });
        }
    }
}
