/**
 * The SDK's own uploader over a bucket in memory: the hashes that it computes, and the archives that it would send.
 * For tests of many images; `fixture.ts` has a real S3 server.
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { list } from "tar";

/** What the SDK uploads: an entry of an image's `contextList`. */
export interface Context {
  readonly sourcePath: string;
  readonly archivePath: string;
}

/** An entry of an uploaded archive. */
export interface Entry {
  /** Without a `/` at its end. */
  readonly path: string;
  readonly type: "File" | "Directory" | "SymbolicLink" | (string & {});
  readonly mode: number;
  readonly content: Buffer;
  /** The target of a link. */
  readonly link: string | undefined;
}

/** What arrived. */
export interface Sent {
  /** Daytona's key of each context, in order. */
  readonly hashes: string[];
  /** The archive of each. */
  readonly archives: Buffer[];
  /** All that is in the archives, in their order. */
  readonly entries: Entry[];
}

/** A command to S3. The SDK's uploader sends two kinds: it looks for a prefix, and it puts an object. */
interface Command {
  readonly constructor: { readonly name: string };
  readonly input: { readonly Prefix?: string; readonly Key?: string; readonly Body?: Uint8Array };
}

/** The face of the SDK's uploader that its package does not export. */
interface ObjectStorage {
  s3Client: { send(command: Command): Promise<unknown> };
  upload(path: string, organization: string, archivePath: string): Promise<string>;
}

const require = createRequire(import.meta.url);
const sdk = dirname(require.resolve("sdk-latest/package.json"));
const { ObjectStorage: SdkStorage } = require(join(sdk, "cjs/ObjectStorage.js")) as {
  ObjectStorage: new (config: Record<string, string>) => ObjectStorage;
};

/** What one call of {@link send} has in the bucket. */
interface Folder {
  readonly bucket: Map<string, Buffer>;
  beforeArchive(): void;
}

/** The folder of each call; to the SDK it is an organization's. */
const folders = new Map<string, Folder>();
let calls = 0;

// One for all: a client of S3 takes longer to make than to use.
const storage = new SdkStorage({ region: "us-east-1", endpointUrl: "http://127.0.0.1", bucketName: "b" });
storage.s3Client.send = async ({ constructor: { name }, input: { Prefix, Key, Body } }) => {
  const path = Prefix ?? Key ?? "";
  const folder = folders.get(path.split("/")[0] ?? "");
  if (folder && name === "ListObjectsV2Command") {
    const found = [...folder.bucket.keys()].filter((key) => key.startsWith(path));
    if (found.length === 0) folder.beforeArchive();
    return { Contents: found.map((key) => ({ Key: key })) };
  }
  if (!folder || !Body || name !== "PutObjectCommand") throw new Error(`not expected of the SDK: ${name} ${path}`);
  folder.bucket.set(path, Buffer.from(Body));
  return {};
};

/** Uploads contexts as the SDK does. `beforeArchive` is called when a hash is known and its archive not made yet. */
export async function send(contexts: readonly Context[], beforeArchive: () => void = () => {}): Promise<Sent> {
  calls += 1;
  const organization = `call-${calls}`;
  const bucket = new Map<string, Buffer>();
  folders.set(organization, { bucket, beforeArchive });
  try {
    const hashes: string[] = [];
    for (const { sourcePath, archivePath } of contexts) {
      hashes.push(await storage.upload(sourcePath, organization, archivePath));
    }
    const archives = hashes.flatMap((hash) => bucket.get(`${organization}/${hash}/context.tar`) ?? []);
    return { hashes, archives, entries: (await Promise.all(archives.map(entriesOf))).flat() };
  } finally {
    folders.delete(organization);
  }
}

/** The entries of a tar. */
export async function entriesOf(archive: Uint8Array | undefined): Promise<Entry[]> {
  if (!archive) throw new Error("no such archive was sent");
  const entries: Entry[] = [];
  const parser = list({});
  const done = new Promise((resolve, reject) => parser.on("end", resolve).on("error", reject));
  parser.on("entry", (entry) => {
    const chunks: Buffer[] = [];
    entry.on("data", (chunk: Buffer) => chunks.push(chunk));
    entry.on("end", () => {
      const { path, type, mode = 0, linkpath: link } = entry;
      entries.push({ path: path.replace(/\/$/, ""), type, mode, content: Buffer.concat(chunks), link });
    });
  });
  parser.end(Buffer.from(archive));
  await done;
  return entries;
}
