/** An engine of this machine that builds images and runs containers, and how one is chosen. */
import type { BuildEvent } from "./build-event.ts";

/** An image that an engine has. */
export interface LocalImage {
  readonly id: string;
  /** Bytes; absent where the engine does not say. */
  readonly size?: number | undefined;
  readonly entrypoint: readonly string[];
  readonly workdir: string;
}

/** What is to be built. */
export interface BuildRequest {
  readonly tag: string;
  readonly platform: string;
  readonly network: string | undefined;
  /** Whether base images are fetched although they are there. */
  readonly pull: boolean;
  /** Whether steps that were built before are used. */
  readonly cache: boolean;
  /** The images that the Dockerfile begins with or copies from. */
  readonly bases: readonly string[];
  /** The build context. */
  context(): ReadableStream<Uint8Array>;
  /** Called with what happens; the engine waits for it. */
  onEvent(event: BuildEvent): Promise<void>;
  /** Whether a line of a log begins one of the image's instructions. */
  isStep(line: string): boolean;
  readonly signal: AbortSignal;
}

/** What is to be run. */
export interface RunRequest {
  readonly tag: string;
  readonly platform: string;
  /** A name that nothing else has. */
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
  readonly network: string | undefined;
  /** The program that the container starts with. */
  readonly entrypoint: readonly string[];
  /** What is run in the container while that runs; with the terminal, where there is one. */
  readonly command: readonly string[] | undefined;
  readonly signal: AbortSignal;
}

export interface Engine {
  /** How it is named with `--engine`. */
  readonly name: string;
  /** What it is, with its version. */
  readonly description: string;
  /** Whether it builds with BuildKit, as Daytona does. */
  readonly hasBuildKit: boolean;
  inspect(tag: string): Promise<LocalImage | undefined>;
  /** Returns whether the build succeeded; its events say why not. */
  build(request: BuildRequest): Promise<boolean>;
  /** Runs a container and removes it. Returns the exit code of the command, or else of the entrypoint. */
  run(request: RunRequest): Promise<number>;
}

/** Why an engine cannot be used, and what to do about it. */
export class Unusable extends Error {
  readonly hint: string | undefined;

  constructor(reason: string, hint?: string) {
    super(reason);
    this.hint = hint;
  }
}

/** A container could not be started, for a reason of the engine's. */
export class NotStarted extends Error {}
