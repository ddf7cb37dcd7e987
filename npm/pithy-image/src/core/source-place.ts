/** Places in the sources of what Next.js has built: a line of a chunk says nothing to anybody. */
import type { SourceMap, SourceMapPayload } from "node:module";
import { dirname, relative, resolve } from "node:path";
import native from "./native.cjs";

/** A file that Next.js has built. */
const CHUNK = /[\\/]\.next[\\/]/;

const maps = new Map<string, SourceMap | undefined>();

/**
 * The place in the source of one in a chunk, relative to the current directory; nothing if there is no source map. A place that is in no
 * chunk stays as it is.
 */
export function sourcePlace(place: string): string | undefined {
  const [, file = "", line, column] = /^(.*):(\d+):(\d+)$/s.exec(place) ?? [];
  if (!CHUNK.test(file)) return place;
  if (!maps.has(file)) maps.set(file, mapOf(file));
  const entry = maps.get(file)?.findEntry(Number(line) - 1, Number(column) - 1);
  if (!entry || !("originalSource" in entry)) return undefined;
  const { originalSource, originalLine, originalColumn } = entry;
  return `${pathOf(originalSource, file)}:${originalLine + 1}:${originalColumn + 1}`;
}

/** The map that Node knows, or the one beside the chunk. */
function mapOf(file: string): SourceMap | undefined {
  try {
    const { findSourceMap, SourceMap } = native.module();
    const read = () => JSON.parse(native.fs().readFileSync(`${file}.map`, "utf8")) as SourceMapPayload;
    return findSourceMap(file) ?? new SourceMap(read());
  } catch {
    return undefined;
  }
}

/** Bundlers name the project in their own ways: `turbopack:///[project]/lib/image.ts`, `webpack://app/./lib/image.ts?1a2b`. */
function pathOf(source: string, file: string): string {
  const named = /^(?:turbopack:\/\/\/\[project\]|webpack:\/\/[^/]*)\/(?:\.\/)?([^?]*)/.exec(source)?.[1];
  return named ?? relative("", resolve(dirname(file), source.replace(/^file:\/\//, ""))).replaceAll("\\", "/");
}
