/** Places in the sources of what Next.js has built: a line of a chunk says nothing to anybody. */
import type { SourceMap, SourceMapPayload } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import native from "./native.cjs";

const chunks = new Map<string, boolean>();
const maps = new Map<string, SourceMap | undefined>();

/**
 * The place in the source of one in a chunk, relative to the current directory; nothing if there is no source map. A place that is in no
 * chunk stays as it is.
 */
export function sourcePlace(place: string): string | undefined {
  const [, file = "", line, column] = /^(.*):(\d+):(\d+)$/s.exec(place) ?? [];
  if (!isChunk(file)) return place;
  if (!maps.has(file)) maps.set(file, mapOf(file));
  const entry = maps.get(file)?.findEntry(Number(line) - 1, Number(column) - 1);
  if (!entry || !("originalSource" in entry)) return undefined;
  const { originalSource, originalLine, originalColumn } = entry;
  return `${pathOf(originalSource, file)}:${originalLine + 1}:${originalColumn + 1}`;
}

/** Whether Next.js has built a file: in `.next`, or in the directory that the application names as `distDir`. */
function isChunk(file: string): boolean {
  const known = chunks.get(file) ?? (/[\\/]\.next[\\/]/.test(file) || builtInto(file));
  chunks.set(file, known);
  return known;
}

/** What Next.js has built for servers is in `server`, beside this manifest. */
const builtInto = (file: string): boolean =>
  [...file.matchAll(/[\\/]server(?=[\\/])/g)].some(({ index }) =>
    native.fs().existsSync(join(file.slice(0, index), "build-manifest.json")),
  );

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
