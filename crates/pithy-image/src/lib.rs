//! Declarative images for Daytona: what an image is, the Dockerfile it stands for, and its one identity.
//!
//! ```text
//!  Image, or JSON ──Definition::from_json──> Definition ──recipe──> Recipe ──resolve──> Resolved
//!  builder calls                             pure data              normal    (wants     Dockerfile,
//!                                                                   form      listings)  contexts, digest
//! ```
//!
//! Nothing here reads a file, a clock, the environment or the network: [`Recipe::unread`] says which text files decide what
//! else is needed, [`Recipe::sources`] which files and directories are, and a caller that can read them (the crate
//! `pithy-image-fs`, or a [`reader::Reader`], such as a browser) hands in what they hold.
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
//! | a step: its fields and what it emits in words | [`step`], and its builder call in [`Image`] |
//! | what is valid, and what counts as the same | `recipe` (its head lists the rules) |
//! | the text of an instruction | `dockerfile`, with the quoting in `text` |
//! | what decides a source's digest, the bytes of its tar | `source`, `tar`, and `resolve` for the contexts |
//! | what is too much for Docker or Daytona | `limits` |
//! | what a change does | [`plan`] |
//! | digests, Daytona's key, snapshot names | `identity` |
//! | messages about JSON | `json`; every other message stands where the mistake is found |
//! | what is TOML | `toml` |
//! | how files are found, listed, hashed and packed | [`reader`] |
//! | which files of a directory are left out | [`ignore`] |
//! | Pithy Jaunt's image | `preset` |
//! | what JavaScript sees | [`wire`] |

#![forbid(unsafe_code)]

mod definition;
mod dockerfile;
mod identity;
pub mod ignore;
mod image;
mod json;
mod limits;
pub mod plan;
mod preset;
mod problem;
pub mod reader;
mod recipe;
mod resolve;
mod source;
pub mod step;
mod tar;
mod text;
mod toml;
pub mod wire;

pub use definition::{Definition, EDITION, FORMAT};
pub use identity::{ContextHash, Resources, SnapshotSpec, is_snapshot_name, snapshot_ref};
pub use image::{Content, Image};
pub use preset::{PithyJauntOptions, pithy_jaunt};
pub use problem::{Code, Problem, Problems};
pub use recipe::{LocalSource, Recipe, SourceKind, TextFile, Texts};
pub use resolve::{Context, InstructionRecord, Outline, Piece, Placement, Resolved, StepRecord};
pub use source::{Entry, EntryKind, Ignored, Listing};
