//! The Node addon: forwards to the core and to its disk.
//!
//! Every function takes and returns JSON text, as `pithy_image::wire` and `pithy_image_fs::wire` describe it.

#![expect(clippy::must_use_candidate, reason = "the callers are in JavaScript")]
#![expect(clippy::needless_pass_by_value, reason = "a string from JavaScript arrives as a String")]

mod threads;

use std::path::PathBuf;
use std::sync::Arc;

use napi::bindgen_prelude::{Function, Object, Result};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Status};
use napi_derive::napi;
use pithy_image_fs::wire::{self, guard};
use pithy_image_fs::{Cancel, Control};

use threads::promise;

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
    /// What the lint rules find in a Dockerfile, without the files that it copies.
    lint_dockerfile;
    /// A text with asterisks in place of its secrets.
    mask;
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

    /// What lint rules find in it.
    #[napi]
    pub fn findings(&self) -> String {
        self.0.findings()
    }

    /// What its files are.
    #[napi]
    pub fn contents(&self) -> String {
        self.0.contents()
    }

    /// The names that Daytona gives the image and its contexts.
    #[napi]
    pub fn hashes_sync(&self, memory: Memory) -> String {
        self.0.hashes(&memory.control(None))
    }

    /// [`Resolution::hashes_sync`] off the event loop.
    ///
    /// # Errors
    ///
    /// Never a mistake of the user: only when Node cannot make a promise.
    #[napi]
    pub fn hashes<'env>(
        &self,
        env: &'env Env,
        memory: Memory,
        cancel: Option<&Canceller>,
        on_progress: Option<OnProgress>,
    ) -> Result<Object<'env>> {
        let (resolution, control) = (self.0.clone(), memory.followed(cancel, on_progress)?);
        promise(env, control, move |control| resolution.hashes(control))
    }

    /// Writes the contexts into the context cache; returns where they are.
    #[napi]
    pub fn pack_sync(&self, memory: Memory) -> String {
        self.0.pack(&memory.control(None))
    }

    /// [`Resolution::pack_sync`] off the event loop.
    ///
    /// # Errors
    ///
    /// Never a mistake of the user: only when Node cannot make a promise.
    #[napi]
    pub fn pack<'env>(
        &self,
        env: &'env Env,
        memory: Memory,
        cancel: Option<&Canceller>,
        on_progress: Option<OnProgress>,
    ) -> Result<Object<'env>> {
        let (resolution, control) = (self.0.clone(), memory.followed(cancel, on_progress)?);
        promise(env, control, move |control| resolution.pack(control))
    }
}

/// Looks after the context cache: `info`, `prune`, `clear` or `verify`.
///
/// # Errors
///
/// Never a mistake of the user: only when Node cannot make a promise.
#[napi(ts_return_type = "Promise<string>")]
pub fn keep_up(env: &Env, what: String, memory: Memory) -> Result<Object<'_>> {
    promise(env, memory.control(None), move |control| wire::keep_up(&what, control))
}

/// What is remembered of files.
#[napi(object)]
#[derive(Default)]
pub struct Memory {
    /// Directory of the context cache.
    pub cache: Option<String>,
    /// Whether every file is read, whatever the cache knows of it.
    pub rereads: Option<bool>,
}

impl Memory {
    fn control(self, cancel: Option<&Canceller>) -> Control {
        Control {
            cancel: cancel.map(|cancel| cancel.0.clone()).unwrap_or_default(),
            cache: self.cache.map(PathBuf::from),
            rereads: self.rereads.unwrap_or_default(),
            ..Control::default()
        }
    }

    /// Work that is off the event loop.
    fn followed(self, cancel: Option<&Canceller>, on_progress: Option<OnProgress>) -> Result<Control> {
        let mut control = self.control(cancel);
        if let Some(function) = on_progress {
            let function: ThreadsafeFunction<Vec<f64>, (), Vec<f64>, Status, false, true> =
                function.build_threadsafe_function().weak::<true>().build()?;
            control.on_progress = Some(Box::new(move |progress| {
                function.call(progress.counts().to_vec(), ThreadsafeFunctionCallMode::NonBlocking);
            }));
        }
        Ok(control)
    }
}

/// Gets files, all files, bytes and all bytes.
type OnProgress<'a> = Function<'a, Vec<f64>, ()>;

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
pub fn resolve_sync(definition: String, root: Option<String>, memory: Memory) -> Resolution {
    resolution(&definition, root, &memory.control(None))
}

/// [`resolve_sync`] off the event loop.
///
/// # Errors
///
/// Never a mistake of the user: only when Node cannot make a promise.
#[napi(ts_return_type = "Promise<Resolution>")]
pub fn resolve_async<'env>(
    env: &'env Env,
    definition: String,
    root: Option<String>,
    memory: Memory,
    cancel: Option<&Canceller>,
    on_progress: Option<OnProgress>,
) -> Result<Object<'env>> {
    let control = memory.followed(cancel, on_progress)?;
    promise(env, control, move |control| resolution(&definition, root, control))
}

fn resolution(definition: &str, root: Option<String>, control: &Control) -> Resolution {
    Resolution(Arc::new(wire::resolve(definition, root.as_deref(), control)))
}
