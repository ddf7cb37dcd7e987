/**
 * Packages, installed for real: Debian's apt, pip, uv and npm do what their steps say, from the registries that this machine
 * reaches.
 */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { Image } from "pithy-image";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { type AptRepository, serveAptRepository } from "./apt-repository.ts";
import { BuildError, sent } from "./build.ts";
import { repacked } from "./context.ts";
import { importDebian } from "./debian.ts";
import { BUILDERS, type Builder, type BuildOutcome, DockerApi } from "./docker-api.ts";
import { type Locals, writeLocals } from "./file-tree.ts";

const api = new DockerApi(inject("socket"));
let debian: Image;
let repository: AptRepository;

beforeAll(async () => {
  debian = Image.base(await importDebian(api, "20.99"));
  repository = await serveAptRepository(mkdtempSync(join(process.env.PITHY_IMAGE_TEST_SCRATCH ?? "", "apt-")));
}, 600_000);

afterAll(() => repository?.stop());

/** Builds an image with packages of the registries. */
async function built(image: Image, locals: Locals = {}, builder: Builder = "buildkit"): Promise<BuildOutcome> {
  const { dockerfile, archives } = await sent(image, writeLocals(locals));
  const outcome = await api.build(await repacked(dockerfile, archives), builder, "host");
  if (outcome.error !== undefined) throw new BuildError(outcome.error, builder, dockerfile, outcome.log);
  return outcome;
}

/** What the last command of an image prints while it is built. */
async function printed(image: Image, locals: Locals = {}): Promise<string> {
  return (await built(image, locals)).log;
}

/** A registry may fail once. */
const TRIES = { retry: 2 };

const FREEZE = "python -m pip list --format=freeze";

test.concurrent("pip installs a requirements file with what it includes, within its constraints", TRIES, async () => {
  const log = await printed(debian.pipInstallFromRequirements("api/requirements.txt").runCommands(FREEZE), {
    "api/requirements.txt": "six # a comment\n-r ../base.txt\n--constraint=constraints.txt\n",
    "base.txt": "packaging \\\n  >20\n",
    "api/constraints.txt": "packaging<24\n",
  });
  expect(log).toMatch(/^six==/m);
  expect(log).toMatch(/^packaging==23\./m);
});

test.concurrent(
  "pip installs the dependencies of a pyproject.toml, with the groups that are asked for",
  TRIES,
  async () => {
    const image = debian.pipInstallFromPyproject("pyproject.toml", { optionalDependencies: ["all"] });
    const log = await printed(image.runCommands(FREEZE), {
      "pyproject.toml": `[project]
name = "an-app"
dependencies = ["idna<4; python_version >= '3'"]
[project.optional-dependencies]
all = ["an_app[dev]"]
dev = ["toml"]
`,
    });
    expect(log).toMatch(/^idna==3\./m);
    expect(log).toMatch(/^toml==/m);
  },
);

test.concurrent("uv installs for the Python of the image", TRIES, async () => {
  const log = await printed(debian.uvPipInstall(["six", "packaging<24"], { pre: true }).runCommands(FREEZE));
  expect(log).toMatch(/^six==/m);
  expect(log).toMatch(/^packaging==23\./m);
  expect(log).toMatch(/^uv==0\.13\.9$/m);
});

test.concurrent(
  "npm installs commands for the whole image, with Node.js from the official image's places",
  TRIES,
  async () => {
    const image = debian.nodejs("20.99").npmInstall(["semver@7", "is-number"]).user("nobody");
    const log = await printed(image.runCommands("semver 1.2.3-rc.1 && npm ls --global && npx --version"));
    expect(log).toMatch(/^1\.2\.3-rc\.1$/m);
    expect(log).toMatch(/is-number@\d/);
  },
);

const FILES_OF_NPM = "cd /usr/local/lib/node_modules/npm && echo files $(find . -type f | sort | sha256sum)";

test.concurrent.each(BUILDERS)(
  "Node.js over another one has an npm that is whole, built by %s",
  TRIES,
  async (builder) => {
    const alone = await built(debian.nodejs("20.99").runCommands(FILES_OF_NPM), {}, builder);
    const older = debian.nodejs("20.99").npmInstall(["npm@9.9.4", "semver@7"]);
    const base = Image.base((await built(older, {}, builder)).tag);
    for (const image of [older, base]) {
      const over = image.nodejs("20.99").npmInstall("is-number").runCommands("semver 1.2.3-rc.1", FILES_OF_NPM);
      const { log } = await built(over, {}, builder);
      expect(filesOfNpm(log)).toBe(filesOfNpm(alone.log));
      expect(log).toMatch(/^1\.2\.3-rc\.1$/m);
    }
  },
);

const filesOfNpm = (log: string): string | undefined => /^files (\w{64})/m.exec(log)?.[1];

/** npm 9.9.4 and 10.9.3 in one directory answer `npm --version`, and cannot install. */
test.concurrent("an npm that is a mixture of two is found while the image is built", TRIES, async () => {
  const npm = "/usr/local/lib/node_modules/npm/";
  const node = debian.nodejs("20.99");
  const mixed = node.npmInstall("npm@9.9.4").stage("newer", node.npmInstall("npm@10.9.3")).copyFrom("newer", npm, npm);
  const last = node.toDockerfile().trim().split("\n").at(-1) ?? "";
  await expect(built(mixed.raw(last))).rejects.toThrow("npm ls");
  await built(mixed.raw(last.replace(/ && npm ls .*/, "")));
});

test.concurrent("pip is given the constraints and the groups of a pyproject.toml", TRIES, async () => {
  const image = debian.pipInstallFromPyproject("api/pyproject.toml", { dependencyGroups: ["dev"] });
  const log = await printed(image.runCommands(FREEZE), {
    "api/pyproject.toml": `[project]
dependencies = ["packaging"]
[dependency-groups]
dev = ["toml", { include-group = "test" }]
test = ["six"]
[tool.uv]
constraint-dependencies = ["packaging<24; python_version >= '3'", "not-installed<2"]
`,
  });
  for (const found of [/^packaging==23\./m, /^toml==/m, /^six==/m]) expect(log).toMatch(found);
  expect(log).not.toContain("not-installed==");
});

test.concurrent.each(["asc", "gpg"])("apt installs from a repository whose key is a .%s file", TRIES, async (form) => {
  const { url } = repository;
  const image = debian
    .aptRepository({ name: "local", keyUrl: `${url}/key.${form}`, uri: url, suite: "stable", components: ["main"] })
    .aptInstall(["hello-pithy", "jq"]);
  const log = await printed(
    image.runCommands("hello-pithy && jq --version && ls /etc/apt/keyrings /var/lib/apt/lists"),
  );
  expect(log).toMatch(/^hello from a package$/m);
  expect(log).toContain(`local.${form}`);
});
