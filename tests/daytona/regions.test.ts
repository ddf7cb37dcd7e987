/**
 * Sandboxes are created in the region of their snapshot, whatever the client's own region is.
 */
import { Image } from "pithy-image";
import { describe, expect, test } from "vitest";
import { type Bound, bindClient, cleaned, failureOf, LOCK, SNAPSHOT } from "./bound.ts";
import { activeSnapshot, virtualDaytona } from "./calls.ts";
import { SDKS } from "./sdks.ts";

const TTL = { ttlMinutes: 30 };
const image = () => Image.base("debian:12-slim").runCommands(`echo ${crypto.randomUUID()}`);

const lockIn = (region: string | undefined, snapshotName = SNAPSHOT) => ({
  ...LOCK,
  images: { agent: { ...LOCK.images.agent, snapshotName, ...(region && { region }) } },
});

const targets = ({ api }: Bound): unknown[] => api.sandboxes.map(({ request }) => request.target);

describe.concurrent.each(SDKS.filter(({ format }) => format === "cjs"))("$name", (sdk) => {
  /** A client of the region `us`, and a snapshot in each of two regions. */
  const begin = async (finished: Parameters<typeof virtualDaytona>[0]): Promise<Bound> => {
    const fixture = await virtualDaytona(finished);
    await activeSnapshot(fixture.api, SNAPSHOT, { regionId: "eu" });
    await activeSnapshot(fixture.api, "home", { regionId: "us" });
    const { Daytona, Image: SdkImage } = await sdk.load();
    return bindClient(fixture, new Daytona({ ...fixture.config, target: "us" }), SdkImage);
  };

  test("one client serves locks of two regions", async ({ onTestFinished }) => {
    const setting = await begin(onTestFinished);

    await setting.createSandbox({ lock: lockIn("eu"), ...TTL });
    await setting.createSandbox({ lock: lockIn("us", "home"), ...TTL });
    await setting.createSandbox({ lock: lockIn(undefined, "home"), ...TTL });

    expect(targets(setting)).toEqual(["eu", "us", "us"]);
  });

  test("a region is given with the name of a snapshot, or with an image", async ({ onTestFinished }) => {
    const setting = await begin(onTestFinished);

    await setting.createSandbox({ snapshot: SNAPSHOT, region: "eu", ...TTL });
    await setting.createSandbox({ image: image(), region: "eu", ...TTL });
    await setting.createSandbox({ image: image(), ...TTL });

    expect(targets(setting)).toEqual(["eu", "eu", "us"]);
  });

  test("a snapshot that was ensured says its region", async ({ onTestFinished }) => {
    const setting = await begin(onTestFinished);

    for (const wanted of [{ region: "eu" }, {}]) {
      const { name, region } = await setting.ensureSnapshot(image(), wanted);
      await setting.createSandbox({ snapshot: name, region, ...TTL });
    }

    expect(targets(setting)).toEqual(["eu", "us"]);
  });

  test("another snapshot is used in the client's region", async ({ onTestFinished }) => {
    const setting = await begin(onTestFinished);

    await setting.createSandbox({ lock: lockIn("eu", "missing"), fallbackSnapshot: "home", ...TTL });
    await setting.createSandbox({ lock: lockIn("us"), fallbackSnapshot: "home", ...TTL });

    expect(targets(setting)).toEqual(["us", "us"]);
  });

  test("one that does not exist is named as what to correct", async ({ onTestFinished }) => {
    const setting = await begin(onTestFinished);
    const region = "mars";
    const told = { code: "configuration", retryable: false, reason: "Region not found" };
    const calls = [
      () => setting.createSandbox({ image: image(), region, ...TTL }),
      () => setting.ensureSnapshot(image(), { region }),
    ];

    for (const call of calls) {
      const error = await failureOf(call());
      expect(error).toMatchObject(told);
      expect(error.message).toContain("Correct `region`, or `DAYTONA_TARGET`");
    }
  });

  test("a snapshot of another region is reported with both regions", async ({ onTestFinished }) => {
    const setting = await begin(onTestFinished);

    expect(await cleaned(setting.createSandbox({ snapshot: SNAPSHOT, ...TTL }))).toMatchObject({
      code: "configuration",
      status: 400,
      message: `Snapshot \`${SNAPSHOT}\` is not available in region \`us\`, only in \`eu\`.
Pass the snapshot's \`region\`, or the name of another snapshot. (configuration)`,
    });
    expect((await cleaned(setting.createSandbox({ lock: lockIn("us"), ...TTL }))).message).toContain(
      "Export `snapshot = { region: … }` beside the image",
    );
    expect(setting.api.sandboxes).toEqual([]);
  });

  test("a region beside a lock is refused", async ({ onTestFinished }) => {
    const setting = await begin(onTestFinished);

    const error = await failureOf(setting.createSandbox({ lock: lockIn("eu"), region: "us", ...TTL } as never));

    expect(error.message).toContain("`region` cannot be combined with a lock");
  });

  test("a sandbox does not stop before its end, unless the application says so", async ({ onTestFinished }) => {
    const setting = await begin(onTestFinished);

    await setting.createSandbox({ snapshot: "home", ...TTL });
    await setting.createSandbox({ snapshot: "home", params: { autoStopInterval: 5, autoDeleteInterval: 60 }, ...TTL });

    const isOld = sdk.alias === "sdk-0115";
    expect(setting.api.sandboxes.map(({ request }) => request)).toMatchObject(
      isOld
        ? [
            { autoStopInterval: 30, autoDeleteInterval: 0 },
            { autoStopInterval: 5, autoDeleteInterval: 0 },
          ]
        : [
            { autoStopInterval: 30, ttlMinutes: 30 },
            { autoStopInterval: 5, autoDeleteInterval: 60, ttlMinutes: 30 },
          ],
    );
  });
});
