//! The Node addon: forwards to the core and to its disk.
//!
//! Every function takes and answers JSON text, as `pithy_image::wire` describes it. A panic becomes an `internal`
//! problem: it never ends the process.

#![expect(clippy::must_use_candidate, reason = "the callers are in JavaScript")]
#![expect(clippy::needless_pass_by_value, reason = "a text from JavaScript arrives as a String")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use napi::bindgen_prelude::{AsyncTask, Error, Function, Result, ToNapiValue, TypeName};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Task};
use napi_derive::napi;
use pithy_image::Recipe;
use pithy_image::api;
use pithy_image::wire::{self, Answer};
use pithy_image_fs::{Cancel, Control, OnDisk, Progress, Staged, resolve};
use serde::Serialize;

/// Runs `call`; a panic becomes an answer.
fn guard<T: Serialize>(call: impl FnOnce() -> Answer<T>) -> String {
    catch_unwind(AssertUnwindSafe(|| call().json())).unwrap_or_else(|panic| {
        let message = panic.downcast_ref::<String>().map(String::as_str);
        wire::internal(message.or_else(|| panic.downcast_ref().copied()).unwrap_or("It panicked.")).json()
    })
}

/// Reads and checks a definition.
#[napi]
pub fn check(definition: String) -> String {
    guard(|| api::check(&definition))
}

/// What is known of a definition before its files are.
#[napi]
pub fn outline(definition: String) -> String {
    guard(|| api::outline(&definition))
}

/// The definition of Pithy Jaunt's image.
#[napi]
pub fn pithy_jaunt(options: String) -> String {
    guard(|| api::pithy_jaunt(&options))
}

/// What a change of an image does.
#[napi]
pub fn plan(request: String) -> String {
    guard(|| api::plan(&request))
}

/// The name of a snapshot.
#[napi]
pub fn snapshot_name(spec: String) -> String {
    guard(|| api::snapshot_name(&spec))
}

/// An image that was resolved: what it is, and how to stage it.
#[napi]
pub struct Resolution {
    answer: String,
    on_disk: Option<Arc<OnDisk>>,
}

#[napi]
impl Resolution {
    /// What was found, or what is wrong.
    #[napi(getter)]
    pub fn answer(&self) -> &str {
        &self.answer
    }

    /// Writes the contexts into a staging cache; answers where.
    #[napi]
    pub fn stage_sync(&self, cache: Option<String>) -> String {
        guard(|| stage(self.on_disk.as_deref(), cache, &Control::default()))
    }

    /// [`Resolution::stage_sync`] off the event loop.
    #[napi]
    pub fn stage(&self, cache: Option<String>, cancel: Option<&Canceller>) -> AsyncTask<Job<String>> {
        let (on_disk, control) = (self.on_disk.clone(), control(cancel));
        Job::of(move || guard(|| stage(on_disk.as_deref(), cache, &control)))
    }
}

/// Stops work that was begun with it.
#[napi]
#[derive(Default)]
pub struct Canceller(Cancel);

#[napi]
impl Canceller {
    /// A switch that is not yet used.
    #[napi(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops the work.
    #[napi]
    pub fn cancel(&self) {
        self.0.cancel();
    }
}

/// Resolves a definition below a root.
#[napi]
pub fn resolve_sync(definition: String, root: Option<String>) -> Resolution {
    resolution(&definition, root, &Control::default())
}

/// [`resolve_sync`] off the event loop. `on_progress` gets files, all files, bytes and all bytes.
///
/// # Errors
///
/// None of the user's: only that Node gives no thread.
#[napi(ts_return_type = "Promise<Resolution>")]
pub fn resolve_async(
    definition: String,
    root: Option<String>,
    cancel: Option<&Canceller>,
    on_progress: Option<Function<Vec<f64>, ()>>,
) -> Result<AsyncTask<Job<Resolution>>> {
    let mut control = control(cancel);
    if let Some(function) = on_progress {
        let function: ThreadsafeFunction<Vec<f64>, (), Vec<f64>, napi::Status, false, true> =
            function.build_threadsafe_function().weak::<true>().build()?;
        #[expect(clippy::cast_precision_loss, reason = "JavaScript has no other numbers")]
        let report = move |p: Progress| {
            let counts = [p.files, p.total_files, p.bytes, p.total_bytes].map(|count| count as f64).to_vec();
            function.call(counts, ThreadsafeFunctionCallMode::NonBlocking);
        };
        control.on_progress = Some(Box::new(report));
    }
    Ok(Job::of(move || resolution(&definition, root, &control)))
}

fn control(cancel: Option<&Canceller>) -> Control {
    Control { cancel: cancel.map(|cancel| cancel.0.clone()).unwrap_or_default(), on_progress: None }
}

fn resolution(definition: &str, root: Option<String>, control: &Control) -> Resolution {
    let mut on_disk = None;
    let answer = guard(|| {
        let root = root.map(PathBuf::from);
        let found = Recipe::from_json(definition).and_then(|recipe| resolve(recipe, root.as_deref(), control));
        found.map(|found| on_disk.insert(Arc::new(found)).describe()).into()
    });
    Resolution { answer, on_disk }
}

fn stage(on_disk: Option<&OnDisk>, cache: Option<String>, control: &Control) -> Answer<Vec<Staged>> {
    let cache = cache.map(PathBuf::from);
    on_disk.map_or(Ok(Vec::new()), |on_disk| on_disk.stage(cache.as_deref(), control)).into()
}

/// Work for a thread of Node's pool.
pub struct Job<T>(Option<Box<dyn FnOnce() -> T + Send>>);

impl<T> Job<T> {
    fn of(work: impl FnOnce() -> T + Send + 'static) -> AsyncTask<Self>
    where
        Self: Task,
    {
        AsyncTask::new(Self(Some(Box::new(work))))
    }
}

impl<T: ToNapiValue + TypeName + Send + 'static> Task for Job<T> {
    type Output = T;
    type JsValue = T;

    fn compute(&mut self) -> Result<T> {
        self.0.take().map(|work| work()).ok_or_else(|| Error::from_reason("A job runs once."))
    }

    fn resolve(&mut self, _: Env, output: T) -> Result<T> {
        Ok(output)
    }
}
