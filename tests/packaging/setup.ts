import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { FILES, images } from "./projects/shared/identity.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** A directory for all projects; outside of this repository, where they would find packages that they lack. */
    scratch: string;
    /** The tarballs, by the names of their packages. */
    tarballs: Readonly<Record<string, string>>;
    /** What native code calls the images, for files on a disk. */
    names: readonly { imageDigest: string; snapshotRef: string }[];
  }
}

const PACK = fileURLToPath(new URL("../../scripts/pack.mjs", import.meta.url));

/** Packs what is published, and names the images, once for all tests. */
export default async function setup(project: TestProject): Promise<() => void> {
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), "pithy-image-packaging-")));
  project.provide("scratch", scratch);
  project.provide("tarballs", pack(scratch));
  project.provide("names", await names(join(scratch, "root")));
  return () => rmSync(scratch, { recursive: true, force: true });
}

function pack(directory: string): Record<string, string> {
  const json = execFileSync(process.execPath, [PACK, directory], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  const packed: { name: string; filename: string }[] = JSON.parse(json);
  return Object.fromEntries(packed.map(({ name, filename }) => [name, join(directory, filename)]));
}

async function names(root: string) {
  for (const { path, bytes, executable } of FILES) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), bytes, { mode: executable ? 0o755 : 0o644 });
  }
  const resolved = await Promise.all(images().map((image) => image.resolve({ root })));
  return resolved.map(({ imageDigest, snapshotRef }) => ({ imageDigest, snapshotRef }));
}
