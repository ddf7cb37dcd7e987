/**
 * Declarative images for Daytona: see {@link Image}, and `pithy-image/daytona` for handing them to the Daytona SDK.
 *
 * @packageDocumentation
 */

export type {
  AddFileOptions,
  AddLocalDirOptions,
  AddLocalFileOptions,
  AptInstallOptions,
  CopyFromOptions,
  DebianSlimOptions,
  ImageBuilder,
  ImageClass,
  ImageStatics,
  MakeDirOptions,
  PipInstallFromPyprojectOptions,
  PipInstallFromRequirementsOptions,
  PipInstallOptions,
  PlaywrightOptions,
  PythonSeries,
  RunScriptOptions,
  UvPipInstallOptions,
} from "./builder.ts";
export { captureCallSites } from "./call-site.ts";
export { type BackendName, backend, init, type WasmSource } from "./core.ts";
export { type FailureCode, type FailureDetails, PithyImageError, type Problem } from "./error.ts";
export type { LocalFile } from "./files.ts";
export { Image } from "./image.ts";
export { type Lock, type LockEntry, type LockedSource, lockEntry, parseLock, serializeLock } from "./lock.ts";
export { type Baseline, type Plan, type PlanStep, planBetween, type ResolvedRecord } from "./plan.ts";
export { buildPithyJauntImage, type PithyJauntOptions } from "./preset.ts";
export {
  type Progress,
  ResolvedImage,
  type ResolveFilesOptions,
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
  Difference,
  FieldChange,
  FileChange,
  FileKind,
  FileRecord,
  IgnoredRecord,
  InstructionRecord,
  NeedRecord,
  Outline,
  PlanNames,
  Presence,
  Resources,
  SourceRecord,
  Step,
  StepChange,
  StepRecord,
} from "./wire.generated.ts";
