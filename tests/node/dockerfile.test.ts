/** Images that begin with a Dockerfile, and instructions in the user's words: what the calls add to the core. */
import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildPithyJauntImageFromDockerfile, Image, lockEntry } from "pithy-image";
import { bindImage } from "pithy-image/daytona";
import { Image as SdkImage } from "sdk-latest";
import { afterEach, describe, expect, test, vi } from "vitest";
import { errorOf, files, rejectionOf } from "./helpers.ts";

afterEach(() => void vi.unstubAllEnvs());

const JAUNT = {
  "daytona/Dockerfile": "FROM python:3.12-slim\nCOPY daytona/execution.sh /app/\nWORKDIR /app\n",
  "daytona/execution.sh": "#!/bin/sh\n",
};

/** A Dockerfile without the digests of what it copies. */
const short = (dockerfile: string) => dockerfile.replaceAll(/[0-9a-f]{32}/g, "…");

describe("Pithy Jaunt's Dockerfile", () => {
  test("is below `daytona`, and its paths start at the root", async () => {
    const root = files(JAUNT);
    const resolved = await buildPithyJauntImageFromDockerfile().env({ A: "1" }).resolve({ root });
    expect(short(resolved.dockerfile)).toBe(
      'FROM python:3.12-slim\nCOPY ctx/…/execution.sh /app/\nWORKDIR /app\nENV A="1"\n',
    );
  });

  test("may be another one, with what `fromDockerfile` takes", () => {
    const options = { path: "Dockerfile", context: "app", target: "a", buildArgs: { A: "1" }, strictContext: true };
    expect(buildPithyJauntImageFromDockerfile(options).toJSON().steps).toEqual([
      { fromDockerfile: { source: "Dockerfile", context: "app", target: "a", buildArgs: { A: "1" } } },
    ]);
  });

  test("is named at the line of the call where it is missing", async () => {
    const error = await rejectionOf(buildPithyJauntImageFromDockerfile().resolve({ root: files({ a: "a" }) }));
    const [problem] = (error as { problems?: { callSite?: string; message: string }[] }).problems ?? [];
    expect(problem?.message).toContain("`daytona/Dockerfile` does not exist below the root");
    expect(problem?.callSite).toContain("dockerfile.test.ts:");
  });
});

describe("a path of a Dockerfile counts by the part below the root", () => {
  test.each<[string, (root: string) => string | URL]>([
    ["absolute", (root) => join(root, "daytona/Dockerfile")],
    ["a `file:` URL", (root) => pathToFileURL(join(root, "daytona/Dockerfile"))],
    ["up and down again", (root) => `../${basename(root)}/daytona/Dockerfile`],
  ])("%s", (_, spelled) => {
    const root = files(JAUNT);
    const plain = Image.fromDockerfile("daytona/Dockerfile", { context: "." }).resolveSync({ root });
    const other = Image.fromDockerfile(spelled(root), { context: pathToFileURL(root) }).resolveSync({ root });
    expect(other.imageDigest).toBe(plain.imageDigest);
    expect(other.definition).toEqual(plain.definition);
    const commands = (context: string | URL) =>
      Image.base("a:1").dockerfileCommands(["COPY execution.sh /a"], context).resolveSync({ root }).imageDigest;
    expect(commands(join(root, "daytona"))).toBe(commands("daytona"));
  });
});

