/** Programs of the kinds that are in public use, in our own words: only what they import has changed. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { modules, node, run, TOP, tool, write } from "./helpers.ts";

const FILES = {
  "package.json": '{ "type": "module" }',
  "daytona/execution.sh": "#!/bin/sh\n",
  "daytona/agent-runner.py": "print(1)\n",
  "daytona/requirements.txt": "httpx\n",
};

/** An application's module for its image, with the paths that it finds its files by. */
const image = (requirements: string) => `
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Image } from "pithy-image/daytonaio-sdk";

const here = path.dirname(fileURLToPath(import.meta.url));

let cached: Image | null = null;

export function buildPithyJauntImage(): Image {
  const local = (name: string) => path.resolve(here, "../../daytona", name);
  let image: Image = Image.debianSlim("3.12")
    .runCommands("apt-get update && apt-get install -y git curl jq", ["git", "config", "--global", "init.defaultBranch", "main"])
    .addLocalFile(local("requirements.txt"), "/app/requirements.txt");
  image = image.${requirements};
  for (const name of ["execution.sh", "agent-runner.py"]) image = image.addLocalFile(local(name), "/app/");
  cached = image
    .runCommands("chmod +x /app/execution.sh")
    .env({ PYTHONUNBUFFERED: "1" })
    .workdir("/app")
    .cmd(["/bin/bash", "/app/execution.sh"]);
  return cached;
}

const built = buildPithyJauntImage();
console.log(built.dockerfile);
for (const { sourcePath, archivePath } of built.contextList) console.log(sourcePath.endsWith(archivePath), archivePath);
`;

const jiti = join(TOP, "node_modules/jiti/lib/jiti-cli.mjs");

/** Runs the module from the application's own directory. */
const runImage = (requirements: string) => {
  const cwd = modules({ ...FILES, "lib/daytona/image.ts": image(requirements) });
  return node([jiti, "lib/daytona/image.ts"], { cwd });
};

test("an application's image says what to change, and nothing else", async () => {
  const { code, stderr } = await runImage('pipInstallFromRequirements("/app/requirements.txt")');
  expect(code).toBe(1);
  expect(stderr).toContain("A problem in the image");
  expect(stderr).toMatch(/lib\/daytona\/image\.ts:15:\d+ pipInstallFromRequirements\.source/);
  expect(stderr).toContain("For a file in the image, pass `inImage: true`.");
});

test("an application's image is built once that is changed", async () => {
  const { code, stdout } = await runImage('pipInstallFromRequirements("/app/requirements.txt", { inImage: true })');
  expect(code).toBe(0);
  const lines = stdout.split("\n");
  expect(lines).toContain("RUN apt-get update && apt-get install -y git curl jq");
  expect(lines).toContain("RUN python -m pip install --no-cache-dir -r /app/requirements.txt");
  expect(lines.filter((line) => line.startsWith("COPY")).map((line) => line.replace(/[0-9a-f]{32}/, "…"))).toEqual([
    'COPY ["ctx/…/requirements.txt", "/app/requirements.txt"]',
    'COPY ["ctx/…/execution.sh", "/app/execution.sh"]',
    'COPY ["ctx/…/agent-runner.py", "/app/agent-runner.py"]',
  ]);
  expect(lines.filter((line) => line.startsWith("true ctx/"))).toHaveLength(3);
});

test("an application's image compiles as it is", async () => {
  const cwd = modules({
    ...FILES,
    "lib/daytona/image.ts": image('pipInstallFromRequirements("/app/requirements.txt")'),
  });
  const compilerOptions = {
    ...{ target: "es2022", module: "nodenext", strict: true, skipLibCheck: true, types: ["node"] },
    ...{ declaration: true, isolatedDeclarations: true, noEmit: true },
  };
  write(cwd, { "tsconfig.json": JSON.stringify({ compilerOptions, include: ["lib"] }) });
  const outcome = await run(tool("tsc"), ["--project", cwd]);
  expect(outcome).toEqual({ code: 0, stdout: "", stderr: "" });
});

test("a module of a package in a monorepo reads files of its own package and of others", async () => {
  const files = {
    "package.json": '{ "type": "module", "workspaces": ["packages/*"] }',
    "packages/agent/package.json": '{ "type": "module" }',
    "packages/agent/run.sh": "#!/bin/sh\n",
    "packages/shared/a.py": "",
    "packages/agent/src/image.mjs": `import { join } from "node:path";
      import { Image } from "pithy-image/daytonaio-sdk";
      const here = import.meta.dirname;
      const image = Image.base("debian:12-slim")
        .addLocalFile(join(here, "../run.sh"), "/run.sh")
        .addLocalDir(join(here, "../../shared"), "/shared");
      console.log(image.dockerfile);`,
  };
  const home = modules(files);
  const runFrom = (cwd: string, env = {}) => node([join(home, "packages/agent/src/image.mjs")], { cwd, env });
  const fromTop = await runFrom(home);
  expect(fromTop).toMatchObject({ code: 0, stderr: "" });
  const fromPackage = await runFrom(join(home, "packages/agent"));
  expect(fromPackage.stderr).toContain(`\`${join(home, "packages")}\` contains it and the root: use it as the root`);
  const withRoot = await runFrom(join(home, "packages/agent"), { PITHY_IMAGE_ROOT: join(home, "packages") });
  expect(withRoot.stdout).toBe(fromTop.stdout);
});
