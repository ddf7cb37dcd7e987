/** The packages as npm delivers them: packed, installed in an empty project, and used there. */
import { cpSync, mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { node, type Outcome, run, TOP, tool, write } from "./helpers.ts";

const MAIN = "pithy-image";
const PLATFORM = `@pithy-image/${process.platform}-${process.arch}-gnu`;

let top: string;
/** A project with everything. */
let project: string;
/** A project that lacks the package of the platform. */
let lacking: string;

interface Packed {
  filename: string;
  files: { path: string }[];
}

const packed: Record<string, Packed> = {};

async function npm(args: string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await run("npm", args, { cwd });
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

/** Packs everything as it is published; returns the tarballs of the main package and of the platform's. */
async function pack(): Promise<string[]> {
  const { code, stdout, stderr } = await run(process.execPath, [join(TOP, "scripts/pack.mjs"), top], { cwd: TOP });
  if (code !== 0) throw new Error(stderr);
  for (const result of JSON.parse(stdout) as (Packed & { name: string })[]) packed[result.name] = result;
  return [MAIN, PLATFORM].map((name) => join(top, packed[name]?.filename ?? ""));
}

async function install(name: string, tarballs: string[]): Promise<string> {
  const cwd = write(join(top, name), { "package.json": '{"private":true}' });
  await npm(["install", "--prefer-offline", "--no-audit", "--no-fund", "--no-package-lock", ...tarballs], cwd);
  return cwd;
}

beforeAll(async () => {
  top = realpathSync(mkdtempSync(join(tmpdir(), "pithy-image-package-")));
  const tarballs = await pack();
  [project, lacking] = await Promise.all([install("project", tarballs), install("lacking", tarballs.slice(0, 1))]);
}, 60_000);

afterAll(() => rmSync(top, { recursive: true, force: true }));

const ok = ({ code, stdout, stderr }: Outcome): string => {
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
};

const script = (format: "module" | "commonjs", text: string, cwd = project) =>
  node([`--input-type=${format}`, "--eval", text], { cwd, env: { PITHY_IMAGE_BACKEND: undefined } });

describe("the tarballs", () => {
  test("hold the intended files only", () => {
    const names = (packed[MAIN]?.files ?? []).map(({ path }) =>
      // What several entries share is in files whose names are the bundler's.
      path
        .replace(/^(dist\/\w+\/)[\w-]+-[\w-]{8}\./, "$1SHARED.")
        .replace(/^(preview\/.*)-[\w-]{8}\./, "$1-HASH.")
        .replace(/(check|given-files|packed-tar)-[\w-]{8}-HASH/, "$1-HASH"),
    );
    expect([...new Set(names)].sort()).toEqual(
      [
        "bin/pithy-image.mjs",
        "demo/.env.example",
        "demo/daytona/Dockerfile",
        "demo/daytona/agent-runner.py",
        "demo/daytona/execution.sh",
        "demo/lib/daytona/declarative-image.ts",
        "demo/lib/daytona/sdk-client.ts",
        "demo/package.json",
        "demo/scripts/create-snapshot.ts",
        "demo/scripts/test-task-execution-local.sh",
        "demo/test-declarative-image.ts",
        "dist/browser/SHARED.mjs",
        "dist/browser/daytona-sdk.mjs",
        "dist/browser/daytona.mjs",
        "dist/browser/daytonaio-sdk.mjs",
        "dist/browser/index.mjs",
        "dist/browser/production.mjs",
        "dist/browser/worker.mjs",
        "dist/cli/main.mjs",
        "dist/edge/SHARED.mjs",
        "dist/edge/daytona-sdk.mjs",
        "dist/edge/daytona.mjs",
        "dist/edge/daytonaio-sdk.mjs",
        "dist/edge/index.mjs",
        "dist/edge/production.mjs",
        "dist/node/SHARED.cjs",
        "dist/node/SHARED.d.cts",
        "dist/node/SHARED.d.mts",
        "dist/node/SHARED.mjs",
        "dist/node/daytona-sdk.cjs",
        "dist/node/daytona-sdk.d.cts",
        "dist/node/daytona-sdk.d.mts",
        "dist/node/daytona-sdk.mjs",
        "dist/next/index.cjs",
        "dist/next/index.d.cts",
        "dist/next/index.d.mts",
        "dist/next/index.mjs",
        "dist/next/deployed-files.mjs",
        "dist/node/daytona.cjs",
        "dist/node/daytona.d.cts",
        "dist/node/daytona.d.mts",
        "dist/node/daytona.mjs",
        "dist/node/daytonaio-sdk.cjs",
        "dist/node/daytonaio-sdk.d.cts",
        "dist/node/daytonaio-sdk.d.mts",
        "dist/node/daytonaio-sdk.mjs",
        "dist/node/index.cjs",
        "dist/node/index.d.cts",
        "dist/node/index.d.mts",
        "dist/node/index.mjs",
        "dist/node/native.cjs",
        "dist/node/production.cjs",
        "dist/node/production.d.cts",
        "dist/node/production.d.mts",
        "dist/node/production.mjs",
        "dist/node/wasm.cjs",
        "dist/pithy-image.wasm",
        "dist/single-file.html",
        "package.json",
        "preview/assets/browser-HASH.js",
        "preview/assets/icon-HASH.svg",
        "preview/assets/index-HASH.css",
        "preview/assets/index-HASH.js",
        ...["check", "given-files", "packed-tar"].map((part) => `preview/assets/${part}-HASH.js`),
        "preview/assets/opened-as-file.js",
        "preview/assets/pithy-image-HASH.wasm",
        "preview/assets/preload-helper-HASH.js",
        "preview/assets/worker-HASH.js",
        "preview/index.html",
        "schema/pithy-image-1.schema.json",
        ...names.filter((name) => /^(README|LICENSE|CHANGELOG|THIRD-PARTY)[-A-Z]*(\.md)?$/.test(name)),
      ].sort(),
    );
    const preview = (packed["pithy-image-preview"]?.files ?? []).map(({ path }) => path);
    expect(preview).toContain("dist/index.mjs");
    expect(preview).not.toContain("dist/single-file.html"); // a part of the command line
    const platform = (packed[PLATFORM]?.files ?? []).map(({ path }) => path);
    expect(platform.filter((name) => !/^(README|LICENSE|THIRD-PARTY)/.test(name)).sort()).toEqual([
      "index.cjs",
      "package.json",
      "pithy-image.node",
    ]);
  });

  test("need what the command line needs alone, and run nothing when installed", () => {
    expect(
      readdirSync(join(project, "node_modules"))
        .filter((name) => !name.startsWith("."))
        .sort(),
    ).toEqual(["@pithy-image", "jiti", "pithy-image"]);
    const manifest = createRequire(join(project, "x.js"))("pithy-image/package.json") as Record<string, unknown>;
    expect(Object.keys(manifest.scripts ?? {}).filter((name) => /install|prepare/.test(name))).toEqual([]);
  });

  test("hold no path of the machine that built them", async () => {
    const { code, stdout } = await run(
      "grep",
      ["-rlaF", TOP, "node_modules/pithy-image", "node_modules/@pithy-image"],
      {
        cwd: project,
      },
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  });
});

const USE = `
const image = Image.base("debian:12").env({ A: "1" }).addFile("/a", "a");
const Bound = bindImage(class Sdk { static base() {} get dockerfile() {} get contextList() {} });
const { stdout } = process;
stdout.write(JSON.stringify([image.toDockerfile(), Bound.from(image).contextList.length, typeof buildPithyJauntImage, schema.title]));
`;

describe("an application", () => {
  const expected = ['FROM debian:12\nENV A="1"\nCOPY ["ctx/', 1, "function"];
  const check = (outcome: Outcome) => {
    const [dockerfile, contexts, kind] = JSON.parse(ok(outcome)) as [string, number, string];
    expect([dockerfile.slice(0, expected[0]?.toString().length), contexts, kind]).toEqual(expected);
  };

  test("imports it as ES modules", async () => {
    check(
      await script(
        "module",
        `import { buildPithyJauntImage, Image } from "pithy-image";
         import { bindImage } from "pithy-image/daytona";
         import { createRequire } from "node:module";
         const schema = createRequire(import.meta.url)("pithy-image/schema.json");
         ${USE}`,
      ),
    );
  });

  test("requires it as CommonJS modules", async () => {
    check(
      await script(
        "commonjs",
        `const { buildPithyJauntImage, Image } = require("pithy-image");
         const { bindImage } = require("pithy-image/daytona");
         const schema = require("pithy-image/schema.json");
         ${USE}`,
      ),
    );
  });

  test("gets the same names from both formats", async () => {
    const names = async (entry: string) => {
      const text = `import { createRequire } from "node:module";
        const esm = Object.keys(await import("${entry}")).sort();
        const cjs = Object.keys(createRequire(import.meta.url)("${entry}")).sort();
        console.log(JSON.stringify({ esm, cjs }));`;
      return JSON.parse(ok(await script("module", text))) as { esm: string[]; cjs: string[] };
    };
    for (const entry of ["pithy-image", "pithy-image/daytona", "pithy-image/next"]) {
      const { esm, cjs } = await names(entry);
      expect(esm.filter((name) => name !== "default" && name !== "module.exports")).toEqual(cjs);
      expect(cjs.length).toBeGreaterThan(0);
    }
  });

  test("cannot reach what is inside", async () => {
    const outcome = await script("module", 'await import("pithy-image/dist/node/native.cjs");');
    expect(outcome.stderr).toContain("ERR_PACKAGE_PATH_NOT_EXPORTED");
  });

  test("runs the command line", async () => {
    const cwd = write(join(project, "cli"), {
      "daytona/image.ts": 'import { Image } from "pithy-image";\nexport default Image.base("a:1") as Image;\n',
    });
    expect(ok(await run(join(project, "node_modules/.bin/pithy-image"), ["show"], { cwd }))).toMatch(/^FROM a:1\n/);
    expect(ok(await run(join(project, "node_modules/.bin/pithy-image"), ["show", "--demo"], { cwd }))).toMatch(
      /^FROM python:3\.12/,
    );
  });
});

describe("the native part", () => {
  const LOADED =
    'const loaded = () => process.report.getReport().sharedObjects.some((path) => path.endsWith(".node"));';

  test.each(["module", "commonjs"] as const)("is loaded at the first use, not at the import (%s)", async (format) => {
    const imports =
      format === "module"
        ? 'import { Image, captureCallSites } from "pithy-image"; import { bindImage } from "pithy-image/daytona";'
        : 'const { Image, captureCallSites } = require("pithy-image"); const { bindImage } = require("pithy-image/daytona");';
    const text = `${imports} ${LOADED}
      captureCallSites(true);
      const image = bindImage(class { static base() {} get dockerfile() {} get contextList() {} }).base("a:1").aptInstall("git");
      const steps = Image.from(image).toJSON().steps.length;
      const before = loaded();
      image.toDockerfile();
      console.log(JSON.stringify([steps, before, loaded()]));`;
    expect(JSON.parse(ok(await script(format, text)))).toEqual([2, false, true]);
  });

  test("up to the first Dockerfile, no part of Node is loaded that takes long", async () => {
    const text = `const before = new Set(process.moduleLoadList);
      process.report.getReport = () => { throw new Error("it takes as long as all the rest"); };
      const { Image } = await import("pithy-image");
      Image.base("a:1").addFile("/etc/motd", "hi").toDockerfile();
      console.log(JSON.stringify(process.moduleLoadList.filter((name) => !before.has(name))));`;
    const loaded = JSON.parse(ok(await script("module", text))) as string[];
    expect(loaded).toContain("NativeModule os");
    const slow = /NativeModule (crypto|fs\/promises|internal\/fs\/streams|stream|worker_threads|child_process)$/;
    expect(loaded.filter((name) => slow.test(name))).toEqual([]);
  });

  test("if it is missing, WebAssembly gives the same image, and it is said once why and what to do", async () => {
    const text = `import { backend, Image } from "pithy-image";
      const image = Image.base("a:1").addLocalFile("run.sh", "/run.sh");
      const digests = [(await image.resolve()).imageDigest, image.resolveSync().imageDigest];
      console.log(JSON.stringify({ backend: backend(), digests }));`;
    for (const cwd of [project, lacking]) write(cwd, { "run.sh": "#!/bin/sh\n" });
    const native = JSON.parse(ok(await script("module", text, project)));
    expect(native.backend).toBe("native");
    const { code, stdout, stderr } = await script("module", text, lacking);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ ...native, backend: "wasm" });
    expect(stderr.match(/pithy-image has no native addon/g)).toHaveLength(1);
    expect(stderr).toContain(`${process.platform}-${process.arch}`);
    expect(stderr).toContain(`@pithy-image/${process.platform}-${process.arch}-gnu`);
    expect(stderr).toContain("--omit=optional");
    expect(stderr).toContain("Using WebAssembly instead: slower, with identical results.");
  });

  test("if there is no WebAssembly and it is asked for, the error says that, and not that the package is bundled", async () => {
    const text = `import { Image } from "pithy-image"; Image.base("a:1").toDockerfile();`;
    const main = (cwd: string) => join(cwd, "node_modules/pithy-image/dist/pithy-image.wasm");
    for (const [cwd, why] of [
      [project, "To use the addon, unset `PITHY_IMAGE_BACKEND`."],
      [lacking, "without `--native`"],
    ] as const) {
      const copied = join(top, "native-only");
      cpSync(cwd, copied, { recursive: true });
      rmSync(main(copied));
      const env = { PITHY_IMAGE_BACKEND: cwd === project ? "wasm" : undefined };
      const { code, stderr } = await node(["--input-type=module", "--eval", text], { cwd: copied, env });
      rmSync(copied, { recursive: true });
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/pithy-image has no WebAssembly module:\n {2}.*pithy-image\.wasm/);
      expect(stderr).toContain(why);
      expect(stderr).not.toContain("bundle");
      if (cwd === lacking) expect(stderr).toContain("pithy-image has no native addon");
    }
  });

  test("if it is missing and asked for, the error says what to do", async () => {
    const text = `import { Image } from "pithy-image"; Image.base("a:1").toDockerfile();`;
    const { code, stderr } = await node(["--input-type=module", "--eval", text], {
      cwd: lacking,
      env: { PITHY_IMAGE_BACKEND: "native" },
    });
    expect(code).not.toBe(0);
    expect(stderr).toContain("pithy-image has no native addon");
    expect(stderr).toContain("--omit=optional");
  });
});

