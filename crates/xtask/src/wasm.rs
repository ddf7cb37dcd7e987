//! Compiles the WebAssembly module.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::repository;

const TARGET: &str = "wasm32-unknown-unknown";

const INSTALL: &str = "the standard library for wasm32-unknown-unknown is not installed. Install it by one of
  rustup target add wasm32-unknown-unknown
  apt-get install --no-install-recommends rustc-web cargo-web rust-web-src    (Debian; its sources are compiled)";

/// What cargo is asked for, whichever cargo it is.
const BUILD: [&str; 7] = ["build", "--package", "pithy-image-wasm", "--profile", "wasm", "--target", TARGET];

/// Compiles it and prints its path and size.
pub fn compile() -> Result<()> {
    let sysroot = sysroot("rustc")?;
    let mut command = if sysroot.join("lib/rustlib").join(TARGET).join("lib").is_dir() {
        Command::new("cargo")
    } else {
        from_debian(&sysroot).context(INSTALL)?
    };
    let status = command.args(BUILD).current_dir(repository()).status().context("cargo cannot be started")?;
    if !status.success() {
        bail!("the WebAssembly module does not compile");
    }
    let module = target_directory().join(TARGET).join("wasm/pithy_image_wasm.wasm");
    let size = module.metadata().with_context(|| module.display().to_string())?.len();
    println!("wasm: {size} bytes, before wasm-opt");
    Ok(())
}

/// Debian's own cargo, which compiles the standard library from Debian's sources; the linker is rustup's.
fn from_debian(rustup: &Path) -> Option<Command> {
    let (rustc, cargo) = ("/usr/bin/rustc", "/usr/bin/cargo");
    let sources = sysroot(rustc).ok()?.join("lib/rustlib/src/rust/library/std");
    if !sources.is_dir() || !Path::new(cargo).is_file() {
        return None;
    }
    let path = env::var("PATH").unwrap_or_default();
    let mut command = Command::new(cargo);
    command.args(["-Z", "build-std=std,panic_abort"]).env_remove("RUSTUP_TOOLCHAIN");
    command.env("RUSTC", rustc).env("RUSTC_BOOTSTRAP", "1").env("PATH", format!("/usr/bin:{path}"));
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
