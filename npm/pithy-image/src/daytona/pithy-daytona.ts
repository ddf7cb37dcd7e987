/** The calls for sandboxes and snapshots, bound once to a client. */

import type { LockContent } from "../lock/lock.ts";
import { aBoolean, anything, type Check, fields, must, optional } from "../shared/check.ts";
import { Connection, type DaytonaClient, type SandboxOf } from "./client.ts";
import type { Clock } from "./clock.ts";
import { checkGiven } from "./failure.ts";
import { createSandbox } from "./sandbox/create-sandbox.ts";
import type { Reaped, ReapOptions } from "./sandbox/reap.ts";
import type { CreateSandboxOptions } from "./sandbox/sandbox-options.ts";
import { type Resolvable, SDK_IMAGE, type SdkImageClass, type SdkImageParts } from "./sdk-image.ts";
import type { EnsureSnapshotOptions, SnapshotSource } from "./snapshot/ensure-options.ts";
import type { EnsuredSnapshot } from "./snapshot/ensured.ts";
import type { Pruned, PruneSnapshotsOptions } from "./snapshot/prune.ts";
import type { SnapshotLogOptions } from "./snapshot/snapshot-log.ts";
import type { Verified, VerifySnapshotOptions } from "./snapshot/verify.ts";
import { resumeTask, startTask, type TaskOptions } from "./task/start-task.ts";
import type { StartedTask, TaskIds } from "./task/started-task.ts";
import type { TaskSandbox } from "./task/toolbox.ts";

/** Options of {@link pithyDaytona}. */
export interface PithyDaytonaOptions<Client extends DaytonaClient> {
  /** A client: `new Daytona()`. */
  daytona: Client;
  /** The SDK's image class, from the same copy of the SDK as the client. */
  Image: SdkImageClass<SdkImageParts>;
  /**
   * Throws if the result of a call on an image was dropped, which is otherwise a warning. When not given, the class of the image
   * or the environment variable `PITHY_IMAGE_STRICT` says.
   */
  strict?: boolean;
  /** How calls wait; the machine's clock when not given. */
  clock?: Clock;
}

/** The calls that {@link pithyDaytona} returns. */
export interface PithyDaytona<Client extends DaytonaClient> {
  /**
   * Creates a sandbox from the snapshot that a lock names, from a snapshot or from an image, and waits until it runs. If the
   * call fails, is aborted or takes too long, the promise is rejected at once, and what it created is deleted afterwards:
   * `cleanedUp` of the error says when.
   *
   * A sandbox is created in the region of its snapshot: that of the lock, or `region`, whatever the client's own region is.
   *
   * With a ready snapshot this takes one request and one look at the sandbox; no file is read and no core is loaded. A sleeping
   * snapshot is woken. If there is none, the error has the code `snapshot_not_built`: no request waits for a build.
   *
   * @throws PithyImageError
   *
   * @example
   * ```ts
   * const { createSandbox } = pithyDaytona({ daytona, Image: SdkImage });
   * const sandbox = await createSandbox({ image, ttlMinutes: 60 });
   * sandbox.state;
   * // started
   * ```
   */
  createSandbox(options: CreateSandboxOptions<Client>): Promise<SandboxOf<Client>>;

  /**
   * Ensures that the snapshot of an image is ready: it is used, waited for, woken or built. Any number of processes may call it
   * at once: one of them builds. A lock cannot be built; if its snapshot is missing, the error has the code
   * `snapshot_not_built`. A string is an image of a registry, with a tag or a digest, which Daytona pulls.
   *
   * An aborted call does not stop a build that has begun: others may be waiting for it. A failed build is reported to everyone
   * who waits; the next call replaces the failed snapshot.
   *
   * When the quota is reached, the error has the code `quota_exceeded`. With `keep`, the locks of the running versions, or with
   * `prune: true`, snapshots with the same prefix are pruned once instead, by the rules of {@link PithyDaytona.pruneSnapshots}:
   * `pruned` of the result, or of an error, has their names.
   *
   * @throws PithyImageError
   *
   * @example
   * ```ts
   * const { ensureSnapshot } = pithyDaytona({ daytona, Image: SdkImage });
   * const { outcome } = await ensureSnapshot(image, { resources: { cpu: 2, memory: 4 } });
   * outcome;
   * // created
   * ```
   */
  ensureSnapshot(of: SnapshotSource, options?: EnsureSnapshotOptions): Promise<EnsuredSnapshot>;

