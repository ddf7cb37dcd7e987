/** What `pithy-image init` writes, run as it is: the script as its first line says, the client as an application uses it. */
import { mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, type TestContext, test } from "vitest";
import { activeSnapshot, daytona } from "./calls.ts";
import { runNode } from "./run.ts";

const TOP = fileURLToPath(new URL("../..", import.meta.url));
const CLI = join(TOP, "npm/pithy-image/bin/pithy-image.mjs");
const JITI = join(TOP, "node_modules/jiti/lib/jiti-cli.mjs");

const SCRIPT = "scripts/test-daytona-image.ts";

type OnTestFinished = TestContext["onTestFinished"];

/** An application that `init` has written into, with a lock; it finds the packages of this workspace, but not its settings. */
async function application(onTestFinished: OnTestFinished, files: Readonly<Record<string, string>> = {}) {
  const fixture = await daytona(onTestFinished);
  const cwd = await realpath(await mkdtemp(join(tmpdir(), "pithy-image-init-")));
  onTestFinished(() => rm(cwd, { recursive: true }));
  await symlink(join(TOP, "node_modules"), join(cwd, "node_modules"));
  for (const [name, text] of Object.entries(files)) await writeFile(join(cwd, name), text);
  const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => runNode(fixture, args, { cwd, env });
  await run([CLI, "init"]);
  await run([CLI, "lock"]);
  return { ...fixture, cwd, run };
}

describe.concurrent("the script", () => {
  test.for<[string, Record<string, string>]>([
    ["a bundler", {}],
    ["Node", { "package.json": '{"type":"module"}', "tsconfig.json": '{"compilerOptions":{"module":"nodenext"}}' }],
  ])("builds the image, runs a command in a sandbox of it, and deletes it, for %s", async ([, files], context) => {
    const app = await application(context.onTestFinished, files);
    const [, script = ""] = /^\/\/ {3}npx jiti (.*)$/m.exec(await readFile(join(app.cwd, SCRIPT), "utf8")) ?? [];

    const ended = await app.run([JITI, script]);

    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining("Successfully built"), stderr: "" });
    expect(app.api.toolbox).toMatchObject([{ kind: "command" }]);
    expect(app.api.sandboxes).toMatchObject([{ state: expect.stringMatching(/^destroy/) }]);
  });

  test("finds the account in `.env.local`", async ({ onTestFinished }) => {
    const app = await application(onTestFinished);
    const { apiUrl, apiKey } = app.config;
    await writeFile(join(app.cwd, ".env.local"), `DAYTONA_API_URL=${apiUrl}\nDAYTONA_API_KEY=${apiKey}\n`);
    const nothing = { DAYTONA_API_URL: undefined, DAYTONA_API_KEY: undefined };

    expect(await app.run([JITI, SCRIPT], nothing)).toMatchObject({ code: 0 });
    expect(app.api.sandboxes).toMatchObject([{ state: expect.stringMatching(/^destroy/) }]);
  });
});

describe.concurrent("the client", () => {
  const PROGRAM = `import { startSandbox } from "./lib/daytona";
    console.log((await startSandbox({ TASK_ID: "7" })).state);`;
  const start = async (app: Awaited<ReturnType<typeof application>>, env: Readonly<Record<string, string>>) => {
    await writeFile(join(app.cwd, "start.ts"), PROGRAM);
    return app.run([JITI, "start.ts"], { DAYTONA_USE_DEPRECATED_POLLING: "true", ...env });
  };
  const COMMON = { state: "started", request: { env: { TASK_ID: "7" } } };

  test("takes the image itself in development", async ({ onTestFinished }) => {
    const app = await application(onTestFinished);
    expect(await start(app, {})).toMatchObject({ stdout: expect.stringMatching(/Successfully built.*started/s) });
    expect(app.api.sandboxes).toMatchObject([{ ...COMMON, dockerfileContent: expect.stringMatching(/^FROM /) }]);
  });

  test("takes the lock's snapshot in production", async ({ onTestFinished }) => {
    const app = await application(onTestFinished);
    await app.run([CLI, "snapshot", "ensure"]);
    expect(await start(app, { NODE_ENV: "production" })).toEqual({ code: 0, stdout: "started\n", stderr: "" });
    expect(app.api.sandboxes).toMatchObject([{ ...COMMON, request: { snapshot: app.api.snapshots[0]?.name } }]);
  });

  test("takes the snapshot of the environment in production where that of the lock is not there", async ({
    onTestFinished,
  }) => {
    const app = await application(onTestFinished);
    await activeSnapshot(app.api, "by-hand");
    const env = { NODE_ENV: "production", DAYTONA_SNAPSHOT_NAME: "by-hand" };
    expect(await start(app, env)).toEqual({ code: 0, stdout: "started\n", stderr: "" });
    expect(app.api.sandboxes).toMatchObject([{ ...COMMON, request: { snapshot: "by-hand" } }]);
  });

  test("takes a snapshot by its name without declarative images", async ({ onTestFinished }) => {
    const app = await application(onTestFinished);
    await activeSnapshot(app.api, "by-hand");
    const env = { DAYTONA_USE_DECLARATIVE_IMAGE: "false", DAYTONA_SNAPSHOT_NAME: "by-hand" };
    expect(await start(app, env)).toEqual({ code: 0, stdout: "started\n", stderr: "" });
    expect(app.api.sandboxes).toMatchObject([{ ...COMMON, request: { snapshot: "by-hand" } }]);
  });
});
