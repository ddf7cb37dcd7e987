/** The Pithy Jaunt application, as its README says, against the stand-in: from a form to a pushed branch. */
import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { clientEnv, type DaytonaFixture, startDaytona } from "pithy-image-tests-daytona";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from "vitest";
import { newPage, startChromium } from "../chromium.ts";
import { sampled } from "../sample.ts";
import { repository, sandboxShell, startModel, startProxy } from "./pithy-jaunt.ts";
import { run, serve } from "./process.ts";
import { EXAMPLES, freshExample, tool } from "./project.ts";

interface Variant {
  readonly name: string;
  /** The project whose packages it has. */
  readonly packages: string;
  readonly bundler: readonly string[];
}

const VARIANTS: readonly Variant[] = [
  { name: "Next.js 16, Turbopack, the newest SDK", packages: "pithy-jaunt", bundler: ["--turbopack"] },
  { name: "Next.js 16, webpack, the newest SDK", packages: "pithy-jaunt", bundler: ["--webpack"] },
  { name: "Next.js 15, SDK 0.115", packages: "pithy-jaunt-15", bundler: [] },
];

const TASK = 'Correct "Helo" in $README; $(touch /tmp/no)';

let browser: Browser;
beforeAll(async () => {
  browser = await startChromium();
});
afterAll(() => browser?.close());

/** A Daytona whose sandboxes hold the scripts, a repository, and a model that waits to be let. */
async function surroundings() {
  const daytona = await startDaytona();
  onTestFinished(daytona.stop);
  const directory = join(inject("scratch"), `around-${Math.random().toString(36).slice(2)}`);
  const scripts = ["execution.sh", "agent-runner.py"].map((name) => [
    `app/${name}`,
    join(EXAMPLES, "pithy-jaunt/daytona", name),
  ]);
  mkdirSync(join(directory, "layer"), { recursive: true });
  daytona.api.shells.shell = sandboxShell(directory, Object.fromEntries(scripts), PYTHON);
  const model = await startModel({ path: "README.md", content: "Hello\n" });
  onTestFinished(model.stop);
  const env = {
    ...environment(daytona),
    OPENAI_BASE_URL: model.url,
    OPENAI_API_KEY: "sk-secret",
    AGENT_MODEL: "a-model",
  };
  return { daytona, model, env, origin: repository(join(directory, "origin.git")) };
}

const environment = (daytona: DaytonaFixture): Record<string, string> =>
  Object.fromEntries(Object.entries(clientEnv(daytona)).filter((entry): entry is [string, string] => !!entry[1]));

/** The Python that has the clients of OpenAI and Anthropic. */
const PYTHON = `export PATH="${fileURLToPath(new URL("../../target/tools/agent/bin", import.meta.url))}:$PATH"`;

