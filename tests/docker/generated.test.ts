/**
 * Definitions made by chance: what the model works out is what arrives, to the last file.
 *
 * `PITHY_IMAGE_SEED` sets the seed, `PITHY_IMAGE_RUNS` how many definitions BuildKit builds; the legacy engine builds a
 * third as many; with `PITHY_IMAGE_SHRINK=1` what fails is made smaller, which takes its time.
 */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { Image } from "pithy-image";
import { describe, expect, inject, test } from "vitest";
import { sampled } from "../sample.ts";
import { type Built, build, type Call } from "./build.ts";
import { BUILDERS, type Builder } from "./docker-api.ts";
import { writeLocals } from "./file-tree.ts";
import { KINDS } from "./kinds.ts";
import type { Expected } from "./model.ts";
import { baseTree } from "./row.ts";
import { type Act, expectedOf, sample } from "./samples.ts";
import { changes } from "./tree-changes.ts";

const SEED = Number(process.env.PITHY_IMAGE_SEED ?? 20261124);
const RUNS = Number(process.env.PITHY_IMAGE_RUNS ?? 300);
/** Whether what fails is made smaller: that takes many builds. */
const SHRINK = process.env.PITHY_IMAGE_SHRINK !== undefined;
/** Properties that run side by side; each has a seed of its own. */
const PARTS = [0, 1, 2, 3, 4, 5];

const numRuns: Readonly<Record<Builder, number>> = {
  buildkit: Math.ceil(RUNS / PARTS.length),
  legacy: Math.ceil(RUNS / PARTS.length / 3),
};

describe.each(BUILDERS)(`what is worked out arrives, seed ${SEED}: %s`, (builder) => {
  test.concurrent.each(sampled(builder, PARTS, 1 / 3))(`part %i, ${numRuns[builder]} definitions`, async (part) => {
    const property = fc.asyncProperty(sample, async ({ locals, acts }) => {
      const built = await build(imageOf(acts), { builder, socket: inject("socket"), root: writeLocals(locals) });
      expectImage(built, expectedOf({ acts, locals }, await baseTree(), builder));
    });
    await fc.assert(property, { seed: SEED + part, numRuns: numRuns[builder], endOnFailure: !SHRINK });
  });
});

describe("a step that is not made by chance", () => {
  const elsewhere = Object.entries(KINDS).flatMap(([name, kind]) =>
    "rows" in kind ? [[name, kind.rows] as const] : [],
  );

  test.each(elsewhere)("%s has rows in %s", (name, file) => {
    expect(readFileSync(new URL(file, import.meta.url), "utf8")).toContain(`.${name}(`);
  });
});

function imageOf(acts: readonly Act[]): Image {
  const steps = [{ base: { image: "busybox:1" } }, ...acts.map(({ step }) => step)];
  return Image.fromJSON({ format: "pithy-image/1", edition: "2026-12", steps });
}

function expectImage(built: Built, expected: Expected): void {
  expect(configOf(built), built.dockerfile).toEqual(configOf(expected));
  expect(built.calls.map(withoutEngine), built.dockerfile).toEqual(expected.calls);
  expect(changes(expected.files, built.files), built.dockerfile).toEqual({});
}

type Config = Pick<Built, "env" | "labels" | "workdir" | "user" | "entrypoint" | "cmd"> & {
  ports: Iterable<string>;
  volumes: Iterable<string>;
};

const configOf = ({ env, labels, workdir, user, entrypoint, cmd, ports, volumes }: Config): Config => ({
  env,
  labels,
  workdir,
  user,
  entrypoint,
  cmd,
  ports: [...ports].sort(),
  volumes: [...volumes].sort(),
});

/** A call without the variables that the engine and a shell add. */
function withoutEngine({ env, ...call }: Call): Call {
  const { HOME: _, HOSTNAME: __, PWD: ___, OLDPWD: ____, SHLVL: _____, ...own } = env;
  return { ...call, env: own };
}
