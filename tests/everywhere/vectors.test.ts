/** The golden vectors of `tests/vectors`, against files that are given. */
import { Image, init, type LocalFile, PithyImageError, type SnapshotNameOptions } from "pithy-image";
import { beforeAll, describe, expect, test } from "vitest";
import names from "../vectors/names/snapshots.json" with { type: "json" };
import type { Vector, Written } from "../vectors/vector.ts";

const topics = import.meta.glob<{ vectors: Vector[] }>("../vectors/*.json", { eager: true });

const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

const given = (files: Record<string, Written>): LocalFile[] =>
  Object.entries(files).map(([path, { text, base64, executable, directory, link }]) => {
    if (directory) return { path, kind: "directory" };
    if (link !== undefined) return { path, target: link };
    const bytes = base64 === undefined ? new TextEncoder().encode(text) : fromBase64(base64);
    return { path, bytes, executable };
  });

/** What comes out, but for the bytes that are sent: their hash is there. */
async function outcome({ definition, definitionText, files = {} }: Vector) {
  try {
    const image = Image.fromJSON(definitionText ?? definition ?? "");
    const { dockerfile, imageDigest, snapshotRef, contexts, contextHashes } = await image.resolveFiles(given(files), {
      root: ".",
    });
    const sent = contexts.map(({ archivePath, sourceDigest }, i) => ({
      archivePath,
      sourceDigest,
      hash: contextHashes[i],
    }));
    return { dockerfile, imageDigest, snapshotRef, contexts: sent };
  } catch (error) {
    if (!(error instanceof PithyImageError)) throw error;
    return { problems: error.problems.map(({ code, path }) => ({ code, path })) };
  }
}

function expected({ expect }: Vector) {
  if ("problems" in expect) return expect;
  const contexts = expect.contexts.map(({ archivePath, sourceDigest, hash }) => ({ archivePath, sourceDigest, hash }));
  return { ...expect, contexts };
}

beforeAll(() => init());

test("there are many", () => {
  expect(Object.values(topics).flatMap(({ vectors }) => vectors).length).toBeGreaterThan(500);
});

describe.each(Object.entries(topics))("%s", (_, { vectors }) => {
  test.each(vectors)("$name", async (vector) => {
    expect(await outcome(vector)).toEqual(expected(vector));
  });
});

interface NamedSnapshot {
  name: string;
  spec: { imageDigest: string } & SnapshotNameOptions;
  expect: { name: string } | { problems: { code: string; path: string }[] };
}

describe("names of snapshots", () => {
  test.each(names.vectors as NamedSnapshot[])(
    "$name",
    async ({ spec: { imageDigest, ...options }, expect: expected }) => {
      const resolved = await Image.base("debian:12").resolve();
      expect(resolved.imageDigest).toBe(imageDigest);
      try {
        expect({ name: resolved.snapshotName(options) }).toEqual(expected);
      } catch (error) {
        if (!(error instanceof PithyImageError)) throw error;
        expect({ problems: error.problems.map(({ code, path }) => ({ code, path })) }).toEqual(expected);
      }
    },
  );
});
