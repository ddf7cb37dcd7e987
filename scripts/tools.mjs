// Installs what the tests need beside npm packages; each step is skipped when its tool is there.
import { execFileSync } from "node:child_process";
import { accessSync } from "node:fs";
import { join } from "node:path";

const run = (command, ...args) =>
  execFileSync(command, args, { stdio: ["ignore", "inherit", "inherit"], timeout: 1_200_000 });
const output = (command, ...args) =>
  execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });

function succeeds(step) {
  try {
    step();
    return true;
  } catch {
    return false;
  }
}

/** A real S3 server, for the uploads of the Daytona SDK. */
const S3S = { crate: "s3s-fs", version: "0.14.1" };

function s3() {
  const installed = output("cargo", "install", "--list").includes(`${S3S.crate} v${S3S.version}:`);
  if (!installed) run("cargo", "install", "--locked", "--features", "binary", `${S3S.crate}@${S3S.version}`);
}

/** Whether a compiler has what a build for WebAssembly begins with: the library, or its sources. */
function has(rustc, ...path) {
  return succeeds(() => accessSync(join(output(rustc, "--print", "sysroot").trim(), "lib/rustlib", ...path)));
}

/** Rust's standard library for WebAssembly: from rustup, or else Debian's compiler and the sources to build it from. */
function wasm() {
  if (has("rustc", "wasm32-unknown-unknown") || has("/usr/bin/rustc", "src/rust/library/std")) return;
  if (succeeds(() => run("rustup", "target", "add", "wasm32-unknown-unknown"))) return;
  run("apt-get", "update");
  run("apt-get", "install", "-y", "--no-install-recommends", "rustc-web", "cargo-web", "rust-web-src");
}

/** A Docker engine, what the bases of its images are made of, and what signs a repository of packages. */
function docker() {
  const there = ["dockerd", "/usr/bin/busybox", "mmdebstrap", "gpg"].every((name) =>
    succeeds(() => output("sh", "-c", `command -v ${name}`)),
  );
  if (there) return;
  run("apt-get", "update");
  run("apt-get", "install", "-y", "--no-install-recommends", "docker.io", "busybox-static", "mmdebstrap", "gpg");
}

/** A browser. */
function chromium() {
  if (succeeds(() => accessSync("/usr/bin/chromium"))) return;
  run("apt-get", "update");
  run("apt-get", "install", "-y", "--no-install-recommends", "chromium");
}

s3();
wasm();
docker();
chromium();
