/** A place in the caller's code. The stack is only formatted when it is needed. */
export interface CallSite {
  stack?: string;
}

let capturing = true;

/**
 * Switches the recording of call sites off or on (the default). It costs a few microseconds per call, and is used only in
 * errors and warnings: no definition, digest or key depends on it.
 *
 * @example
 * ```ts
 * captureCallSites(process.env.NODE_ENV !== "production");
 * ```
 */
export function captureCallSites(on: boolean): void {
  capturing = on;
}

/** Frames to record: the caller, after a few functions of this package. */
const FRAMES = 4;

/** Records the caller of `method`, a function of this package. */
export function captureCallSite(method: unknown, frames: number = FRAMES): CallSite | undefined {
  if (!capturing || typeof Error.captureStackTrace !== "function") return undefined;
  const site: CallSite = {};
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = frames;
  Error.captureStackTrace(site, method as () => void);
  Error.stackTraceLimit = limit;
  return site;
}

const place = (frame: string): string | undefined =>
  (/ \((.*:\d+:\d+)\)$/.exec(frame) ?? /^at (?:async )?(.*:\d+:\d+)$/.exec(frame))?.[1];

/** A place as a path; unchanged if it is not a well-formed URL. */
const path = (place: string): string => {
  if (!place.startsWith("file://")) return place;
  try {
    return decodeURIComponent(place.slice("file://".length));
  } catch {
    return place;
  }
};

/** The stack is not a string where the application set `Error.prepareStackTrace`. */
const places = (stack: unknown): string[] =>
  String(stack)
    .split("\n")
    .flatMap((line) => {
      const found = place(line.trim());
      return found === undefined || found.startsWith("node:") ? [] : [path(found)];
    });

const directory = (place: string): string => place.slice(0, place.replaceAll("\\", "/").lastIndexOf("/") + 1);

let original = (place: string): string | undefined => place;

/** Sets what finds the place in the source of one in a bundle: nothing if it cannot be known. */
export const mapPlaces = (find: (place: string) => string | undefined): void => {
  original = find;
};

/** `path:line:column` of the first frame outside this package; the nearest frame if a bundle contains both. */
export function describeCallSite(site: CallSite | undefined): string | undefined {
  const candidates = places(site?.stack);
  const own = directory(places(new Error().stack)[0] ?? "");
  const place = candidates.find((candidate) => directory(candidate) !== own) ?? candidates[0];
  return place && original(place);
}
