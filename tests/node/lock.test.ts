/** The lock: what is read of `pithy-image.lock.json`, and how it is written. */
import { Image, type Lock, type LockEntry, lockEntry, PithyImageError, parseLock, serializeLock } from "pithy-image";
import { describe, expect, test } from "vitest";

const digest = `sha256:${"0a".repeat(32)}`;

const entry: LockEntry = {
  edition: "2026-12",
  imageDigest: digest,
  snapshotRef: `daytona-${"0b".repeat(32)}:daytona`,
  snapshotName: "acme/agent-23f0dda6e6df9672da0e",
  resources: { cpu: 2, gpuType: ["H100"] },
  region: "eu",
  sandboxClass: "small",
  sources: { "run.sh": { digest, size: 10 }, "app/[id].tsx": { digest, size: 0 } },
  steps: ["base 0123456789abcdef", "stage fedcba9876543210", "web.1/copyFrom 0123456789abcdef"],
};

const lock: Lock = { format: "pithy-image-lock/1", images: { agent: entry, __proto__: entry } };

/** A copy with something done to the entry. */
function spoiled(spoil: (entry: Record<string, unknown>) => void): unknown {
  const copy = structuredClone(entry) as unknown as Record<string, unknown>;
  spoil(copy);
  return { ...lock, images: { agent: copy } };
}

function messageOf(value: unknown): string {
  try {
    parseLock(value);
  } catch (error) {
    if (!(error instanceof PithyImageError)) throw error;
    expect(error.code).toBe("configuration");
    return error.message;
  }
  return expect.unreachable("it was taken");
}

describe("the entry of an image", () => {
  const web = Image.base("node:22-slim").runCommands("npm run build");
  const image = Image.base("debian:12").stage("web", web).addFile("/inline", "x").copyFrom("web", "/dist", "/srv");

  test("has its names, steps and machine, and is taken as it is", () => {
    const resolved = image.resolveSync();
    const machine = { resources: { cpu: 2 }, region: "eu" };
    const locked = lockEntry(resolved, { prefix: "acme/agent", ...machine });
    const { edition, imageDigest, snapshotRef } = resolved;
    const snapshotName = resolved.snapshotName({ prefix: "acme/agent", ...machine });
    expect(locked).toMatchObject({ edition, imageDigest, snapshotRef, snapshotName, ...machine, sources: {} });
    expect(locked.steps.map((step) => step.replace(/ [0-9a-f]{16}$/, ""))).toEqual([
      "base",
      "stage",
      "web/base",
      "web/runCommands",
      "addFile",
      "copyFrom",
    ]);
    const text = serializeLock({ format: "pithy-image-lock/1", images: { agent: locked } });
    expect(parseLock(JSON.parse(text)).images.agent).toEqual(locked);
  });

  test("has what each source holds", async () => {
    const bytes = new TextEncoder().encode("#!/bin/sh\n");
    const withFile = image.addLocalFile("bin/run.sh", "/run.sh");
    const { sources } = lockEntry(await withFile.resolveFiles([{ path: "bin/run.sh", bytes, executable: true }]));
    expect(Object.keys(sources)).toEqual(["bin/run.sh"]);
    expect(sources["bin/run.sh"]).toEqual({ digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/), size: 10 });
  });
});

describe("the text of a lock", () => {
  test("is read as it was written", () => {
    expect(parseLock(JSON.parse(serializeLock(lock)))).toEqual(lock);
  });

  test("does not depend on the order in which it was put together", () => {
    const reversed = Object.fromEntries(Object.entries(entry).reverse()) as unknown as LockEntry;
    const images = { zoo: entry, agent: reversed };
    expect(serializeLock({ images, format: lock.format })).toBe(
      serializeLock({ format: lock.format, images: { agent: entry, zoo: entry } }),
    );
  });

  test("has a line for each step, and ends with a newline", () => {
    const lines = serializeLock({ ...lock, images: { agent: entry } }).split("\n");
    for (const step of entry.steps) expect(lines.filter((line) => line.includes(step))).toHaveLength(1);
    expect(lines.slice(0, 3)).toEqual(["{", '  "format": "pithy-image-lock/1",', '  "images": {']);
    expect(lines.slice(-2)).toEqual(["}", ""]);
  });
});

describe("what is not a lock", () => {
  test("is distinguished from one of another version", () => {
    for (const value of [undefined, null, 1, "{}", [], {}])
      expect(messageOf(value)).toContain("expected a lock of format `pithy-image-lock/1`");
    expect(messageOf({ ...lock, format: "pithy-image-lock/2" })).toContain("got one of format `pithy-image-lock/2`");
  });

  test("is refused for each field that is missing, of another type, or not known", () => {
    const optional = ["resources", "region", "sandboxClass"];
    for (const field of Object.keys(entry)) {
      const [without, otherwise] = [
        spoiled((it) => delete it[field]),
        spoiled((it) => Object.assign(it, { [field]: 7 })),
      ];
      if (optional.includes(field)) expect(parseLock(without)).toBe(without);
      else expect(messageOf(without)).toMatch(new RegExp(`\`images\\["agent"\\]\\.${field}\` must be .*, got nothing`));
      expect(messageOf(otherwise)).toMatch(new RegExp(`\`images\\["agent"\\]\\.${field}\` must be .*, got 7`));
    }
    expect(messageOf(spoiled((it) => Object.assign(it, { steps_: [] })))).toContain(
      ".steps_` is not a field of a lock. Did you mean `steps`?",
    );
    expect(messageOf({ ...lock, image: {} })).toContain("`image` is not a field of a lock. Did you mean `images`?");
    expect(messageOf({ format: lock.format })).toContain("`images` must be an object, got nothing");
  });

  test("is refused with the place of a value that is none", () => {
    for (const [place, spoil] of [
      [".imageDigest`", { imageDigest: digest.toUpperCase() }],
      [".snapshotRef`", { snapshotRef: digest }],
      [".snapshotName`", { snapshotName: "https://example.com" }],
      [".steps[1]`", { steps: [entry.steps[0], "aptInstall"] }],
      [".resources.cpu`", { resources: { cpu: 1.5 } }],
      [".resources.gpuType[0]`", { resources: { gpuType: [1] } }],
      [".resources.memory_`", { resources: { memory_: 1 } }],
      ['.sources["a"].size`', { sources: { a: { digest, size: -1 } } }],
      ['.sources["a"]`', { sources: { a: digest } }],
      [".region`", { region: "" }],
    ] as const) {
      expect(messageOf(spoiled((it) => Object.assign(it, spoil)))).toContain(`images["agent"]${place}`);
    }
  });
});
