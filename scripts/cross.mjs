// Links the addon for other platforms than this one, to see that it can be: `zig` is the linker for all of them. Nothing of it is
// run, and nothing published.
import { execFileSync } from "node:child_process";
import { TOP, toolDirectory, withTools } from "./checks.mjs";

const TARGETS = ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-gnu", "aarch64-apple-darwin"];

// No platform's standard library is installed but this one's: it is compiled, which stable compilers have to be given leave for.
const STD = ["-Z", "build-std=std,panic_abort"];
const env = {
  ...withTools(),
  PYTHONPATH: toolDirectory("zig"), // where `ziglang` is
  RUSTC_BOOTSTRAP: "1",
  CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_RUSTFLAGS: "-C target-feature=-crt-static", // an addon is a dynamic library
};

for (const target of TARGETS) {
  const args = [
    "zigbuild",
    "--locked",
    "--package",
    "pithy-image-node",
    "--target",
    target,
    "--target-dir",
    "target/cross",
  ];
  execFileSync("cargo", [...args, ...STD], { cwd: TOP, env, stdio: ["ignore", "inherit", "inherit"] });
  console.log(`linked: ${target}`);
}
console.log(`${TARGETS.length} platforms passed`);
