/**
 * A row of a table of promises: a definition, and what must arrive in its image.
 *
 * ```ts
 * checkRows([
 *   {
 *     promise: "an executable file can be run",
 *     locals: { "run.sh": { text: "#!/bin/sh\nrecord ran\n", mode: 0o755 } },
 *     image: (base) => base.addLocalFile("run.sh", "/run.sh").runCommands(["/run.sh"]),
 *     arrives: { files: { "/run.sh": { mode: 0o755 } }, calls: [{ args: ["ran"] }] },
 *   },
 * ]);
 * ```
 *
 * All of the image is compared: what a row does not name is as in the base image.
 */
import { createHash } from "node:crypto";
import { Image } from "pithy-image";
import { entrypointOf } from "pithy-image-tests-daytona";
import { describe, expect, inject, test } from "vitest";
import { sampled } from "../sample.ts";
import { type Built, build, type Call } from "./build.ts";
import { BUILDERS, type Builder, DEFAULT_PATH, DockerApi } from "./docker-api.ts";
import { bytesOf, type Locals, type Node, readTree, type Tree, writeLocals } from "./file-tree.ts";
import { changes } from "./tree-changes.ts";

export interface Row {
  readonly promise: string;
  /** The local files, below the root. */
  readonly locals?: Locals;
  /** The steps, on `busybox:1`. */
  readonly image: (base: Image) => Image;
  readonly arrives: Arrival;
  /** What arrives otherwise with one of the builders; it adds to `arrives`. */
  readonly differs?: Partial<Record<Builder, Arrival>>;
}

/** What arrives. The base image has a `PATH`, the command `sh`, and no labels, user, working directory or entrypoint. */
export interface Arrival {
  /** Variables beside the base image's `PATH`. */
  readonly env?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly workdir?: string;
  readonly user?: string;
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[] | null;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly shell?: readonly string[];
  /** What builds that begin with the image do first. */
  readonly triggers?: readonly string[];
  /** New and changed files. Directories on the way need not be named if they are root's and have mode 0755. */
  readonly files?: Readonly<Record<string, ExpectedFile>>;
  /** The calls of `record` and of the programs that it stands in for, in order, with what is known of each. */
  readonly calls?: readonly Partial<Call>[];
}

/** The text of a file, or what is known of it; without `kind`, `mode` and `owner` it is a file, 0644 or 0755, of root. */
export type ExpectedFile = string | Partial<Node>;

/** Where a script lies in the image that was too long for the Dockerfile. */
export const scriptPath = (script: string): string =>
  `/.scripts/${createHash("sha256").update(script).digest("hex").slice(0, 32)}`;

/** The part of the rows that a sample has, on each builder. */
const SHARE = 1 / 2;

/** Declares a test of each row on each builder. */
export function checkRows(rows: readonly Row[]): void {
  const topic = rows.map(({ promise }) => promise).join();
  describe.each(BUILDERS)("%s", (builder) => {
    for (const row of sampled(`${builder}: ${topic}`, rows, SHARE)) {
      test.concurrent(row.promise, async () => {
        const image = row.image(Image.base("busybox:1"));
        const built = await build(image, { builder, socket: inject("socket"), ...rootOf(row) });
        await expectArrival(built, merged(row.arrives, row.differs?.[builder]));
      });
    }
  });
}

const rootOf = ({ locals }: Row) => (locals ? { root: writeLocals(locals) } : {});

const merged = (arrives: Arrival, other: Arrival = {}): Arrival => ({
  ...arrives,
  ...other,
  files: { ...arrives.files, ...other.files },
});

/** Compares all of an image. */
export async function expectArrival(built: Built, arrival: Arrival): Promise<void> {
  const { env = {}, labels = {}, workdir = "/", user = "", files = {}, calls = [] } = arrival;
  const entrypoint = arrival.entrypoint ?? null;
  // An entrypoint takes away the base image's command.
  const cmd = arrival.cmd !== undefined ? arrival.cmd : entrypoint ? null : ["sh"];
  const { ports = [], volumes = [], shell = null, triggers = [] } = arrival;
  const environment = { PATH: DEFAULT_PATH, ...env };
  const config = { env: environment, labels, workdir, user, entrypoint, cmd, ports, volumes, shell, triggers };
  expect(built).toMatchObject(config);
  expect(built.env, "no other variables").toEqual(config.env);
  expect(built.labels, "no other labels").toEqual(labels);
  expect(entrypointOf(built.dockerfile), "what Daytona reads from the Dockerfile").toEqual(
    entrypoint?.filter((word) => word.trim()) ?? ["sleep", "infinity"],
  );
  expect(built.calls).toMatchObject(calls);
  const base = await baseTree();
  expect(changes(base, built.files)).toEqual(changes(base, expectedTree(base, files)));
}

let base: Promise<Tree> | undefined;

/** The files of the base image. */
export function baseTree(): Promise<Tree> {
  base ??= new DockerApi(inject("socket")).export("busybox:1").then(readTree);
  return base;
}

function expectedTree(base: Tree, files: Readonly<Record<string, ExpectedFile>>): Tree {
  const tree = new Map(base);
  for (const [path, file] of Object.entries(files)) {
    for (const parent of parents(path)) if (!tree.has(parent)) tree.set(parent, DIRECTORY);
    tree.set(path, expectedNode(file));
  }
  return tree;
}

const DIRECTORY: Node = { kind: "directory", mode: 0o755, owner: "0:0" };

function expectedNode(file: ExpectedFile): Node {
  if (typeof file === "string") return { kind: "file", mode: 0o644, owner: "0:0", bytes: bytesOf(file) };
  if (file.target !== undefined) return { kind: "link", mode: 0o777, owner: "0:0", ...file };
  if (file.kind === "directory") return { ...DIRECTORY, ...file };
  return { kind: "file", mode: 0o644, owner: "0:0", ...file };
}

/** The directories above a path, the topmost first. */
function parents(path: string): string[] {
  const parts = path.split("/").slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join("/")}`);
}