describe("a Dockerfile outside of the root", () => {
  const elsewhere = () => files({ Dockerfile: "FROM debian:12-slim\nCOPY . /app", "a.txt": "a", "sub/b.txt": "b" });

  test("brings its own root: programs write one into a temporary directory", async () => {
    const [one, other] = [elsewhere(), elsewhere()];
    const image = (directory: string) =>
      Image.fromDockerfile(join(directory, "Dockerfile")).addLocalDir(join(directory, "sub"), "/repo");
    const [first, second] = [await image(one).resolve(), image(other).resolveSync()];
    expect(first.root).toBe(one);
    expect(second.imageDigest).toBe(first.imageDigest);
    expect(image(one).toJSON().steps[0]).toEqual({ fromDockerfile: { source: "Dockerfile" } });
    const bound = bindImage(SdkImage).fromDockerfile(join(one, "Dockerfile"));
    expect(bound.contextList).toHaveLength(1);
  });

  test("and its context have the root that holds both", () => {
    const directory = files({ "docker/Dockerfile": "FROM a:1\nCOPY src/a /a\n", "src/a": "a" });
    const image = Image.fromDockerfile(join(directory, "docker/Dockerfile"), { context: directory });
    expect(image.resolveSync().root).toBe(directory);
  });

  test("is refused where the root was chosen, or other paths start at it", () => {
    const directory = elsewhere();
    const image = Image.fromDockerfile(join(directory, "Dockerfile"));
    const root = files({ "a.txt": "a" });
    for (const use of [
      () => image.resolveSync({ root }),
      () => bindImage(SdkImage, { root }).from(image).dockerfile,
      () => image.addLocalFile("package.json", "/p").resolveSync(),
      () => Image.fromDockerfile(join(directory, "Dockerfile"), { context: "." }).resolveSync(),
    ]) {
      expect(errorOf(use).code).toBe("source_outside_root");
    }
  });
});

test("a mistake in a Dockerfile is at the line of the call, and names that of the file", async () => {
  const root = files({ Dockerfile: "FROM a:1\n\nCPY a b\n" });
  const image = Image.fromDockerfile("Dockerfile");
  const error = errorOf(() => image.resolveSync({ root }));
  expect(error.message).toContain("`Dockerfile`, line 3: Docker refuses this: unknown instruction: CPY");
  expect(error.problems[0]?.callSite).toContain(`dockerfile.test.ts:`);
});

test("files that are passed in are enough, with the ignore file among them", async () => {
  const text = (text: string) => new TextEncoder().encode(text);
  const given = [
    { path: "Dockerfile", bytes: text("FROM a:1\nCOPY . /app\n") },
    { path: ".dockerignore", bytes: text("*\n!keep\n") },
    { path: "keep", bytes: text("k"), executable: false },
    { path: "not", bytes: text("n"), executable: false },
  ];
  const image = Image.fromDockerfile("Dockerfile");
  const resolved = await image.resolveFiles(given);
  expect(resolved.files.map(({ path, destination }) => [path, destination])).toEqual([["keep", "/app/keep"]]);
  const root = files({ Dockerfile: "FROM a:1\nCOPY . /app\n", ".dockerignore": "*\n!keep\n", keep: "k", not: "n" });
  expect((await image.resolve({ root })).imageDigest).toBe(resolved.imageDigest);
});

test("a lock has it as one step", async () => {
  const root = files(JAUNT);
  const image = Image.fromDockerfile("daytona/Dockerfile", { context: "." }).user("node");
  const { steps, sources } = lockEntry(await image.resolve({ root }));
  expect(steps).toEqual([expect.stringMatching(/^fromDockerfile [0-9a-f]{16}$/), expect.stringMatching(/^user /)]);
  expect(Object.keys(sources)).toEqual(["daytona/execution.sh"]);
});

test("a plan names the lines of the file that changed", async () => {
  const root = files(JAUNT);
  const image = Image.fromDockerfile("daytona/Dockerfile", { context: "." });
  const before = await image.resolve({ root });
  writeFileSync(join(root, "daytona/execution.sh"), "#!/bin/sh\ntrue\n");
  const { steps } = await image.plan(before, { root });
  expect(steps).toMatchObject([{ call: "fromDockerfile", change: "changed" }]);
  expect(steps[0]?.fields?.map(({ path }) => path)).toEqual(["/daytona~1Dockerfile:2"]);
});

test("a definition is read back as it was", () => {
  const image = Image.fromDockerfile("d/Dockerfile", { target: "a", buildArgs: { B: "c" } }).dockerfileCommands(
    ["USER a"],
    "d",
  );
  expect(Image.fromJSON(JSON.stringify(image)).toJSON()).toEqual(image.toJSON());
});
