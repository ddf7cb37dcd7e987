/**
 * Programs as applications have them, run to their end: they do what they say, and their processes end by themselves.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { daytona } from "./calls.ts";
import { startDaytona } from "./fixture.ts";
import { Gate } from "./gate.ts";
import { run, runNode } from "./run.ts";
import { SDKS, type Sdk } from "./sdks.ts";

const directory = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const TOP = directory("../..");
const EXAMPLE = join(TOP, "examples/pithy-jaunt");

/** Arguments for Node that run a text as a program, which finds the packages that are installed here. */
function program({ alias, format }: Pick<Sdk, "alias" | "format">, imports: Record<string, string>, body: string) {
  const lines = Object.entries(imports).map(([module, names]) => {
    const name = module === "sdk" ? alias : module;
    if (format === "esm") return `import { ${names} } from "${name}";`;
    return `const { ${names.replaceAll(" as ", ": ")} } = require("${name}");`;
  });
  const main = format === "esm" ? body : `(async () => {\n${body}\n})();`;
  return [`--input-type=${format === "esm" ? "module" : "commonjs"}`, "--eval", `${lines.join("\n")}\n${main}`];
}

const IMPORTS = {
  sdk: "Daytona, Image as SdkImage",
  "pithy-image": "buildPithyJauntImage as build",
  "pithy-image/daytona": "bindImage, createPithyJauntSnapshot",
};

/** Local testing of an image: it is read when the SDK asks for it, and the client is closed. */
const LOCAL_TESTING = `
const Image = bindImage(SdkImage);
const buildPithyJauntImage = () => Image.from(build());

const daytona = new Daytona({
  apiKey: process.env.DAYTONA_API_KEY,
  apiUrl: process.env.DAYTONA_API_URL,
});

const image = buildPithyJauntImage();
const sandbox = await daytona.create(
  { image, envVars: { TARGET_REPO: "https://github.com/owner/repo", TASK_ID: "test-123" } },
  { onSnapshotCreateLogs: console.log },
);
console.log("Workspace created:", sandbox.id);
await daytona[Symbol.asyncDispose]?.(); // 0.115 has nothing to close
`;

/** A snapshot made once, and a sandbox from it: the client opens no connection that would have to be closed. */
const SNAPSHOT = `
const daytona = new Daytona({
  apiKey: process.env.DAYTONA_API_KEY,
  apiUrl: process.env.DAYTONA_API_URL,
  useDeprecatedPolling: true,
});

await createPithyJauntSnapshot(daytona, "pithy-jaunt-dev", { onLogs: console.log });
const sandbox = await daytona.create({ snapshot: "pithy-jaunt-dev" });
console.log("Workspace created:", sandbox.id);
`;

/** A mistake in the image, which nobody catches. */
const MISTAKE = `
const daytona = new Daytona();
try {
  await daytona.create({ image: bindImage(SdkImage).base("debian:12").addLocalFile("missing.sh", "/app/") });
} finally {
  await daytona[Symbol.asyncDispose]?.();
}
`;

describe.concurrent.each(SDKS)("$name", (sdk) => {
  const env = { PITHY_IMAGE_ROOT: EXAMPLE };

  test("a program that tests an image locally prints the log, and ends", async ({ onTestFinished }) => {
    const fixture = await daytona(onTestFinished);

    const outcome = await runNode(fixture, program(sdk, IMPORTS, LOCAL_TESTING), { env });

    expect(outcome).toMatchObject({ code: 0, stderr: expect.not.stringContaining("PithyImage") });
    expect(fixture.api.sandboxes).toMatchObject([{ state: "started", request: { env: { TASK_ID: "test-123" } } }]);
    const created = `Workspace created: ${fixture.api.sandboxes[0]?.id}`;
    expect(outcome.stdout).toMatch(new RegExp(`#1 FROM python:3\\.12.*Successfully built.*${created}`, "s"));
  });

  test("a program that makes a snapshot and starts a sandbox from it ends", async ({ onTestFinished }) => {
    const fixture = await daytona(onTestFinished);

    const outcome = await runNode(fixture, program(sdk, IMPORTS, SNAPSHOT), { env });

    expect(outcome).toMatchObject({ code: 0, stderr: expect.not.stringContaining("PithyImage") });
    expect(fixture.api.snapshots).toMatchObject([{ name: "pithy-jaunt-dev", state: "active" }]);
    expect(fixture.api.sandboxes).toMatchObject([{ state: "started", request: { snapshot: "pithy-jaunt-dev" } }]);
    expect(outcome.stdout).toMatch(/Successfully built.*Workspace created: /s);
  });

  test("a program with a mistake in its image ends with the mistake", async ({ onTestFinished }) => {
    const fixture = await daytona(onTestFinished);

    const outcome = await runNode(fixture, program(sdk, IMPORTS, MISTAKE), { env });

    expect(outcome).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("PithyImageError: A problem in the image"),
    });
    expect(outcome.stderr).toContain(`\`missing.sh\` does not exist below the root \`${EXAMPLE}\``);
    expect(fixture.api.sandboxes).toEqual([]);
  });
});

