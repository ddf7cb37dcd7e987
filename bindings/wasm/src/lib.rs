//! The WebAssembly module: forwards to the core, with the functions and names of the Node addon.
//!
//! Requests are JSON text, answers plain values, as `pithy_image::wire` describes them. Where the addon reads a disk, here
//! JavaScript has the files: see [`Files`]. A panic traps.

#![expect(clippy::must_use_candidate, reason = "the callers are in JavaScript")]

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, Error, Function, Promise, Uint8Array};
use pithy_image::reader::{self, Node, NodeKind, Progress, Read, Reader, at_once};
use pithy_image::wire::{self, Answer, ResolvedImage};
use pithy_image::{Problems, Recipe};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use wasm_bindgen_futures::{JsFuture, future_to_promise};

/// A kilobyte smaller than that of the standard library.
#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

#[wasm_bindgen]
extern "C" {
    /// Whoever has the files below a root; each answer may be a promise of it.
    pub type Files;

    /// Absolute path of the root, if it has one.
    #[wasm_bindgen(method, getter)]
    fn root(this: &Files) -> Option<String>;

    /// A list of the [`FileNode`]s of a directory.
    #[wasm_bindgen(method, catch)]
    fn list(this: &Files, directory: &str) -> Result<JsValue, JsValue>;

    /// Bytes of a file from an offset on; none at its end.
    #[wasm_bindgen(method, catch)]
    fn read(this: &Files, file: &str, offset: f64) -> Result<JsValue, JsValue>;

    /// What is in a directory.
    pub type FileNode;

    #[wasm_bindgen(method, getter)]
    fn name(this: &FileNode) -> String;

    /// `file`, `directory`, `link`, `special` or `notText`.
    #[wasm_bindgen(method, getter)]
    fn kind(this: &FileNode) -> String;

    #[wasm_bindgen(method, getter)]
    fn size(this: &FileNode) -> Option<f64>;

    #[wasm_bindgen(method, getter)]
    fn executable(this: &FileNode) -> Option<bool>;

    #[wasm_bindgen(method, getter)]
    fn target(this: &FileNode) -> Option<String>;

    /// Takes the contexts, one after the other.
    pub type Sink;

    /// Begins with the next context; answers whether its bytes are wanted.
    #[wasm_bindgen(method, catch)]
    fn begin(this: &Sink, archive_path: &str, mode: u32, size: f64) -> Result<bool, JsValue>;

    /// Takes the next bytes of it.
    #[wasm_bindgen(method, catch)]
    fn write(this: &Sink, bytes: &[u8]) -> Result<(), JsValue>;
}

/// Reads and checks a definition.
#[wasm_bindgen]
pub fn check(definition: &str) -> JsValue {
    value(&wire::check(definition))
}

/// What is known of a definition before its files are.
#[wasm_bindgen]
pub fn outline(definition: &str) -> JsValue {
    value(&wire::outline(definition))
}

/// The definition of Pithy Jaunt's image.
#[wasm_bindgen(js_name = pithyJaunt)]
pub fn pithy_jaunt(options: &str) -> JsValue {
    value(&wire::pithy_jaunt(options))
}

/// What a change of an image does.
#[wasm_bindgen]
pub fn plan(request: &str) -> JsValue {
    value(&wire::plan(request))
}

/// The name of a snapshot.
#[wasm_bindgen(js_name = snapshotName)]
pub fn snapshot_name(spec: &str) -> JsValue {
    value(&wire::snapshot_name(spec))
}

/// Resolves a definition against files that are at hand.
#[wasm_bindgen(js_name = resolveSync)]
pub fn resolve_sync(definition: &str, files: Files) -> Resolution {
    at_once(resolution(definition, Host { files, cancel: Canceller::default(), on_progress: None }))
        .unwrap_or_else(|| Resolution { answer: value(&not_at_hand()), read: None })
}

/// [`resolve_sync`] for files that may have to be waited for. `on_progress` gets files, all files, bytes and all bytes.
#[wasm_bindgen(js_name = resolveAsync)]
pub fn resolve_async(definition: String, files: Files, cancel: &Canceller, on_progress: Option<Function>) -> Promise {
    let host = Host { files, cancel: cancel.clone(), on_progress };
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
        let host = Host { files, cancel: Canceller::default(), on_progress: None };
        at_once(stage(self.read.clone(), host, sink)).unwrap_or_else(|| Ok(value(&not_at_hand())))
    }

    /// [`Resolution::stage_sync`] for files that may have to be waited for.
    pub fn stage(&self, files: Files, sink: Sink, cancel: &Canceller) -> Promise {
        let host = Host { files, cancel: cancel.clone(), on_progress: None };
        future_to_promise(stage(self.read.clone(), host, sink))
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
        #[expect(clippy::cast_precision_loss, reason = "JavaScript has no other numbers")]
        if !sink.begin(&context.archive_path, context.mode(), context.size() as f64)? {
            continue;
        }
        let mut taken = Ok(());
        let mut take = |bytes: &[u8]| {
            if taken.is_ok() {
                taken = sink.write(bytes);
            }
        };
        let given = reader::pieces(context, &host, &mut take).await;
        taken?;
        if let Err(problem) = given {
            return Ok(value(&Answer::<()>::Problems(problem.into())));
        }
    }
    Ok(value(&Answer::Ok(())))
}

/// The files of JavaScript, as the core asks for them.
struct Host {
    files: Files,
    cancel: Canceller,
    on_progress: Option<Function>,
}

impl Reader for Host {
    fn root(&self) -> Option<String> {
        self.files.root()
    }

    async fn list(&self, directory: &str) -> Result<Vec<Node>, String> {
        let nodes = Array::from(&settled(self.files.list(directory)).await?);
        Ok(nodes.iter().map(|node| node_of(&node.unchecked_into())).collect())
    }

    #[expect(clippy::cast_precision_loss, reason = "JavaScript has no other numbers")]
    async fn read(&self, file: &str, offset: u64) -> Result<Vec<u8>, String> {
        Ok(Uint8Array::new(&settled(self.files.read(file, offset as f64)).await?).to_vec())
    }

    #[expect(clippy::cast_precision_loss, reason = "JavaScript has no other numbers")]
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

fn node_of(node: &FileNode) -> Node {
    let kind = match node.kind().as_str() {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a size is a whole number")]
        "file" => NodeKind::File { size: node.size().unwrap_or_default() as u64, executable: node.executable() },
        "directory" => NodeKind::Directory,
        "link" => NodeKind::Link { target: node.target().unwrap_or_default() },
        "special" => NodeKind::Special,
        _ => NodeKind::NotText,
    };
    Node { name: node.name(), kind }
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

fn not_at_hand() -> Answer<()> {
    wire::internal("A file was promised where it had to be at hand.")
}

fn value<T: Serialize>(answer: &Answer<T>) -> JsValue {
    answer.serialize(&Serializer::json_compatible()).unwrap_or_else(JsValue::from)
}
