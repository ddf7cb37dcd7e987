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
  type SdkImageClass,
  type SdkImageParts,
  type SnapshotClient,
  type SnapshotOf,
  toDaytonaImage,
} from "./bind.ts";
export { type ClientSettings, type DaytonaSettings, daytonaConfig } from "./daytona/config.ts";
export { type FailureCode, type FailureDetails, PithyImageError, type Problem } from "./error.ts";
