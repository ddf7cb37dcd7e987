/** Whether a snapshot is what is wanted: only a name that is derived from the image guarantees it. */
import type { ResolvedImage } from "../../image/resolved.ts";
import type { SnapshotNameOptions } from "../../shared/types.ts";
import type { Source } from "./ensured.ts";
import type { SnapshotRecord } from "./snapshot-record.ts";

/** A Dockerfile without the lines that only change the key of a build. */
export const withoutRefresh = (dockerfile: string): string =>
  dockerfile.replace(/^ARG PITHY_IMAGE_REFRESH=.*\n?/gm, "");

/** What differs between a snapshot and an image: the `image`, `machine`, `region` or `sandbox class`. */
export function differenceOf(
  snapshot: SnapshotRecord,
  source: Source,
  { resources = {}, region, sandboxClass }: SnapshotNameOptions,
): string | undefined {
  const { cpu, mem, disk, gpu, regionIds } = snapshot;
  if (!holds(snapshot, source)) return "image";
  const machine = [cpu, mem, disk, gpu];
  const wanted = [resources.cpu, resources.memory, resources.disk, resources.gpu];
  if (!machine.every((size, index) => agree(size, wanted[index]))) return "machine";
  if (regionIds && region !== undefined && !regionIds.includes(region)) return "region";
  return agree(snapshot.sandboxClass, sandboxClass) ? undefined : "sandbox class";
}

function holds(snapshot: SnapshotRecord, source: Source): boolean {
  if ("reference" in source) return snapshot.imageName === source.reference;
  return isBuiltFrom(snapshot, source.image) || isBuiltFrom(snapshot, source.build);
}

/** In `ref`, a registry precedes the key. The Dockerfile names the content of all files, so it identifies an image. */
function isBuiltFrom(
  { ref, buildInfo, imageName }: SnapshotRecord,
  image: Pick<ResolvedImage, "dockerfile" | "snapshotRef">,
): boolean {
  if (imageName) return false;
  const key = buildInfo?.snapshotRef ?? ref;
  if (key === undefined || key.endsWith(image.snapshotRef)) return true;
  const { dockerfileContent } = buildInfo ?? {};
  return dockerfileContent !== undefined && withoutRefresh(dockerfileContent) === image.dockerfile;
}

/** Whether two values agree; one that is unknown or not requested does. */
const agree = (is: unknown, wanted: unknown): boolean => is === undefined || wanted === undefined || is === wanted;
