//! The project's own commands, run as `cargo xtask <command>`.

mod generate;
mod rules;
mod vectors;
mod wasm;

use std::env;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};

const USAGE: &str = "Usage: cargo xtask <command>

  generate [--check]  write the JSON Schema and the TypeScript types; with --check, fail where they are out of date
  vectors [--check]   verify the golden vectors and fill in new ones; with --check, fail where one is not filled in
  wasm                make the WebAssembly module of npm/pithy-image, and its JavaScript";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<()> {
    match arguments {
        ["generate"] => generate::write(),
        ["generate", "--check"] => generate::check(),
        ["vectors"] => vectors::fill(),
        ["vectors", "--check"] => vectors::check(),
        ["wasm"] => wasm::make(),
        _ => bail!("{USAGE}"),
    }
}

/// The repository's directory.
fn repository() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.ancestors().nth(2).unwrap_or(manifest)
}