/** Fills in the form; returns the page of the task. */
async function startTask(page: Page, url: string, origin: string): Promise<void> {
  await page.goto(url);
  await page.getByLabel("Repository").fill(origin);
  await page.getByLabel("Task").fill(TASK);
  await page.getByRole("button", { name: "Start" }).click();
  await page.waitForURL(/\/tasks\//);
}

const state = (page: Page, text: RegExp) => page.locator("output", { hasText: text }).waitFor();

async function open(): Promise<Page> {
  const page = await newPage(browser);
  onTestFinished(() => page.context().close());
  return page;
}

test("its own code for Daytona is short", () => {
  const files = [
    "lib/daytona/declarative-image.ts",
    "lib/daytona/sdk-client.ts",
    "test-declarative-image.ts",
    "scripts/create-snapshot.ts",
  ];
  const lines = files.flatMap((file) =>
    readFileSync(join(EXAMPLES, "pithy-jaunt", file), "utf8")
      .trimEnd()
      .split("\n"),
  );
  expect(lines.length).toBeLessThanOrEqual(120);
});

describe.each(sampled("pithy-jaunt", VARIANTS, 1 / 3))("with $name", ({ packages, bundler }) => {
  let cwd: string;
  beforeAll(async () => {
    cwd = await freshExample("pithy-jaunt", packages);
  });

  test("in development: a task builds the image as it is now, and its log is live", async () => {
    const { daytona, model, env, origin } = await surroundings();
    const server = await serve(
      (port) => [tool("next"), "dev", ...bundler, "--hostname", "127.0.0.1", "--port", port],
      cwd,
      env,
    );
    onTestFinished(() => server.stop());
    const page = await open();

    await startTask(page, server.url, origin.url);
    await state(page, /working/);
    await page.getByText("Successfully built").waitFor();
    expect(daytona.api.sandboxes).toMatchObject([{ dockerfileContent: expect.stringContaining("/app/execution.sh") }]);
    model.open();

    await state(page, /succeeded/);
    expect(origin.git("show", `pithy-jaunt/${page.url().split("/").at(-1)}:README.md`)).toBe("Hello\n");
    expect(await page.locator("pre").textContent()).not.toContain("sk-secret");
    expect(model.asked.join()).toContain(JSON.stringify(TASK).slice(1, -1));
    expect(existsSync("/tmp/no")).toBe(false);
    expect(daytona.api.sandboxes).toMatchObject([{ state: expect.stringMatching(/^destroy/) }]);
  });

  describe("built, and moved to another directory", () => {
    let moved: string;
    beforeAll(async () => {
      await run([tool("next"), "build", ...bundler], cwd);
      moved = `${cwd}-moved`;
      renameSync(join(cwd, ".next/standalone"), moved);
      cpSync(join(cwd, ".next/static"), join(moved, ".next/static"), { recursive: true });
    });

    const start = async (env: Record<string, string>) => {
      const server = await serve(() => [process.execPath, "server.js"], moved, env);
      onTestFinished(() => server.stop());
      return server;
    };

    test("a task starts from the lock's snapshot, and its log continues after lost connections", async () => {
      const { daytona, model, env, origin } = await surroundings();
      await run([tool("pithy-image"), "snapshot", "ensure"], cwd, env);
      const server = await start(env);
      const proxy = await startProxy(server.url);
      onTestFinished(proxy.stop);
      const page = await open();

      await startTask(page, proxy.url, origin.url);
      await page.getByText("Running the agent").waitFor();
      proxy.cut();
      model.open();

      await state(page, /succeeded/);
      const { snapshots, sandboxes } = daytona.api;
      expect(sandboxes).toMatchObject([{ request: { snapshot: snapshots[0]?.name, labels: { app: "pithy-jaunt" } } }]);
      const log = await events(`${page.url().replace(proxy.url, server.url)}/events`);
      expect(log.map(({ id }) => id)).toEqual(log.map((_, index) => index + 1));
      const lines = log.filter(({ type }) => type !== "state").map(({ text }) => text);
      expect(await page.locator("pre").textContent()).toBe(lines.join(""));
      expect(await events(`${server.url}${new URL(page.url()).pathname}/events`, log.length - 2)).toEqual(
        log.slice(-2),
      );
    });

    test("without declarative images, a task starts from the named snapshot", async () => {
      const { daytona, model, env, origin } = await surroundings();
      model.open();
      await run([tool("jiti"), "scripts/create-snapshot.ts", "by-hand"], cwd, env);
      const server = await start({ ...env, DAYTONA_USE_DECLARATIVE_IMAGE: "false", DAYTONA_SNAPSHOT_NAME: "by-hand" });
      const page = await open();
      await startTask(page, server.url, origin.url);
      await state(page, /succeeded/);
      expect(daytona.api.sandboxes).toMatchObject([{ request: { snapshot: "by-hand" } }]);
    });

    test("the image's page has the files, and says whether production runs what the code says", async () => {
      const server = await start({});
      const page = await open();
      await page.goto(`${server.url}/image`);
      const verdict = page.getByRole("region", { name: "Changes since the baseline" });
      await verdict.getByText("unchanged", { exact: true }).waitFor();
      await page.getByText("/app/agent-runner.py", { exact: false }).first().waitFor();
      appendFileSync(join(moved, "daytona/execution.sh"), "# changed\n");
      await page.reload();
      await verdict.getByText(/^changed; \d+ of \d+ steps built again$/).waitFor();
      await page.getByText(/^Production still runs pithy-jaunt-/).waitFor();
    });

    test("what an edge says of the lock", async () => {
      const server = await start({});
      const { images } = JSON.parse(readFileSync(join(cwd, "pithy-image.lock.json"), "utf8"));
      const names = await (await fetch(`${server.url}/api/lock`)).json();
      expect(names).toEqual({ "pithy-jaunt": images["pithy-jaunt"].snapshotName });
    });

    test("a task that cannot start says why", async () => {
      const server = await start({});
      const page = await open();
      await startTask(page, server.url, "https://example.com/repository.git");
      await state(page, /failed/);
      await page.getByText("DAYTONA_API_KEY").waitFor();
    });
  });
});

/** The events of a task after one of them, to the end. */
async function events(url: string, after = 0): Promise<TaskEvent[]> {
  const text = await (await fetch(url, { headers: { "last-event-id": String(after) } })).text();
  return [...text.matchAll(/^id: (\d+)\ndata: (.*)$/gm)].map(([, id, data = ""]) => ({
    ...JSON.parse(data),
    id: Number(id),
  }));
}

interface TaskEvent {
  readonly id: number;
  readonly type: string;
  readonly text: string;
}
