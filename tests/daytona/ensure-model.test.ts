/**
 * `ensureSnapshot` in any order of events: callers that come, meet and leave, a server that settles, fails and forgets, and
 * answers that are lost. Whatever happens, every call ends, as what was there explains.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { Image, type LockEntry, lockEntry } from "pithy-image";
import { PithyDaytonaError, pithyDaytona } from "pithy-image/daytona";
import { Daytona, Image as SdkImage } from "sdk-latest";
import { expect, onTestFinished, test } from "vitest";
import { API_KEY } from "./access.ts";
import { later } from "./faults.ts";
import { type Build, DaytonaApi, type Fault, type S3Server, USUAL_PACE, VirtualTime } from "./fixture.ts";
import { startS3 } from "./s3.ts";

const TOKENS = [undefined, "a", "b"] as const;
const SIZES = [undefined, 2] as const;
const IMAGE = Image.base("debian:12").runCommands("echo built");

/** What a caller asks for. */
interface Ask {
  readonly refresh: (typeof TOKENS)[number];
  readonly cpu: (typeof SIZES)[number];
  /** Whether it has only the lock. */
  readonly hasLock: boolean;
}

/** How a call ended: its outcome, or its error's code. */
type End = { readonly how: string; readonly id?: string | undefined };

/** What the model knows beside the server: what was done to it, and what the calls said. */
interface Model {
  /** Snapshots that were made to fail, apart from their builds. */
  readonly spoilt: Set<string>;
  /** How many snapshots were taken away before their build was over, by ref. */
  readonly interrupted: Map<string, number>;
  readonly ended: End[];
}

interface Pending {
  readonly stop: AbortController;
  readonly end: Promise<void>;
}

/** The entries of locks, and the keys that the image may have, by what is asked for. */
interface Known {
  readonly entries: ReadonlyMap<Ask["cpu"], LockEntry>;
  readonly refs: ReadonlyMap<Ask["refresh"], string>;
}

async function known(): Promise<Known> {
  const resolved = await IMAGE.resolve();
  const entryOf = (cpu: Ask["cpu"]) => lockEntry(resolved, cpu === undefined ? {} : { resources: { cpu } });
  const refOf = async (token: Ask["refresh"]) =>
    (token === undefined ? resolved : await IMAGE.refresh(token).resolve()).snapshotRef;
  return {
    entries: new Map(SIZES.map((cpu) => [cpu, entryOf(cpu)])),
    refs: new Map(await Promise.all(TOKENS.map(async (token) => [token, await refOf(token)] as const))),
  };
}

/** A server with callers, and what is known of them. */
class World {
  readonly api: DaytonaApi;
  readonly time: VirtualTime;
  readonly known: Known;
  readonly pending: Pending[] = [];
  #running = 0;
  readonly #ensure: ReturnType<typeof pithyDaytona>["ensureSnapshot"];

  constructor(api: DaytonaApi, time: VirtualTime, facts: Known) {
    const config = { apiKey: API_KEY, apiUrl: api.url, target: "us", useDeprecatedPolling: true };
    this.api = api;
    this.time = time;
    this.known = facts;
    this.#ensure = pithyDaytona({ daytona: new Daytona(config), Image: SdkImage, clock: time }).ensureSnapshot;
  }

  entry(cpu: Ask["cpu"]): LockEntry {
    return this.known.entries.get(cpu) ?? expect.unreachable();
  }

  /** The snapshot that has the name now. */
  snapshot({ cpu }: Pick<Ask, "cpu">): Build | undefined {
    return this.api.snapshots.find(({ name, gone }) => !gone && name === this.entry(cpu).snapshotName);
  }

