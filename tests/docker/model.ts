/**
 * An image as it must be, worked out without Docker: what the rows of `kinds.ts` change step by step.
 *
 * It takes for granted what `arbitraries.ts` keeps to: a path is never a file here and a directory there, the links of a tree
 * are never on the way to a destination, and no text is a pattern or a variable.
 */
import { posix } from "node:path";
import type { Call } from "./build.ts";
import { type Builder, DEFAULT_PATH } from "./docker-api.ts";
import type { Local, Locals, Node, Tree } from "./file-tree.ts";

/** An image as it must be. */
export interface Expected {
  readonly builder: Builder;
  readonly base: Tree;
  readonly env: Record<string, string>;
  /** The variables of the build alone. */
  readonly args: Record<string, string>;
  readonly ports: Set<string>;
  readonly volumes: Set<string>;
  readonly labels: Record<string, string>;
  workdir: string;
  user: string;
  entrypoint: readonly string[] | null;
  cmd: readonly string[] | null;
  readonly files: Map<string, Node>;
  readonly calls: Call[];
  /** The local files, below the root. */
  readonly locals: Locals;
}

/** The image before any step: a base image with these files. */
export const baseImage = (base: Tree, builder: Builder, locals: Locals): Expected => ({
  builder,
  base,
  env: { PATH: DEFAULT_PATH },
  args: {},
  ports: new Set(),
  volumes: new Set(),
  labels: {},
  workdir: "/",
  user: "",
  entrypoint: null,
  cmd: null,
  files: new Map(base),
  calls: [],
  locals,
});

/** What a `RUN` of `record` does. */
export function run(args: readonly string[], image: Expected): void {
  const { workdir, user, env, args: ofBuild } = image;
  image.calls.push({ program: "record", args, cwd: real(workdir), user: owner(user), env: { ...ofBuild, ...env } });
  // The legacy engine runs it in a container that has the volumes: it makes the directories that they are mounted on.
  if (image.builder === "legacy") for (const path of image.volumes) makeDirectory(real(path), owner(), image);
}

/** Where a file goes: a destination that is a directory takes it under its own name. */
export function landing(destination: string, name: string, image: Expected): string {
  const path = real(posix.resolve(image.workdir, destination));
  if (destination.endsWith("/") || destination === ".") return posix.join(path, name);
  const isDirectory = path === "/" || image.files.get(path)?.kind === "directory";
  return isDirectory ? posix.join(path, nameSent(name)) : path;
}

/** The name that Docker sees: one that it would take for a pattern is sent as `file`. */
const nameSent = (name: string): string => (/[\p{Cc}*?[\]\\"'$]/u.test(name) ? "file" : name);

interface NewFile {
  readonly mode: number;
  readonly chown: string | undefined;
  readonly bytes: string;
}

export function put(path: string, { mode, chown, bytes }: NewFile, image: Expected): void {
  makeDirectory(posix.dirname(path), owner(chown), image);
  const kept = owner(chown) !== owner() && image.builder === "legacy" ? withoutSetId(mode) : mode;
  image.files.set(path, { kind: "file", mode: kept, owner: owner(chown), bytes });
}

/** What Linux leaves of a mode when a file is given to another: the legacy engine copies first. */
const withoutSetId = (mode: number): number => mode & ~(mode & 0o010 ? 0o6000 : 0o4000);

/** Makes a directory, and those on the way to it, unless they are there. */
export function makeDirectory(path: string, owner: string, image: Expected): void {
  if (path === "/" || image.files.has(path)) return;
  makeDirectory(posix.dirname(path), owner, image);
  image.files.set(path, { kind: "directory", mode: 0o755, owner });
}

export const isDirectory = (local: Local): boolean => typeof local === "object" && "directory" in local;

export const isLink = (local: Local): local is { link: string } => typeof local === "object" && "link" in local;

export function fileOf(local: Local | undefined): { text: string; executable: boolean } {
  if (typeof local === "object" && "text" in local) return { text: local.text, executable: (local.mode & 0o100) !== 0 };
  throw new Error(`Not a file with a mode: ${JSON.stringify(local)}`);
}

export const clean = (path: string): string => posix.resolve("/", path);

/** A path without the links that the base image has. */
export const real = (path: string): string => path.replace(/^\/(bin|lib|sbin)(?=\/|$)/, "/usr/$1");

/** Users and owners that a definition may name, with their numbers. */
export const USERS: Readonly<Record<string, string>> = {
  root: "0:0",
  "0": "0:0",
  node: "1000:1000",
  "1000": "1000:1000",
  "node:staff": "1000:50",
  "1000:50": "1000:50",
  "root:node": "0:1000",
  "12:34": "12:34",
};

export const owner = (name = "root"): string => USERS[name || "root"] ?? "unknown";
