//! A lossless parser of Dockerfiles, with BuildKit's grammar and its messages.
//!
//! ```text
//!  text ──Dockerfile::parse──> tokens        side by side: together they are the text
//!                              instructions  name, flags, form, words, heredocs, each with its span
//!                              errors        code, message, span, line
//! ```
//!
//! Any text can be read, even one that no engine builds: what is wrong is in [`Dockerfile::errors`], and the tree is what
//! could be made of it. Reading takes linear time. Nothing here panics, or uses a file or a clock.
//!
//! ```
//! use pithy_image_dockerfile::{CopySource, Dockerfile, Form};
//!
//! let read = Dockerfile::parse("\
//! ## syntax=docker/dockerfile:1
//! FROM node:22 AS build
//! COPY --link package.json \\
//!      package-lock.json /app/
//! RUN [\"npm\", \"ci\"]
//! ");
//! assert_eq!(read.to_string(), read.text());
//! assert_eq!(read.directives[0].value, "docker/dockerfile:1");
//! assert_eq!(read.stages()[0].name.as_deref(), Some("build"));
//!
//! let [_, copy, run] = read.instructions.as_slice() else { panic!("three instructions") };
//! assert_eq!(read.lines(copy.span), (3, 4));
//! assert!(copy.is_set("link"));
//! let Some(CopySource::Path(source)) = copy.sources().last() else { panic!("a path") };
//! assert_eq!(source.span.of(read.text()), "package-lock.json");
//! assert_eq!(run.form, Form::Json);
//!
//! let broken = Dockerfile::parse("FROM debian:12\nCPY a b\n");
//! let message = "dockerfile parse error on line 2: unknown instruction: CPY (did you mean COPY?)";
//! assert_eq!(broken.error().map(ToString::to_string).as_deref(), Some(message));
//! ```
//!
//! | to change | look in |
//! |---|---|
//! | the order of things: lines, instructions, heredocs, stages, how a text ends | `dockerfile` |
//! | how lines are joined, and where a part of them is in the file | `line` |
//! | what an instruction is made of | `instruction`, `mount`, `heredoc` |
//! | how arguments are split | `words`, `json` |
//! | `# syntax`, `# escape`, `# check` | `directive` |
//! | what BuildKit checks once an instruction is read | `check` |
//! | `$NAME`, `${NAME:-word}` and quotes | [`expand()`], `pattern` |
//! | the commands of `RUN`, for rules about them | `shell` |
//!
//! # Where it differs from BuildKit on purpose
//!
//! - BuildKit stops at the first error and returns no tree. Here all instructions are read; [`Dockerfile::error`] is the one
//!   that BuildKit reports. `dockerfile parse error on line …` stands before all of them; BuildKit says it only of what it
//!   [checks](DiagnosticCode::is_syntax) once the file is read.
//! - A line over 65,535 bytes is one error, and the text goes on; BuildKit cuts the file there, and may report what that leads to.
//! - `ONBUILD ONBUILD` is refused without a look at what follows. `${a:-${b:-…}}` ends at a depth of 100.
//! - Of several names that are equally similar to a wrong one, the first is suggested; BuildKit takes any.
//! - BuildKit reads flags byte by byte, as Latin-1: so `--chown=é` is `Ã©`, here too. Where a byte inside a character is a
//!   blank in Latin-1, BuildKit goes on in the middle of the character; here, after it.
//! - A JSON array with a number too large for a float is JSON here; to BuildKit it is the shell form.
//! - A `$` in the replacement of `${name/pattern/replacement}` is itself; to BuildKit it is a group of an expression.
//! - `check` is known as a directive whatever the `syntax` is; only letters of ASCII have capitals.

#![forbid(unsafe_code)]

mod check;
mod diagnostic;
mod directive;
mod dockerfile;
mod expand;
mod heredoc;
mod instruction;
mod json;
mod line;
mod mount;
mod pattern;
mod shell;
mod span;
mod syntax;
mod words;
mod work;

pub use diagnostic::{Diagnostic, DiagnosticCode};
pub use directive::{Directive, Escape};
pub use dockerfile::{BuildStage, Dockerfile, End, Unfinished};
pub use expand::{ExpandError, Variables, expand, expand_heredoc};
pub use heredoc::Heredoc;
pub use instruction::{CopySource, Flag, Form, Instruction, Keyword, Mount, MountField, Pair, Word};
pub use json::begins_with_array;
pub use shell::{Joint, Pipeline, Quoting, Redirection, Shell, ShellCommand, ShellWord, Unclosed};
pub use span::Span;
pub use syntax::{SyntaxKind, SyntaxToken};
