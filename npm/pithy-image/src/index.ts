/**
 * Declarative images for Daytona: see {@link Image}, and `pithy-image/daytona` for passing them to the Daytona SDK.
 *
 * @packageDocumentation
 */

export { backend, init } from "./core/load.ts";
export { maskSecrets } from "./core/mask.ts";
export type { LocalFile } from "./files/local-file.ts";
export type { ImageBuilder } from "./image/builder.ts";
export { Image } from "./image/image.ts";
export {
  type Baseline,
  type Plan,
  type PlanStep,
  planBetween,
  type ResolvedRecord,
  type SnapshotBuild,
} from "./image/plan.ts";
export {
  buildPithyJauntImage,
  buildPithyJauntImageFromDockerfile,
  type PithyJauntDockerfileOptions,
  type PithyJauntOptions,
} from "./image/preset.ts";
export { ResolvedImage } from "./image/resolved.ts";
export type { ImageClass, ImageStatics } from "./image/statics.ts";
export type {
  AddFileOptions,
  AddLocalDirOptions,
  AddLocalFileOptions,
  AptInstallOptions,
  CopyFromOptions,
  DebianSlimOptions,
  DockerfileCommandsOptions,
  FromDockerfileOptions,
  MakeDirOptions,
  PipInstallFromPyprojectOptions,
  PipInstallFromRequirementsOptions,
  PipInstallOptions,
  PlaywrightOptions,
  PythonSeries,
  RunScriptOptions,
  UvPipInstallOptions,
} from "./image/step-options.ts";
export {
  type Lock,
  type Lockable,
  type LockContent,
  type LockEntry,
  type LockedSource,
  lockEntry,
  parseLock,
  serializeLock,
} from "./lock/lock.ts";
export { captureCallSites } from "./shared/call-site.ts";
export {
  type CleanedUp,
  type FailureCode,
  type FailureDetails,
  type Finding,
  PithyDaytonaError,
  PithyImageError,
  type Problem,
} from "./shared/errors.ts";
export type {
  AnyImage,
  BackendName,
  LintOptions,
  PackedContext,
  Progress,
  ResolveFilesOptions,
  ResolveOptions,
  RootOptions,
  SnapshotNameOptions,
  WasmSource,
  WatchOptions,
} from "./shared/types.ts";
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
  GpuTypes,
  IgnoredRecord,
  InstructionRecord,
  LintLevel,
  LintRules,
  NeedRecord,
  Outline,
  PlanNames,
  Presence,
  Resources,
  RuleCode,
  Severity,
  SourceRecord,
  Step,
  StepChange,
  StepRecord,
} from "./shared/wire.generated.ts";
