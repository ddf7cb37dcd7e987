//! What JavaScript has that the core asks for: the files, a place for contexts, a switch.

#![expect(clippy::cast_precision_loss, reason = "JavaScript has no other numbers")]

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, Error, Function, Promise, Uint8Array};
use pithy_image::Context;
use pithy_image::reader::{Node, Progress, Reader, nodes_from_json};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    /// Whoever has the files below a root; each answer may be a promise of it.
    pub type Files;

    /// Absolute path of the root, if it has one.
    #[wasm_bindgen(method, getter)]
    fn root(this: &Files) -> Option<String>;

    /// What is in a directory, as JSON text: see [`nodes_from_json`].
    #[wasm_bindgen(method, catch)]
    fn list(this: &Files, directory: &str) -> Result<JsValue, JsValue>;

    /// Bytes of a file from an offset on; none at its end.
    #[wasm_bindgen(method, catch)]
    fn read(this: &Files, file: &str, offset: f64) -> Result<JsValue, JsValue>;

    /// Takes the contexts, one after the other.
    pub type Sink;

    /// Where they are kept, as a path below a root, if it is one.
    #[wasm_bindgen(method, catch)]
    pub(crate) fn below(this: &Sink, root: Option<String>) -> Result<Option<String>, JsValue>;

    /// Begins with the next context; answers whether its bytes are wanted.
    #[wasm_bindgen(method, catch)]
    fn begin(this: &Sink, archive_path: &str, mode: u32, size: f64) -> Result<bool, JsValue>;

    /// Takes the next bytes of it.
    #[wasm_bindgen(method, catch)]
    pub(crate) fn write(this: &Sink, bytes: &[u8]) -> Result<(), JsValue>;
}

impl Sink {
    pub(crate) fn begins(&self, context: &Context) -> Result<bool, JsValue> {
        self.begin(&context.archive_path, context.mode(), context.size() as f64)
    }
}

/// Stops work that was begun with it.
#[wasm_bindgen]
#[derive(Clone, Default)]
pub struct Canceller(Rc<Cell<bool>>);

#[wasm_bindgen]
impl Canceller {
    /// A switch that is not yet used.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops the work.
    pub fn cancel(&self) {
        self.0.set(true);
    }
}

/// The files of JavaScript, as the core asks for them.
pub(crate) struct Host {
    files: Files,
    cancel: Canceller,
    on_progress: Option<Function>,
}

impl Host {
    pub(crate) fn new(files: Files, cancel: &Canceller, on_progress: Option<Function>) -> Self {
        Self { files, cancel: cancel.clone(), on_progress }
    }

    /// For work that nothing can stop, since everything waits for it.
    pub(crate) fn at_once(files: Files) -> Self {
        Self::new(files, &Canceller::default(), None)
    }
}

impl Reader for Host {
    fn root(&self) -> Option<String> {
        self.files.root()
    }

    async fn list(&self, directory: &str) -> Result<Vec<Node>, String> {
        nodes_from_json(&settled(self.files.list(directory)).await?.as_string().unwrap_or_default())
    }

    async fn read(&self, file: &str, offset: u64) -> Result<Vec<u8>, String> {
        Ok(Uint8Array::new(&settled(self.files.read(file, offset as f64)).await?).to_vec())
    }

    fn report(&self, p: Progress) {
        if let Some(on_progress) = &self.on_progress {
            let counts = [p.files, p.total_files, p.bytes, p.total_bytes].map(|count| JsValue::from(count as f64));
            // What it throws is its own affair: the caller sees to it.
            let _ = on_progress.call1(&JsValue::UNDEFINED, &Array::from_iter(counts));
        }
    }

    fn is_cancelled(&self) -> bool {
        self.cancel.0.get()
    }
}

/// What JavaScript answers, now or later; in words, what it throws.
async fn settled(answer: Result<JsValue, JsValue>) -> Result<JsValue, String> {
    let settled = match answer.map(JsCast::dyn_into::<Promise>) {
        Ok(Ok(promise)) => JsFuture::from(promise).await,
        Ok(Err(value)) => Ok(value),
        Err(thrown) => Err(thrown),
    };
    settled.map_err(|thrown| match thrown.dyn_ref::<Error>() {
        Some(error) => error.message().into(),
        None => thrown.as_string().unwrap_or_default(),
    })
}
