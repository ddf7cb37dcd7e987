/** Every call refuses options that it does not know, and names the one that was meant. */
import { inspect } from "node:util";
import { Daytona, Image as SdkImage } from "@daytonaio/sdk";
import { Image, init, PithyDaytonaError, PithyImageError, parseLock, planBetween } from "pithy-image";
import { bindImage, createPithyJauntSnapshot, daytonaConfig, pithyDaytona, toDaytonaImage } from "pithy-image/daytona";
import { describe, expect, test } from "vitest";
import { errorOf, rejectionOf, thrownBy } from "./helpers.ts";

const image = Image.base("debian:12");
const daytona = new Daytona({ apiKey: "dtn_stand_in", apiUrl: "http://127.0.0.1:9", useDeprecatedPolling: true });
const pithy = pithyDaytona({ daytona, Image: SdkImage });
const resolved = () => image.resolveSync();
const build = () => ({ dockerfile: resolved().dockerfile, snapshotRef: resolved().snapshotRef });
const rejected = async (call: () => Promise<unknown>): Promise<PithyImageError> =>
  (await rejectionOf(call())) as PithyImageError;

describe("an option with a typo", () => {
  test.each<[string, () => unknown, string]>([
    ["toDockerfile", () => image.toDockerfile({ rot: "." } as never), "root"],
    ["resolveSync", () => image.resolveSync({ rooot: "." } as never), "root"],
    ["bindImage", () => bindImage(SdkImage, { Root: "." } as never), "root"],
    ["pithyDaytona", () => pithyDaytona({ daytona, Image: SdkImage, strickt: true } as never), "strict"],
  ])("of %s is refused", (_, call, meant) => {
    expect(errorOf(call).message).toContain(`is not an option. Did you mean \`${meant}\`?`);
  });

  test.each<[string, () => Promise<unknown>, string]>([
    ["resolve", () => image.resolve({ singal: undefined, onProgres: () => {} } as never), "onProgress"],
    ["resolveFiles", () => image.resolveFiles([], { executables: [] } as never), "executable"],
    ["plan", () => image.plan(image, { roots: "." } as never), "root"],
    ["pack", async () => (await image.resolve()).pack({ signl: AbortSignal.timeout(1) } as never), "signal"],
    [
      "prepare",
      () =>
        bindImage(SdkImage)
          .base("a")
          .prepare({ sign: AbortSignal.timeout(1) } as never),
      "signal",
    ],
    ["toDaytonaImage", () => toDaytonaImage(image, SdkImage, { roott: "." } as never), "root"],
    ["createSandbox", () => pithy.createSandbox({ image, ttlMinute: 1, ttlMinutes: 1 } as never), "ttlMinutes"],
    ["ensureSnapshot", () => pithy.ensureSnapshot(image, { resource: {} } as never), "resources"],
    ["pruneSnapshots", () => pithy.pruneSnapshots({ prefix: "a", keep: [], dryrun: true } as never), "dryRun"],
    ["verifySnapshot", () => pithy.verifySnapshot("a", image, { deadlin: 1 } as never), "deadline"],
    ["reapSandboxes", () => pithy.reapSandboxes({ label: {}, olderThen: 1, olderThan: 1 } as never), "olderThan"],
    ["startTask", () => pithy.startTask({} as never, { command: ["a"], env: {} } as never), "envVars"],
    ["createPithyJauntSnapshot", () => createPithyJauntSnapshot(daytona, "a", { onLog: () => {} } as never), "onLogs"],
  ])("of %s is refused", async (_, call, meant) => {
    expect((await rejected(call)).message).toContain(`is not an option. Did you mean \`${meant}\`?`);
  });

  test("is refused without a guess where nothing is similar", () => {
    expect(errorOf(() => image.toDockerfile({ verbose: true } as never)).message).toContain(
      "`verbose` is not an option.\n",
    );
  });
});

