/**
 * What Daytona does to a context on its way: the SDK archives each packed context, the runner puts the archives together.
 */
import { buffer } from "node:stream/consumers";
import { create } from "tar";
import { extract, type Header, pack } from "tar-stream";

/** A packed context: what `ResolvedImage.pack` returns. */
export interface Staged {
  readonly sourcePath: string;
  readonly archivePath: string;
}

/** The archive of one packed context: `ObjectStorage.uploadAsTar` of the SDK, with its archiver and its options. */
export function uploaded({ sourcePath, archivePath }: Staged): Promise<Buffer> {
  const cwd = sourcePath.slice(0, sourcePath.length - archivePath.length);
  return buffer(create({ cwd, portable: true, gzip: false }, [archivePath]));
}

/**
 * The context that the runner sends to the engine: the Dockerfile, then every entry of the archives in their order, of which
 * it keeps name, mode and size. Directories are dropped; a link becomes an empty file.
 */
export async function repacked(dockerfile: string, archives: readonly Buffer[]): Promise<Buffer> {
  const context = pack();
  context.entry({ name: "Dockerfile", mode: 0o644 }, dockerfile);
  for (const archive of archives) {
    for await (const entry of entriesOf(archive)) {
      const { name, mode, type } = entry.header;
      const content = await buffer(entry);
      if (type !== "directory") context.entry({ name, mode: mode ?? 0o644 }, content);
    }
  }
  context.finalize();
  return buffer(context);
}

/** The entries of a tar; each must be read before the next. */
export function entriesOf(archive: Buffer): AsyncIterable<Entry> {
  const entries = extract();
  entries.end(archive);
  return entries as AsyncIterable<Entry>;
}

/** An entry of a tar: its content can be read. */
type Entry = AsyncIterable<Uint8Array> & { readonly header: Header };