describe("TypeScript", () => {
  const CONSUMER = `
    import { buildPithyJauntImage, Image, PithyImageError, type Definition, type ResolvedImage } from "pithy-image";
    import { bindImage, type BoundImage } from "pithy-image/daytona";
    declare class Sdk { private constructor(); static base(image: string): Sdk; get dockerfile(): string }
    export const image: Image = Image.debianSlim("3.12").aptInstall(["git"]);
    export const definition: Definition = buildPithyJauntImage().toJSON();
    export const bound: BoundImage<Sdk> = bindImage(Sdk).from(image).env({ A: "1" });
    export const sdk: Sdk = bound;
    export const resolve = async (signal: AbortSignal): Promise<ResolvedImage> => image.resolve({ signal });
    export const code = (error: unknown) => (error instanceof PithyImageError ? error.problems[0]?.code : undefined);
    // @ts-expect-error a number
    image.workdir(5);
  `;

  const dom = { lib: ["ES2022", "DOM"], types: [] };
  const node = { lib: ["ES2022"], types: ["node"], typeRoots: [join(TOP, "node_modules/@types")] };
  test.each([
    ["bundler", ["index.ts"], { module: "esnext", moduleResolution: "bundler", ...dom, skipLibCheck: true }],
    [
      "node16, in ES and CommonJS modules",
      ["a.mts", "b.cts"],
      { module: "node16", moduleResolution: "node16", ...dom },
    ],
    ["nodenext, with the types of Node and not the DOM", ["index.ts"], { module: "nodenext", ...node }],
  ])("compiles with moduleResolution %s", async (name, files, options) => {
    const cwd = write(join(project, `ts-${name.replaceAll(/\W/g, "-")}`), {
      ...Object.fromEntries(files.map((file) => [file, CONSUMER])),
      "package.json": "{}",
      "tsconfig.json": JSON.stringify({
        compilerOptions: { target: "es2022", strict: true, noEmit: true, ...options },
        files,
      }),
    });
    expect(await run(tool("tsc"), ["--project", cwd], { cwd })).toEqual({ code: 0, stdout: "", stderr: "" });
  });
});
