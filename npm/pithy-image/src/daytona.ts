/**
 * Hands images to the Daytona SDK. The SDK is never imported here: its `Image` class is passed in, since every copy of
 * the SDK has its own, and `daytona.create` takes an image of another copy for none at all.
 *
 * @packageDocumentation
 */

export {
  type BoundBuilder,
  type BoundImage,
  type BoundImageClass,
  bindImage,
  type CreateSnapshotOptions,
  createPithyJauntSnapshot,
  type SnapshotClient,
  type SnapshotOf,
} from "./bind.ts";
export type { CallOptions } from "./daytona/call.ts";
export type { DaytonaClient, SandboxOf } from "./daytona/client.ts";
export type { Clock } from "./daytona/clock.ts";
export { type ClientSettings, type DaytonaSettings, daytonaConfig } from "./daytona/config.ts";
export { type PithyDaytona, type PithyDaytonaOptions, pithyDaytona } from "./daytona/pithy-daytona.ts";
export type { CreateSandboxOptions } from "./daytona/sandbox/options.ts";
export type { KeptSandbox, Reaped, ReapOptions } from "./daytona/sandbox/reap.ts";
export { type SdkImageClass, type SdkImageParts, toDaytonaImage } from "./daytona/sdk-image.ts";
export type { EnsuredSnapshot, EnsureOutcome } from "./daytona/snapshot/ensure.ts";
export type { EnsureSnapshotOptions } from "./daytona/snapshot/options.ts";
export type { KeptSnapshot, Pruned, PruneRules, PruneSnapshotsOptions } from "./daytona/snapshot/prune.ts";
export type { SnapshotRecord } from "./daytona/snapshot/record.ts";
export type { Difference, Verified, VerifySnapshotOptions } from "./daytona/snapshot/verify.ts";
export type { StartedTask, TaskOptions, TaskSandbox } from "./daytona/task.ts";
export { type FailureCode, type FailureDetails, PithyImageError, type Problem } from "./error.ts";
