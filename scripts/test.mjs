// Runs everything that must pass: `npm test`. Prints the closing lines of each check, and all of a failing one.
//
// Three lanes share the machine: cargo's own checks, those of the npm packages, and those that need a Docker engine. What a
// lane needs comes before it.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const top = dirname(dirname(fileURLToPath(import.meta.url)));
const node = process.execPath;
const tool = (name, ...args) => [node, join(top, "node_modules", ...TOOLS[name]), ...args];
const TOOLS = {
  biome: ["@biomejs", "biome", "bin", "biome"],
  tsc: ["typescript", "bin", "tsc"],
  vitest: ["vitest", "vitest.mjs"],
};

/** Lines in which a test runner says how it went. */
const CLOSING = /^test result:|^\s*(Test Files|Tests|Duration)\s|passed|wasm:|^\S+: \d/;

const results = [];

/** Runs one check to its end; answers whether it passed. */
function check(name, [command, ...args], cwd = top) {
  const started = Date.now();
  const { FORCE_COLOR: _, ...inherited } = process.env;
  const env = { ...inherited, NO_COLOR: "1", CARGO_TERM_COLOR: "never" };
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  return new Promise((done) => {
    let ended = false;
    const finish = (passed) => {
      if (ended) return; // a command that cannot be started ends twice
      ended = true;
      const seconds = ((Date.now() - started) / 1000).toFixed(1);
      const lines = output.split("\n").filter((line) => CLOSING.test(line) && !/ 0 passed; 0 failed/.test(line));
      console.log(`${passed ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
      console.log((passed ? lines.map((line) => `         ${line.trim()}`).join("\n") : output) || "         done");
      results.push({ name, passed });
      done(passed);
    };
    child.on("error", (error) => {
      output += `${error.message}\n`;
      finish(false);
    });
    child.on("close", (code) => finish(code === 0));
  });
}

/** Runs checks one after another, also after one that failed. */
async function lane(...checks) {
  for (const run of checks) await run();
}

async function main() {
  const ready =
    (await check("npm packages", ["npm", "install", "--no-audit", "--no-fund"])) &&
    (await check("tools", [node, "scripts/tools.mjs"])) &&
    (await check("build", [node, "scripts/build.mjs"]));
  if (!ready) return;

  const typescript = [
    "npm/pithy-image",
    "npm/pithy-image-preview",
    ...["daytona", "docker", "everywhere", "node", "packaging", "parity", "preview"].map((name) => `tests/${name}`),
    "examples/pithy-jaunt-script",
  ];
  const cargo = (...args) => ["cargo", ...args];
  await Promise.all([
    lane(
      () => check("rustfmt", cargo("fmt", "--all", "--check")),
      () => check("clippy", cargo("clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings")),
      () => check("cargo test", cargo("test", "--workspace", "--locked", "--no-fail-fast")),
      () => check("generated files", cargo("xtask", "generate", "--check")),
      () => check("vectors", cargo("xtask", "vectors", "--check")),
      () =>
        check(
          "clippy xtask",
          cargo("clippy", "--package", "xtask", "--features", "wasm", "--locked", "--", "-D", "warnings"),
        ),
      () => check("wasm size", [node, "scripts/wasm-size.mjs"]),
    ),
    lane(
      () => check("biome", tool("biome", "ci", ".")),
      ...typescript.map((project) => () => check(`tsc ${project}`, tool("tsc", "--project", project))),
      () => check("vitest tests/everywhere", tool("vitest", "run"), join(top, "tests/everywhere")),
      () => check("vitest tests/node", tool("vitest", "run"), join(top, "tests/node")),
      () => check("vitest tests/daytona", tool("vitest", "run"), join(top, "tests/daytona")),
      () => check("vitest tests/packaging", tool("vitest", "run"), join(top, "tests/packaging")),
    ),
    lane(
      () => check("vitest tests/preview", tool("vitest", "run"), join(top, "tests/preview")),
      () => check("vitest tests/parity", tool("vitest", "run"), join(top, "tests/parity")),
      () => check("vitest tests/docker", tool("vitest", "run"), join(top, "tests/docker")),
    ),
  ]);
}

await main();
const failed = results.filter(({ passed }) => !passed);
for (const { name } of failed) console.log(`failed: ${name}`);
console.log(`${results.length - failed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length ? 1 : 0;
