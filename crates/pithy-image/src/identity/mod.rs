//! The names of an image: its digest, Daytona's build key, and the name of its snapshot.

mod source;
mod tar;

use md5::{Digest as _, Md5};
use sha2::Sha256;

use crate::json::{self, FromValue, Place, Value, object};
use crate::ordered;
use crate::problem::{Code, Problem, Problems};

pub use source::{Entry, EntryKind, Ignored, Listing};
pub(crate) use source::{Layout, Mode, bad_layer_name, digest as source_digest, normalize};
pub(crate) use tar::{END as TAR_END, entry_header, entry_header_size, padding, root_header};

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// The SHA-256 of bytes.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// `sha256:` and the digits, as Docker writes digests.
pub(crate) fn digest_text(digest: &[u8]) -> String {
    format!("sha256:{}", hex(digest))
}

/// The image digest: SHA-256 of a domain tag and of the Dockerfile's bytes.
pub(crate) fn image_digest(dockerfile: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(b"pithy-image/1/image\0");
    hash.update(dockerfile);
    digest_text(&hash.finalize())
}

/// Identifies what a step emits: 64 bits of a SHA-256 over a domain tag and the text. The digests of its sources are in
/// that text.
pub(crate) struct Fingerprint(Sha256);

impl Fingerprint {
    pub(crate) fn new() -> Self {
        Self(Sha256::new_with_prefix(b"pithy-image/1/step\0"))
    }

    /// Adds the next part of the text.
    pub(crate) fn update(&mut self, text: &str) {
        self.0.update(text);
    }

    /// The 16 hexadecimal digits.
    pub(crate) fn finish(self) -> String {
        hex(&self.0.finalize()[..8])
    }
}

/// The key under which Daytona keeps a build: `daytona-<sha256>:daytona` over the Dockerfile and the sorted context
/// hashes, without separators (as its server makes it). It decides whether an image is built again.
///
/// ```
/// let key = pithy_image::snapshot_ref("FROM a\n", &["b", "a"]);
/// assert_eq!(key, "daytona-9323d53587ad3e87b1c60e73d51634d8806741e0a193335de1f9bdd6a9d29d0f:daytona");
/// ```
pub fn snapshot_ref<S: AsRef<str>>(dockerfile: &str, context_hashes: &[S]) -> String {
    let mut hash = Sha256::new();
    hash.update(dockerfile);
    for place in ordered::places(&mut context_hashes.iter().map(AsRef::as_ref)) {
        hash.update(context_hashes[place].as_ref());
    }
    format!("daytona-{}:daytona", hex(&hash.finalize()))
}

/// The hash that Daytona's TypeScript SDK gives a context of one file: MD5 of its archive path and its bytes.
pub struct ContextHash(Md5);

impl ContextHash {
    /// Begins with the archive path, as the SDK does.
    #[must_use]
    pub fn new(archive_path: &str) -> Self {
        let mut hash = Md5::new();
        hash.update(archive_path);
        Self(hash)
    }

