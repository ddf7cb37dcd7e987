/**
 * Many callers of `ensureSnapshot` in several processes at once, with the real SDK: one build, whatever happens to them.
 *
 * The build is held until every caller has seen it, so that it is not luck that they meet.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { daytona, eventually } from "./calls.ts";
import { clientEnv, type DaytonaFixture, type Fault } from "./fixture.ts";

const PROCESSES = 8;
const CALLERS = 25;
const ALL = PROCESSES * CALLERS;

/** Says when it is ready; for each line, makes all its calls at once, and prints what they see and how they end. */
const PROGRAM = `
import { createInterface } from "node:readline";
import { Daytona, Image as SdkImage } from "sdk-latest";
import { Image } from "pithy-image";
import { pithyDaytona } from "pithy-image/daytona";

const daytona = new Daytona({ useDeprecatedPolling: true });
const { ensureSnapshot } = pithyDaytona({ daytona, Image: SdkImage });
const print = (what) => console.log(JSON.stringify(what));

async function ensure(tag) {
  const image = Image.base("debian:12").addLocalFile("package.json", "/package.json").runCommands("echo " + tag);
  const onState = (state) => state === "building" && print({ sees: state });
  try {
    const { outcome, id } = await ensureSnapshot(image, { onState });
    print({ outcome, id });
  } catch ({ name, code, id, reason, log }) {
    print({ outcome: name + " " + code, id, reason, log });
  }
}

print("ready");
for await (const tag of createInterface({ input: process.stdin })) {
  await Promise.all(Array.from({ length: ${CALLERS} }, () => ensure(tag)));
}
`;

/** How a call ended: with an outcome, or an error's name and code. */
interface Ended {
  readonly outcome: string;
  readonly id: string;
  readonly reason?: string;
  readonly log?: string;
}

/** A process with its callers. */
class Callers {
  readonly exit: Promise<number | null>;
  isReady = false;
  /** How many callers have seen the build. */
  waiting = 0;
  ended: Ended[] = [];
  readonly #child: ChildProcess;

  constructor(fixture: DaytonaFixture) {
    const child = spawn(process.execPath, ["--input-type=module", "--eval", PROGRAM], {
      cwd: import.meta.dirname,
      env: { ...clientEnv(fixture), NODE_NO_WARNINGS: "1" },
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#child = child;
    this.exit = new Promise((done) => child.once("close", done));
    createInterface({ input: child.stdout }).on("line", (line) => this.#hear(JSON.parse(line)));
  }

  #hear(said: "ready" | { sees: string } | Ended): void {
    if (said === "ready") this.isReady = true;
    else if ("sees" in said) this.waiting += 1;
    else this.ended.push(said);
  }

  begin(tag: string): void {
    this.waiting = 0;
    this.ended = [];
    this.#child.stdin?.write(`${tag}\n`);
  }

  /** It ends by itself when nothing more is asked of it. */
  leave(): void {
    this.#child.stdin?.end();
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}

const until = (holds: () => boolean) => eventually(() => expect(holds()).toBe(true));

/** Counts equal words. */
function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

test(`${ALL} callers in ${PROCESSES} processes build once: a build that succeeds, one that fails, one whose process is killed`, async () => {
  const fixture = await daytona(onTestFinished);
  const { api } = fixture;
  const processes = Array.from({ length: PROCESSES }, () => new Callers(fixture));
  onTestFinished(() => {
    for (const callers of processes) callers.kill();
  });
  const [builder, ...others] = processes as [Callers, ...Callers[]];
  await until(() => processes.every(({ isReady }) => isReady));

  /** One build of all callers; `meanwhile` happens when all of them wait for it. Answers how they ended. */
  async function round(tag: string, fault: Fault, meanwhile: () => unknown = () => {}): Promise<Ended[]> {
    const before = { builds: api.builds.size, snapshots: api.snapshots.length, requests: api.requests.length };
    const started = performance.now();
    api.fail({ ...fault, slow: Number.POSITIVE_INFINITY });
    builder.begin(tag);
    if (tag === "killed") await until(() => builder.waiting > 0); // its own build, that is
    for (const callers of others) callers.begin(tag);
    await until(() => processes.every(({ waiting }) => waiting === CALLERS));
    await meanwhile();
    const [snapshot, ...more] = api.snapshots.slice(before.snapshots);
    snapshot?.release();
    await until(() => others.every(({ ended }) => ended.length === CALLERS));
    await until(() => tag === "killed" || builder.ended.length === CALLERS);
    const ended = processes.flatMap((callers) => callers.ended);
    const outcomes = JSON.stringify(tally(ended.map(({ outcome }) => outcome)));
    const [builds] = [...api.builds.values()].slice(before.builds);
    const requests = api.requests.length - before.requests;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    process.stdout.write(
      `ensureSnapshot, ${tag}: ${ended.length} callers, ${outcomes}, ${builds} build, ${requests} requests, ${seconds} s\n`,
    );
    expect(more).toEqual([]);
    expect(builds).toBe(1);
    expect(api.builds.size).toBe(before.builds + 1);
    expect(new Set(ended.map(({ id }) => id))).toEqual(new Set([snapshot?.id]));
    return ended;
  }

  const built = await round("built", {});
  expect(tally(built.map(({ outcome }) => outcome))).toEqual({ created: 1, waited: ALL - 1 });

  const failed = await round("failed", { build: { reason: "exit code: 1", log: "E: no such package" } });
  expect(tally(failed.map(({ outcome }) => outcome))).toEqual({ "PithyDaytonaError build_failed": ALL });
  expect(new Set(failed.map(({ reason }) => reason))).toEqual(new Set(["exit code: 1"]));
  for (const { log } of failed) expect(log).toContain("E: no such package");

  const killed = await round("killed", {}, async () => {
    builder.kill();
    expect(await builder.exit).toBeNull();
  });
  expect(tally(killed.map(({ outcome }) => outcome))).toEqual({ waited: ALL - CALLERS });

  for (const callers of others) callers.leave();
  expect(await Promise.all(others.map(({ exit }) => exit))).toEqual(others.map(() => 0));
  expect(api.snapshots.map(({ state }) => state)).toEqual(["active", "error", "active"]);
});
