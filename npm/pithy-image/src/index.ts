/**
 * Declarative images for Daytona: see {@link Image}, and `pithy-image/daytona` for handing them to the Daytona SDK.
 *
 * @packageDocumentation
 */

export { captureCallSites } from "./call-site.ts";
export { PithyImageError, type Problem } from "./error.ts";
export {
  type AddFileOptions,
  type AddLocalDirOptions,
  type AddLocalFileOptions,
  type AptInstallOptions,
  type CopyFromOptions,
  type DebianSlimOptions,
  Image,
  type ImageBuilder,
  type ImageClass,
  type ImageStatics,
  type MakeDirOptions,
  type PipInstallFromPyprojectOptions,
  type PipInstallFromRequirementsOptions,
  type PipInstallOptions,
  type PlaywrightOptions,
  type PythonSeries,
  type RunScriptOptions,
  type UvPipInstallOptions,
} from "./image.ts";
export { buildPithyJauntImage, type PithyJauntOptions } from "./preset.ts";
export {
  type Progress,
  ResolvedImage,
  type ResolveOptions,
  type RootOptions,
  type SnapshotNameOptions,
  type StagedContext,
} from "./resolved.ts";
export type {
  AptRepository,
  Code,
  ContextRecord,
  Definition,
  FileKind,
  FileRecord,
  IgnoredRecord,
  Resources,
  Step,
} from "./wire.generated.ts";