  /**
   * Deletes snapshots with a prefix that are no longer needed. These stay: those that the locks name, those that a sandbox in any
   * state or a warm pool uses, the newest three, those in progress, and those built or used within 48 hours by Daytona's clock.
   * Nothing is deleted unless `dryRun` is `false`; each one is looked at again just before. Several processes, and several
   * versions of an application, may prune at the same time. One that cannot be deleted does not stop the others.
   *
   * The prefix must be the application's own: snapshots that were made without one are not pruned.
   *
   * @throws PithyImageError
   *
   * @example
   * ```ts
   * const { ensureSnapshot, pruneSnapshots } = pithyDaytona({ daytona, Image: SdkImage });
   * await ensureSnapshot(image, { prefix: "acme/pruned" });
   * const { kept } = await pruneSnapshots({ prefix: "acme/pruned", keep: [lock] });
   * kept[0]?.reason;
   * // newest
   * ```
   */
  pruneSnapshots(options: PruneSnapshotsOptions): Promise<Pruned>;

  /**
   * Returns whether a snapshot holds exactly an image, or what a lock says; if not, which instructions differ, the lines of your
   * code that made them, and the files. An instruction that only forces a new build, made by `refresh`, is a difference of that
   * kind.
   *
   * @throws PithyImageError if the snapshot does not exist, is not ready, or was not built from a Dockerfile.
   *
   * @example
   * ```ts
   * const { ensureSnapshot, verifySnapshot } = pithyDaytona({ daytona, Image: SdkImage });
   * const { name } = await ensureSnapshot(image.env({ MODE: "fast" }), { prefix: "acme/verified" });
   * const { differences } = await verifySnapshot(name, image.env({ MODE: "slow" }));
   * differences[0]?.was;
   * // ENV MODE="fast"
   * ```
   */
  verifySnapshot(name: string, of: Resolvable | LockContent, options?: VerifySnapshotOptions): Promise<Verified>;

  /**
   * Returns the log of a snapshot's build: after the fact as far as Daytona has kept it, or with `follow` until the build ends. It
   * does not matter whether the build succeeded.
   *
   * @throws PithyImageError if there is no such snapshot, if it was pulled, or if its log is gone.
   *
   * @example
   * ```ts
   * const { ensureSnapshot, snapshotLog } = pithyDaytona({ daytona, Image: SdkImage });
   * const { name } = await ensureSnapshot(image, { prefix: "acme/logged" });
   * await snapshotLog(name);
   * // #1 FROM …
   * ```
   */
  snapshotLog(name: string, options?: SnapshotLogOptions): Promise<string>;

  /**
   * Deletes sandboxes that `createSandbox` created, that have the labels, and that are older than a number of minutes by Daytona's
   * clock: for a cron job of the application. Each one is looked at again just before. One that is being built or started is
   * tried again until the deadline, and one that cannot be deleted does not stop the others.
   *
   * After a process was killed, its sandboxes are gone within `olderThan` minutes plus the interval of the cron job, and without
   * one within their `ttlMinutes`. Older servers, which do not support `ttlMinutes`, stop a sandbox after it was idle for as long.
   * With SDKs before 0.199 they delete it then; otherwise, and if its build failed, it stays until the cron job runs.
   *
   * @throws PithyImageError if the sandboxes cannot be listed.
   *
   * @example
   * ```ts
   * const { createSandbox, reapSandboxes } = pithyDaytona({ daytona, Image: SdkImage });
   * await createSandbox({ image, labels: { app: "agent" }, ttlMinutes: 60 });
   * const { kept } = await reapSandboxes({ label: { app: "agent" }, olderThan: 90 });
   * kept[0]?.reason;
   * // young
   * ```
   */
  reapSandboxes(options: ReapOptions): Promise<Reaped>;

