/** Node programs in TypeScript, as ES and CommonJS modules: compiled by tsc, and run. */
import { beforeAll, describe, expect, test } from "vitest";
import { expectIdentity } from "./identity.ts";
import { type Environment, run } from "./process.ts";
import { freshProject, MAIN, tool } from "./project.ts";

/** Compiles a program with our declarations checked, too. */
async function compile(format: string, packages?: string[]): Promise<string> {
  const cwd = await freshProject(["node", format], packages);
  await run([tool("tsc"), "--project", "tsconfig.json"], cwd);
  return cwd;
}

const program = (cwd: string, env?: Environment) => run([process.execPath, "dist/main.js"], cwd, env);

describe.each(["node-esm", "node-cjs"])("%s", (format) => {
  let complete: string;
  let lacking: string;
  beforeAll(async () => {
    complete = await compile(format);
    lacking = await compile(format, [MAIN]);
  });

  test.each([
    ["the native part by itself", {}, "native"],
    ["the native part on request", { PITHY_IMAGE_BACKEND: "native" }, "native"],
    ["WebAssembly on request", { PITHY_IMAGE_BACKEND: "wasm" }, "wasm"],
  ] as const)("runs with %s, silently", async (_, env, backend) => {
    const { stdout, stderr } = await program(complete, env);
    expectIdentity(JSON.parse(stdout), backend);
    expect(stderr).toBe("");
  });

  test("runs with WebAssembly where the native part is missing, and says once that it is slower", async () => {
    const { stdout, stderr } = await program(lacking);
    expectIdentity(JSON.parse(stdout), "wasm");
    expect(stderr.match(/slower/g)).toHaveLength(1);
  });

  test("does not run where the native part is asked for and missing", async () => {
    await expect(program(lacking, { PITHY_IMAGE_BACKEND: "native" })).rejects.toThrow(/linux-x64/);
  });

  test("has types for the strictest of programs", async () => {
    await run([tool("tsc"), "--project", "tsconfig.strict.json"], complete);
  });

  test("has types for bundlers, without those of Node", async () => {
    await run([tool("tsc"), "--project", "tsconfig.bundler.json"], complete);
  });
});
