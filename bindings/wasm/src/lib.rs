//! The WebAssembly module: the functions of the Node addon, where JavaScript has the files. JSON text goes in, and plain values
//! come out: see `pithy_image::api`. A panic traps.
#![expect(clippy::pedantic, reason = "the callers are in JavaScript, which has neither `Result` nor integers")]
use std::rc::Rc;

use js_sys::{Array, Error, JsString, Promise, Uint8Array};
use pithy_image::reader::{
    self, ContextHasher, FileToRead, HEAD, Hashed, Node, PackError, Part, Progress, Read, Reader, nodes_from_json,
    poll_ready, runs,
};
use pithy_image::wire::{Answer, Contents, DaytonaHashes, internal};
use pithy_image::{Context, api};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::{JsFuture, future_to_promise};

/// Declares functions of the core that need only their request.
macro_rules! forward {
    ($($name:ident $js_name:literal)*) => { $(
        #[doc = concat!("Forwards to `api::", stringify!($name), "`.")]
        #[wasm_bindgen(js_name = $js_name)]
        pub fn $name(request: &str) -> JsValue {
            value(&api::$name(request))
        }
    )* };
}

forward! { check "check" lint_dockerfile "lintDockerfile" mask "mask" outline "outline" pithy_jaunt "pithyJaunt" plan "plan" snapshot_name "snapshotName" }

