/**
 * Daytona in one call: the stand-in API with a real S3 server behind it.
 *
 * ```ts
 * const { api, s3, config, stop } = await startDaytona();
 * onTestFinished(stop);
 * const sandbox = await new Daytona(config).create({ image });
 * expect(api.sandboxes[0]?.ref).toBe(expectedRef);
 * ```
 */
import { API_KEY } from "./access.ts";
import { type Circumstances, DaytonaApi } from "./api.ts";
import { type S3Server, startS3 } from "./s3.ts";

export { ORGANIZATION } from "./access.ts";
export { type Circumstances, DaytonaApi, type RecordedRequest } from "./api.ts";
export { BRIEF_PACE, Build, entrypointOf, type Pace, snapshotRef, USUAL_PACE } from "./build.ts";
export type { Organization, Quota } from "./builds.ts";
export type { Answer, Chaos, ChaosFault, CommandResult, Fault } from "./faults.ts";
export type { LogFault } from "./http.ts";
export type { S3Server } from "./s3.ts";
export type { S3Fault } from "./s3-proxy.ts";
export { RealTime, type Time, VirtualTime } from "./time.ts";
export type { ToolboxCall, UploadedFile } from "./toolbox.ts";

/** What `new Daytona(config)` needs; complete, so that no SDK looks into the environment or a `.env` file. */
export interface ClientConfig {
  readonly apiKey: string;
  readonly apiUrl: string;
  readonly target: string;
  /** Otherwise newer SDKs open a Socket.IO connection at construction, which keeps the process alive. */
  readonly useDeprecatedPolling: true;
}

/** A running stand-in. */
export interface DaytonaFixture {
  readonly api: DaytonaApi;
  readonly s3: S3Server;
  readonly config: ClientConfig;
  /** Ends both servers, cuts open log streams, removes the bucket and the scratch directory. May be called again. */
  stop(): Promise<void>;
}

/** What a child's environment must not decide. */
const OURS = /^(DAYTONA|PITHY_IMAGE_ROOT|NODE_OPTIONS|VITEST)/;

/** The environment of a child process whose client finds this Daytona: the test's own, with the client's variables. */
export function clientEnv({ config }: Pick<DaytonaFixture, "config">): NodeJS.ProcessEnv {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OURS.test(name)));
  const { apiUrl, apiKey, target } = config;
  return { ...inherited, DAYTONA_API_URL: apiUrl, DAYTONA_API_KEY: apiKey, DAYTONA_TARGET: target };
}

/** Starts a fresh Daytona with nothing in it. */
export async function startDaytona(circumstances?: Circumstances): Promise<DaytonaFixture> {
  const s3 = await startS3();
  const api = await DaytonaApi.start(s3, circumstances);
  circumstances?.time?.watch(() => s3.isBusy);
  const config = { apiKey: API_KEY, apiUrl: api.url, target: "us", useDeprecatedPolling: true } as const;
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= Promise.all([api.pause(), api.shells.end()]).then(s3.stop);
    return stopped;
  };
  return { api, s3, config, stop };
}
