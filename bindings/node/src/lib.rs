//! The Node addon: forwards to the core and to its disk.
//!
//! Every function takes and returns JSON text, as `pithy_image::wire` and `pithy_image_fs::wire` describe it.

#![expect(clippy::must_use_candidate, reason = "the callers are in JavaScript")]
#![expect(clippy::needless_pass_by_value, reason = "a string from JavaScript arrives as a String")]

use std::sync::Arc;

use napi::bindgen_prelude::{AsyncTask, Error, Function, Result, ToNapiValue, TypeName};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Status, Task};
use napi_derive::napi;
use pithy_image_fs::wire::{self, guard};
use pithy_image_fs::{Cancel, Control};

/// Declares functions of the core that need only their request.
macro_rules! forward {
    ($( $(#[$doc:meta])* $name:ident; )*) => { $(
        $(#[$doc])*
        #[napi]
        pub fn $name(request: String) -> String {
            guard(|| pithy_image::api::$name(&request))
        }
    )* };
}

forward! {
    /// Reads and checks a definition.
    check;
    /// What is known of a definition before its files are.
    outline;
    /// The definition of Pithy Jaunt's image.
    pithy_jaunt;
    /// What a change of an image does.
    plan;
    /// The name of a snapshot.
    snapshot_name;
}

/// An image that was resolved: what it is, and how to pack it.
#[napi]
pub struct Resolution(Arc<wire::Resolution>);

#[napi]
impl Resolution {
    /// What was found, or what is wrong.
    #[napi(getter)]
    pub fn answer(&self) -> &str {
        &self.0.answer
    }

    /// Writes the contexts into the context cache; returns where they are.
    #[napi]
    pub fn pack_sync(&self, cache: Option<String>) -> String {
        self.0.pack(cache.as_deref(), &Control::default())
    }

    /// [`Resolution::pack_sync`] off the event loop.
    #[napi]
    pub fn pack(&self, cache: Option<String>, cancel: Option<&Canceller>) -> AsyncTask<Job<String>> {
        let (resolution, control) = (self.0.clone(), control(cancel));
        job(move || resolution.pack(cache.as_deref(), &control))
    }
}

/// Stops work that was begun with it.
#[napi]
#[derive(Default)]
pub struct Canceller(Cancel);

#[napi]
impl Canceller {
    /// A switch that has not been used.
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
/// Never a mistake of the user: only when Node has no thread to give.
#[napi(ts_return_type = "Promise<Resolution>")]
pub fn resolve_async(
    definition: String,
    root: Option<String>,
    cancel: Option<&Canceller>,
    on_progress: Option<Function<Vec<f64>, ()>>,
) -> Result<AsyncTask<Job<Resolution>>> {
    let mut control = control(cancel);
    if let Some(function) = on_progress {
        let function: ThreadsafeFunction<Vec<f64>, (), Vec<f64>, Status, false, true> =
            function.build_threadsafe_function().weak::<true>().build()?;
        control.on_progress = Some(Box::new(move |progress| {
            function.call(progress.counts().to_vec(), ThreadsafeFunctionCallMode::NonBlocking);
        }));
    }
    Ok(job(move || resolution(&definition, root, &control)))
}

fn control(cancel: Option<&Canceller>) -> Control {
    Control { cancel: cancel.map(|cancel| cancel.0.clone()).unwrap_or_default(), on_progress: None }
}

fn resolution(definition: &str, root: Option<String>, control: &Control) -> Resolution {
    Resolution(Arc::new(wire::resolve(definition, root.as_deref(), control)))
}

/// Work for a thread of Node's pool.
pub struct Job<T>(Option<Box<dyn FnOnce() -> T + Send>>);

fn job<T: ToNapiValue + TypeName + Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> AsyncTask<Job<T>> {
    AsyncTask::new(Job(Some(Box::new(work))))
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
