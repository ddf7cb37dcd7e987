/** What is asked of Daytona, bound once to a client. */
import { Connection, type DaytonaClient, type SandboxOf } from "./client.ts";
import type { Clock } from "./clock.ts";
import type { CreateSandboxOptions } from "./sandbox/options.ts";
import { type Reaped, type ReapOptions, reapSandboxes } from "./sandbox/reap.ts";
import { createSandbox } from "./sandbox/start.ts";
import type { Resolvable, SdkImageClass, SdkImageParts } from "./sdk-image.ts";
import { type EnsuredSnapshot, ensureSnapshot } from "./snapshot/ensure.ts";
import type { EnsureSnapshotOptions } from "./snapshot/options.ts";
import { type Pruned, type PruneSnapshotsOptions, pruneSnapshots } from "./snapshot/prune.ts";
import { type Verified, type VerifySnapshotOptions, verifySnapshot } from "./snapshot/verify.ts";
import { type StartedTask, startTask, type TaskOptions, type TaskSandbox } from "./task.ts";

/** What {@link pithyDaytona} is given. */
export interface PithyDaytonaOptions<Client extends DaytonaClient> {
  /** A client: `new Daytona()`. */
  daytona: Client;
  /** The SDK's image class, of the same copy of the SDK as the client. */
  Image: SdkImageClass<SdkImageParts>;
  /** Milliseconds between two looks at a state; 1,000 when not given. */
  pollInterval?: number;
  /** How calls wait; the machine's clock when not given. */
  clock?: Clock;
}

/** The calls that {@link pithyDaytona} answers. */
export interface PithyDaytona<Client extends DaytonaClient> {
  /**
   * Makes a sandbox, of the snapshot that a lock names, of a snapshot or of an image, and waits until it runs. When it fails or
   * is stopped, what it made is deleted.
   *
   * With a snapshot that is ready that is one request; no file is read and no core is loaded. A snapshot that sleeps is
   * woken; one that is not there is error `snapshot_not_built`: no request waits for a build.
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
  createSandbox(options: CreateSandboxOptions): Promise<SandboxOf<Client>>;

  /**
   * Makes sure that the snapshot of an image is ready: it is used, waited for, woken or built. Any number of processes may
   * call it at once: one of them builds. Of a lock nothing can be built; what is not there is error `snapshot_not_built`.
   *
   * A call that is stopped leaves a build that has begun alone: others may wait for it. A build that fails is told to all that
   * wait; the next call replaces what failed.
   *
   * When there are as many snapshots as there may be, those with the same prefix are pruned once, by the rules of
   * {@link PithyDaytona.pruneSnapshots}: give the locks of what runs as `keep`.
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
  ensureSnapshot(of: Resolvable | object, options?: EnsureSnapshotOptions): Promise<EnsuredSnapshot>;

  /**
   * Deletes snapshots with a prefix that nobody needs. These stay: what the given locks name, the newest three, what is in
   * progress, and what was built or used within 48 hours. Nothing is deleted unless `dryRun` is `false`. Several processes
   * may prune at once, and versions of an application beside each other.
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
   * Whether a snapshot holds exactly an image, or what a lock says; if not, which instructions differ, the lines of your code
   * that made them, and the files. One that is there only to build anew, by `refresh`, is a difference of that kind.
   *
   * @throws PithyImageError if there is no such snapshot, it is not ready, or it was not built from a Dockerfile.
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
  verifySnapshot(name: string, of: Resolvable | object, options?: VerifySnapshotOptions): Promise<Verified>;

  /**
   * Deletes sandboxes that `createSandbox` made, that have the labels, and that are older than so many minutes: for a cron of
   * the application. One that cannot be deleted stops no other.
   *
   * After a process was killed, its sandboxes are gone within `olderThan` minutes and the cron's interval, and without a cron
   * within their `ttlMinutes`. Older servers, which know no `ttlMinutes`, delete a sandbox when it was idle for as long, but
   * one whose build failed stays until the cron.
   *
   * @throws PithyImageError if they cannot be listed.
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
   * Starts a command in a sandbox and does not wait for its end. Its environment is given now, and not when the sandbox is
   * made: a sandbox with variables of its own is never taken from a warm pool.
   *
   * Values reach the command as they are, whatever is in them: they are sent as a file, private and gone before the command
   * starts, which no shell reads as code. For an instant, while `env` starts the command, they are among its arguments. The
   * sandbox needs `sh` and `env`.
   *
   * @throws PithyImageError if it could not be started. Where it may have begun, since an answer was lost, it is ended, and the
   * error is not `retryable`: the sandbox should not be used again.
   *
   * @example
   * ```ts
   * const { createSandbox, startTask } = pithyDaytona({ daytona, Image: SdkImage });
   * const sandbox = await createSandbox({ image, ttlMinutes: 60 });
   * const task = await startTask(sandbox, {
   *   command: ["python", "/app/agent-runner.py"],
   *   env: { PROMPT: 'say "$(hello)"' },
   *   cwd: "/app",
   * });
   * await sandbox.process.getSessionCommand(task.sessionId, task.commandId);
   * ```
   */
  startTask(sandbox: TaskSandbox, options: TaskOptions): Promise<StartedTask>;
}

/**
 * Binds the calls for sandboxes and snapshots to a client of Daytona.
 *
 * @example
 * ```ts
 * const { createSandbox, ensureSnapshot } = pithyDaytona({ daytona, Image: SdkImage });
 * ```
 */
export function pithyDaytona<Client extends DaytonaClient>({
  daytona,
  Image,
  pollInterval,
  clock,
}: PithyDaytonaOptions<Client>): PithyDaytona<Client> {
  const connection = new Connection(daytona, Image, pollInterval, clock);
  return {
    createSandbox: async (options) => (await createSandbox(connection, options)) as SandboxOf<Client>,
    ensureSnapshot: (of, options = {}) => ensureSnapshot(connection, of, options),
    pruneSnapshots: (options) => pruneSnapshots(connection, options),
    verifySnapshot: (name, of, options = {}) => verifySnapshot(connection, name, of, options),
    startTask: (sandbox, options) => startTask(sandbox, options, clock),
    reapSandboxes: (options) => reapSandboxes(connection, options),
  };
}