  /**
   * Starts a command in a sandbox, and returns once it runs. The task that it returns waits for its end, follows its output, and
   * cancels it. The command's standard input is empty. Its environment variables are passed now, not when the sandbox
   * is created: a sandbox with its own variables is never taken from a warm pool.
   *
   * Values reach the command unchanged, whatever they contain: they are sent as a private file, which no shell reads as code and
   * which is removed before the command starts. For an instant, while `env` starts the command, they are among its arguments.
   * The sandbox needs `sh` and `env`.
   *
   * @throws PithyImageError if the command could not be started. If it may have started, because a response was lost, it is ended
   * afterwards (`cleanedUp` says when), and the error is not `retryable`: do not use the sandbox again.
   *
   * @example
   * ```ts
   * const { createSandbox, startTask } = pithyDaytona({ daytona, Image: SdkImage });
   * const sandbox = await createSandbox({ image, ttlMinutes: 60 });
   * const task = await startTask(sandbox, { command: ["printenv", "PROMPT"], envVars: { PROMPT: 'say "$(hello)"' } });
   * let printed = "";
   * for await (const { text } of task.output()) printed += text;
   * printed;
   * // say "$(hello)"
   * ```
   */
  startTask(sandbox: TaskSandbox, options: TaskOptions): Promise<StartedTask>;

  /**
   * Finds a task again that was started in a sandbox, by any process: for functions that do not live as long as it. Sends no request.
   *
   * @example
   * ```ts
   * const { createSandbox, startTask, resumeTask } = pithyDaytona({ daytona, Image: SdkImage });
   * const sandbox = await createSandbox({ image, ttlMinutes: 60 });
   * const saved = JSON.stringify(await startTask(sandbox, { command: ["true"] }));
   *
   * const task = resumeTask(await daytona.get(sandbox.id), JSON.parse(saved));
   * (await task.wait()).exitCode;
   * // 0
   * ```
   */
  resumeTask(sandbox: TaskSandbox, ids: TaskIds): StartedTask;
}

const isClock = (value: unknown): boolean =>
  ["now", "pause", "limit"].every((name) => typeof (Object(value) as Record<string, unknown>)[name] === "function");

const OPTIONS: Check = fields<PithyDaytonaOptions<DaytonaClient>>({
  daytona: anything, // the connection checks it
  Image: SDK_IMAGE,
  strict: optional(aBoolean),
  clock: optional(must("a clock with `now`, `pause` and `limit`", isClock)),
});

/**
 * Binds the calls for sandboxes and snapshots to a client of Daytona.
 *
 * @example
 * ```ts
 * const { createSandbox, ensureSnapshot } = pithyDaytona({ daytona, Image: SdkImage });
 * ```
 */
export function pithyDaytona<Client extends DaytonaClient>(options: PithyDaytonaOptions<Client>): PithyDaytona<Client> {
  checkGiven("pithyDaytona", options, OPTIONS);
  const { daytona, Image, strict, clock } = options;
  const connection = new Connection(daytona, Image, { strict, clock });
  return {
    createSandbox: async (options) =>
      (await createSandbox(connection, options as CreateSandboxOptions)) as SandboxOf<Client>,
    startTask: (sandbox, options) => startTask(connection, sandbox, options),
    resumeTask: (sandbox, ids) => resumeTask(connection, sandbox, ids),
    // What a request does not need is loaded when it is called.
    async ensureSnapshot(of, options = {}) {
      const { ensureSnapshot } = await import("./snapshot/ensure-snapshot.ts");
      return ensureSnapshot(connection, of, options);
    },
    async pruneSnapshots(options) {
      const { pruneSnapshots } = await import("./snapshot/prune.ts");
      return pruneSnapshots(connection, options);
    },
    async verifySnapshot(name, of, options = {}) {
      const { verifySnapshot } = await import("./snapshot/verify.ts");
      return verifySnapshot(connection, name, of, options);
    },
    async snapshotLog(name, options = {}) {
      const { snapshotLog } = await import("./snapshot/snapshot-log.ts");
      return snapshotLog(connection, name, options);
    },
    async reapSandboxes(options) {
      const { reapSandboxes } = await import("./sandbox/reap.ts");
      return reapSandboxes(connection, options);
    },
  };
}
