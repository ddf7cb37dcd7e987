/**
 * What an image must hold, worked out from its steps without Docker: a few lines for each kind of step.
 *
 * It knows the steps that `arbitraries.ts` makes, and takes for granted what those keep to: a path is never a file here and a
 * directory there, the links of a tree are never on the way to a destination, and no text is a pattern or a variable.
 */
import { posix } from "node:path";
import type { Step } from "pithy-image";
import type { Call } from "./build.ts";
import { type Builder, DEFAULT_PATH } from "./docker-api.ts";
import { bytesOf, type Local, type Locals, type Node, type Tree } from "./file-tree.ts";

/** A step, and the arguments of each call of `record` in it. */
export interface Act {
  readonly step: Step;
  readonly records?: readonly (readonly string[])[];
}

/** An image as it must be. */
export interface Expected {
  readonly builder: Builder;
  readonly base: Tree;
  readonly env: Record<string, string>;
  /** The variables of the build alone. */
  readonly args: Record<string, string>;
  readonly ports: Set<string>;
  readonly labels: Record<string, string>;
  workdir: string;
  user: string;
  entrypoint: readonly string[] | null;
  cmd: readonly string[] | null;
  readonly files: Map<string, Node>;
  readonly calls: Call[];
}

/** The image that steps make of a base image with these files. */
export function expectedOf(acts: readonly Act[], locals: Locals, base: Tree, builder: Builder): Expected {
  const image: Expected = {
    builder,
    base,
    env: { PATH: DEFAULT_PATH },
    args: {},
    ports: new Set(),
    labels: {},
    workdir: "/",
    user: "",
    entrypoint: null,
    cmd: null,
    files: new Map(base),
    calls: [],
  };
  for (const { step, records = [] } of acts) {
    apply(step, image, locals);
    for (const args of records) image.calls.push(callOf(args, image));
  }
  // An entrypoint takes away the base image's command.
  image.cmd ??= image.entrypoint ? null : ["sh"];
  return image;
}

function apply(step: Step, image: Expected, locals: Locals): void {
  if ("env" in step) Object.assign(image.env, step.env.variables);
  else if ("label" in step) Object.assign(image.labels, step.label.labels);
  else if ("arg" in step) image.args[step.arg.name] = step.arg.value;
  else if ("expose" in step)
    for (const port of step.expose.ports) image.ports.add(port.includes("/") ? port : `${port}/tcp`);
  else if ("copyFrom" in step) copyFrom(step.copyFrom, image);
  else if ("pathPrepend" in step) image.env.PATH = `${clean(step.pathPrepend.directory)}:${image.env.PATH}`;
  else if ("user" in step) image.user = step.user.user;
  else if ("workdir" in step) workdir(step.workdir.path, image);
  else if ("cmd" in step) image.cmd = step.cmd.command;
  else if ("entrypoint" in step) image.entrypoint = step.entrypoint.command;
  else if ("addFile" in step) addFile(step.addFile, image);
  else if ("addLocalFile" in step) addLocalFile(step.addLocalFile, image, locals);
  else if ("addLocalDir" in step) addLocalDir(step.addLocalDir, image, locals);
  else if (!("runCommands" in step || "runScript" in step)) throw new Error(`Not known: ${JSON.stringify(step)}`);
}

const callOf = (args: readonly string[], { workdir, user, env, args: ofBuild }: Expected): Call => ({
  program: "record",
  args,
  cwd: real(workdir),
  user: owner(user),
  env: { ...ofBuild, ...env },
});

function workdir(path: string, image: Expected): void {
  image.workdir = posix.resolve(image.workdir, path);
  // The legacy engine makes it as root, whoever the user is.
  makeDirectory(real(image.workdir), image.builder === "buildkit" ? owner(image.user) : "0:0", image);
}

