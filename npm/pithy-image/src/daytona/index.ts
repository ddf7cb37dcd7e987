/**
 * Passes images to the Daytona SDK. The SDK is never imported here: its `Image` class is passed in, since every copy of the
 * SDK has its own, and `daytona.create` silently ignores an image of another copy.
 *
 * @packageDocumentation
 */

export type { LockContent } from "../lock/lock.ts";
export {
  type CleanedUp,
  type FailureCode,
  type FailureDetails,
  PithyDaytonaError,
  PithyImageError,
  type Problem,
} from "../shared/errors.ts";
export type { BindOptions } from "../shared/types.ts";
export { type BoundBuilder, type BoundImage, type BoundImageClass, bindImage } from "./bind.ts";
export type { BuildListeners } from "./build-log.ts";
export type { CallOptions } from "./call.ts";
export type { CreateParamsOf, DaytonaClient, SandboxOf } from "./client.ts";
export type { Clock } from "./clock.ts";
export { type ClientSettings, type DaytonaSettings, daytonaConfig } from "./config.ts";
export { type PithyDaytona, type PithyDaytonaOptions, pithyDaytona } from "./pithy-daytona.ts";
export {
  type CreateSnapshotOptions,
  createPithyJauntSnapshot,
  type SnapshotClient,
  type SnapshotOf,
} from "./pithy-jaunt-snapshot.ts";
export type { KeepSandboxReason, Reaped, ReapOptions } from "./sandbox/reap.ts";
export type {
  CreateFromImage,
  CreateFromLock,
  CreateFromSnapshot,
  CreateSandboxOptions,
  OtherParams,
  SandboxOptions,
} from "./sandbox/sandbox-options.ts";
export { type Resolvable, type SdkImageClass, type SdkImageParts, toDaytonaImage } from "./sdk-image.ts";
export type { Difference } from "./snapshot/difference.ts";
export type { EnsureSnapshotOptions, SnapshotSource } from "./snapshot/ensure-options.ts";
export type { EnsuredSnapshot, EnsureOutcome } from "./snapshot/ensured.ts";
export type { KeepSnapshotReason, Pruned, PruneSnapshotsOptions } from "./snapshot/prune.ts";
export type { PruneRules } from "./snapshot/prune-rules.ts";
export type { SnapshotLogOptions } from "./snapshot/snapshot-log.ts";
export type { SnapshotRecord } from "./snapshot/snapshot-record.ts";
export type { Verified, VerifySnapshotOptions } from "./snapshot/verify.ts";
export type { TaskOptions } from "./task/start-task.ts";
export type { StartedTask, TaskEnd, TaskIds, TaskOutputOptions } from "./task/started-task.ts";
export type { TaskOutput } from "./task/task-log.ts";
export type { TaskSandbox } from "./task/toolbox.ts";