describe.concurrent("a process whose call failed", () => {
  /** A program that ends a call once it has created a sandbox, and then does something. */
  const failing = async (afterwards: string, finished: Parameters<typeof daytona>[0]) => {
    const fixture = await daytona(finished);
    const gate = new Gate();
    finished(gate.open);
    const body = `
      const { Image } = await import("pithy-image");
      const stop = new AbortController();
      const onCreated = () => stop.abort();
      const image = Image.base("debian:12-slim");
      const error = await createSandbox({ image, ttlMinutes: 30, onCreated, signal: stop.signal }).catch((error) => error);
      console.log(error.code);
      ${afterwards}`;
    return { ...fixture, gate, end: () => run(fixture, { sdk: SDKS[2] as Sdk, body }) };
  };

  test("ends by itself once it has deleted what it created", async ({ onTestFinished }) => {
    const { api, end } = await failing("", onTestFinished);
    api.fail({ answer: { method: "DELETE", path: "/sandbox", status: 409, times: 5 } });

    expect(await end()).toMatchObject({ code: 0, stdout: "aborted\n" });

    api.time.pass(api.pace.remove);
    expect(api.sandboxes).toMatchObject([{ gone: true }]);
    expect(api.requests.filter(({ method }) => method === "DELETE").length).toBeGreaterThan(5);
  });

  test("ends at once where the application says so", async ({ onTestFinished }) => {
    const { api, gate, end } = await failing("process.exit(7);", onTestFinished);
    api.fail({ answer: { method: "DELETE", path: "/sandbox", until: gate.until } });

    expect(await end()).toMatchObject({ code: 7, stdout: "aborted\n" });

    expect(api.sandboxes).toMatchObject([{ gone: false }]);
  });
});

describe.concurrent("what users are shown", () => {
  test.each(["daytonaio-sdk", "daytona-sdk"] as const)(
    "the README's first program makes a sandbox, deletes it, and ends, with `pithy-image/%s`",
    async (sdk) => {
      const fixture = await startDaytona();
      const readme = await readFile(join(TOP, "README.md"), "utf8");
      const snippet = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? "";
      const text = snippet.replaceAll("pithy-image/daytonaio-sdk", `pithy-image/${sdk}`);
      const env = { PITHY_IMAGE_ROOT: EXAMPLE };

      const outcome = await runNode(fixture, ["--input-type=module", "--eval", text], { env }).finally(fixture.stop);

      const [sandbox] = fixture.api.sandboxes;
      expect(sandbox).toMatchObject({
        state: expect.stringMatching(/^destroy/),
        dockerfileContent: expect.stringMatching(/^FROM /),
      });
      expect(outcome).toMatchObject({ code: 0, stdout: expect.stringContaining(sandbox?.dockerfileContent ?? "") });
    },
  );

  test("the example `pithy-jaunt` makes a sandbox, deletes it, and ends", async ({ onTestFinished }) => {
    const fixture = await daytona(onTestFinished);
    const jiti = join(TOP, "node_modules/jiti/lib/jiti-cli.mjs");

    const outcome = await runNode(fixture, [jiti, "test-declarative-image.ts"], { cwd: EXAMPLE });

    expect(outcome).toMatchObject({ code: 0, stdout: expect.stringContaining("Successfully built") });
    expect(outcome.stdout).toContain(`Sandbox created: ${fixture.api.sandboxes[0]?.id}`);
    expect(fixture.api.sandboxes).toMatchObject([{ state: expect.stringMatching(/^destroy/) }]);
  });
});
