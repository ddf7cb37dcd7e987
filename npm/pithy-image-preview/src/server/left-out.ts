import type { ResolvedImage } from "pithy-image";
import type { LeftOut } from "../spec.ts";

/** Entries on the disk that are looked at where somebody waits for a page. */
const MOST = 10_000;

/** What ignore rules left out of an image, each with its size where there is a disk. */
export async function withSizes(
  { root, ignored }: Pick<ResolvedImage, "root" | "ignored">,
  most: number = MOST,
  signal?: AbortSignal,
): Promise<LeftOut[]> {
  const disk = await import("./disk.ts").catch(() => undefined);
  if (!disk || root === undefined) return ignored;
  const look = { left: most };
  const sizes = new Map<string, Partial<LeftOut>>();
  for (const { path } of ignored) {
    if (!sizes.has(path)) sizes.set(path, (await disk.sizeOf(`${root}/${path}`, look, signal)) ?? {});
  }
  return ignored.map((each) => ({ ...each, ...sizes.get(each.path) }));
}
