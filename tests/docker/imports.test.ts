/**
 * Images that begin with a Dockerfile: what `docker build` makes of it is what our import makes, all of it.
 *
 * The oracle is Docker's own client, with both builders of the machine's engine and with BuildKit of a newer one; cases of
 * `COPY --parents` need a frontend, too, which `PITHY_IMAGE_FRONTEND` names. Ours goes the way of every image: resolved, packed,
 * uploaded and put together as Daytona does it, then built on the same engine.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { Image } from "pithy-image";
import { pack } from "tar-stream";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { sampled } from "../sample.ts";
import { sent } from "./build.ts";
import { repacked } from "./context.ts";
import { type Builder, DockerApi } from "./docker-api.ts";
import { dockerBuild } from "./docker-client.ts";
import { type Engine, newer, startEngine } from "./engine.ts";
import { type Node, readTree, type Tree, writeLocals } from "./file-tree.ts";
import { ADDITIONS } from "./imports/additions.ts";
import { CHAINED } from "./imports/chained.ts";
import { CONFIGURATION } from "./imports/configuration.ts";
import { COPIES } from "./imports/copies.ts";
import { HEREDOCS } from "./imports/heredocs.ts";
import { IGNORED } from "./imports/ignored.ts";
import { BOTH, type Import, TREE, WHERE, type Where } from "./imports/import.ts";
import { LINES } from "./imports/lines.ts";
import { MOUNTS } from "./imports/mounts.ts";
import { PARENTS } from "./imports/parents.ts";
import { REFUSED } from "./imports/refused.ts";
import { STAGES } from "./imports/stages.ts";
import { VARIABLES } from "./imports/variables.ts";
import { changes } from "./tree-changes.ts";

const IMPORTS: readonly Import[] = [
  ...COPIES,
  ...ADDITIONS,
  ...VARIABLES,
  ...STAGES,
  ...MOUNTS,
  ...HEREDOCS,
  ...CONFIGURATION,
  ...LINES,
  ...IGNORED,
  ...CHAINED,
  ...PARENTS,
];

/** The part of the cases that a sample has, on each builder. */
const SHARE = 1 / 3;

/** A program of BuildKit's, `dockerfile-frontend`. */
const FRONTEND = process.env.PITHY_IMAGE_FRONTEND;

let engine: Engine;
let version: number;

beforeAll(async () => {
  engine = await startEngine(newer("sbin"), newer("bin"));
  const api = new DockerApi(engine.socket);
  version = await api.version();
  if (FRONTEND) await importFrontend(api, FRONTEND);
});

afterAll(() => engine?.stop());

for (const where of WHERE) {
  const cases = IMPORTS.filter(({ on = BOTH }) => on.includes(where));
  describe.skipIf(where === "frontend" && !FRONTEND)(where, () => {
    for (const each of sampled(`imports: ${where}`, cases, SHARE)) {
      test.concurrent(each.promise, ({ skip }) => {
        skip((each.since ?? 0) > version, `The newer engine is of version ${version}.`);
        return expectSame(each, where);
      });
    }
  });
}

describe("refused, whatever Docker does", () => {
  for (const each of sampled("imports: refused", REFUSED, SHARE)) {
    test.concurrent(each.promise, async () => {
      const root = rootOf(each);
      await expect(imported(each).resolve({ root })).rejects.toMatchObject({ code: each.code });
      const theirs = buildTheirs(each, root, { builder: "buildkit", socket: engine.socket });
      if (each.isBuilt) await theirs;
      else await expect(theirs).rejects.toThrow("failed to solve");
    });
  }
});

/** Compares the image of `docker build` with that of the import. */
async function expectSame(each: Import, where: Where): Promise<void> {
  const socket = where === "legacy" || where === "buildkit" ? inject("socket") : engine.socket;
  const builder = where === "legacy" ? "legacy" : "buildkit";
  const [root, api] = [rootOf(each), new DockerApi(socket)];
  const theirs = await imageOf(api, await buildTheirs(each, root, { builder, socket }));
  const { dockerfile, archives } = await sent(imported(each), root);
  const { tag, error, log } = await api.build(await repacked(dockerfile, archives), builder);
  expect(error, `${dockerfile}\n${log}`).toBeUndefined();
  const ours = await imageOf(api, tag);
  expect(ours.config, dockerfile).toEqual(theirs.config);
  expect(changes(theirs.files, ours.files), dockerfile).toEqual({});
}

/** Writes the Dockerfile and the context of a case, and returns their root. */
const rootOf = ({ at = "Dockerfile", dockerfile, files = TREE }: Import): string =>
  writeLocals({ ...files, [at]: dockerfile });

const imported = ({ at = "Dockerfile", options, calls = (image) => image }: Import): Image =>
  calls(Image.fromDockerfile(at, options));

/** Builds the Dockerfile of a case as `docker build` does, and returns the image. */
function buildTheirs(each: Import, root: string, engine: { builder: Builder; socket: string }): Promise<string> {
  const { at = "Dockerfile", options: { context = dirname(at), ...options } = {}, byHand } = each;
  const dockerfile = byHand === undefined ? join(root, at) : `${root}.Dockerfile`;
  if (byHand !== undefined) writeFileSync(dockerfile, byHand);
  return dockerBuild(dockerfile, join(root, context), { ...engine, ...options });
}

/** All that is compared of an image. */
async function imageOf(api: DockerApi, image: string): Promise<{ config: object; files: Tree }> {
  const { Config, Author } = await api.inspect(image);
  const { Image: _, ...config } = Config as object as { Image: string };
  const files = [...(await readTree(await api.export(image)))].map(
    ([path, node]) => [path, withoutName(node)] as const,
  );
  return { config: { ...config, Author }, files: new Map(files) };
}

/** A record without the name of the container, which the legacy builder gives to the environment. */
const withoutName = (node: Node): Node =>
  node.bytes === undefined ? node : { ...node, bytes: node.bytes.replace(/HOSTNAME=[0-9a-f]{12}\0/, "") };

/** Has the engine find the frontend that Dockerfiles name, as it would find it in the registry. */
async function importFrontend(api: DockerApi, program: string): Promise<void> {
  const tar = pack();
  tar.entry({ name: "frontend", mode: 0o755 }, readFileSync(program));
  tar.finalize();
  const caps = ["inputs", "subrequests", "contexts"].map((name) => `moby.buildkit.frontend.${name}`);
  const labels = `LABEL moby.buildkit.frontend.network.none=true moby.buildkit.frontend.caps=${caps}`;
  await api.import(await buffer(tar), "docker/dockerfile:1", ['ENTRYPOINT ["/frontend"]', labels]);
}