    /// Adds the next bytes of the file.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The 32 hexadecimal digits.
    #[must_use]
    pub fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

object! {
    /// Everything that makes one snapshot differ from another.
    #[derive(Debug, Clone, Default, PartialEq, Eq)]
    #[cfg_attr(feature = "types", derive(ts_rs::TS))]
    #[cfg_attr(feature = "types", ts(rename_all = "camelCase"))]
    pub struct SnapshotSpec {
        /// Digest of the image, `sha256:…`.
        pub image_digest: String,
        /// What the name begins with; `pithy-image` when not given.
        #[cfg_attr(feature = "types", ts(optional))]
        pub prefix: Option<String> = default,
        /// The machine that sandboxes of the snapshot get.
        #[cfg_attr(feature = "types", ts(optional, as = "Option<Resources>"))]
        pub resources: Resources = default,
        /// Region of the snapshot.
        #[cfg_attr(feature = "types", ts(optional))]
        pub region: Option<String> = default,
        /// Sandbox class, as Daytona names them.
        #[cfg_attr(feature = "types", ts(optional))]
        pub sandbox_class: Option<String> = default,
    }
}

object! {
    /// Resources of a sandbox, as in the Daytona SDK.
    #[derive(Debug, Clone, Default, PartialEq, Eq)]
    #[cfg_attr(feature = "types", derive(ts_rs::TS))]
    #[cfg_attr(feature = "types", ts(optional_fields, rename_all = "camelCase"))]
    pub struct Resources {
        /// CPU cores.
        pub cpu: Option<u32> = default,
        /// GPUs.
        pub gpu: Option<u32> = default,
        /// Kinds of GPU, in order of preference; a single kind may be a string.
        pub gpu_type: Option<GpuTypes> = default,
        /// Memory in GiB.
        pub memory: Option<u32> = default,
        /// Disk in GiB.
        pub disk: Option<u32> = default,
    }
}

/// Kinds of GPU, in order of preference.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[cfg_attr(feature = "types", ts(type = "string | string[]"))]
pub struct GpuTypes(pub Vec<String>);

impl FromValue for GpuTypes {
    fn from_value(value: Value, at: &Place, problems: &mut Vec<Problem>) -> Option<Self> {
        match value {
            Value::Text(kind) => Some(Self(vec![kind])),
            _ => Vec::from_value(value, at, problems).map(Self),
        }
    }
}

/// Hexadecimal digits of a snapshot name: 80 bits.
const NAME_DIGITS: usize = 20;

impl SnapshotSpec {
    /// Reads it from JSON.
    ///
    /// # Errors
    ///
    /// A field that does not exist or is missing, or a value of the wrong type.
    pub fn from_json(json: &str) -> Result<Self, Problems> {
        json::read(json)
    }

    /// The snapshot's name: the prefix, `-`, and digits of a SHA-256 over everything else. No version has to be typed.
    ///
    /// # Errors
    ///
    /// A prefix that Daytona does not accept in a snapshot name.
    pub fn name(&self) -> Result<String, Problem> {
        let prefix = self.prefix.as_deref().unwrap_or("pithy-image");
        if !is_snapshot_name(prefix) || prefix.contains('@') {
            let message = format!("Invalid prefix of a snapshot name: `{prefix}`.");
            let hint = "Use letters, digits, `_`, `.`, `-` and `:`, in parts separated by single `/`.";
            return Err(Problem::new(Code::InvalidSnapshotName, "/prefix", message, hint));
        }
        let mut hash = Sha256::new();
        for field in self.fields() {
            hash.update((field.len() as u64).to_le_bytes());
            hash.update(field);
        }
        Ok(format!("{prefix}-{}", &hex(&hash.finalize())[..NAME_DIGITS]))
    }

    /// What the name is made from; an absent value is an empty field.
    fn fields(&self) -> Vec<String> {
        let number = |value: Option<u32>| value.map(|n| n.to_string()).unwrap_or_default();
        let resources = &self.resources;
        let mut fields = vec![
            "pithy-image/1/snapshot".to_owned(),
            self.image_digest.clone(),
            number(resources.cpu),
            number(resources.gpu),
            number(resources.memory),
            number(resources.disk),
            self.region.clone().unwrap_or_default(),
            self.sandbox_class.clone().unwrap_or_default(),
        ];
        fields.extend(resources.gpu_type.iter().flat_map(|GpuTypes(kinds)| kinds).cloned());
        fields
    }
}

/// Whether Daytona accepts a snapshot name: parts of letters, digits and `_.-:`, separated by single slashes,
/// and perhaps `@sha256:` with 64 digits (the rule of its API).
#[must_use]
pub fn is_snapshot_name(name: &str) -> bool {
    let (path, digest) = name.split_once('@').map_or((name, None), |(path, digest)| (path, Some(digest)));
    let digits = |digest: &str| digest.len() == 64 && digest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let part = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-:".contains(&b));
    path.split('/').all(part) && digest.is_none_or(|d| d.strip_prefix("sha256:").is_some_and(digits))
}
