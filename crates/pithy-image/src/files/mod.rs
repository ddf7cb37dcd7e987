//! Text files that decide what an image is: ignore files, requirements files, `pyproject.toml`; scripts, archives, and the
//! patterns of `COPY`.
//!
//! Nothing here knows of steps: each module reads a text, and says what is wrong with it.

pub(crate) mod archive;
pub mod ignore;
pub(crate) mod indexes;
pub(crate) mod pyproject;
pub(crate) mod requirement;
pub(crate) mod requirements;
pub(crate) mod script;
pub mod seen;
mod table;
pub(crate) mod wildcard;
