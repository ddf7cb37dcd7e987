//! Makes the WebAssembly module and the JavaScript that calls it.
//!
//! ```text
//!  cargo build ──wasm-bindgen──> pithy-image.js, pithy-image.d.ts, pithy-image_bg.wasm ──wasm-opt──> pithy-image.wasm
//! ```

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context as _, Result, bail};

use crate::repository;

const TARGET: &str = "wasm32-unknown-unknown";

const INSTALL: &str = "the target wasm32-unknown-unknown is not installed. Install it by one of
  rustup target add wasm32-unknown-unknown
  rustup component add rust-src
  apt-get install --no-install-recommends rustc-web cargo-web rust-web-src    (Debian)";

/// What cargo is asked for, whichever cargo it is.
const BUILD: [&str; 7] = ["build", "--package", "pithy-image-wasm", "--profile", "wasm", "--target", TARGET];

/// Compiles the standard library too, where it is not at hand for the target. Unstable, so a stable compiler needs `RUSTC_BOOTSTRAP`.
const BUILD_STD: [&str; 2] = ["-Z", "build-std=std,panic_abort"];

/// Where the npm package has it.
const OUTPUT: &str = "npm/pithy-image/wasm";

/// What every browser since 2023 has (the WebAssembly features that Rust's own target takes for granted, and those of Safari 16.4).
const WASM_OPT: [&str; 15] = [
    "--low-memory-unused", // below 1024 is the end of the stack, and no address that is computed from a field
    "--zero-filled-memory", // as every memory is that a module makes for itself
    "--flatten",           // with the next: branches are made again, shorter
    "--rereloop",
    "-Oz",
    "-Oz",
    "--converge",
    "--strip-debug",
    "--strip-producers",
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Compiles the module, binds it to JavaScript and makes it small; by a build of this program that can, if it cannot.
pub fn make() -> Result<()> {
    if !cfg!(feature = "wasm") {
        let again = ["run", "--quiet", "--package", "xtask", "--features", "wasm", "--", "wasm"];
        return run(Command::new("cargo").args(again).current_dir(repository()));
    }
    let compiled = compile()?;
    let output = repository().join(OUTPUT);
    bind(&compiled, &output)?;
    optimize(&output.join("pithy-image_bg.wasm"), &output.join("pithy-image.wasm"))
}

#[cfg(feature = "wasm")]
fn bind(compiled: &Path, output: &Path) -> Result<()> {
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen.input_path(compiled).out_name("pithy-image").web(true)?.omit_default_module_path(true).typescript(true);
    bindgen.generate(output)
}

#[cfg(not(feature = "wasm"))]
fn bind(_: &Path, _: &Path) -> Result<()> {
    bail!("build this program with the feature `wasm`")
}

/// Runs the optimizer of the npm package `binaryen`.
fn optimize(input: &Path, output: &Path) -> Result<()> {
    let tool = repository().join("node_modules/binaryen/bin/wasm-opt");
    run(Command::new("node").arg(tool).args(WASM_OPT).arg(input).arg("-o").arg(output))?;
    fs::remove_file(input).with_context(|| input.display().to_string())
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("{command:?} cannot be started"))?;
    if status.success() { Ok(()) } else { bail!("{command:?} failed") }
}

/// Compiles the module; returns its path. A toolchain with the target is enough; one without needs the sources of the
/// standard library.
fn compile() -> Result<PathBuf> {
    let rustup = sysroot("rustc")?;
    let mut command = if rustup.join("lib/rustlib").join(TARGET).is_dir() {
        Command::new("cargo")
    } else {
        let mut command =
            if has_sources(&rustup) { Command::new("cargo") } else { from_debian(&rustup).context(INSTALL)? };
        command.args(BUILD_STD).env("RUSTC_BOOTSTRAP", "1");
        command
    };
    command.args(BUILD).env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags(&rustup));
    run(command.current_dir(repository()))?;
    Ok(target_directory().join(TARGET).join("wasm/pithy_image_wasm.wasm"))
}

/// SHA-256 is a loop, not unrolled; and the module does not have the paths of this machine in it.
fn flags(sysroot: &Path) -> String {
    let home = PathBuf::from(env::var_os("HOME").unwrap_or_default()).join(".cargo");
    let crates = env::var_os("CARGO_HOME").map_or(home, PathBuf::from).join("registry/src");
    let standard_library = sysroot.join("lib/rustlib/src/rust/library");
    let remap = [crates.as_path(), repository(), &standard_library]
        .map(|directory| format!(" --remap-path-prefix={}/=", directory.display()));
    format!("--cfg sha2_backend_soft=\"compact\"{}", remap.concat())
}

/// Whether a toolchain can compile the standard library.
fn has_sources(sysroot: &Path) -> bool {
    sysroot.join("lib/rustlib/src/rust/library/std").is_dir()
}

/// Debian's own cargo and sources; the linker is rustup's.
fn from_debian(rustup: &Path) -> Option<Command> {
    let (rustc, cargo) = ("/usr/bin/rustc", "/usr/bin/cargo");
    if !has_sources(&sysroot(rustc).ok()?) || !Path::new(cargo).is_file() {
        return None;
    }
    let path = env::var("PATH").unwrap_or_default();
    let mut command = Command::new(cargo);
    command.env_remove("RUSTUP_TOOLCHAIN").env("RUSTC", rustc).env("PATH", format!("/usr/bin:{path}"));
    command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker(rustup)?);
    Some(command)
}

/// The linker of the toolchain's own platform, which is the only one that has it.
fn linker(sysroot: &Path) -> Option<PathBuf> {
    let platforms = sysroot.join("lib/rustlib").read_dir().ok()?;
    platforms.flatten().map(|platform| platform.path().join("bin/rust-lld")).find(|linker| linker.is_file())
}

fn sysroot(rustc: &str) -> Result<PathBuf> {
    let output = Command::new(rustc).args(["--print", "sysroot"]).output().context("rustc cannot be started")?;
    Ok(PathBuf::from(String::from_utf8(output.stdout)?.trim()))
}

fn target_directory() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| repository().join("target"), PathBuf::from)
}
