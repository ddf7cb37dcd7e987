// Compares pithy-image with the Daytona SDK in one run: `npm run bench`. Prints medians; asserts nothing.
//
// Times of whole processes are taken from the outside, in turn, each pinned to one processor where `taskset` is there.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Image as SdkImage } from "@daytonaio/sdk";
import { captureCallSites, Image } from "pithy-image";
import { inBrowser } from "./browser.mjs";

const ROUNDS = 15;
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const pinned = spawnSync("taskset", ["-c", "0", "true"]).status === 0 ? ["taskset", "-c", "0"] : [];

/** Runs code in a Node of its own; returns milliseconds from start to end, and what the code itself prints. */
function inProcess(code) {
  const [command, ...args] = [...pinned, process.execPath, "--input-type=module", "--eval", code];
  const started = process.hrtime.bigint();
  const { stdout, status, stderr } = spawnSync(command, args, { encoding: "utf8", cwd: import.meta.dirname });
  if (status !== 0) throw new Error(stderr);
  return { wall: Number(process.hrtime.bigint() - started) / 1e6, printed: Number(stdout) };
}

/** Medians of several programs, run in turn so that a drift of the machine meets all alike. */
function inTurn(programs) {
  const runs = Object.fromEntries(Object.keys(programs).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, code] of Object.entries(programs)) runs[name].push(inProcess(code));
  }
  return Object.fromEntries(
    Object.entries(runs).map(([name, results]) => [
      name,
      { wall: median(results.map(({ wall }) => wall)), printed: median(results.map(({ printed }) => printed)) },
    ]),
  );
}

const row = (name, value, remark = "") => console.log(`${name.padEnd(52)} ${value.padStart(11)}  ${remark}`);
const ms = (value) => `${value.toFixed(2)} ms`;
const us = (value) => `${value.toFixed(1)} µs`;
const mib = (bytes) => `${(bytes / 2 ** 20).toFixed(2)} MiB`;

function imports() {
  const rss = "console.log(process.memoryUsage.rss())";
  const { bare, first, sdkFirst, ours, production, sdk, addon } = inTurn({
    bare: rss,
    first: `import { Image } from "pithy-image"; Image.base("debian:12").toDockerfile(); ${rss}`,
    sdkFirst: `import { Image } from "@daytonaio/sdk"; Image.base("debian:12").dockerfile; ${rss}`,
    ours: `await import("pithy-image"); await import("pithy-image/daytona"); ${rss}`,
    production: `await import("pithy-image/daytona"); ${rss}`,
    sdk: `await import("@daytonaio/sdk"); ${rss}`,
    addon: `import { createRequire } from "node:module"; const require = createRequire(${JSON.stringify(ADDON)});
      const started = process.hrtime.bigint(); require("./pithy-image.node");
      console.log(Number(process.hrtime.bigint() - started) / 1e6)`,
  });
  const [start, theirs] = [first.wall - bare.wall, sdkFirst.wall - bare.wall];
  row("start to the first Dockerfile, beyond Node's own", ms(start), `the SDK: ${ms(theirs)}; the goal is 10 ms`);
  row(
    "memory of that",
    mib(first.printed - bare.printed),
    `the SDK: ${mib(sdkFirst.printed - bare.printed)}; the goal is 4 MiB`,
  );
  const [us, them] = [ours.wall - bare.wall, sdk.wall - bare.wall];
  row("import of pithy-image and pithy-image/daytona", ms(us), `1/${(them / us).toFixed(0)} of the SDK's ${ms(them)}`);
  const lock = production.wall - bare.wall;
  row("import of pithy-image/daytona alone, for a lock", ms(lock), `1/${(them / lock).toFixed(0)}; the goal is 1/15`);
  row(
    "memory of pithy-image and pithy-image/daytona",
    mib(ours.printed - bare.printed),
    `the SDK: ${mib(sdk.printed - bare.printed)}`,
  );
  row(
    "loading the addon, at the first use",
    ms(addon.printed),
    `a file of ${mib(statSync(join(dirname(ADDON), "pithy-image.node")).size)}`,
  );
}

