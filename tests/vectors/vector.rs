//! The golden vectors as data. `README.md` beside this file says what they are; to read them in Rust, include this
//! module.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pithy_image::{Code, Context, Problems, Resolved, snapshot_ref};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

/// One file of vectors, about one topic.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// The vectors, in the order in which they were added.
    pub vectors: Vec<Vector>,
}

/// A definition, the files it is resolved against, and what comes out. Whatever is not computed keeps its text.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Vector {
    /// What the vector promises, in words; no two have the same name.
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    definition: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    definition_text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<Box<RawValue>>,
    /// What comes out, for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expect: Option<Expect>,
}

/// What comes out of a definition.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Expect {
    /// An image.
    Image(ExpectedImage),
    /// Nothing: the definition or its files are wrong.
    Problems {
        /// All that is wrong, in order.
        problems: Vec<ExpectedProblem>,
    },
}

/// The names of an image, and what is sent for it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExpectedImage {
    dockerfile: String,
    image_digest: String,
    snapshot_ref: String,
    contexts: Vec<ExpectedContext>,
}

/// One file that is sent.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExpectedContext {
    archive_path: String,
    source_digest: String,
    hash: String,
    sha256: String,
    mode: String,
}

/// A problem without its message and hint, which may be improved.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedProblem {
    code: Code,
    path: String,
}

/// What there is at a path of a vector's files.
#[derive(Debug, Clone)]
pub enum Node {
    /// A regular file.
    File {
        /// Its content.
        bytes: Vec<u8>,
        /// Whether its owner may run it.
        executable: bool,
    },
    /// A directory.
    Directory,
    /// A symbolic link, and where it points.
    Link(String),
}

/// A file as it is sent: Daytona's hash of it, its bytes and its mode.
pub struct Sent {
    /// The MD5 of the Daytona SDK.
    pub hash: String,
    /// The content.
    pub bytes: Vec<u8>,
    /// The permission bits.
    pub mode: u32,
}

impl Vector {
    /// The definition as JSON text, or what should have been.
    pub fn definition(&self) -> &str {
        let json = self.definition.as_ref().map(|definition| definition.get());
        json.or(self.definition_text.as_deref()).unwrap_or_default()
    }

    /// The files, by their paths below the root.
    pub fn files(&self) -> Result<BTreeMap<String, Node>, Box<dyn Error>> {
        let Some(files) = &self.files else { return Ok(BTreeMap::new()) };
        let files: BTreeMap<String, WrittenNode> = serde_json::from_str(files.get())?;
        files.into_iter().map(|(path, node)| Ok((path, node.read()?))).collect()
    }
}

/// A node as it is written in a vector.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenNode {
    text: Option<String>,
    base64: Option<String>,
    #[serde(default)]
    executable: bool,
    #[serde(default)]
    directory: bool,
    link: Option<String>,
}

impl WrittenNode {
    fn read(self) -> Result<Node, Box<dyn Error>> {
        let executable = self.executable;
        match (self.text, self.base64, self.directory, self.link) {
            (Some(text), None, false, None) => Ok(Node::File { bytes: text.into_bytes(), executable }),
            (None, Some(base64), false, None) => {
                let bytes = STANDARD.decode(base64).map_err(|error| error.to_string())?;
                Ok(Node::File { bytes, executable })
            }
            (None, None, true, None) if !executable => Ok(Node::Directory),
            (None, None, false, Some(target)) if !executable => Ok(Node::Link(target)),
            _ => Err("a file has one of `text`, `base64`, `directory` and `link`".into()),
        }
    }
}

impl Expect {
    /// What came out, from an image and its contexts as they are sent.
    pub fn image(resolved: &Resolved, sent: &[Sent]) -> Self {
        let hashes: Vec<&str> = sent.iter().map(|sent| sent.hash.as_str()).collect();
        Self::Image(ExpectedImage {
            dockerfile: resolved.dockerfile.clone(),
            image_digest: resolved.image_digest.clone(),
            snapshot_ref: snapshot_ref(&resolved.dockerfile, &hashes),
            contexts: resolved.contexts.iter().zip(sent).map(|(context, sent)| expected(context, sent)).collect(),
        })
    }

    /// What came out where it was not an image.
    pub fn problems(problems: Problems) -> Self {
        let problems = problems.0.into_iter().map(|problem| ExpectedProblem { code: problem.code, path: problem.path });
        Self::Problems { problems: problems.collect() }
    }

    /// The text of a comparison; none if both are equal.
    pub fn difference(&self, found: &Self) -> Option<String> {
        let json = |expect: &Self| serde_json::to_string_pretty(expect).unwrap_or_else(|error| error.to_string());
        (self != found).then(|| format!("expected {}\nbut found {}", json(self), json(found)))
    }
}

fn expected(context: &Context, sent: &Sent) -> ExpectedContext {
    ExpectedContext {
        archive_path: context.archive_path.clone(),
        source_digest: digest_text(&context.source_digest),
        hash: sent.hash.clone(),
        sha256: digest_text(&Sha256::digest(&sent.bytes)),
        mode: format!("{:04o}", sent.mode),
    }
}

fn digest_text(digest: &[u8]) -> String {
    digest.iter().fold("sha256:".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

/// Where the vectors are, from the manifest of any crate of this repository.
pub fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors")
}

/// All vectors, by the paths of their files.
pub fn read_all() -> Result<BTreeMap<PathBuf, Topic>, Box<dyn Error>> {
    let mut topics = BTreeMap::new();
    for entry in fs::read_dir(directory())? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let topic = serde_json::from_str(&fs::read_to_string(&path)?);
            topics.insert(path.clone(), topic.map_err(|error| format!("{}: {error}", path.display()))?);
        }
    }
    check_names(&topics)?;
    Ok(topics)
}

fn check_names(topics: &BTreeMap<PathBuf, Topic>) -> Result<(), String> {
    let mut names = BTreeSet::new();
    for vector in topics.values().flat_map(|topic| &topic.vectors) {
        if !names.insert(&vector.name) {
            return Err(format!("two vectors have the name `{}`", vector.name));
        }
    }
    Ok(())
}
