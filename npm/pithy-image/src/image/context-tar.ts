/** A build context as one tar, made while it is read. */
import { linkedTo } from "../shared/abort.ts";
import type { Parts } from "./packed-tar.ts";

/** The Dockerfile and the contexts, in their order: what Daytona's runner hands to its engine. */
export function contextTar(parts: Parts, signal: AbortSignal | undefined): ReadableStream<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const stop = linkedTo(signal); // also aborted when the reader goes away: open files are closed
  import("./packed-tar.ts") // few programs need it
    .then(({ packedTar }) => packedTar(parts, stop.signal).pipeTo(writable, { signal: stop.signal }))
    .catch((error) => {
      stop.abort();
      return writable.abort(error);
    })
    .catch(() => {}) // the reader gets it
    .finally(stop.unlink);
  return readable;
}
