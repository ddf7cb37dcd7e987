/** Programs for Node in which the package itself is bundled: the lock path works, and what needs the core says what to do. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Image, lockEntry, serializeLock } from "pithy-image";
import { pithyDaytona } from "pithy-image/daytona";
import { clientEnv, type DaytonaFixture, startDaytona } from "pithy-image-tests-daytona";
import { SDKS, type Sdk } from "pithy-image-tests-daytona/sdks";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Command, run } from "./process.ts";
import { freshProject, tool } from "./project.ts";

const newest = SDKS.find(({ alias, format }) => alias === "sdk-latest" && format === "esm") as Sdk;

let daytona: DaytonaFixture;
let cwd: string;

/** A Daytona that has the snapshot of a lock, and an application with that lock. */
beforeAll(async () => {
  [daytona, cwd] = await Promise.all([startDaytona(), freshProject(["server-bundles"])]);
  const image = Image.base("debian:12");
  const agent = lockEntry(await image.resolve());
  writeFileSync(join(cwd, "pithy-image.lock.json"), serializeLock({ format: "pithy-image-lock/1", images: { agent } }));
  const { Daytona, Image: SdkImage } = await newest.load();
  await pithyDaytona({ daytona: new Daytona(daytona.config), Image: SdkImage }).ensureSnapshot(image);
});
afterAll(() => daytona?.stop());

const esbuild = (format: string, extension: string) => [
  ...[tool("esbuild"), "request.mjs", "core.mjs", "--bundle", "--platform=node", `--format=${format}`],
  ...["--external:@daytonaio/sdk", "--outdir=esbuild", `--out-extension:.js=${extension}`],
];

describe.each<[string, string, readonly string[]]>([
  ["esbuild, to an ES module", "esbuild/{}.mjs", esbuild("esm", ".mjs")],
  ["esbuild, to CommonJS", "esbuild/{}.cjs", esbuild("cjs", ".cjs")],
  ["tsup, to an ES module", "tsup/{}.js", [tool("tsup")]],
  ["tsup, to CommonJS", "tsup/{}.cjs", [tool("tsup")]],
  ["webpack", "webpack/{}.cjs", [tool("webpack")]],
])("a program bundled by %s", (_, output, bundle) => {
  beforeAll(() => run(bundle as Command, cwd));
  const program = (name: string) => run([process.execPath, output.replace("{}", name)], cwd, environment());

  test("creates a sandbox from a lock", async () => {
    expect(await program("request")).toMatchObject({ stdout: "started\n", stderr: "" });
  });

  test("makes definitions, and says how to have the core", async () => {
    const { stdout } = await program("core");
    const [definition = "", message] = stdout.split("\n");
    expect(JSON.parse(definition).steps).toEqual([{ debianSlim: { python: "3.12" } }]);
    expect(message).toMatch(/^The core of pithy-image cannot be loaded.* Leave pithy-image out of the bundle/);
  });
});

/** The environment of a program whose client finds the stand-in. */
const environment = (): Record<string, string> =>
  Object.fromEntries(Object.entries(clientEnv(daytona)).filter((entry): entry is [string, string] => !!entry[1]));
