import { type CallSites, PithyImageError } from "./error.ts";
import native from "./native.cjs";
import type { Problem } from "./wire.generated.ts";

/** An image that the core has resolved; `json` is an answer with a `ResolvedImage`. */
export interface Resolution {
  readonly json: string;
  stageSync(cache?: string): string;
  stage(cache?: string, cancel?: Canceller): Promise<string>;
}

/** Stops work that was begun with it. */
export interface Canceller {
  cancel(): void;
}

/** What the core offers. Every text is JSON; every answer is `{"ok": …}` or `{"problems": […]}`. */
export interface Backend {
  check(definition: string): string;
  pithyJaunt(options: string): string;
  snapshotName(spec: string): string;
  resolveSync(definition: string, root?: string): Resolution;
  resolveAsync(
    definition: string,
    root?: string,
    cancel?: Canceller,
    onProgress?: (counts: number[]) => void,
  ): Promise<Resolution>;
  readonly Canceller: new () => Canceller;
}

let loaded: Backend | undefined;

/** The core, loaded when it is first needed: importing the package loads no addon. */
export function backend(): Backend {
  loaded ??= native.load() as Backend;
  return loaded;
}

/**
 * What an answer holds.
 *
 * @throws PithyImageError with the answer's problems; `callSites` says which line made a step.
 */
export function unwrap<T>(answer: string, callSites?: CallSites): T {
  const { ok, problems } = JSON.parse(answer) as { ok: T; problems?: Problem[] };
  if (problems) throw PithyImageError.of(problems, callSites);
  return ok;
}

/** What JSON would drop from an object becomes null, which the core refuses. */
export const orNull = (part: unknown): unknown =>
  part === undefined || typeof part === "function" || typeof part === "symbol" ? null : part;

/** JSON for the core. What it cannot hold at all is a problem like any other, of the step that `place` names. */
export function toWire(value: unknown, place?: () => { path: string; callSite: string | undefined }): string {
  try {
    return JSON.stringify(value) ?? "null";
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split("\n");
    const message = `The arguments cannot be written as JSON: ${reason}.`;
    const hint = "Pass strings, numbers, lists and plain objects.";
    const { path, callSite } = place?.() ?? { path: "", callSite: undefined };
    throw PithyImageError.of([{ code: "wrong_type", message, hint, path }], () => callSite);
  }
}
