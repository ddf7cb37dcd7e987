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

const SOURCES = "lib/rustlib/src/rust/library/std";

/** Whether a compiler has these files. */
const has = (rustc, files) => succeeds(() => accessSync(join(output(rustc, "--print", "sysroot").trim(), files)));

/** The sources of Rust's standard library, which is compiled for WebAssembly: rustup's, or else Debian's and its compiler. */
function wasm() {
  if (has("rustc", SOURCES) || has("/usr/bin/rustc", SOURCES)) return;
  if (succeeds(() => run("rustup", "component", "add", "rust-src"))) return;
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
