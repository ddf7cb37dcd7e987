/** What a snapshot is, compared with what is wanted: its name says so only if it was made from the image. */
import type { ResolvedImage } from "../../image/resolved.ts";
import type { SnapshotNameOptions } from "../../shared/types.ts";
import type { SnapshotRecord } from "./snapshot-record.ts";

/** The line of a Dockerfile that only gives a build another key. */
const REFRESH = /^ARG PITHY_IMAGE_REFRESH=.*\n/gm;

type Content = Pick<ResolvedImage, "dockerfile" | "snapshotRef">;

/** What of a snapshot is another than that of an image: its `image`, `machine`, `region` or `sandbox class`. */
export function differenceOf(
  snapshot: SnapshotRecord,
  image: Content,
  build: Content,
  { resources = {}, region, sandboxClass }: SnapshotNameOptions,
): string | undefined {
  const { cpu, mem, disk, gpu, regionIds } = snapshot;
  if (!holds(snapshot, image) && !holds(snapshot, build)) return "image";
  const machine = [cpu, mem, disk, gpu];
  const wanted = [resources.cpu, resources.memory, resources.disk, resources.gpu];
  if (!machine.every((size, index) => agree(size, wanted[index]))) return "machine";
  if (regionIds && region !== undefined && !regionIds.includes(region)) return "region";
  return agree(snapshot.sandboxClass, sandboxClass) ? undefined : "sandbox class";
}

/** A registry stands before the key in `ref`. The Dockerfile names the content of all files, so it alone tells an image. */
function holds({ ref, buildInfo }: SnapshotRecord, image: Content): boolean {
  const key = buildInfo?.snapshotRef ?? ref;
  if (key === undefined || key.endsWith(image.snapshotRef)) return true;
  return buildInfo?.dockerfileContent?.replace(REFRESH, "") === image.dockerfile;
}

/** What is not told or not wanted is no difference. */
const agree = (is: unknown, wanted: unknown): boolean => is === undefined || wanted === undefined || is === wanted;