  begin(ask: Ask, model: Model): Pending {
    const stop = new AbortController();
    this.#running += 1;
    const end = this.#call(ask, stop, model).finally(() => {
      this.#running -= 1;
    });
    const pending = { stop, end };
    pending.end.catch(() => {}); // it is reported when all are awaited
    this.pending.push(pending);
    return pending;
  }

  async #call(ask: Ask, stop: AbortController, model: Model): Promise<void> {
    const end = await this.#outcome(ask, stop.signal);
    model.ended.push(end);
    const errors = ask.hasLock ? ["snapshot_not_built"] : ["build_failed"];
    const outcomes = ask.hasLock ? ["reused", "waited", "activated"] : OUTCOMES;
    expect([...outcomes, ...errors, ...(stop.signal.aborted ? ["aborted"] : [])]).toContain(end.how);
    if (end.how === "build_failed") expect(failures(this, model)).toContain(end.id);
  }

  async #outcome({ refresh, cpu, hasLock }: Ask, signal: AbortSignal): Promise<End> {
    const entry = this.entry(cpu);
    const lock = { format: "pithy-image-lock/1", images: { agent: entry } };
    const resources = cpu === undefined ? {} : { resources: { cpu } };
    try {
      const { outcome, id, name, snapshot } = await (hasLock
        ? this.#ensure(lock, { signal })
        : this.#ensure(IMAGE, { signal, ...resources, refresh }));
      expect(name).toBe(entry.snapshotName);
      expect(snapshot).toMatchObject({ id, name, state: "active", cpu: cpu ?? 1 });
      expect([...this.known.refs.values()]).toContain(snapshot.buildInfo?.snapshotRef);
      return { how: outcome, id };
    } catch (error) {
      if (!(error instanceof PithyDaytonaError)) throw error;
      return { how: String(error.code), id: error.id };
    }
  }

  /** Waits until so many more requests have come, or no call is left to send one. */
  async requests(count: number): Promise<void> {
    const end = this.api.requests.length + count;
    while (this.#running > 0 && this.api.requests.length < end) await nextTurn();
  }

  /** Waits for all calls, of which none may hang, and for what those that were stopped had asked for. */
  async settle(): Promise<void> {
    await Promise.all(this.pending.splice(0).map(({ end }) => end));
    await this.time.quiet();
  }
}

const OUTCOMES = ["reused", "waited", "activated", "rebuilt", "created"];

/** The snapshots that may be called failed. */
function failures({ api }: World, { spoilt }: Model): string[] {
  return api.snapshots.filter(({ id, outcome }) => outcome === "failed" || spoilt.has(id)).map(({ id }) => id);
}

/** What must hold at any time, whatever calls are on their way. */
function check(world: World, model: Model): void {
  const { api } = world;
  const accepted = (outcomes: readonly string[]) => model.ended.filter(({ how }) => outcomes.includes(how));
  const makers = accepted(["created", "rebuilt"]).map(({ id }) => id);
  expect(new Set(makers).size, "a snapshot is made by one call").toBe(makers.length);
  const activations = api.requests.filter(({ path }) => path.endsWith("/activate")).length;
  expect(accepted(["activated"]).length).toBeLessThanOrEqual(activations);
  for (const [ref, builds] of api.builds) {
    expect(builds, "a key is built once").toBeLessThanOrEqual(1 + (model.interrupted.get(ref) ?? 0));
  }
  const deleted = api.requests.filter(({ method }) => method === "DELETE").map(({ path }) => path.split("/").at(-1));
  const failed = failures(world, model);
  for (const id of deleted) expect(failed, "only what failed is deleted").toContain(id);
  for (const { cpu } of SIZES.map((cpu) => ({ cpu }))) {
    const { snapshotName } = world.entry(cpu);
    expect(api.snapshots.filter(({ name, gone }) => !gone && name === snapshotName).length).toBeLessThanOrEqual(1);
  }
}

type Command = fc.AsyncCommand<Model, World>;

/** An event, after which everything is looked at. */
function event(name: string, run: (world: World, model: Model) => unknown): Command {
  return {
    check: () => true,
    toString: () => name,
    run: async (model, world) => {
      await run(world, model);
      check(world, model);
    },
  };
}

const ask: fc.Arbitrary<Ask> = fc.record({
  refresh: fc.constantFrom(...TOKENS),
  cpu: fc.constantFrom(...SIZES),
  hasLock: fc.integer({ min: 0, max: 5 }).map((draw) => draw === 0),
});

/** Several callers that come at once. */
const come = fc.array(ask, { minLength: 1, maxLength: 4 }).map((asks) =>
  event(`come ${JSON.stringify(asks)}`, (world, model) => {
    for (const one of asks) world.begin(one, model);
  }),
);

const leave = fc.nat(5).map((index) => event(`leave ${index}`, ({ pending }) => pending[index]?.stop.abort()));

const pass = fc.integer({ min: 1, max: 40 }).map((count) => event(`pass ${count}`, (world) => world.requests(count)));

