/** Trees of files: those of an image, read back, and local ones, written for a test. */
import { chmodSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { entriesOf } from "./context.ts";

/** A file, directory or link of an image. */
export interface Node {
  readonly kind: "file" | "directory" | "link";
  readonly mode: number;
  /** Numbers of user and group, as `1000:1000`. */
  readonly owner: string;
  /** The bytes of a file, one character each. */
  readonly bytes?: string;
  /** Where a link points. */
  readonly target?: string;
}

/** An image's files by absolute path. */
export type Tree = ReadonlyMap<string, Node>;

/** Text as the bytes of a `Node`. */
export const bytesOf = (content: string | Uint8Array): string => Buffer.from(content as string).toString("latin1");

/** What a tar of an image's files holds, without what every container gets. */
export async function readTree(archive: Buffer): Promise<Tree> {
  const tree = new Map<string, Node>();
  for await (const entry of entriesOf(archive)) {
    const { name, type, uid = 0, gid = 0, linkname = "" } = entry.header;
    const bytes = (await buffer(entry)).toString("latin1");
    const path = `/${name.replace(/^\.?\//, "").replace(/\/$/, "")}`;
    const mode = (entry.header.mode ?? 0) & 0o7777; // without the kind, which the engine adds
    const owner = `${uid}:${gid}`;
    if (path === "/" || OF_A_CONTAINER.test(path)) continue;
    if (type === "directory") tree.set(path, { kind: "directory", mode, owner });
    else if (type === "symlink") tree.set(path, { kind: "link", mode, owner, target: linkname });
    else if (type === "link") tree.set(path, known(tree, `/${linkname}`));
    else tree.set(path, { kind: "file", mode, owner, bytes });
  }
  return tree;
}

function known(tree: Tree, path: string): Node {
  const node = tree.get(path);
  if (!node) throw new Error(`A hard link to what is not there: ${path}`);
  return node;
}

const OF_A_CONTAINER = /^\/(dev\/.*|\.dockerenv|etc\/(hosts|hostname|mtab|resolv\.conf))$/;

/** A local file: its text or bytes; or what it is. */
export type Local =
  | string
  | Uint8Array
  | { readonly text: string; readonly mode: number }
  | { readonly link: string }
  | { readonly directory: true };

/** Local files by path below the root. */
export type Locals = Readonly<Record<string, Local>>;

/** Writes files into a directory of their own, and returns it. */
export function writeLocals(locals: Locals): string {
  const root = mkdtempSync(join(scratch(), "root-"));
  for (const [path, local] of Object.entries(locals)) writeLocal(join(root, path), local);
  return root;
}

function writeLocal(path: string, local: Local): void {
  const isDirectory = typeof local === "object" && "directory" in local;
  mkdirSync(isDirectory ? path : dirname(path), { recursive: true });
  if (typeof local === "string" || local instanceof Uint8Array) writeFileSync(path, local);
  else if ("link" in local) symlinkSync(local.link, path);
  else if ("text" in local) {
    writeFileSync(path, local.text);
    chmodSync(path, local.mode);
  }
}

/** The directory for files of tests; the setup makes it and takes it away. */
export function scratch(): string {
  const directory = process.env.PITHY_IMAGE_TEST_SCRATCH;
  if (!directory) throw new Error("PITHY_IMAGE_TEST_SCRATCH is not set: `setup.ts` does it.");
  return directory;
}
