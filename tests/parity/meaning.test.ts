/** The same program on the Daytona SDK's images and on ours means the same, instruction by instruction. */
import fc from "fast-check";
import { entrypointOf } from "pithy-image-tests-daytona";
import { describe, expect, test } from "vitest";
import { DIFFERENCES, type Difference, type Meaning, meaningOf, type Sent } from "./meaning.ts";
import { type Call, describeProgram, type ImageClass, inProject, type Program, programs } from "./program.ts";
import { Ours, Sdk, seed, sentBy } from "./sides.ts";

const PROGRAMS = 500;

const meaning = async (program: Program, Class: ImageClass) => meaningOf(await sentBy(program, Class));

/** Whether two images mean the same if one of the differences is not levelled; what cannot be read then is none. */
async function sameWithout(difference: Difference, images: readonly Sent[]): Promise<boolean> {
  const others = DIFFERENCES.filter((other) => other !== difference);
  const [one, other] = await Promise.all(images.map((image) => meaningOf(image, others).catch(String)));
  return JSON.stringify(one) === JSON.stringify(other);
}

test(`${PROGRAMS} programs mean the same with the SDK and with us (PARITY_SEED=${seed})`, async () => {
  const kinds: Record<string, number> = {};
  const unseen = new Set(DIFFERENCES);
  await fc.assert(
    fc.asyncProperty(programs("any"), (program) =>
      inProject(program.project, async () => {
        const images = [await sentBy(program, Sdk), await sentBy(program, Ours)] as const;
        const [theirs, ours] = await Promise.all(images.map((image) => meaningOf(image)));
        expect(ours, describeProgram(program)).toEqual(theirs);
        const started = images.map(({ dockerfile }) => entrypointOf(dockerfile));
        expect(started[1], describeProgram(program)).toEqual(started[0]);
        for (const { kind } of ours ?? []) kinds[kind] = (kinds[kind] ?? 0) + 1;
        for (const difference of unseen) if (!(await sameWithout(difference, images))) unseen.delete(difference);
      }),
    ),
    { seed, numRuns: PROGRAMS },
  );
  // Otherwise it would say little.
  const expected: Meaning["kind"][] = [
    "from",
    "file",
    "tree",
    "run",
    "program",
    "env",
    "workdir",
    "cmd",
    "entrypoint",
    "pip",
    "other",
    "tools",
  ];
  expect(Object.keys(kinds).sort()).toEqual([...expected].sort());
  expect(Math.min(...Object.values(kinds))).toBeGreaterThan(50);
  // What no longer differs must not be levelled.
  expect([...unseen].map(({ name }) => name)).toEqual([]);
});

describe("programs that differ do not mean the same:", () => {
  const file = (content: string, mode: number) => ({ content: Buffer.from(content), mode });
  const PROJECT = {
    "a.txt": file("a", 0o644),
    "b.txt": file("b", 0o644),
    "x/a.txt": file("a", 0o755),
    "src/app/a.txt": file("a", 0o644),
    "lib/app/a.txt": file("a", 0o755),
    "data/app/b.txt": file("a", 0o644),
  };
  const of = (...calls: Call[]): Program => ({ project: PROJECT, start: ["base", "busybox:1"], calls });
  const begun = (...start: Call): Program => ({ project: PROJECT, start, calls: [] });

  test.each<[string, Program, Program]>([
    ["bases", begun("base", "busybox:1"), begun("base", "busybox:2")],
    ["series of Python", begun("debianSlim", "3.12"), begun("debianSlim", "3.13")],
    ["tools", begun("debianSlim"), begun("base", "python:3.13.3-slim-bookworm")],
    ["a file's content", of(["addLocalFile", "a.txt", "/c"]), of(["addLocalFile", "b.txt", "/c"])],
    ["a file's mode", of(["addLocalFile", "a.txt", "/c"]), of(["addLocalFile", "x/a.txt", "/c"])],
    ["a file's place", of(["addLocalFile", "a.txt", "/c"]), of(["addLocalFile", "a.txt", "/d"])],
    ["a mode in a tree", of(["addLocalDir", "src", "/c"]), of(["addLocalDir", "lib", "/c"])],
    ["a name in a tree", of(["addLocalDir", "src", "/c"]), of(["addLocalDir", "data", "/c"])],
    ["the depth of a tree", of(["addLocalDir", "src", "/c"]), of(["addLocalDir", "src/app", "/c"])],
    [
      "where relative paths start",
      of(["addLocalFile", "a.txt", "c"]),
      of(["workdir", "/w"], ["addLocalFile", "a.txt", "c"]),
    ],
    ["the order of commands", of(["runCommands", "a", "b"]), of(["runCommands", "b", "a"])],
    ["one command or two", of(["runCommands", "a", "b"]), of(["runCommands", "a b"])],
    ["a variable's value", of(["env", { A: "1" }]), of(["env", { A: "2" }])],
    [
      "which value is the last",
      of(["env", { A: "1" }], ["env", { A: "2" }]),
      of(["env", { A: "2" }], ["env", { A: "1" }]),
    ],
    [
      "when a variable is set",
      of(["env", { A: "1" }], ["runCommands", "a"]),
      of(["runCommands", "a"], ["env", { A: "1" }]),
    ],
    ["packages", of(["pipInstall", ["a", "b"]]), of(["pipInstall", ["a"]])],
    ["pip's options", of(["pipInstall", "a", { pre: true }]), of(["pipInstall", "a"])],
    [
      "the values of pip's options",
      of(["pipInstall", "a", { indexUrl: "x" }]),
      of(["pipInstall", "a", { indexUrl: "y" }]),
    ],
    [
      "the order of pip's indexes",
      of(["pipInstall", "a", { findLinks: ["x", "y"] }]),
      of(["pipInstall", "a", { findLinks: ["y", "x"] }]),
    ],
    ["one installation or two", of(["pipInstall", ["a", "b"]]), of(["pipInstall", "a"], ["pipInstall", "b"])],
    ["entrypoints", of(["entrypoint", ["a", "b"]]), of(["entrypoint", ["a b"]])],
    [
      "the last entrypoint",
      of(["entrypoint", ["a"]], ["entrypoint", ["b"]]),
      of(["entrypoint", ["b"]], ["entrypoint", ["a"]]),
    ],
    ["commands and entrypoints", of(["entrypoint", ["a"]]), of(["cmd", ["a"]])],
  ])("%s", (_, one, other) =>
    inProject(PROJECT, async () => {
      for (const Class of [Sdk, Ours]) expect(await meaning(one, Class)).not.toEqual(await meaning(other, Class));
      expect(await meaning(one, Ours)).toEqual(await meaning(one, Sdk));
      expect(await meaning(other, Ours)).toEqual(await meaning(other, Sdk));
    }),
  );
});
