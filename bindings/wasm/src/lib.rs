//! The WebAssembly module: forwards to the core, with the functions and names of the Node addon.
//!
//! Requests are JSON text, answers plain values, as `pithy_image::wire` describes them. Where the addon reads a disk, here
//! JavaScript has the files: see [`Files`]. A panic traps.

#![expect(clippy::must_use_candidate, reason = "the callers are in JavaScript")]

mod host;

use std::rc::Rc;

use js_sys::{Function, Promise};
use pithy_image::api;
use pithy_image::reader::{self, Read, Reader as _, at_once};
use pithy_image::wire::{self, Answer, ResolvedImage};
use pithy_image::{Problems, Recipe};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use wasm_bindgen_futures::future_to_promise;

use crate::host::Host;
pub use crate::host::{Canceller, Files, Sink};

/// Declares functions of the core that need nothing but their request.
macro_rules! forward {
    ($( $(#[$doc:meta])* $name:ident $(as $js_name:ident)?; )*) => { $(
        $(#[$doc])*
        #[wasm_bindgen$((js_name = $js_name))?]
        pub fn $name(request: &str) -> JsValue {
            value(&api::$name(request))
        }
    )* };
}

forward! {
    /// Reads and checks a definition.
    check;
    /// What is known of a definition before its files are.
    outline;
    /// The definition of Pithy Jaunt's image.
    pithy_jaunt as pithyJaunt;
    /// What a change of an image does.
    plan;
    /// The name of a snapshot.
    snapshot_name as snapshotName;
}

/// Resolves a definition against files that are at hand.
#[wasm_bindgen(js_name = resolveSync)]
pub fn resolve_sync(definition: &str, files: Files) -> Resolution {
    at_once(resolution(definition, Host::at_once(files)))
        .unwrap_or_else(|| Resolution { answer: value(&not_at_hand()), read: None })
}

/// [`resolve_sync`] for files that may have to be waited for. `on_progress` gets files, all files, bytes and all bytes.
#[wasm_bindgen(js_name = resolveAsync)]
pub fn resolve_async(definition: String, files: Files, cancel: &Canceller, on_progress: Option<Function>) -> Promise {
    let host = Host::new(files, cancel, on_progress);
    future_to_promise(async move { Ok(resolution(&definition, host).await.into()) })
}

/// An image that was resolved: what it is, and how to stage it.
#[wasm_bindgen]
pub struct Resolution {
    answer: JsValue,
    read: Option<Rc<Read>>,
}

#[wasm_bindgen]
impl Resolution {
    /// What was found, or what is wrong.
    #[wasm_bindgen(getter)]
    pub fn answer(&self) -> JsValue {
        self.answer.clone()
    }

    /// Gives the contexts, of which these are the files, to a sink.
    ///
    /// # Errors
    ///
    /// What the sink throws.
    #[wasm_bindgen(js_name = stageSync)]
    pub fn stage_sync(&self, files: Files, sink: Sink) -> Result<JsValue, JsValue> {
        at_once(stage(self.read.clone(), Host::at_once(files), sink)).unwrap_or_else(|| Ok(value(&not_at_hand())))
    }

    /// [`Resolution::stage_sync`] for files that may have to be waited for.
    pub fn stage(&self, files: Files, sink: Sink, cancel: &Canceller) -> Promise {
        future_to_promise(stage(self.read.clone(), Host::new(files, cancel, None), sink))
    }
}

async fn resolution(definition: &str, host: Host) -> Resolution {
    let read = match Recipe::from_json(definition) {
        Ok(recipe) => reader::resolve(recipe, &host).await,
        Err(problems) => Err(problems),
    };
    let describe = |read: &Read| ResolvedImage::new(&read.resolved, host.root(), read.context_hashes.clone());
    let answer = value(&Answer::from(read.as_ref().map(describe).map_err(Problems::clone)));
    Resolution { answer, read: read.ok().map(Rc::new) }
}

async fn stage(image: Option<Rc<Read>>, host: Host, sink: Sink) -> Result<JsValue, JsValue> {
    for context in image.iter().flat_map(|read| &read.resolved.contexts) {
        let cache = sink.below(host.root())?;
        if !sink.begins(context)? {
            continue;
        }
        let mut taken = Ok(());
        let mut take = |bytes: &[u8]| {
            if taken.is_ok() {
                taken = sink.write(bytes);
            }
        };
        let given = reader::pieces(context, &host, cache.as_deref(), &mut take).await;
        taken?;
        if let Err(problem) = given {
            return Ok(value(&Answer::<()>::Problems(problem.into())));
        }
    }
    Ok(value(&Answer::Ok(())))
}

fn not_at_hand() -> Answer<()> {
    wire::internal("A file was promised where it had to be at hand.")
}

fn value<T: Serialize>(answer: &Answer<T>) -> JsValue {
    answer.serialize(&Serializer::json_compatible()).unwrap_or_else(JsValue::from)
}
