/**
 * Every example in the documentation of the package compiles against the built package and does what
 * it says. Those that need Daytona get the stand-in of `tests/daytona`; none is left out.
 *
 * An example becomes a module of its own. It finds the names of `prelude.ts`, and the files of `ROOT` below the root. The
 * comments after a statement say what comes of it: of an image, lines of its Dockerfile in their order; of any other
 * value, its text. `…` stands for anything in a line.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Lock, serializeLock } from "pithy-image";
import { type DaytonaFixture, startDaytona } from "pithy-image-tests-daytona";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { documented, type Example } from "./documentation.ts";
import { compile, moduleOf, type Result } from "./example-module.ts";
import { HERE, write } from "./helpers.ts";

/** The files that examples name. */
const ROOT = {
  "daytona/Dockerfile": "ARG NODE=20\nFROM node:$NODE-slim AS agent\nCOPY daytona /app\n",
  "daytona/agent-runner.py": "print('hello')\n",
  "daytona/execution.sh": "#!/bin/sh\nexec python /app/agent-runner.py\n",
  "pyproject.toml":
    '[project]\nname = "app"\ndependencies = ["httpx"]\n[project.optional-dependencies]\nplot = ["matplotlib"]\n[dependency-groups]\ndev = ["pytest"]\n',
  "requirements.txt": "flask\n",
  "src/main.py": "print('hello')\n",
  "web/package.json": "{}\n",
};

const all = documented();
const examples = all.flatMap(({ examples }) => examples);

describe("the documentation", () => {
  test("says something of every export and its members", () => {
    expect(all.length).toBeGreaterThan(80);
    expect(all.filter(({ description }) => !description).map(({ name, place }) => `${name} at ${place}`)).toEqual([]);
  });

  test("has an example for every call, and for every exported type its own or a link to a call's", () => {
    const shown = new Set(all.filter(({ examples }) => examples.length > 0).map(({ name }) => name));
    const isShown = ({ name, links }: (typeof all)[number]) => shown.has(name) || links.some((link) => shown.has(link));
    const needed = all.filter(({ name, runs }) => runs || !name.includes("."));
    expect(needed.length).toBeGreaterThan(60);
    const lacking = needed.filter((it) => (it.runs ? !shown.has(it.name) : !isShown(it)));
    expect(lacking.map(({ name, place }) => `${name} at ${place}`)).toEqual([]);
  });
});

describe("an example", () => {
  let directory: string;
  let root: string;
  let standIn: DaytonaFixture;
  let errors: Map<string, string[]>;

  beforeAll(async () => {
    root = write(mkdtempSync(join(tmpdir(), "pithy-image-examples-")), ROOT);
    directory = mkdtempSync(join(HERE, ".tmp-examples-"));
    write(directory, Object.fromEntries(examples.map(({ code }, i) => [file(i), moduleOf(code)])));
    standIn = await startDaytona();
    vi.stubEnv("PITHY_IMAGE_ROOT", root);
    vi.stubEnv("DAYTONA_API_KEY", standIn.config.apiKey);
    vi.stubEnv("DAYTONA_API_URL", standIn.config.apiUrl);
    vi.stubEnv("DAYTONA_TARGET", standIn.config.target);
    vi.spyOn(console, "log").mockImplementation(() => {});
    const { lock } = await import("./prelude.ts");
    write(directory, { "pithy-image.lock.json": serializeLock(lock) });
    errors = compile(examples.map((_, i) => join(directory, file(i))));
    await makeSnapshots(standIn, lock);
  });

  afterAll(async () => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
    for (const path of [directory, root]) rmSync(path, { recursive: true, force: true });
    await standIn.stop();
  });

  test.each(examples.map((example, i): [string, Example, number] => [example.name, example, i]))(
    "of %s",
    async (_name, { code }, i) => {
      const path = join(directory, file(i));
      expect(errors.get(path) ?? [], code).toEqual([]);
      const { results } = (await import(/* @vite-ignore */ pathToFileURL(path).href)) as { results: Result[] };
      for (const { value, lines } of results) expectLines(textOf(value), lines);
    },
  );
});

/** Has the snapshots of a lock there, as before a deployment. */
async function makeSnapshots({ api, config }: DaytonaFixture, { images }: Lock): Promise<void> {
  for (const { snapshotName: name } of Object.values(images)) {
    const body = JSON.stringify({ name, buildInfo: { dockerfileContent: "FROM debian:12-slim\n" } });
    await fetch(`${config.apiUrl}/snapshots`, {
      method: "POST",
      headers: { authorization: `Bearer ${config.apiKey}` },
      body,
    });
  }
  for (const snapshot of api.snapshots) snapshot.settle("active");
}

const file = (index: number): string => `example-${index}.ts`;

/** What a reader would be reported of a value. Of an image that is its Dockerfile, so that every example's image is resolved. */
function textOf(value: unknown): string {
  const image = value as { toDockerfile?: () => string } | undefined;
  return typeof image?.toDockerfile === "function" ? image.toDockerfile() : String(value);
}

/** Each line is one of the text's, in this order. */
function expectLines(text: string, lines: readonly string[]): void {
  const rest = text.split("\n");
  for (const line of lines) {
    const pattern = new RegExp(`^${line.split("…").map(escaped).join(".*")}$`);
    const at = rest.findIndex((candidate) => pattern.test(candidate));
    expect(at, `${line}\nis not in\n${text}`).toBeGreaterThanOrEqual(0);
    rest.splice(0, at + 1);
  }
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
