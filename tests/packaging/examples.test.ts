/** Each example, away from this repository, with the packed packages: the commands of its README, and its types. */
import { cpSync, existsSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { clientEnv, startDaytona } from "pithy-image-tests-daytona";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { blocksOf, linesRun, type NotRun } from "../documents.ts";
import { run } from "./process.ts";
import { tool } from "./project.ts";

const TOP = fileURLToPath(new URL("../..", import.meta.url));

const NOT_RUN: NotRun = [[/^npm (?:run dev|start)\b/, "it serves until it is interrupted"]];

/** What is in the directory of an example that was used. */
const MADE = ["node_modules", ".next", "vendor"];

describe.each(readdirSync(join(TOP, "examples")))("the example %s", (name) => {
  let cwd: string;
  beforeAll(async () => {
    cwd = mkdtempSync(join(inject("scratch"), `${name}-`));
    cpSync(join(TOP, "examples", name), cwd, { recursive: true, filter: (path) => !MADE.includes(basename(path)) });
    const manifest = join(cwd, "package.json");
    if (!existsSync(manifest)) writeFileSync(manifest, JSON.stringify({ name, private: true }));
    await run([process.execPath, join(TOP, "scripts/vendor.mjs"), cwd], cwd);
    await run(["npm", "install", "--prefer-offline", "--no-audit", "--no-fund"], cwd);
  });

  test("has a README whose commands work, and leave no sandbox behind", async ({ onTestFinished }) => {
    const fixture = await startDaytona();
    onTestFinished(fixture.stop);
    const blocks = blocksOf(`examples/${name}/README.md`).filter(
      ({ language, notRun }) => language === "sh" && notRun === undefined,
    );
    const commands = blocks.map((block) => linesRun(block, NOT_RUN)).join("\n");
    expect(commands).toMatch(/npx pithy-image|npm run/);
    const env = Object.fromEntries(Object.entries(clientEnv(fixture)).filter(([key]) => key.startsWith("DAYTONA_")));
    await run(["bash", "-xeuo", "pipefail", "-c", commands], cwd, env as Record<string, string>);
    expect(fixture.api.sandboxes.filter(({ gone, state }) => !gone && !state.startsWith("destroy"))).toEqual([]);
  });

  test.runIf(existsSync(join(TOP, "examples", name, "tsconfig.json")))("compiles", async () => {
    await run([tool("tsc"), "--noEmit"], cwd);
  });
});
