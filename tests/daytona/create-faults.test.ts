/**
 * Many calls of `createSandbox` while chance makes things go wrong: each settles, says what is left, and leaves no more.
 */
import { Image, PithyImageError } from "pithy-image";
import { expect, test } from "vitest";
import { bound, LOCK, ready } from "./bound.ts";
import { SDKS } from "./sdks.ts";

const CALLS = 500;
const AT_ONCE = 25;

test("500 calls under faults leave nothing that no error tells of", { timeout: 120_000 }, async ({
  onTestFinished,
}) => {
  const setting = await bound(SDKS[2] as (typeof SDKS)[number], onTestFinished);
  await ready(setting);
  const { api, createSandbox } = setting;
  api.pace = { build: 10, start: 5 };
  api.chaos({ seed: 5, rate: 0.2 });
  const image = Image.base("debian:12-slim").runCommands("true");
  const kept: string[] = [];
  const told: string[] = [];
  const errors: unknown[] = [];
  let next = 0;
  const worker = async () => {
    while (next < CALLS) {
      const of = next++ % 2 ? { lock: LOCK } : { image, onLog: () => {} };
      try {
        kept.push((await createSandbox({ ...of, ttlMinutes: 30, deadline: 4 })).id);
      } catch (error) {
        errors.push(error);
        if (error instanceof PithyImageError && error.leftBehind) told.push(error.leftBehind);
      }
    }
  };

  await Promise.all(Array.from({ length: AT_ONCE }, worker));

  api.chaos(undefined);
  api.reap();
  expect(kept.length + errors.length).toBe(CALLS);
  expect(errors.filter((error) => !(error instanceof PithyImageError))).toEqual([]);
  const left = api.sandboxes.filter(({ gone, id }) => !gone && !kept.includes(id));
  expect(left.filter(({ id, name }) => !told.some((text) => text.includes(id) || text.includes(name)))).toEqual([]);
  api.clock = () => Date.now() + 31 * 60_000;
  api.reap();
  expect(api.sandboxes.filter(({ gone }) => !gone)).toEqual([]);
});
