/** Writes a build context as a tar. Its bytes are equal wherever it is made: the only times and owners in it are zeros. */
import { createTarPacker, type TarHeader } from "modern-tar";
import type { WrittenContext } from "../core/backend.ts";
import type { Host } from "../core/host.ts";
import type { ResolvedImage } from "../shared/wire.generated.ts";

/** What belongs to nobody, and to no time. */
const NOBODY = { uid: 0, gid: 0, mtime: new Date(0) } as const;

/** The Dockerfile and the contexts; what packs these, and what reads them then. */
export interface Parts extends Pick<ResolvedImage, "dockerfile" | "contexts"> {
  pack(): Promise<WrittenContext[]>;
  readonly read: Host["readPacked"];
}

/** A tar that is written while it is read. */
export function packedTar(
  { dockerfile, contexts, pack, read }: Parts,
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  const { readable, controller } = createTarPacker();
  const sizes = new Map(contexts.map(({ archivePath, size }) => [archivePath, size]));
  const entry = (header: TarHeader) => controller.add({ ...header, ...NOBODY });

  async function write(): Promise<void> {
    const written = await pack();
    const text = new TextEncoder().encode(dockerfile);
    await new Blob([text]).stream().pipeTo(entry({ name: "Dockerfile", mode: 0o644, size: text.length }), { signal });
    for (const context of written) {
      const { archivePath: name, mode } = context;
      const size = sizes.get(name) ?? 0;
      const bytes = await read?.(context, size);
      await bytes?.pipeTo(entry({ name, mode, size }), { signal });
    }
    controller.finalize();
  }

  write().catch((error) => controller.error(error));
  return readable;
}
