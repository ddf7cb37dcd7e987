import { whenAborted } from "../shared/abort.ts";
import { type CallSites, located, PithyImageError, type Problem } from "../shared/errors.ts";
import type { PackedContext, Progress } from "../shared/types.ts";
import type { Problem as WireProblem } from "../shared/wire.generated.ts";

/** `{"ok": …}` or `{"problems": […]}`: the addon writes it as JSON text, the WebAssembly module as a value. */
export type Answer = unknown;

/** A packed context, and its mode in the build context: 0o644 or 0o755, whatever the disk can hold. */
export interface WrittenContext extends PackedContext {
  readonly mode: number;
}

/** What the core may remember of files. */
export interface Memory {
  /** The directory of the context cache. */
  readonly cache?: string | undefined;
  /** Whether every file is read, whatever the cache knows of it. */
  readonly rereads?: boolean | undefined;
}

/** An image that the core has resolved: its answer holds a `ResolvedImage`. */
export interface Resolution {
  readonly answer: Answer;
  /** `Finding[]`. */
  findings(): Answer;
  /** `Contents`. */
  contents(): Answer;
  /** `DaytonaHashes`. */
  hashesSync(memory: Memory): Answer;
  hashes(memory: Memory, cancel: Canceller, onProgress?: Report): Promise<Answer>;
  packSync(memory: Memory): Answer;
  pack(memory: Memory, cancel: Canceller, onProgress?: Report): Promise<Answer>;
}

/** Cancels the work that it was passed to. */
export interface Canceller {
  cancel(): void;
}

/** Called with the numbers of files, all files, bytes and all bytes. */
export type Report = (counts: number[]) => void;

/** The reports of each kind of work. */
export type Reports = (work: Progress["work"]) => Report | undefined;

/** The functions of the core. All arguments are JSON text, except those of the last ones. */
export interface Backend {
  check(definition: string): Answer;
  lintDockerfile(text: string): Answer;
  mask(text: string): Answer;
  outline(definition: string): Answer;
  pithyJaunt(options: string): Answer;
  plan(request: string): Answer;
  snapshotName(spec: string): Answer;
  resolveSync(definition: string, root: string | undefined, memory: Memory): Resolution;
  resolveAsync(
    definition: string,
    root: string | undefined,
    memory: Memory,
    cancel: Canceller,
    onProgress: Report | undefined,
  ): Promise<Resolution>;
  readonly Canceller: new () => Canceller;
  /** Looks after the context cache; its answer is a `CacheReport`. Only the addon keeps one. */
  keepUp?(what: string, memory: Memory): Promise<Answer>;
}

/**
 * What an answer holds.
 *
 * @throws PithyImageError with the answer's problems; `callSites` says which line made a step, `refine` may replace each of them.
 */
export function unwrap<T>(
  answer: Answer,
  callSites?: CallSites,
  refine: (problem: Problem) => Problem = (problem) => problem,
): T {
  const value = typeof answer === "string" ? JSON.parse(answer) : answer;
  const { ok, problems } = value as { ok: T; problems?: WireProblem[] };
  if (problems) throw new PithyImageError(located(problems, callSites).map(refine));
  return ok;
}

/** Turns what JSON would drop from an object into null, which the core refuses. */
export const orNull = (part: unknown): unknown =>
  part === undefined || typeof part === "function" || typeof part === "symbol" ? null : part;

/** JSON for the core. A value that JSON cannot represent is a problem of the step that `place` names. */
export function toWire(value: unknown, place?: () => { path: string; callSite: string | undefined }): string {
  try {
    return JSON.stringify(value) ?? "null";
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split("\n");
    const message = `The arguments cannot be represented as JSON: ${reason}.`;
    const hint = "Pass strings, numbers, arrays and plain objects.";
    const { path, callSite } = place?.() ?? { path: "", callSite: undefined };
    throw new PithyImageError([{ code: "wrong_type", message, hint, path, ...(callSite && { callSite }) }]);
  }
}

/** Runs work that a signal can cancel. */
export async function cancellable<T>(
  signal: AbortSignal | undefined,
  canceller: Canceller,
  work: (canceller: Canceller) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const unlink = whenAborted(signal, () => canceller.cancel());
  try {
    const result = await work(canceller);
    signal?.throwIfAborted(); // it came too late to cancel the work, but still counts
    return result;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    unlink();
  }
}
