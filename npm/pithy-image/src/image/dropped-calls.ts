/**
 * Calls whose results were dropped. The Daytona SDK changes its images in place; ours are immutable, so that a program which
 * relies on that would build an image without what it asked for.
 */
import { type CallSite, describeCallSite } from "../shared/call-site.ts";
import type { Problem } from "../shared/errors.ts";

interface Call {
  readonly name: string;
  readonly site: CallSite | undefined;
}

/** How many calls are remembered per image. */
const MOST = 10;

/** The calls on one image whose results have not been used, and the call that made the image itself. */
export class DroppedCalls {
  #unused: Set<Call> | undefined;
  /** How many results of calls on the image were used. */
  #branches = 0;
  #origin: { readonly calls: DroppedCalls; readonly call: Call } | undefined;

  /** Notes a call, and the calls on its result: a chain of calls is dropped if its last result is. */
  add(name: string, site: CallSite | undefined, result: DroppedCalls): void {
    const call = { name, site };
    this.#unused ??= new Set();
    if (this.#unused.size < MOST) this.#unused.add(call);
    result.#origin = { calls: this, call };
  }

  /**
   * Notes that the image is used: the calls that made it were not in vain. Returns what takes the calls on it that were dropped,
   * to be called when the use is over: if another result was used by then, the image is a base with branches.
   */
  use(): () => Problem[] {
    for (let at: DroppedCalls = this; at.#origin; ) {
      const { calls, call } = at.#origin;
      calls.#unused?.delete(call);
      calls.#branches += 1;
      at.#origin = undefined;
      at = calls;
    }
    const branches = this.#branches;
    return () => (this.#branches === branches ? [...(this.#unused ?? [])].map(problemOf) : []);
  }

  /** Forgets the calls, which were reported. */
  clear(): void {
    this.#unused?.clear();
  }
}

function problemOf({ name, site }: Call): Problem {
  const callSite = describeCallSite(site);
  return {
    code: "dropped_call",
    path: "",
    message: `The result of \`${name}\` was not used, and the image is used without it.`,
    hint: `Images are immutable: write \`image = image.${name}(…)\`, or use the result first.`,
    ...(callSite && { callSite }),
  };
}
