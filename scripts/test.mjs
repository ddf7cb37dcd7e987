// Runs checks: `npm run check`, `npm test` or `npm run test:all`. Prints the closing lines of each, and all of a failing one.
//
// `npm test` runs a sample of the longest, which the commit chooses: `PITHY_IMAGE_SAMPLE` repeats another's.
import { execFileSync, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { checksOf, EXCLUSIVE, LEVELS, TOP, withTools } from "./checks.mjs";

/** Lines in which a test runner says how it went. */
const CLOSING = /^test result:|^\s*(Test Files|Tests|Duration)\s|passed|wasm:|^\S+: \d/;
const EMPTY = / 0 passed; 0 failed/;

const level = process.argv[2] ?? "test";
if (!LEVELS.includes(level)) throw new Error(`Expected one of ${LEVELS.join(", ")}, got \`${level}\`.`);
const git = (...args) => execFileSync("git", args, { cwd: TOP, encoding: "utf8" }).trim();
const sample = level === "test" ? (process.env.PITHY_IMAGE_SAMPLE ?? git("rev-parse", "--short=8", "HEAD")) : undefined;

/** Runs a command to its end; returns whether it succeeded, what it wrote, and the seconds it took. */
function run([command, ...args], cwd = TOP) {
  const started = performance.now();
  const { FORCE_COLOR: _, PITHY_IMAGE_SAMPLE: __, ...inherited } = process.env;
  const chosen = { ...(sample && { PITHY_IMAGE_SAMPLE: sample }), NO_COLOR: "1", CARGO_TERM_COLOR: "never" };
  const env = { ...withTools(inherited), ...chosen };
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  return new Promise((done) => {
    const end = (isFine) => done({ isFine, output, seconds: (performance.now() - started) / 1000 });
    child.on("error", (error) => {
      output += `${error.message}\n`;
      end(false);
    });
    child.on("close", (code) => end(code === 0));
  });
}

const results = [];

/** Adds a result, and prints it. */
function report(result, name, seconds, lines) {
  results.push({ result, name, seconds, lines });
  console.log(`${result.padEnd(7)} ${name} (${seconds.toFixed(1)} s)`);
  console.log(lines.map((line) => `          ${line}`).join("\n") || "          done");
}

const linesOf = (text) => text.split("\n").map((line) => line.trim());

/** Runs one check to its end; returns whether it did not fail. */
async function check({ name, run: command, cwd, reach }) {
  const reached = reach && (await run(reach));
  if (reached && !reached.isFine) {
    report("skipped", name, reached.seconds, linesOf(reached.output).filter(Boolean).slice(0, 1));
    return true;
  }
  const { isFine, output, seconds } = await run(command, cwd);
  const closing = linesOf(output).filter((line) => CLOSING.test(line) && !EMPTY.test(line));
  report(isFine ? "ok" : "FAILED", name, seconds, isFine ? closing : output.split("\n"));
  return isFine;
}

/** Checks that run at a time: each waits now and then, and few use more than one processor. */
const SIDE_BY_SIDE = 3;

/** The exclusive lanes of checks that run. */
const busy = new Set();

/** Runs checks until there are none that may begin: who runs another of their lane runs them after it. */
async function work(checks) {
  for (;;) {
    const at = checks.findIndex(({ lane }) => !busy.has(lane));
    if (at < 0) return;
    const [next] = checks.splice(at, 1);
    if (EXCLUSIVE.has(next.lane)) busy.add(next.lane);
    await check(next);
    busy.delete(next.lane);
  }
}

/** Makes ready what the checks need: packages, tools, and what is built. */
async function prepare(checks) {
  const needs = new Set(checks.flatMap(({ needs = [] }) => needs));
  if (needs.has("wasm")) needs.add("wasm-target");
  const [isWasm, tools] = [needs.delete("wasm"), [...needs].filter((need) => need !== "native")];
  const script = (name, ...args) => [process.execPath, join(TOP, "scripts", `${name}.mjs`), ...args];
  const steps = [
    { name: "npm packages", run: ["npm", "install", "--no-audit", "--no-fund"] },
    ...(tools.length ? [{ name: `tools: ${tools.join(", ")}`, run: script("tools", ...tools) }] : []),
    { name: "build", run: script("build", ...(isWasm ? [] : ["--native"])) },
  ];
  for (const step of steps) if (!(await check(step))) return false;
  return true;
}

/** The last lines of a failure, again at the end of a long run: what a test runner says there, or a program that crashed. */
function endOf(lines) {
  const failures = lines.findLastIndex((line) => line.includes("Failed Tests"));
  return failures < 0 ? lines.slice(-60) : lines.slice(failures, failures + 120);
}

/** The table of a full run, as it stands in the repository. */
function table(seconds) {
  const rows = results.map(({ result, name, seconds, lines }) => {
    const counts = lines.filter((line) => /^Tests |^test result|^wasm:/.test(line) || result === "skipped");
    return `| ${name} | ${result} | ${seconds.toFixed(0)} | ${counts.join("<br>").replaceAll("|", "\\|")} |`;
  });
  const state = git("status", "--porcelain") ? ", with changes that are not committed" : "";
  return `# The last full run

\`npm run test:all\` on commit ${git("rev-parse", "HEAD")}${state}: ${seconds.toFixed(0)} s on ${availableParallelism()}
processors, Node ${process.version}. Written by the run itself.

| check | result | seconds | counts |
| --- | --- | ---: | --- |
${rows.join("\n")}
`;
}

if (sample)
  console.log(`a sample of the longest: PITHY_IMAGE_SAMPLE=${sample}; \`npm run test:all\` runs all of them\n`);
const checks = checksOf(level);
if (await prepare(checks)) await Promise.all(Array.from({ length: SIDE_BY_SIDE }, () => work(checks)));
if (level === "all") writeFileSync(join(TOP, "tests/FULL-RUN.md"), table(performance.now() / 1000));

const [passed, failed, skipped] = ["ok", "FAILED", "skipped"].map((kind) =>
  results.filter(({ result }) => result === kind),
);
for (const { name, lines } of failed) console.log([`failed: ${name}`, ...endOf(lines)].join("\n          "));
console.log(`${passed.length} passed, ${failed.length} failed, ${skipped.length} skipped`);
process.exitCode = failed.length ? 1 : 0;