describe("a value of the wrong kind", () => {
  test.each<[string, () => Promise<unknown>, string]>([
    ["a string as options", () => image.resolve("src" as never), "The last argument must be an object, got a string."],
    ["null as options", () => image.resolve(null as never), "The last argument must be an object, got null."],
    [
      "a string as a signal",
      () => image.resolve({ signal: "stop" as never }),
      "`signal` must be an `AbortSignal`, got",
    ],
    [
      "a string until which files are kept",
      () => image.resolveFiles([], { keepUntil: "later" as never }),
      "`keepUntil` must be an `AbortSignal`, got",
    ],
    [
      "no baseline",
      () => image.plan(undefined as never),
      "must be an entry of a lock, a resolved image, an image or the build of a snapshot",
    ],
    [
      "a negative deadline",
      () => pithy.ensureSnapshot(image, { deadline: -1 }),
      "`deadline` must be a positive number of seconds, got -1.",
    ],
    ["no image", () => pithy.ensureSnapshot(7 as never), "The first argument must be an image or a lock, got"],
    [
      "no tag",
      () => pithy.ensureSnapshot("agent"),
      "must be an image, a lock, or the name of a registry's image with a tag",
    ],
    ["a fraction", () => pithy.ensureSnapshot(image, { resources: { cpu: 1.5 } }), "`resources.cpu` must be a whole"],
    [
      "two sources of a sandbox",
      () => pithy.createSandbox({ image, snapshot: "a", ttlMinutes: 1 } as never),
      "Expected exactly one of `lock`, `image` and `snapshot`.",
    ],
    [
      "a root beside a lock",
      () => pithy.createSandbox({ lock: {}, root: ".", ttlMinutes: 1 } as never),
      "`root` cannot be combined with a lock.",
    ],
    [
      "a root beside a snapshot",
      () => pithy.createSandbox({ snapshot: "a", root: ".", ttlMinutes: 1 } as never),
      "`root` cannot be combined with a snapshot.",
    ],
    [
      "an image's name beside an image",
      () => pithy.createSandbox({ image, imageName: "agent", ttlMinutes: 1 } as never),
      "`imageName` can only be combined with a lock.",
    ],
    [
      "an image's name beside a snapshot",
      () => pithy.createSandbox({ snapshot: "a", imageName: "agent", ttlMinutes: 1 } as never),
      "`imageName` can only be combined with a lock.",
    ],
  ])("is refused: %s", async (_, call, message) => {
    expect((await rejected(call)).message).toContain(message);
  });

  test("is refused by synchronous calls too", () => {
    expect(errorOf(() => planBetween(undefined as never, undefined as never)).code).toBe("wrong_type");
    expect(errorOf(() => bindImage("Image" as never)).message).toContain("must be the `Image` class");
    expect(errorOf(() => daytonaConfig(null as never)).message).toContain("must be an object, got null");
    expect(errorOf(() => parseLock(1)).message).toContain("expected a lock");
    expect(String(thrownBy(() => init(1 as never)))).toContain("The argument of `init` must be");
  });

  test.each<[string, () => unknown, string]>([
    ["a map", () => image.resolveSync(new Map([["root", "."]]) as never), "must be an object, got an object."],
    ["the prefix as options", () => resolved().snapshotName("acme" as never), "must be an object, got a string."],
    ["a resource", () => resolved().snapshotName({ resources: { cpus: 1 } as never }), "Did you mean `cpu`?"],
    [
      "no lock's entry",
      () => resolved().plan({ snapshotName: "x", imageDigest: "y" } as never),
      "`sources` must be an",
    ],
    [
      "half a build",
      () => resolved().plan({ snapshotRef: "x" } as never),
      "`dockerfile` must be a string, got nothing.",
    ],
    ["a build as the end of a plan", () => planBetween(build(), build() as never), "has no steps to plan"],
    ["our own class", () => bindImage(Image as never), "not that of pithy-image"],
    ["a symbol as options", () => image.aptInstall(["a"], Symbol("a") as never), "got a symbol."],
  ])("is refused at the line of the call: %s", (_, call, message) => {
    expect(errorOf(call).message).toContain(message);
  });

  test.each<[string, unknown, string]>([
    ["nothing", undefined, "The first argument must be an array, got nothing."],
    ["null", [null], "`[0]` must be an object, got null."],
    ["a file without bytes", [{ path: "a" }], "`[0].bytes` must be a `Uint8Array`, got nothing."],
    ["a typo", [{ path: "a", bytes: new Uint8Array(), exectuable: true }], "Did you mean `executable`?"],
  ])("is refused among files: %s", async (_, files, message) => {
    expect((await rejected(() => image.resolveFiles(files as never))).message).toContain(message);
  });

  test("is reported with all others, at the line of the call", () => {
    const { problems } = errorOf(() => image.toDockerfile({ rooot: ".", verbose: true } as never));
    expect(problems.map(({ code }) => code)).toEqual(["unknown_field", "unknown_field"]);
    expect(problems[0]?.callSite).toContain("options.test.ts:");
  });

  test("is not shown if it is a string, which may be a secret", async () => {
    const wrong = { image, ttlMinutes: 1, envVars: "KEY=secret" as never };
    const error = await rejected(() => pithy.createSandbox(wrong));
    expect(error.message).toContain("`envVars` must be an object of strings, got a string.");
    expect(inspect(error)).not.toContain("secret");
  });
});

test("a definition as text with half of a character is refused when it is read", () => {
  const text = '{"format":"pithy-image/1","steps":[{"base":{"image":"a\ud800"}}]}';
  expect(errorOf(() => Image.fromJSON(text)).problems).toMatchObject([
    { code: "lone_surrogate", path: "/steps/0/base/image", callSite: expect.stringContaining("options.test.ts:") },
  ]);
});

describe("the errors", () => {
  test("are of one family, so that one `catch` serves both", async () => {
    const error = await rejected(() => pithy.createSandbox({ ttlMinutes: 1 } as never));
    expect(error).toBeInstanceOf(PithyDaytonaError);
    expect(error).toBeInstanceOf(PithyImageError);
    expect(error).toMatchObject({ name: "PithyDaytonaError", code: "configuration", retryable: false, problems: [] });
    expect(errorOf(() => Image.base("").toDockerfile())).not.toBeInstanceOf(PithyDaytonaError);
  });

  test("print nothing that their message already says", async () => {
    for (const error of [
      await rejected(() => pithy.createSandbox({ ttlMinutes: 1 } as never)),
      errorOf(() => Image.base("").toDockerfile()),
    ]) {
      const printed = inspect(error);
      expect(printed).toContain(`${error.name}: ${error.message}`);
      expect(printed).not.toMatch(/retryable|problems:|code:/);
    }
  });
});
