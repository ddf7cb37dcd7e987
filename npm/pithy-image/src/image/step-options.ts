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

/**
 * A Python series that {@link ImageStatics.debianSlim} knows. One that is computed, such as a value of the environment, is
 * checked when the call is made: pass it with `as PythonSeries`.
 *
 * @example
 * ```ts
 * const python = (process.env.PYTHON ?? "3.12") as PythonSeries;
 * Image.debianSlim(python);
 * // FROM python:3.12.10-slim-bookworm
 * ```
 */
export type PythonSeries = (typeof PYTHON_SERIES)[number];

/** Without a second base, TypeScript shows an interface that adds nothing as its base, and not by its name. */
type Named = Record<never, never>;

/** Options of {@link ImageStatics.debianSlim}. */
export interface DebianSlimOptions extends OrUndefined<Omit<DebianSlim, "python">>, Named {}
/** Options of {@link ImageStatics.fromDockerfile}. */
export interface FromDockerfileOptions
  extends OrUndefined<Omit<FromDockerfile, "source" | "context"> & BuildContext & StrictContext>,
    Named {}
interface BuildContext {
  /** The build context, a directory below the root; that of the Dockerfile when not given. */
  context?: string | URL;
}
/** Options of {@link ImageBuilder.dockerfileCommands}. */
export interface DockerfileCommandsOptions extends OrUndefined<StrictContext>, Named {}
/** An option of the Daytona SDK, accepted for its programs. */
interface StrictContext {
  /** Ignored: local sources must always lie in the build context. */
  strictContext?: boolean;
}
/** Options of {@link ImageBuilder.pipInstall}, those of the Daytona SDK. */
export interface PipInstallOptions extends OrUndefined<Omit<PipInstall, "packages">>, Named {}
/** Options of {@link ImageBuilder.pipInstallFromRequirements}. */
export interface PipInstallFromRequirementsOptions
  extends OrUndefined<Omit<PipInstallFromRequirements, "source">>,
    Named {}
/** Options of {@link ImageBuilder.pipInstallFromPyproject}, those of the Daytona SDK. */
export interface PipInstallFromPyprojectOptions extends OrUndefined<Omit<PipInstallFromPyproject, "source">>, Named {}
/** Options of {@link ImageBuilder.uvPipInstall}. */
export interface UvPipInstallOptions extends OrUndefined<Omit<UvPipInstall, "packages">>, Named {}
/** Options of {@link ImageBuilder.playwright}. */
export interface PlaywrightOptions extends OrUndefined<Omit<Playwright, "browsers">>, Named {}
/** Options of {@link ImageBuilder.makeDir}. */
export interface MakeDirOptions extends OrUndefined<Omit<MakeDir, "path">>, Named {}
/** Options of {@link ImageBuilder.copyFrom}. */
export interface CopyFromOptions extends OrUndefined<Pick<CopyFrom, "chown">>, Named {}
/** Options of {@link ImageBuilder.aptInstall}. */
export interface AptInstallOptions extends OrUndefined<Omit<AptInstall, "packages">>, Named {}
/** Options of {@link ImageBuilder.addLocalFile}. */
export interface AddLocalFileOptions extends OrUndefined<Omit<AddLocalFile, "source" | "destination">>, Named {}
/** Options of {@link ImageBuilder.addLocalDir}. */
export interface AddLocalDirOptions
  extends OrUndefined<Omit<AddLocalDir, "source" | "destination" | "ignoreFile"> & IgnoreFile>,
    Named {}
interface IgnoreFile {
  /** A file below the root with patterns of what is left out, instead of `.dockerignore`; they start at the source. */
  ignoreFile?: string | URL;
}
/** Options of {@link ImageBuilder.addFile}. */
export interface AddFileOptions extends OrUndefined<Pick<AddFile, "mode" | "chown">>, Named {}
/** Options of {@link ImageBuilder.runScript}. */
export interface RunScriptOptions extends OrUndefined<Omit<RunScript, "script">>, Named {}
