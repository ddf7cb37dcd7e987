/**
 * `build(image, { builder, root, socket })`: an image of pithy-image, all the way that it goes with Daytona, and read back.
 *
 * ```ts
 * const image = Image.base("busybox:1").addFile("/etc/motd", "Be kind.\n");
 * const built = await build(image, { builder: "buildkit", socket: inject("socket") });
 * built.files.get("/etc/motd"); // { kind: "file", mode: 0o644, owner: "0:0", bytes: "Be kind.\n" }
 * ```
 */
import type { Image } from "pithy-image";
import { RECORDS } from "./base-image.ts";
import { repacked, uploaded } from "./context.ts";
import { type Builder, DockerApi } from "./docker-api.ts";
import { readTree, type Tree } from "./file-tree.ts";
import type {} from "./setup.ts"; // that `inject` knows of the socket

/** An image as it arrived. */
export interface Built {
  readonly dockerfile: string;
  readonly log: string;
  readonly env: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly workdir: string;
  readonly user: string;
  readonly entrypoint: readonly string[] | null;
  readonly cmd: readonly string[] | null;
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly shell: readonly string[] | null;
  /** What builds that begin with the image do first. */
  readonly triggers: readonly string[];
  /** All files but the records. */
  readonly files: Tree;
  /** The calls of `record` and of the programs that it stands in for. */
  readonly calls: readonly Call[];
}

/** How a program was called in a `RUN`. */
export interface Call {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Numbers of user and group, as `1000:1000`. */
  readonly user: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The engine could not build it. */
export class BuildError extends Error {
  override readonly name = "BuildError";

  constructor(message: string, builder: Builder, dockerfile: string, log: string) {
    super(`${builder}: ${message}\n\n${shortened(dockerfile)}\n${shortened(log)}`);
  }
}

export interface BuildOptions {
  readonly builder: Builder;
  /** Where local paths start. */
  readonly root?: string;
  /** The engine's socket. */
  readonly socket: string;
}

/**
 * Resolves, packs, uploads and repacks an image as Daytona does, builds it, and reads back what arrived.
 *
 * @throws BuildError if the engine refuses it.
 */
export async function build(image: Image, { builder, root, socket }: BuildOptions): Promise<Built> {
  const { dockerfile, archives } = await sent(image, root);
  return buildSent(dockerfile, archives, { builder, socket });
}

/** What Daytona gets of an image: its Dockerfile, and its contexts as the SDK uploads them. */
export async function sent(image: Image, root?: string): Promise<{ dockerfile: string; archives: Buffer[] }> {
  const resolved = await image.resolve(root === undefined ? {} : { root });
  return { dockerfile: resolved.dockerfile, archives: await Promise.all((await resolved.pack()).map(uploaded)) };
}

/**
 * The same from there on, for whatever was sent: a Dockerfile, and the archives as they were uploaded.
 *
 * @throws BuildError if the engine refuses it.
 */
export async function buildSent(
  dockerfile: string,
  archives: readonly Buffer[],
  { builder, socket }: Omit<BuildOptions, "root">,
): Promise<Built> {
  const api = new DockerApi(socket);
  const context = await repacked(dockerfile, archives);
  const { tag, log, error } = await api.build(context, builder);
  if (error !== undefined) throw new BuildError(error, builder, dockerfile, log);
  const [config, files] = [(await api.inspect(tag)).Config, await readTree(await api.export(tag))];
  const isRecord = (path: string) => path.startsWith(`${RECORDS}/`);
  return {
    dockerfile,
    log,
    env: pairs(config.Env ?? []),
    labels: config.Labels ?? {},
    workdir: config.WorkingDir || "/",
    user: config.User,
    entrypoint: config.Entrypoint,
    cmd: config.Cmd,
    ports: Object.keys(config.ExposedPorts ?? {}).sort(),
    volumes: Object.keys(config.Volumes ?? {}).sort(),
    shell: config.Shell ?? null,
    triggers: config.OnBuild ?? [],
    files: new Map([...files].filter(([path]) => !isRecord(path))),
    calls: [...files]
      .filter(([path]) => isRecord(path))
      .sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1))
      .map(([, { bytes = "" }]) => call(bytes)),
  };
}

/** A record, as `record` of the base image writes it. */
function call(bytes: string): Call {
  const fields = Buffer.from(bytes, "latin1").toString().split("\0").slice(0, -1);
  const [cwd = "", program = "", uid, gid, count, ...rest] = fields;
  const args = rest.slice(0, Number(count));
  return { program, args, cwd, user: `${uid}:${gid}`, env: pairs(rest.slice(Number(count))) };
}

/** `NAME=value` lines as an object; the same name twice is an error. */
function pairs(lines: readonly string[]): Record<string, string> {
  const entries = lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)] as const);
  const object = Object.fromEntries(entries);
  if (Object.keys(object).length !== lines.length) throw new Error(`A name twice: ${lines.join(", ")}`);
  return object;
}

const shortened = (text: string): string =>
  text.length > 8000 ? `${text.slice(0, 4000)}\n…\n${text.slice(-4000)}` : text;
