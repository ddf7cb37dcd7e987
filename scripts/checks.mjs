// Every check of this repository, once, and what each needs.
//
// The first level, `check`, needs neither root nor a Docker engine; `test` is what CI runs; `all` adds what takes longest, and runs
// whole what `test` runs a sample of. Each level runs those before it. Three checks run side by side, of some lanes one at a time.
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The top of the repository. */
export const TOP = dirname(dirname(fileURLToPath(import.meta.url)));

/** Where a tool is that only this repository uses. */
export const toolDirectory = (name) => join(TOP, "target/tools", name);

/** An environment in which such tools are found. */
export function withTools(env = process.env) {
  const bins = ["deny", "modules", "zig"].map((name) => join(toolDirectory(name), "bin"));
  return { ...env, PATH: [...bins, env.PATH].join(delimiter) };
}

export const LEVELS = ["check", "test", "all"];
/** In the order in which checks begin: what takes longest first. */
export const LANES = ["engine", "cargo", "npm"];
/** Lanes whose checks would wait for each other. */
export const EXCLUSIVE = new Set(["engine", "cargo"]);

const cargo = (...args) => ["cargo", ...args];
const deny = (...what) => cargo("deny", "--all-features", "--locked", "check", "--hide-inclusion-graph", ...what);
const script = (name, ...args) => [process.execPath, join(TOP, "scripts", `${name}.mjs`), ...args];
const tool = (path, ...args) => [process.execPath, join(TOP, "node_modules", path), ...args];
const tsc = (project) => ({
  name: `tsc ${project}`,
  needs: ["native"],
  run: tool("typescript/bin/tsc", "--project", project),
});
const vitest = (suite, needs, ...args) => ({
  name: ["vitest", `tests/${suite}`, ...args].join(" "),
  needs,
  run: tool("vitest/vitest.mjs", "run", ...args),
  cwd: join(TOP, "tests", suite),
});

/** A program of Python or about shell scripts, for the agent of an example. */
const agent = (name, program, ...args) => ({
  name,
  needs: ["agent"],
  run: [join(toolDirectory("agent"), "bin", program), ...args],
});
const AGENT = ["examples/pithy-jaunt/daytona/agent-runner.py", "tests/agent"];
const AGENT_SETTINGS = "tests/agent/pyproject.toml";
const SHELL_SCRIPTS = ["daytona/execution.sh", "scripts/test-task-execution-local.sh"].map(
  (name) => `examples/pithy-jaunt/${name}`,
);
/** What ShellCheck could also say: braces where none are needed, and that `set -e` has its limits, which is known. */
const OPTIONAL = ["SC2250", "SC2310", "SC2311", "SC2312"].join();

/** Where the advisories about crates are. */
const ADVISORIES = "https://github.com/RustSec/advisory-db";

/** The oldest Rust that compiles the crates; `rust-version` in `Cargo.toml`. */
const MSRV = "1.88";

/**
 * The checks by level and lane. `needs` are names of `tools.mjs`, or what is built: `native` (the addon and the package), or
 * `wasm` as well. A check with `reach` is skipped where that command fails: what it asks is not on every machine.
 */
const TABLE = {
  check: {
    cargo: [
      { name: "rustfmt", run: script("rustfmt", "--check") },
      { name: "clippy", run: cargo("clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings") },
      { name: "cargo test", run: cargo("test", "--workspace", "--locked", "--no-fail-fast") },
      { name: "generated files", run: cargo("xtask", "generate", "--check") },
      { name: "vectors", run: cargo("xtask", "vectors", "--check") },
    ],
    npm: [
      { name: "biome", run: tool("@biomejs/biome/bin/biome", "ci", ".") },
      { name: "workflows", run: script("workflows") },
      tsc("npm/pithy-image"),
      tsc("npm/pithy-image-preview"),
      ...["daytona", "docker", "everywhere", "node", "packaging", "parity", "preview"].map((suite) =>
        tsc(`tests/${suite}`),
      ),
      vitest("node", ["native"], "--project=units"),
      agent("ruff", "ruff", "check", "--config", AGENT_SETTINGS, ...AGENT),
      agent("ruff format", "ruff", "format", "--check", "--config", AGENT_SETTINGS, ...AGENT),
      agent("mypy", "mypy", "--config-file", AGENT_SETTINGS, ...AGENT),
      agent("shellcheck", "shellcheck", "--enable=all", `--exclude=${OPTIONAL}`, ...SHELL_SCRIPTS),
    ],
  },
  test: {
    cargo: [
      {
        name: "clippy xtask",
        run: cargo("clippy", "--package", "xtask", "--features", "wasm", "--locked", "--", "-D", "warnings"),
      },
      { name: "licences, bans and sources of crates", needs: ["deny"], run: deny("licenses", "bans", "sources") },
      {
        name: "advisories about crates",
        needs: ["deny"],
        reach: ["git", "ls-remote", ADVISORIES, "HEAD"],
        run: deny("advisories"),
      },
      {
        name: `Rust ${MSRV}`,
        reach: ["rustup", "run", MSRV, "cargo", "--version"],
        run: ["rustup", "run", MSRV, "cargo", "check", "--workspace", "--locked", "--target-dir", "target/msrv"],
      },
      {
        name: "BuildKit's parser of Dockerfiles",
        needs: ["buildkit"],
        run: ["python3", join(TOP, "tests/dockerfiles/oracle.py")],
      },
      { name: "wasm size", needs: ["wasm"], run: script("wasm-size") },
    ],
    npm: [
      vitest("packaging", ["wasm", "chromium", "s3", "agent", "managers", "musl-node", "windows-node"]),
      vitest("daytona", ["native", "s3"]),
      vitest("node", ["wasm", "s3", "shells"], "--project=whole"),
      vitest("node", ["wasm"], "--project=wasm"),
      vitest("everywhere", ["wasm", "chromium"]),
      agent("pytest tests/agent", "pytest", "tests/agent"),
    ],
    engine: [
      vitest("docker", ["native", "docker", "newer-docker", "podman"]),
      vitest("parity", ["native", "docker"]),
      vitest("preview", ["wasm", "chromium"]),
    ],
  },
  all: {
    cargo: [
      { name: "circles of Rust modules", needs: ["modules"], run: script("circles") },
      { name: "addon for other platforms", needs: ["zig", "rust-src"], run: script("cross") },
    ],
    engine: [{ name: "benches", needs: ["wasm", "chromium"], run: [process.execPath, join(TOP, "benches/run.mjs")] }],
  },
};

/** The checks of a level and of those before it, with their lanes, in the order in which they begin. */
export function checksOf(level) {
  const levels = LEVELS.slice(0, LEVELS.indexOf(level) + 1);
  return LANES.flatMap((lane) =>
    levels.flatMap((each) => (TABLE[each][lane] ?? []).map((check) => ({ ...check, lane }))),
  );
}
