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
import { DockerApi } from "./docker-api.ts";
import { type Locals, writeLocals } from "./file-tree.ts";

const api = new DockerApi(inject("socket"));
let debian: Image;
let repository: AptRepository;

beforeAll(async () => {
  debian = Image.base(await importDebian(api, "20.99"));
  repository = await serveAptRepository(mkdtempSync(join(process.env.PITHY_IMAGE_TEST_SCRATCH ?? "", "apt-")));
}, 600_000);

afterAll(() => repository?.stop());

/** What the last command of an image prints while it is built. */
async function printed(image: Image, locals: Locals = {}): Promise<string> {
  const { dockerfile, archives } = await sent(image, writeLocals(locals));
  const { log, error } = await api.build(await repacked(dockerfile, archives), "buildkit", "host");
  if (error !== undefined) throw new BuildError(error, "buildkit", dockerfile, log);
  return log;
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