type AddFile = Extract<Step, { addFile: object }>["addFile"];
type CopyFrom = Extract<Step, { copyFrom: object }>["copyFrom"];
type AddLocalFile = Extract<Step, { addLocalFile: object }>["addLocalFile"];
type AddLocalDir = Extract<Step, { addLocalDir: object }>["addLocalDir"];

function addFile({ destination, text = "", mode = 0o644, chown }: AddFile, image: Expected): void {
  put(landing(destination, posix.basename(destination), image), { mode, chown, bytes: bytesOf(text) }, image);
}

/** Of a file of the image that all is built on. */
function copyFrom({ source, destination, chown }: CopyFrom, image: Expected): void {
  const { bytes = "", mode = 0 } = image.base.get(source) ?? {};
  put(landing(destination, posix.basename(source), image), { mode, chown, bytes }, image);
}

function addLocalFile({ source, destination, mode, chown }: AddLocalFile, image: Expected, locals: Locals): void {
  const { text, executable } = fileOf(locals[source]);
  const path = landing(destination, posix.basename(source), image);
  put(path, { mode: mode ?? (executable ? 0o755 : 0o644), chown, bytes: bytesOf(text) }, image);
}

/** Where a file goes: a destination that is a directory takes it under its own name. */
function landing(destination: string, name: string, image: Expected): string {
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

function put(path: string, { mode, chown, bytes }: NewFile, image: Expected): void {
  makeDirectory(posix.dirname(path), owner(chown), image);
  const kept = chown !== undefined && image.builder === "legacy" ? withoutSetId(mode) : mode;
  image.files.set(path, { kind: "file", mode: kept, owner: owner(chown), bytes });
}

/** What Linux leaves of a mode when a file is given to another: the legacy engine copies first. */
const withoutSetId = (mode: number): number => mode & ~(mode & 0o010 ? 0o6000 : 0o4000);

function addLocalDir({ source, destination, chown }: AddLocalDir, image: Expected, locals: Locals): void {
  const top = real(posix.resolve(image.workdir, destination));
  // The legacy engine gives those on the way to root, though not those on the way to a file.
  makeDirectory(posix.dirname(top), image.builder === "legacy" ? "0:0" : owner(chown), image);
  makeDirectory(top, owner(chown), image);
  const prefix = `${source}/`;
  for (const [path, local] of Object.entries(locals).filter(([path]) => path.startsWith(prefix))) {
    const place = posix.join(top, path.slice(prefix.length));
    makeDirectory(posix.dirname(place), owner(chown), image);
    if (isDirectory(local)) makeDirectory(place, owner(chown), image);
    else if (isLink(local)) {
      image.files.set(place, { kind: "link", mode: 0o777, owner: owner(chown), target: local.link });
    } else {
      const { text, executable } = fileOf(local);
      put(place, { mode: executable ? 0o755 : 0o644, chown, bytes: bytesOf(text) }, image);
    }
  }
}

/** Makes a directory, and those on the way to it, unless they are there. */
function makeDirectory(path: string, owner: string, image: Expected): void {
  if (path === "/" || image.files.has(path)) return;
  makeDirectory(posix.dirname(path), owner, image);
  image.files.set(path, { kind: "directory", mode: 0o755, owner });
}

const isDirectory = (local: Local): boolean => typeof local === "object" && "directory" in local;

const isLink = (local: Local): local is { link: string } => typeof local === "object" && "link" in local;

function fileOf(local: Local | undefined): { text: string; executable: boolean } {
  if (typeof local === "object" && "text" in local) return { text: local.text, executable: (local.mode & 0o100) !== 0 };
  throw new Error(`Not a file with a mode: ${JSON.stringify(local)}`);
}

const clean = (path: string): string => posix.resolve("/", path);

/** A path without the links that the base image has. */
const real = (path: string): string => path.replace(/^\/(bin|lib|sbin)(?=\/|$)/, "/usr/$1");

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

const owner = (name = "root"): string => USERS[name || "root"] ?? "unknown";
