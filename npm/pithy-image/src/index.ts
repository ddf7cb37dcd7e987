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
  type DebianSlimOptions,
  Image,
  type ImageBuilder,
  type ImageClass,
  type ImageStatics,
  type PipInstallOptions,
  type PythonSeries,
  type RunScriptOptions,
} from "./image.ts";
export { buildPithyJauntImage } from "./preset.ts";
export {
  type Progress,
  ResolvedImage,
  type ResolveOptions,
  type RootOptions,
  type SnapshotNameOptions,
  type StagedContext,
} from "./resolved.ts";
export type {
  Code,
  ContextRecord,
  Definition,
  FileKind,
  FileRecord,
  PithyJauntOptions,
  Resources,
  Step,
} from "./wire.generated.ts";
