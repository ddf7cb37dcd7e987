/** The options of the calls that make steps: the fields of the steps that are not arguments of their own. */
import type { OrUndefined } from "../shared/types.ts";
import type {
  AddFile,
  AddLocalDir,
  AddLocalFile,
  AptInstall,
  CopyFrom,
  DebianSlim,
  FromDockerfile,
  MakeDir,
  PipInstall,
  PipInstallFromPyproject,
  PipInstallFromRequirements,
  Playwright,
  RunScript,
  Step,
  UvPipInstall,
} from "../shared/wire.generated.ts";

type KeyOf<Union> = Union extends unknown ? keyof Union : never;

/** The steps that the core knows, by the names of their calls. */
export type StepName = KeyOf<Step>;

export const PYTHON_SERIES = ["3.9", "3.10", "3.11", "3.12", "3.13", "3.14"] as const;

/** A Python series that {@link ImageStatics.debianSlim} knows. */
export type PythonSeries = (typeof PYTHON_SERIES)[number];

/** Options of {@link ImageStatics.debianSlim}. */
export type DebianSlimOptions = OrUndefined<Omit<DebianSlim, "python">>;
/** Options of {@link ImageStatics.fromDockerfile}. */
export type FromDockerfileOptions = OrUndefined<
  Omit<FromDockerfile, "source" | "context"> & { context?: string | URL } & StrictContext
>;
/** Options of {@link ImageBuilder.dockerfileCommands}. */
export type DockerfileCommandsOptions = OrUndefined<StrictContext>;
/** An option of the Daytona SDK, accepted for its programs. */
interface StrictContext {
  /** Ignored: local sources must always lie in the build context. */
  strictContext?: boolean;
}
/** Options of {@link ImageBuilder.pipInstall}, those of the Daytona SDK. */
export type PipInstallOptions = OrUndefined<Omit<PipInstall, "packages">>;
/** Options of {@link ImageBuilder.pipInstallFromRequirements}. */
export type PipInstallFromRequirementsOptions = OrUndefined<Omit<PipInstallFromRequirements, "source">>;
/** Options of {@link ImageBuilder.pipInstallFromPyproject}, those of the Daytona SDK. */
export type PipInstallFromPyprojectOptions = OrUndefined<Omit<PipInstallFromPyproject, "source">>;
/** Options of {@link ImageBuilder.uvPipInstall}. */
export type UvPipInstallOptions = OrUndefined<Omit<UvPipInstall, "packages">>;
/** Options of {@link ImageBuilder.playwright}. */
export type PlaywrightOptions = OrUndefined<Omit<Playwright, "browsers">>;
/** Options of {@link ImageBuilder.makeDir}. */
export type MakeDirOptions = OrUndefined<Omit<MakeDir, "path">>;
/** Options of {@link ImageBuilder.copyFrom}. */
export type CopyFromOptions = OrUndefined<Pick<CopyFrom, "chown">>;
/** Options of {@link ImageBuilder.aptInstall}. */
export type AptInstallOptions = OrUndefined<Omit<AptInstall, "packages">>;
/** Options of {@link ImageBuilder.addLocalFile}. */
export type AddLocalFileOptions = OrUndefined<Omit<AddLocalFile, "source" | "destination">>;
/** Options of {@link ImageBuilder.addLocalDir}. */
export type AddLocalDirOptions = OrUndefined<
  Omit<AddLocalDir, "source" | "destination" | "ignoreFile"> & { ignoreFile?: string | URL }
>;
/** Options of {@link ImageBuilder.addFile}. */
export type AddFileOptions = OrUndefined<Pick<AddFile, "mode" | "chown">>;
/** Options of {@link ImageBuilder.runScript}. */
export type RunScriptOptions = OrUndefined<Omit<RunScript, "script">>;
