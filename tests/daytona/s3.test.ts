/**
 * Uploads of the real SDKs that go wrong: refused, and cut in the middle of a body.
 */
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { daytona } from "./calls.ts";
import type { DaytonaFixture } from "./fixture.ts";
import { SDKS, type SdkModule } from "./sdks.ts";

/** Sends an image with a file of so many bytes; the error's message, if there is one. */
async function send({ s3, config }: DaytonaFixture, { Daytona, Image }: SdkModule, bytes: number): Promise<unknown> {
  const file = join(s3.scratch, "data.bin");
  await writeFile(file, randomBytes(bytes));
  const image = Image.base("debian:12").addLocalFile(file, "/data.bin");
  return new Daytona(config).create({ image }, { timeout: 300 }).then(
    () => undefined,
    (error: Error) => error.message,
  );
}

describe.concurrent.each(SDKS)("$name", ({ load }) => {
  test("an upload arrives although S3 was busy", async ({ onTestFinished }) => {
    const fixture = await daytona(onTestFinished);
    fixture.s3.fail({ status: 503, times: 2 });

    expect(await send(fixture, await load(), 1000)).toBeUndefined();
    expect(await fixture.s3.keys()).toHaveLength(1);
  });

  test("an upload that is refused for good fails, and leaves nothing", async ({ onTestFinished }) => {
    const fixture = await daytona(onTestFinished);
    fixture.s3.fail({ status: 503, times: Number.POSITIVE_INFINITY });

    expect(await send(fixture, await load(), 1000)).toEqual(expect.any(String));
    expect(await fixture.s3.keys()).toEqual([]);
    expect(fixture.api.sandboxes).toEqual([]);
  });

  test("a part that is cut in its middle is never taken for the whole", async ({ onTestFinished }) => {
    const fixture = await daytona(onTestFinished);
    fixture.s3.fail({ after: 1024 * 1024, times: Number.POSITIVE_INFINITY });

    expect(await send(fixture, await load(), 6 * 1024 * 1024)).toEqual(expect.any(String));
    expect(await fixture.s3.keys()).toEqual([]);
    expect(fixture.api.sandboxes).toEqual([]);
  });

  test("what is smaller than the cut passes", async ({ onTestFinished }) => {
    const fixture = await daytona(onTestFinished);
    fixture.s3.fail({ after: 1024 * 1024 });

    expect(await send(fixture, await load(), 1000)).toBeUndefined();
    expect(fixture.api.sandboxes).toMatchObject([{ state: "started" }]);
  });
});