/** What the server does by itself with a snapshot that is there. */
const turn = fc
  .tuple(
    fc.constantFrom(
      "inactive" as const,
      "build_failed" as const,
      "error" as const,
      "removing" as const,
      "removed" as const,
    ),
    fc.constantFrom(...SIZES),
  )
  .map(([state, cpu]) =>
    event(`turn ${state} ${cpu}`, (world, model) => {
      const snapshot = world.snapshot({ cpu });
      if (!snapshot) return;
      const ref = snapshot.ref ?? "";
      if (!snapshot.outcome) model.interrupted.set(ref, (model.interrupted.get(ref) ?? 0) + 1);
      if (state === "build_failed" || state === "error") model.spoilt.add(snapshot.id);
      if (state === "removing") snapshot.remove();
      else if (state === "inactive") snapshot.sleep();
      else snapshot.settle(state);
    }),
  );

const FAULTS: readonly Fault[] = [
  { build: { reason: "exit code: 1" } },
  { build: { reason: "exit code: 2", state: "build_failed" }, slow: 5 },
  { slow: 20 },
  { answer: { path: /\/activate$/, status: 400, message: "still in progress", times: 2 } },
  { answer: { method: "POST", path: "/snapshots", status: "cut" } },
  { answer: { method: "POST", path: "/snapshots", status: 503 } },
  { answer: { method: "DELETE", path: "/snapshots", status: "cut" } },
  { answer: { method: "GET", path: "/snapshots", status: "reset" } },
  { answer: { path: "/snapshots", until: later, times: 3 } },
];

const fault = fc
  .constantFrom(...FAULTS)
  .map((what) => event(`fault ${JSON.stringify(what)}`, ({ api }) => api.fail(what)));

/** What one caller must be given, when nothing else happens. A build that failed is remembered, so only the end tells. */
function expected(before: string | undefined, { hasLock }: Ask, remembered: Build["outcome"]): string {
  if (before === "active") return "reused";
  if (before === "inactive") return "activated";
  if (hasLock)
    return before === undefined || !/^(pending|building|pulling)$/.test(before) ? "snapshot_not_built" : "waited";
  if (remembered === "failed") return "build_failed";
  if (before === "build_failed" || before === "error") return "rebuilt";
  return before === undefined || before === "removing" ? "created" : "waited";
}

/** One caller alone: the outcome fits what was there before, and what is there afterwards is what was asked for. */
const alone = ask.map((one) =>
  event(`alone ${JSON.stringify(one)}`, async (world, model) => {
    await world.settle();
    world.api.faults.clear();
    const found = world.snapshot(one);
    const [before, snapshots] = [found?.state, world.api.snapshots.length];
    await world.begin(one, model).end;
    const made = world.api.snapshots.slice(snapshots).at(-1);
    expect(model.ended.at(-1)?.how).toBe(expected(before, one, (made ?? found)?.outcome));
    expect(world.api.snapshots.length - snapshots).toBeLessThanOrEqual(1);
    if (made) expect(made.ref).toBe(world.known.refs.get(one.refresh));
  }),
);

test("mistakes 38 and 40: every order of events ends every call, as what was there explains", async () => {
  const s3: S3Server = await startS3();
  onTestFinished(s3.stop);
  const facts = await known();
  const ends: Record<string, number> = {};
  let [runs, requests] = [0, 0];

  const commands = fc.commands([come, come, leave, pass, pass, turn, turn, fault, alone], {
    maxCommands: 24,
    size: "max",
  });
  await fc.assert(
    fc.asyncProperty(commands, async (events) => {
      const time = new VirtualTime();
      const api = await DaytonaApi.start(s3, { time, pace: USUAL_PACE });
      time.watch(() => s3.isBusy);
      const model: Model = { spoilt: new Set(), interrupted: new Map(), ended: [] };
      const world = new World(api, time, facts);
      try {
        await fc.asyncModelRun(() => ({ model, real: world }), events);
        await world.settle();
        check(world, model);
      } finally {
        for (const { stop } of world.pending) stop.abort();
        await api.pause();
      }
      for (const { how } of model.ended) ends[how] = (ends[how] ?? 0) + 1;
      [runs, requests] = [runs + 1, requests + api.requests.length];
    }),
    { seed: 20_261_126, numRuns: 120, endOnFailure: false },
  );

  process.stdout.write(`ensureSnapshot, any order: ${runs} runs, ${requests} requests, ${JSON.stringify(ends)}\n`);
  expect(Object.keys(ends).sort()).toEqual([...OUTCOMES, "aborted", "build_failed", "snapshot_not_built"].sort());
});
