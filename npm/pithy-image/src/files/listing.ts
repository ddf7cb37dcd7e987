/** Files below a root, as the core asks for them. */

/** The files below a root: `Files` of the WebAssembly module. */
export interface Files {
  /** Absolute path of the root, if it has one. */
  readonly root?: string | undefined;
  /** The entries of a directory, by {@link listing}; the root is `.`. */
  list(directory: string): string | Promise<string>;
  /** Bytes of a file from an offset; none at its end. */
  read(file: string, offset: number): Uint8Array | Promise<Uint8Array>;
  /** What is known of each file without {@link Files.read}, with as many of its first bytes. */
  hash(files: readonly string[], head: number): HashedFile[] | Promise<HashedFile[]>;
}

/** A file by {@link hashedFile}; what is wrong with it; or `null` if it is to be read. */
export type HashedFile = Uint8Array | string | null;

/** A file as the core takes it: its digest, its size, and the first bytes of its content. */
export function hashedFile(digest: Uint8Array, size: number, content: Uint8Array, head: number): Uint8Array {
  const first = content.subarray(0, head);
  const file = new Uint8Array(40 + first.length);
  file.set(digest);
  new DataView(file.buffer).setFloat64(32, size, true);
  file.set(first, 40);
  return file;
}

/** An entry of a directory, as the core reads it. */
export type FileNode = { name: string } & NodeKind;

/** What a {@link FileNode} is. */
export type NodeKind =
  | { kind: "file"; size: number; executable?: boolean | undefined }
  | { kind: "link"; target: string }
  | { kind: "directory" | "special" }
  | { kind: "notText"; isDirectory: boolean }
  | { kind: "unreadable"; why: string };

/** The entries of a directory, as JSON for the core, without unpaired surrogates. */
export const listing = (nodes: readonly FileNode[]): string => JSON.stringify(nodes.map(asText));

function asText(node: FileNode): FileNode {
  const name = node.name.replace(/\p{Surrogate}/gu, "\ufffd");
  const isText = name === node.name && !("target" in node && /\p{Surrogate}/u.test(node.target));
  return isText ? node : { name, kind: "notText", isDirectory: node.kind === "directory" };
}

/** Bytes that a {@link Files} reads at a time. */
export const CHUNK: number = 1024 * 1024;
