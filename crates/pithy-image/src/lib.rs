//! Declarative images for Daytona: what an image is, its Dockerfile, and its one identity.
//!
//! ```text
//!  Image, or JSON ──Definition::from_json──> Definition ──recipe──> Recipe ──resolve──> Resolved
//!  builder calls                             pure data              normal    (takes     Dockerfile,
//!                                                                   form      listings)  contexts, digest
//! ```
//!
//! Nothing here reads a file, a clock, the environment or the network. [`Recipe::unread`] names the text files that decide what
//! else is needed, [`Recipe::sources`] the files and directories; a [`reader::Reader`] that has them, such as a disk or a
//! browser, returns what they hold.
//!
//! ```
//! use pithy_image::Image;
//!
//! let image = Image::base("debian:12-slim").apt_install(["jq", "curl"]).entrypoint(["sleep", "infinity"]);
//! let resolved = image.recipe()?.resolve(&[])?;
//! assert_eq!(
//!     resolved.dockerfile,
//!     "FROM debian:12-slim\n\
//!      RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends curl jq && \
//!      rm -rf /var/lib/apt/lists/*\n\
//!      ENTRYPOINT [\"sleep\", \"infinity\"]\n",
//! );
//! # Ok::<(), pithy_image::Problems>(())
//! ```
//!
//! | to change | look in |
//! |---|---|
//! | a step: its fields, checks, normal form, and what it emits | `steps/<its name>.rs` |
//! | what is the same (the numbered rules), and what steps build | `normal_form` |
//! | the text of an instruction, and quoting | `dockerfile` |
//! | digests, keys and names; what decides a source's digest; the bytes of its tar | `identity` |
//! | what happens to a Dockerfile that is imported, and to instructions in the user's words | `import` |
//! | what is checked of an entrypoint and a command | `program` |
//! | the contexts of an image | `resolve`, `context` |
//! | what is too much for Docker or Daytona | `limits` |
//! | what is valid, but probably not what is meant | `lint` |
//! | what a secret is, and how it is masked | `secret` |
//! | ignore files, requirements files, `pyproject.toml` | `files` |
//! | what a change does | [`plan`] |
//! | messages about JSON; every other message stands where the mistake is found | `json` |
//! | how files are found, listed, hashed and packed | [`reader`] |
//! | Pithy Jaunt's image | `preset` |
//! | how a Dockerfile is read, and what BuildKit says of it | the crate `pithy-image-dockerfile` |
//! | what JavaScript calls, and what it gets | [`api`], [`wire`] |
//!
//! No module depends on one that depends on it.

#![forbid(unsafe_code)]

pub mod api;
mod context;
mod dockerfile;
mod files;
mod identity;
mod import;
mod json;
mod limits;
mod lint;
mod normal_form;
mod ordered;
mod path;
pub mod plan;
mod preset;
mod problem;
mod program;
pub mod reader;
mod recipe;
mod resolve;
mod secret;
pub mod steps;
pub mod wire;

pub use context::{Context, Piece, Placement};
pub use dockerfile::WrittenInstruction;
pub use files::ignore;
pub use files::seen::Seen;
pub use identity::{
    ContextHash, Entry, EntryKind, Ignored, Listing, Resources, SnapshotSpec, is_snapshot_name, snapshot_ref,
};
pub use lint::{Finding, Fix, RULES, Rule, Severity, lint_dockerfile};
pub use normal_form::{LocalSource, Selection, SourceKind, SourceLine, TextFile, Texts};
pub use preset::{PithyJauntOptions, pithy_jaunt};
pub use problem::{Code, Problem, Problems};
pub use recipe::Recipe;
pub use resolve::{BuiltStep, Outline, Resolved};
pub use steps::{Definition, EDITION, FORMAT, Image};
