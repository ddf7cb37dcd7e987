/** A finding on one line, where there is more to say. */
import { isAbsolute, relative } from "node:path";
import type { Finding } from "../../shared/errors.ts";

/** A path, or one with a line, relative to the current directory. */
export const shortPath = (path: string): string => (isAbsolute(path) ? relative("", path) : path);

export function findingLine({ severity, code, message, source, callSite }: Finding): string {
  const place = source ?? (callSite && shortPath(callSite));
  return `${severity.padEnd(8)} ${code}${place ? `  ${place}` : ""}: ${message}`;
}
