/** What Daytona refuses with 403: each error names its cause and says what to do about it. */
import { Image } from "pithy-image";
import { describe, expect, test } from "vitest";
import { bound, failureOf } from "./bound.ts";
import type { Organization } from "./fixture.ts";
import { SDKS } from "./sdks.ts";

describe.concurrent.each(SDKS)("$name", (sdk) => {
  test.for<[string, string, RegExp, Partial<Organization>]>([
    ["a suspended organization", "refused", /suspended: unpaid .*\n.*lift the suspension/, { suspended: "unpaid" }],
    ["a missing permission", "configuration", /Access denied .*\n.*permission.*doctor/, { permissions: [] }],
  ])("%s", async ([, code, message, change], { onTestFinished }) => {
    const { api, ensureSnapshot } = await bound(sdk, onTestFinished);
    api.organization = { ...api.organization, ...change };

    const error = await failureOf(ensureSnapshot(Image.base("debian:12")));

    expect(error).toMatchObject({ code, status: 403, retryable: false, message: expect.stringMatching(message) });
  });

  test.for<[string, string, RegExp]>([
    ["Region eu is not available to the organization", "configuration", /Choose a region/],
    ["Snapshot quota exceeded. Maximum allowed: 3", "quota_exceeded", /higher quota/],
    ["Forbidden resource", "configuration", /permission/],
  ])("%s", async ([words, code, hint], { onTestFinished }) => {
    const { api, ensureSnapshot } = await bound(sdk, onTestFinished);
    const answer = { status: 403, message: words, times: Number.POSITIVE_INFINITY };
    api.fail({ answer: { method: "POST", path: "/snapshots", ...answer } });

    const error = await failureOf(ensureSnapshot(Image.base("debian:12")));

    expect(error).toMatchObject({ code, reason: words, message: expect.stringMatching(hint) });
  });
});

test.for(SDKS.filter(({ name }) => !name.includes("0.115")))(
  "warm pools that are not enabled, with $name",
  async (sdk, { onTestFinished }) => {
    const { ensureSnapshot } = await bound(sdk, onTestFinished);

    const error = await failureOf(ensureSnapshot(Image.base("debian:12"), { warmPool: 1 }));

    expect(error).toMatchObject({
      code: "configuration",
      message: expect.stringMatching(/not enabled .*\n.*enable it/),
    });
  },
);
