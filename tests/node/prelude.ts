/**
 * The names that examples use without saying where they come from. An example that imports or declares one itself gets
 * its own.
 */

import { Daytona } from "@daytonaio/sdk";
import { Image, type Lock, lockEntry, type ResolvedImage } from "pithy-image";

export { Daytona, Image as SdkImage } from "@daytonaio/sdk";
export {
  type AnyImage,
  type Baseline,
  backend,
  buildPithyJauntImage,
  buildPithyJauntImageFromDockerfile,
  type CleanedUp,
  captureCallSites,
  type FailureCode,
  type FailureDetails,
  type Finding,
  Image,
  type ImageBuilder,
  type ImageClass,
  type ImageStatics,
  init,
  type LintLevel,
  type LintOptions,
  type LintRules,
  type LocalFile,
  type Lock,
  type LockContent,
  type LockEntry,
  lockEntry,
  maskSecrets,
  PithyDaytonaError,
  PithyImageError,
  type Plan,
  type Progress,
  type PythonSeries,
  parseLock,
  planBetween,
  type ResolveFilesOptions,
  type ResolveOptions,
  type SnapshotBuild,
  serializeLock,
  type WatchOptions,
} from "pithy-image";
export {
  type BoundBuilder,
  type BoundImage,
  type BoundImageClass,
  bindImage,
  type CallOptions,
  type Clock,
  type CreateSandboxOptions,
  createPithyJauntSnapshot,
  daytonaConfig,
  type EnsuredSnapshot,
  type EnsureOutcome,
  type EnsureSnapshotOptions,
  pithyDaytona,
  type Resolvable,
  type SandboxOf,
  type SdkImageClass,
  type SdkImageParts,
  type SnapshotRecord,
  toDaytonaImage,
} from "pithy-image/daytona";

/** An image to go on from. */
export const image: Image = Image.base("debian:12-slim");

/** An image with a file that was resolved. */
export const resolved: ResolvedImage = await image.addLocalFile("daytona/execution.sh", "/app/execution.sh").resolve();

/** A lock with an image in it. */
export const lock: Lock = {
  format: "pithy-image-lock/1",
  images: { agent: lockEntry(resolved, { prefix: "acme/agent" }) },
};

/** What serverless platforms call it: the process goes on until the promise is settled. */
export const waitUntil = (work: Promise<unknown>): void => void work;

/** A client of Daytona; the environment says which. */
export const daytona: Daytona = new Daytona({ useDeprecatedPolling: true });
