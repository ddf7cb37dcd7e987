/**
 * What a start costs, beside the same start with the plain SDK: both in virtual time, in one run, against the same server.
 */
import { writeSync } from "node:fs";
import { Image } from "pithy-image";
import { expect, onTestFinished, test } from "vitest";
import { type Bound, bound, ready, SNAPSHOT } from "./bound.ts";
import { SDKS } from "./sdks.ts";
import { inVirtualTime } from "./timers.ts";

const TTL = { ttlMinutes: 60 };
/** Milliseconds that a sandbox takes to start. */
const STARTS = [50, 300, 2_000, 20_000, 70_000];
const COMMANDS = ["echo built"];

/** Milliseconds that a call takes in the stand-in's time. */
async function took({ time }: Bound, call: () => Promise<unknown>): Promise<number> {
  const begin = time.elapsed;
  await call();
  return time.elapsed - begin;
}

test.each(SDKS)("a start costs what it costs the SDK, or less: $name", async (sdk) => {
  const { Image: SdkImage } = await sdk.load();
  for (const start of STARTS) {
    const setting = await bound(sdk, onTestFinished);
    await ready(setting);
    const { api, client, createSandbox } = setting;
    api.pace = { ...api.pace, create: 0, start };
    const bySdk = (params: object) => () =>
      inVirtualTime(setting.time, () => client.create(params as never, { timeout: 0 }));
    const image = Image.base("debian:12").runCommands(...COMMANDS);
    const sdkImage = SdkImage.base("debian:12").runCommands(...COMMANDS);
    await bySdk({ image: sdkImage })(); // so that it is built

    const theirs = await took(setting, bySdk({ snapshot: SNAPSHOT }));
    const ours = await took(setting, () => createSandbox({ snapshot: SNAPSHOT, ...TTL }));
    const theirsBuilt = await took(setting, bySdk({ image: sdkImage }));
    const oursBuilt = await took(setting, () => createSandbox({ image, ...TTL }));

    writeSync(
      2,
      `${sdk.name}, a start of ${start} ms: snapshot ${ours.toFixed(0)} ms, SDK ${theirs.toFixed(0)} ms; image ${oursBuilt.toFixed(0)} ms, SDK ${theirsBuilt.toFixed(0)} ms\n`,
    );
    expect(ours).toBeLessThanOrEqual(1.05 * theirs + 60);
    expect(oursBuilt).toBeLessThanOrEqual(1.05 * theirsBuilt + 60);
  }
});
