/** A build context as one tar. Its bytes are equal wherever it is made: the only times and owners in it are zeros. */

import type { TarHeader } from "modern-tar";
import { host } from "#host";
import type { WrittenContext } from "../core/backend.ts";
import { linkedTo } from "../shared/abort.ts";
import type { ResolvedImage } from "../shared/wire.generated.ts";

/** What belongs to nobody, and to no time. */
const NOBODY = { uid: 0, gid: 0, mtime: new Date(0) } as const;

type Parts = Pick<ResolvedImage, "dockerfile" | "contexts">;
type Pack = () => Promise<WrittenContext[]>;

/** The Dockerfile and the contexts, in their order: what Daytona's runner hands to its engine. */
export function contextTar(parts: Parts, pack: Pack, signal: AbortSignal | undefined): ReadableStream<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const stop = linkedTo(signal); // also aborted when the reader goes away: open files are closed
  packed(parts, pack, stop.signal)
    .then((tar) => tar.pipeTo(writable, { signal: stop.signal }))
    .catch((error) => {
      stop.abort();
      return writable.abort(error);
    })
    .catch(() => {}) // the reader gets it
    .finally(stop.unlink);
  return readable;
}

/** A tar that is written while it is read. What writes it is loaded only here: few programs need it. */
async function packed({ dockerfile, contexts }: Parts, pack: Pack, signal: AbortSignal) {
  const { createTarPacker } = await import("modern-tar");
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
      const bytes = await host.readPacked?.(context, size);
      await bytes?.pipeTo(entry({ name, mode, size }), { signal });
    }
    controller.finalize();
  }

  write().catch((error) => controller.error(error));
  return readable;
}
