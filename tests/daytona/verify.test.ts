/** Whether a snapshot holds a definition, and what differs if not. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Image, type Lock, lockEntry } from "pithy-image";
import { describe, expect, type onTestFinished, test } from "vitest";
import { bound } from "./bound.ts";
import { dockerfile, post } from "./calls.ts";
import { SDKS, type Sdk } from "./sdks.ts";

async function setting(sdk: Sdk, finished: typeof onTestFinished) {
  const pithy = await bound(sdk, finished);
  const root = join(pithy.s3.scratch, "app");
  await mkdir(join(root, "src"), { recursive: true });
  await writeFile(join(root, "src/a.ts"), "a");
  return { ...pithy, root };
}

/** An image, with the line of each step known. */
const agent = (mode = "fast"): Image =>
  Image.base("debian:12").aptInstall("git").addLocalDir("src", "/app").env({ MODE: mode }).workdir("/app");

describe.concurrent.each(SDKS)("$name", (sdk) => {
  test("a snapshot of the image holds it, and its lock", async ({ onTestFinished }) => {
    const { root, ensureSnapshot, verifySnapshot } = await setting(sdk, onTestFinished);
    const { name } = await ensureSnapshot(agent(), { root });
    const lock: Lock = { format: "pithy-image-lock/1", images: { agent: lockEntry(await agent().resolve({ root })) } };

    expect(await verifySnapshot(name, agent(), { root })).toEqual({ matches: true, differences: [] });
    expect(await verifySnapshot(name, lock)).toEqual({ matches: true, differences: [] });

    await writeFile(join(root, "src/a.ts"), "b");
    const other: Lock = { ...lock, images: { agent: lockEntry(await agent().resolve({ root })) } };
    expect(await verifySnapshot(name, other)).toEqual({ matches: false, differences: [] });
  });

  test("an instruction that differs is reported, with the line that made it", async ({ onTestFinished }) => {
    const { root, ensureSnapshot, verifySnapshot } = await setting(sdk, onTestFinished);
    const { name } = await ensureSnapshot(agent(), { root });

    const { matches, differences } = await verifySnapshot(name, agent("slow"), { root });

    expect(matches).toBe(false);
    expect(differences).toEqual([
      {
        kind: "instruction",
        was: 'ENV MODE="fast"',
        now: 'ENV MODE="slow"',
        step: "/steps/3",
        callSite: expect.stringMatching(/verify\.test\.ts:\d+:\d+$/),
      },
    ]);
  });

  test("what came in between, and what went, changes nothing behind it", async ({ onTestFinished }) => {
    const { root, ensureSnapshot, verifySnapshot } = await setting(sdk, onTestFinished);
    const [a, b] = [Image.base("debian:12"), "echo b"];
    const { name } = await ensureSnapshot(a.runCommands("echo a", b).env({ A: "1" }), { root });

    const { differences } = await verifySnapshot(name, a.runCommands(b).workdir("/c").env({ A: "1" }), { root });

    expect(differences).toMatchObject([
      { kind: "instruction", was: "RUN echo a" },
      { kind: "instruction", now: expect.stringMatching(/^WORKDIR/), step: "/steps/2" },
    ]);
    expect(differences.map((difference) => Object.keys(difference))).toEqual([
      ["was", "kind"],
      ["now", "kind", "step", "callSite"],
    ]);
  });

  test("files that differ are reported by their source", async ({ onTestFinished }) => {
    const { root, ensureSnapshot, verifySnapshot } = await setting(sdk, onTestFinished);
    const { name } = await ensureSnapshot(agent(), { root });
    await writeFile(join(root, "src/a.ts"), "b");

    const { matches, differences } = await verifySnapshot(name, agent(), { root });

    expect(matches).toBe(false);
    const difference = { kind: "source", source: "src", step: "/steps/2" };
    expect(differences).toMatchObject([
      { ...difference, now: expect.stringMatching(/^ADD/) },
      { ...difference, now: expect.stringMatching(/^COPY/) },
    ]);
  });

  test("a refresh is reported as one", async ({ onTestFinished }) => {
    const { root, ensureSnapshot, verifySnapshot } = await setting(sdk, onTestFinished);
    const { name } = await ensureSnapshot(agent(), { root, refresh: "again" });

    const { matches, differences } = await verifySnapshot(name, agent(), { root });

    expect({ matches, differences }).toEqual({
      matches: false,
      differences: [{ kind: "refresh", was: 'ARG PITHY_IMAGE_REFRESH="again"' }],
    });
  });

  test.for(["building", "build_failed", "removing"] as const)(
    "one that is `%s` holds nothing",
    async (state, { onTestFinished }) => {
      const { api, root, verifySnapshot } = await setting(sdk, onTestFinished);
      const image = await agent().resolve({ root });
      await post(api, "/snapshots", { name: "early", ...dockerfile(image.dockerfile, image.contextHashes) });
      api.snapshots[0]?.settle(state);

      await expect(verifySnapshot("early", agent(), { root })).rejects.toMatchObject({ code: "snapshot_not_built" });
    },
  );

  test("what has no Dockerfile, or is not there, cannot be verified", async ({ onTestFinished }) => {
    const { api, root, verifySnapshot } = await setting(sdk, onTestFinished);
    await post(api, "/snapshots", { name: "pulled", ...dockerfile("FROM a\n") });
    Object.assign(api.snapshots[0] ?? {}, { dockerfileContent: undefined });
    api.snapshots[0]?.settle("active");

    await expect(verifySnapshot("pulled", agent(), { root })).rejects.toMatchObject({
      code: "configuration",
      message: expect.stringContaining("was not built from a Dockerfile"),
    });
    await expect(verifySnapshot("none", agent(), { root })).rejects.toMatchObject({ code: "snapshot_not_built" });
    api.snapshots[0]?.remove();
    const removing = { state: "removing", message: expect.stringContaining("Wait until it is removed") };
    await expect(verifySnapshot("pulled", agent(), { root })).rejects.toMatchObject(removing);
  });
});