const require = createRequire(createRequire(import.meta.url).resolve("pithy-image"));
const ADDON = require.resolve(`@pithy-image/${process.platform}-${process.arch}-gnu`);

/** Thirty steps that both builders have. */
function thirty(ImageClass) {
  let image = ImageClass.debianSlim("3.12");
  for (let i = 0; i < 7; i++) {
    image = image
      .pipInstall(["openai", `anthropic==0.${i}`])
      .env({ NAME: `value ${i}`, PRICE: "$5" })
      .runCommands(`echo ${i} > /tmp/${i}`)
      .workdir(`/app/${i}`);
  }
  return image.entrypoint(["sleep", "infinity"]);
}

/** Microseconds of each program, in turn, over many rounds in this process. */
function hot(programs) {
  const times = Object.fromEntries(Object.keys(programs).map((name) => [name, []]));
  for (let round = 0; round < 400; round++) {
    for (const [name, program] of Object.entries(programs)) {
      const started = process.hrtime.bigint();
      for (let i = 0; i < 10; i++) program();
      if (round >= 100) times[name].push(Number(process.hrtime.bigint() - started) / 1e4);
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]));
}

function thirtySteps() {
  const withSites = (on, program) => () => {
    captureCallSites(on);
    return program();
  };
  const times = hot({
    sdk: () => thirty(SdkImage).dockerfile,
    ours: withSites(false, () => thirty(Image).resolveSync().imageDigest),
    sites: withSites(true, () => thirty(Image).resolveSync().imageDigest),
  });
  row("30 steps to the Dockerfile, by the SDK", us(times.sdk));
  row(
    "30 steps to Dockerfile, digest and ref, no call sites",
    us(times.ours),
    `${(times.ours / times.sdk).toFixed(2)} of it`,
  );
  row("the same with call sites", us(times.sites), `${(times.sites / times.sdk).toFixed(2)} of it`);
}

/** A hundred steps, most of them commands for the lint rules to read. */
function hundredSteps() {
  let image = Image.base("debian:12-slim");
  for (let i = 0; i < 25; i++) {
    image = image
      .runCommands(`apt-get update && apt-get install -y git=1:2.${i} && rm -rf /var/lib/apt/lists/*`)
      .env({ NAME: `value ${i}`, PRICE: "$5" })
      .runCommands(`curl -fsSLo /tmp/${i} https://example.com/${i} && tar -xzf /tmp/${i} -C /opt`)
      .workdir(`/app/${i}`);
  }
  const times = hot({ lint: () => image.resolveSync().imageDigest });
  row("100 steps to Dockerfile, digest, ref and findings", us(times.lint), "the goal for the findings alone is 5 ms");
}

/** A Dockerfile of 1,000 lines without local files, read by both. */
function thousandLines() {
  const root = mkdtempSync(join(tmpdir(), "pithy-image-bench-"));
  const part = (_, i) =>
    `# step ${i}\nRUN echo ${i} \\\n  && sed "s/x/$A${i}/"\nENV A${i}="b $C"\nCOPY --from=web /dist/${i} /srv/`;
  const path = join(root, "Dockerfile");
  writeFileSync(path, `FROM debian:12-slim\n${Array.from({ length: 200 }, part).join("\n")}\n`);
  const times = hot({
    sdk: () => SdkImage.fromDockerfile(path).dockerfile,
    ours: () => Image.fromDockerfile("Dockerfile").resolveSync({ root }).imageDigest,
  });
  rmSync(root, { recursive: true });
  row("a Dockerfile of 1,000 lines, by the SDK", us(times.sdk));
  row(
    "the same to Dockerfile, digest, ref and findings",
    us(times.ours),
    `${(times.ours / times.sdk).toFixed(2)} of it`,
  );
}

async function browser() {
  const results = await inBrowser(ROUNDS);
  const [load, first] = ["load", "first"].map((part) => median(results.map((result) => result[part])));
  row("Chromium, from the core's bytes to the first result", ms(load + first), `${ms(load)} of it to load the core`);
}

console.log(`medians on ${availableParallelism()} processors, Node ${process.version}\n`);
imports();
thirtySteps();
hundredSteps();
thousandLines();
await browser();
