// Formats all Rust, or with `--check` fails where something is not formatted. `cargo fmt` does not see the modules that a macro
// declares: each step and each lint rule.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { TOP } from "./checks.mjs";

const check = process.argv.includes("--check") ? ["--check"] : [];
const DECLARED = ["crates/pithy-image/src/steps", "crates/pithy-image/src/lint/rules"];
const files = DECLARED.flatMap((directory) => readdirSync(join(TOP, directory)).map((name) => join(directory, name)));

for (const [command, ...args] of [
  ["cargo", "fmt", "--all", ...check],
  ["rustfmt", "--edition", "2024", ...check, ...files],
]) {
  const { status } = spawnSync(command, args, { cwd: TOP, stdio: "inherit" });
  if (status !== 0) process.exitCode = 1;
}
