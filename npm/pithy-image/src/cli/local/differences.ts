/** What Daytona does differently than an engine of this machine. */
import { arch, availableParallelism, totalmem } from "node:os";
import { bytes } from "../../../../pithy-image-preview/src/text/quantity.ts";
import type { ResolvedImage } from "../../image/resolved.ts";
import { describeProblem } from "../../shared/errors.ts";
import { entrypointOf, IDLE } from "./container.ts";
import type { Engine, LocalImage } from "./engine.ts";

/** The platform of Daytona's sandboxes, and so of its builds. */
export const PLATFORM = "linux/amd64";

/** What Daytona gives a build, and the largest snapshot; in bytes. */
const CPUS = 4;
const MEMORY = 8 * 1024 ** 3;
const SNAPSHOT = 20 * 1024 ** 3;

/** What there is to know before a build: what Daytona does differently with this engine, on this machine, for this platform. */
export function differencesOf(engine: Engine, platform: string): string[] {
  const isEmulated = platform === PLATFORM && arch() !== "x64";
  const less = [
    ...(availableParallelism() > CPUS ? [`${CPUS} CPUs`] : []),
    ...(totalmem() > MEMORY ? [`${bytes(MEMORY)} of memory`] : []),
  ];
  return [
    ...(engine.hasBuildKit
      ? []
      : [`Daytona builds with BuildKit; ${engine.description} may do some things differently.`]),
    ...(platform === PLATFORM ? [] : [`Daytona builds and runs ${PLATFORM} only, not ${platform}.`]),
    ...(isEmulated
      ? [`This machine emulates ${PLATFORM}, which is slow: \`--platform linux/${arch()}\` is faster.`]
      : []),
    ...(less.length > 0 ? [`Daytona gives a build ${less.join(" and ")}, less than there is here.`] : []),
  ];
}

/** What is known of the image that was built. */
export function differencesIn(image: LocalImage, { dockerfile, findings }: ResolvedImage): string[] {
  const isInherited = image.entrypoint.length > 0 && entrypointOf(dockerfile) === IDLE;
  const known = findings.filter(({ code }) => code === "ignored_by_daytona").map(describeProblem);
  const inherited = `Daytona does not start what the base image does, \`${image.entrypoint.join(" ")}\`, but \`sleep infinity\`: name the program with \`entrypoint\`.`;
  return [
    ...known,
    ...(isInherited ? [inherited] : []),
    ...((image.size ?? 0) > SNAPSHOT
      ? [`Daytona's snapshots have at most ${bytes(SNAPSHOT)}; this image has ${bytes(image.size ?? 0)}.`]
      : []),
  ];
}
