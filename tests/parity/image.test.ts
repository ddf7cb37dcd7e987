/** The same program on the Daytona SDK's images and on ours, built by a real Docker engine, makes the same image. */
import { posix } from "node:path";
import fc from "fast-check";
import { type Built, buildSent } from "pithy-image-tests-docker/build";
import { describe, expect, inject, test } from "vitest";
import { sampledCount } from "../sample.ts";
import { type Call, describeProgram, inProject, type Program, programs } from "./program.ts";
import { Ours, Sdk, seed, sentBy } from "./sides.ts";

const PROGRAMS = sampledCount(80, 1 / 2);

/** What is to be the same: all but how the image was written down. */
function image({ dockerfile: _, log: __, workdir, ...image }: Built) {
  // BuildKit keeps `/srv//app/` as it was written, where ours writes `/srv/app`: one of the meant differences.
  return { ...image, workdir: posix.resolve(workdir) };
}

/** The images that both sides make of a program, the SDK's first. */
async function imagesOf(program: Program) {
  const sent = await inProject(program.project, async () => [await sentBy(program, Sdk), await sentBy(program, Ours)]);
  const engine = { builder: "buildkit", socket: inject("socket") } as const;
  const builds = sent.map(({ dockerfile, archives }) => buildSent(dockerfile, archives, engine));
  return (await Promise.all(builds)).map(image);
}

test(`${PROGRAMS} programs build the same image with the SDK and with us (PARITY_SEED=${seed})`, async () => {
  const counts: Record<string, number> = {};
  await fc.assert(
    fc.asyncProperty(programs("build"), async (program) => {
      const [theirs, ours] = await imagesOf(program);
      expect(ours, describeProgram(program)).toEqual(theirs);
      for (const [name] of program.calls) counts[name] = (counts[name] ?? 0) + 1;
    }),
    // What fails is not made smaller: that takes many builds.
    { seed, numRuns: PROGRAMS, endOnFailure: true },
  );
  // Otherwise it would say little.
  const calls = [
    "addLocalDir",
    "addLocalFile",
    "cmd",
    "dockerfileCommands",
    "entrypoint",
    "env",
    "runCommands",
    "workdir",
  ];
  expect(Object.keys(counts).sort()).toEqual(calls);
  expect(Math.min(...Object.values(counts))).toBeGreaterThan(PROGRAMS / 8);
});

describe("images that differ are not the same:", () => {
  const file = (content: string, mode: number) => ({ content: Buffer.from(content), mode });
  const project = { "a.sh": file("a", 0o644), "b/a.sh": file("a", 0o755), "c/a.sh": file("c", 0o644) };
  const of = (...calls: Call[]): Program => ({ project, start: ["base", "busybox:1"], calls });

  test.each<[string, Program, Program]>([
    ["content", of(["addLocalFile", "a.sh", "/x"]), of(["addLocalFile", "c/a.sh", "/x"])],
    ["mode", of(["addLocalDir", "b", "/x"]), of(["addLocalDir", "b", "/x"], ["runCommands", "chmod 644 /x/a.sh"])],
    ["owner", of(["addLocalDir", "b", "/x"]), of(["addLocalDir", "b", "/x"], ["runCommands", "chown 1:1 /x"])],
    ["link", of(["runCommands", "ln -s a /x"]), of(["runCommands", "ln -s b /x"])],
    ["directory", of(), of(["runCommands", "mkdir /x"])],
    ["variable", of(["env", { A: "1" }]), of(["env", { A: "2" }])],
    ["entrypoint", of(["entrypoint", ["a"]]), of(["cmd", ["a"]])],
    ["working directory", of(["runCommands", "mkdir /x"]), of(["workdir", "/x"])],
  ])("%s", async (_, one, other) => {
    const [[theirs, ours], [, different]] = [await imagesOf(one), await imagesOf(other)];
    expect(ours).toEqual(theirs);
    expect(different).not.toEqual(ours);
  });
});
