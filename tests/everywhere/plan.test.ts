/** What a change does, wherever it is asked. */
import { type Baseline, Image, init, type LocalFile, lockEntry, PithyImageError, type Plan } from "pithy-image";
import { beforeAll, describe, expect, test } from "vitest";

const file = (path: string, text: string, executable = false): LocalFile => ({
  path,
  bytes: new TextEncoder().encode(text),
  executable,
});

const web = (command: string) => Image.base("node:22-slim").addLocalDir("web", "/web").runCommands(command);

const image = (packages: string[], command: string) =>
  Image.base("debian:12-slim")
    .stage("web", web(command))
    .aptInstall(packages)
    .addLocalFile("run.sh", "/run.sh")
    .copyFrom("web", "/web/dist", "/srv");

const before = image(["curl", "git"], "npm run build");
const after = image(["curl", "jq"], "npm run build").label({ a: "b" });
const filesBefore = [file("web/index.html", "<p>"), file("web/old.html", ""), file("run.sh", "#!/bin/sh\n")];
const filesAfter = [file("web/index.html", "<b>"), file("web/new.html", ""), file("run.sh", "#!/bin/sh\n", true)];

const resolved = async () => ({
  was: await before.resolveFiles(filesBefore, { root: "." }),
  is: await after.resolveFiles(filesAfter, { root: "." }),
});

/** `change stage/call` of each step. */
const words = ({ steps }: Plan) =>
  steps.map(({ change, stage, call }) => `${change} ${stage === undefined ? "" : `${stage}/`}${call}`);

const WORDS = [
  "kept base",
  "kept stage",
  "kept web/base",
  "changed web/addLocalDir",
  "rebuilt web/runCommands",
  "changed aptInstall",
  "changed addLocalFile",
  "rebuilt copyFrom",
  "added label",
];

beforeAll(() => init());

describe("a plan", () => {
  test("says what became of each step and file, at the lines that make them", async () => {
    const { was, is } = await resolved();
    const plan = is.plan(was);
    expect(words(plan)).toEqual(WORDS);
    expect(plan.unchanged).toBe(false);
    expect(plan.steps[3]?.fields).toEqual([]);
    expect(plan.steps[5]).toMatchObject({
      before: "/steps/2",
      after: "/steps/2",
      fields: [{ path: "/packages/1", before: "git", after: "jq" }],
      callSite: expect.stringMatching(/plan\.test\.ts(\?[^:]*)?:\d+:\d+$/),
    });
    expect(plan.files).toEqual([
      { change: "changed", path: "web/index.html", destination: "/web/index.html", stage: "web", differs: ["content"] },
      { change: "removed", path: "web/old.html", destination: "/web/old.html", stage: "web", differs: [] },
      { change: "added", path: "web/new.html", destination: "/web/new.html", stage: "web", differs: [] },
      { change: "changed", path: "run.sh", destination: "/run.sh", differs: ["mode"] },
    ]);
    expect(plan.uploads).toEqual(is.contexts);
    expect(plan.before).toEqual({
      edition: was.edition,
      imageDigest: was.imageDigest,
      snapshotRef: was.snapshotRef,
    });
  });

  test("is the same for a resolved image as JSON", async () => {
    const { was, is } = await resolved();
    expect(is.plan(JSON.parse(JSON.stringify(was)) as Baseline)).toEqual(is.plan(was));
  });

  test("against a lock says the same of the steps, and which sources changed", async () => {
    const { was, is } = await resolved();
    const plan = is.plan(lockEntry(was));
    expect(words(plan)).toEqual(WORDS);
    expect(plan.steps.every(({ fields }) => fields === undefined)).toBe(true);
    expect(plan.files).toEqual([
      { change: "changed", path: "run.sh", differs: [] },
      { change: "changed", path: "web", differs: [] },
    ]);
    expect(plan.uploads).toEqual(is.contexts);
    expect(is.plan(lockEntry(is))).toMatchObject({ unchanged: true, files: [], uploads: [] });
  });

  test("of images without files is made of the images themselves", async () => {
    const [one, other] = [Image.base("a:1").workdir("/a"), Image.base("a:1").workdir("/b")];
    expect(words(await other.plan(one))).toEqual(["kept base", "changed workdir"]);
    expect((await one.plan(one)).unchanged).toBe(true);
    expect((await one.plan(lockEntry(await one.resolve()))).unchanged).toBe(true);
  });

  test("against what is not an image says what is missing", async () => {
    const { is } = await resolved();
    const { steps: _, ...record } = JSON.parse(JSON.stringify(is)) as Record<string, unknown>;
    expect(() => is.plan(record as never as Baseline)).toThrow(PithyImageError);
    expect(() => is.plan(record as never as Baseline)).toThrow("`steps` is missing");
  });
});