#[wasm_bindgen]
extern "C" {
    /// A holder of files: [`Reader`]. Its lists and bytes may be promises; a list is JSON text.
    pub type Files;
    #[wasm_bindgen(method, getter)]
    fn root(this: &Files) -> Option<String>;
    #[wasm_bindgen(method, catch)]
    fn list(this: &Files, directory: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn read(this: &Files, file: &str, offset: f64) -> Result<JsValue, JsValue>;
    /// For each file `null` if it is to be read, a text that says what is wrong, or its digest, its bytes and the first of them.
    #[wasm_bindgen(method, catch)]
    fn hash(this: &Files, files: Vec<String>, head: u32) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn report(this: &Files, counts: &[f64]) -> Result<(), JsValue>;
    #[wasm_bindgen(method, js_name = isCancelled)]
    fn is_cancelled(this: &Files) -> bool;

    /// A place for contexts: [`reader::Sink`].
    pub type Sink;
    #[wasm_bindgen(method, catch)]
    fn below(this: &Sink, root: &str) -> Result<Option<String>, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn begin(this: &Sink, archive_path: &str, mode: u32) -> Result<bool, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn write(this: &Sink, bytes: &[u8]) -> Result<(), JsValue>;
}

impl Reader for Files {
    fn root(&self) -> Option<String> {
        self.root()
    }

    async fn list(&self, directory: &str) -> Result<Vec<Node>, String> {
        nodes_from_json(&settled(self.list(directory)).await?.as_string().unwrap_or_default())
    }

    async fn read(&self, file: &str, offset: u64) -> Result<Vec<u8>, String> {
        Ok(Uint8Array::new(&settled(self.read(file, offset as f64)).await?).to_vec())
    }

    async fn hash_many(&self, files: &[FileToRead<'_>], mut progress: Progress) -> Vec<Result<Hashed, String>> {
        let mut results = Vec::with_capacity(files.len());
        for some in runs(files, AT_A_TIME, BYTES_AT_A_TIME) {
            for (file, known) in some.iter().zip(self.known(some, HEAD).await) {
                let result = match known {
                    None => reader::one_by_one(self, &[*file], progress).await.pop(),
                    Some(known) => Some(known.map(|(hashed, _)| hashed)),
                };
                let Some(result) = result.filter(|_| !self.is_cancelled()) else { return results };
                progress.files += 1;
                progress.bytes += file.size;
                results.push(result);
            }
            if !progress.is_complete() {
                Reader::report(self, progress); // its end is reported by who asked
            }
        }
        results
    }

    async fn read_many(&self, files: &[FileToRead<'_>], take: &mut dyn FnMut(Part<'_>) -> bool) {
        for some in runs(files, AT_A_TIME, BYTES_AT_A_TIME) {
            for (file, known) in some.iter().zip(self.known(some, WHOLE).await) {
                let goes_on = match known {
                    Some(Ok((hashed, bytes))) if bytes.len() as u64 == hashed.size => {
                        take(Part::Bytes(&bytes)) && take(Part::End(Ok(hashed)))
                    }
                    None | Some(Ok(_)) => reader::parts_of(self, &[*file], take).await,
                    Some(Err(why)) => take(Part::End(Err(why))),
                };
                if !goes_on || self.is_cancelled() {
                    return;
                }
            }
        }
    }

    fn composed(&self, name: &str) -> String {
        JsString::from(name).normalize("NFC").into()
    }

    fn lowered(&self, name: &str) -> String {
        JsString::from(name).to_lower_case().into()
    }

    fn report(&self, progress: Progress) {
        let _ = self.report(&progress.counts()); // the caller deals with what it throws
    }

    fn is_cancelled(&self) -> bool {
        self.is_cancelled()
    }
}

impl Files {
    /// What JavaScript knows of each file, with as many of its first bytes; none where it is to be read.
    async fn known(&self, files: &[FileToRead<'_>], head: usize) -> Vec<Option<Known>> {
        let hashed = settled(self.hash(files.iter().map(FileToRead::path).collect(), head as u32)).await;
        match hashed.map(|hashed| Array::from(&hashed)) {
            Err(why) => files.iter().map(|_| Some(Err(why.clone()))).collect(),
            Ok(hashed) => (0..).zip(files).map(|(at, _)| known(&hashed.get(at))).collect(),
        }
    }
}

/// What a file holds, and its first bytes; or why it cannot be read.
type Known = Result<(Hashed, Vec<u8>), String>;

/// What JavaScript says of a file: its digest, its bytes as a number of eight bytes, and the first bytes of its content.
fn known(answer: &JsValue) -> Option<Known> {
    if let Some(why) = answer.as_string() {
        return Some(Err(why));
    }
    let bytes = answer.dyn_ref::<Uint8Array>()?.to_vec();
    let (digest, rest) = bytes.split_first_chunk()?;
    let (size, first) = rest.split_first_chunk()?;
    let head = &first[..first.len().min(HEAD)];
    Some(Ok((Hashed::of(*digest, f64::from_le_bytes(*size) as u64, head), first.to_vec())))
}

/// More than JavaScript reads at a time.
const WHOLE: usize = u32::MAX as usize;

/// Files that JavaScript hashes at a time, and their bytes.
const AT_A_TIME: usize = 256;
const BYTES_AT_A_TIME: u64 = 4 << 20;

/// What JavaScript returns, now or later; what it throws, in words.
async fn settled(returned: Result<JsValue, JsValue>) -> Result<JsValue, String> {
    let settled = match returned {
        Ok(value) if value.has_type::<Promise>() => JsFuture::from(Promise::from(value)).await,
        at_once => at_once,
    };
    let message = |thrown: &JsValue| thrown.dyn_ref::<Error>().map(|error| error.message().into());
    settled.map_err(|thrown| message(&thrown).or_else(|| thrown.as_string()).unwrap_or_default())
}

impl reader::Sink for Sink {
    type Error = JsValue;

    fn below(&mut self, root: &str) -> Result<Option<String>, JsValue> {
        Sink::below(self, root)
    }

    fn begin(&mut self, context: &Context) -> Result<bool, JsValue> {
        Sink::begin(self, &context.archive_path, context.mode())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), JsValue> {
        Sink::write(self, bytes)
    }
}

/// An image that was resolved: what it is, and how to pack it.
#[wasm_bindgen(getter_with_clone)]
pub struct Resolution {
    /// What was found, or what is wrong.
    pub answer: JsValue,
    /// What it is; without contexts if something is wrong.
    read: Option<Rc<Read>>,
}

#[wasm_bindgen]
impl Resolution {
    /// What lint rules find in it.
    pub fn findings(&self) -> JsValue {
        value(&self.read.as_deref().map_or_else(not_resolved, |read| Answer::Ok(read.findings())))
    }

    /// What its files are.
    pub fn contents(&self) -> JsValue {
        value(&self.read.as_deref().map_or_else(not_resolved, |read| Answer::Ok(Contents::new(&read.resolved))))
    }

    /// The names that Daytona gives the image, whose files are these.
    #[wasm_bindgen(js_name = hashesSync)]
    pub fn hashes_sync(&self, files: Files) -> JsValue {
        poll_ready(hashes(self.read.clone(), files))
    }

    /// [`Resolution::hashes_sync`] for files that may have to be waited for.
    pub fn hashes(&self, files: Files) -> Promise {
        let hashes = hashes(self.read.clone(), files);
        future_to_promise(async { Ok(hashes.await) })
    }

    /// Gives the contexts, made of these files, to a sink.
    #[wasm_bindgen(js_name = packSync)]
    pub fn pack_sync(&self, files: Files, sink: Sink) -> Result<JsValue, JsValue> {
        poll_ready(pack(self.read.clone(), files, sink))
    }

    /// [`Resolution::pack_sync`] for files that may have to be waited for.
    pub fn pack(&self, files: Files, sink: Sink) -> Promise {
        future_to_promise(pack(self.read.clone(), files, sink))
    }
}

/// Resolves a definition against files that are at hand.
#[wasm_bindgen(js_name = resolveSync)]
pub fn resolve_sync(definition: &str, files: Files) -> Resolution {
    poll_ready(resolve(definition, files))
}

/// [`resolve_sync`] for files that may have to be waited for.
#[wasm_bindgen(js_name = resolveAsync)]
pub fn resolve_async(definition: String, files: Files) -> Promise {
    future_to_promise(async move { Ok(resolve(&definition, files).await.into()) })
}

async fn resolve(definition: &str, files: Files) -> Resolution {
    match reader::resolve_json(definition, &files).await {
        Ok(read) => {
            let answer = Answer::Ok(read.describe());
            Resolution { answer: value(&answer), read: Some(Rc::new(read)) }
        }
        Err(problems) => Resolution { answer: value(&Answer::<()>::Problems(problems)), read: None },
    }
}

async fn hashes(read: Option<Rc<Read>>, files: Files) -> JsValue {
    let Some(Read { resolved, .. }) = read.as_deref() else { return value(&not_resolved::<()>()) };
    let (mut hasher, mut hashes) = (ContextHasher::new(&resolved.contexts, &files), Vec::new());
    for context in &resolved.contexts {
        match hasher.hash(context).await {
            Ok(hash) => hashes.push(hash),
            Err(problem) => return value(&Answer::<()>::Problems(problem.into())),
        }
    }
    hasher.finish();
    value(&Answer::Ok(DaytonaHashes::new(resolved, hashes)))
}

fn not_resolved<T>() -> Answer<T> {
    internal("It was not resolved.")
}

async fn pack(read: Option<Rc<Read>>, files: Files, mut sink: Sink) -> Result<JsValue, JsValue> {
    let contexts = read.as_deref().map_or(&[][..], |read| &read.resolved.contexts);
    let packed = reader::pack(contexts, &files, &mut sink).await;
    packed.map_or_else(PackError::answer, |()| Ok(Answer::Ok(()))).map(|answer| value(&answer))
}

fn value<T: Serialize>(answer: &Answer<T>) -> JsValue {
    answer.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).unwrap_or_else(JsValue::from)
}
