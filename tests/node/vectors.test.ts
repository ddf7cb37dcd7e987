/** The golden vectors of `tests/vectors`, through the built package, on a disk. */
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Image, type PackedContext, PithyImageError, type ResolvedImage } from "pithy-image";
import { describe, expect, test } from "vitest";
import type { Expected, Vector, Written } from "../vectors/vector.ts";
import { files, problemsOf, TOP } from "./helpers.ts";

const DIRECTORY = join(TOP, "tests/vectors");

const topics = readdirSync(DIRECTORY)
  .filter((name) => name.endsWith(".json"))
  .map((name) => {
    const { vectors } = JSON.parse(readFileSync(join(DIRECTORY, name), "utf8")) as { vectors: Vector[] };
    return { topic: name.replace(/\.json$/, ""), vectors };
  });

/** Makes what a vector describes; the modes differ in all but the bit that counts. */
function place(root: string, nodes: Record<string, Written> = {}): void {
  for (const [name, { text, base64, executable, directory, link }] of Object.entries(nodes)) {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    if (directory) {
      mkdirSync(path, { recursive: true });
    } else if (link === undefined) {
      writeFileSync(path, base64 === undefined ? (text ?? "") : Buffer.from(base64, "base64"));
      chmodSync(path, executable ? 0o711 : 0o664);
    } else {
      symlinkSync(link, path);
    }
  }
}

function found(resolved: ResolvedImage, packed: PackedContext[]): Expected {
  const contexts = resolved.contexts.map(({ archivePath, sourceDigest, size }, index) => {
    const { sourcePath = "", archivePath: packedAs } = packed[index] ?? {};
    expect(packedAs).toBe(archivePath);
    expect(sourcePath.endsWith(`/${archivePath}`)).toBe(true);
    const bytes = readFileSync(sourcePath);
    expect(bytes.length).toBe(size);
    return {
      archivePath,
      sourceDigest,
      hash: resolved.contextHashes[index] ?? "",
      sha256: `sha256:${createHash("sha256").update(bytes).digest("hex")}`,
      mode: (statSync(sourcePath).mode & 0o7777).toString(8).padStart(4, "0"),
    };
  });
  const { dockerfile, imageDigest, snapshotRef } = resolved;
  return { dockerfile, imageDigest, snapshotRef, contexts };
}

/** What comes out, as a vector writes it. */
async function outcome(work: () => Promise<Expected>): Promise<Vector["expect"]> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PithyImageError) return { problems: problemsOf(error) };
    throw error;
  }
}

test("there are vectors of images and of problems", () => {
  const all = topics.flatMap(({ vectors }) => vectors);
  expect(all.filter((vector) => "problems" in vector.expect).length).toBeGreaterThan(10);
  expect(all.filter((vector) => "dockerfile" in vector.expect).length).toBeGreaterThan(10);
});

describe.each(topics)("$topic", ({ vectors }) => {
  test.each(vectors)("$name", async (vector) => {
    const root = files();
    place(root, vector.files);
    const read = () => Image.fromJSON(vector.definitionText ?? vector.definition ?? "");

    const blocking = await outcome(async () => {
      const resolved = read().resolveSync({ root });
      return found(resolved, resolved.packSync());
    });
    expect(blocking).toEqual(vector.expect);
    const waiting = await outcome(async () => {
      const resolved = await read().resolve({ root });
      return found(resolved, await resolved.pack());
    });
    expect(waiting).toEqual(vector.expect);
  });
});
