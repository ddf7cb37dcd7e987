/** Deletes the sandboxes that a killed process left behind. */
import { aBoolean, aName, atLeast, type Check, fields, must, objectOf, optional } from "../../shared/check.ts";
import type { PithyImageError } from "../../shared/errors.ts";
import { ApiCall } from "../api-call.ts";
import { CALL_OPTIONS, type CallOptions } from "../call.ts";
import type { Connection } from "../client.ts";
import { MINUTE } from "../clock.ts";
import { type Attempt, deleteEach } from "../deletion.ts";
import { checkGiven, contentOf, isFine, refusal } from "../failure.ts";
import { listSandboxes } from "./list-sandboxes.ts";
import { isEnding, isSandbox, LABELS, type SandboxRecord } from "./sandbox-record.ts";

/** Seconds that it may take: a cron job of a serverless platform has no more. */
const DEADLINE = 60;

/** How many are deleted at once. */
const AT_ONCE = 8;

/** Which sandboxes `reapSandboxes` deletes: see {@link pithyDaytona}. */
export interface ReapOptions extends CallOptions {
  /** Labels that a sandbox must have in addition to ours, all of them. */
  label: Readonly<Record<string, string>>;
  /** Minutes that a sandbox may live, by Daytona's clock. */
  olderThan: number;
  /** Deletes nothing, and returns what would be deleted. */
  dryRun?: boolean | undefined;
}

/** What `reapSandboxes` did: see {@link pithyDaytona}. */
export interface Reaped {
  /** The ids of the sandboxes that are deleted, or would be. */
  readonly deleted: readonly string[];
  /** The ids of the sandboxes that stay, with the reason. */
  readonly kept: readonly { readonly id: string; readonly reason: KeepSandboxReason }[];
  /** The ids of the sandboxes that could not be deleted, with the error. */
  readonly failed: readonly { readonly id: string; readonly error: PithyImageError }[];
}

/**
 * Why `reapSandboxes` of {@link pithyDaytona} leaves a sandbox: `createSandbox` did not create it, or it no longer has the
 * labels; or it is not old enough.
 */
export type KeepSandboxReason = "not ours" | "young";

type Labels = ReapOptions["label"];

const anObjectOfLabels = objectOf(
  aName,
  must("an object of strings", () => false),
);

/** Labels that choose sandboxes: without one, all sandboxes of the organization would be meant. */
const LABEL: Check = (value, path) => {
  const mistakes = anObjectOfLabels(value, path);
  if (mistakes.length > 0 || Object.keys(value as object).length > 0) return mistakes;
  return [{ code: "wrong_type", path, message: "must have at least one label, got none." }];
};

const OPTIONS: Check = fields<ReapOptions>({
  ...CALL_OPTIONS,
  label: LABEL,
  olderThan: atLeast(0, "a number of minutes"),
  dryRun: optional(aBoolean),
});

/** Deletes the sandboxes that are too old. */
export async function reapSandboxes(connection: Connection, given: ReapOptions): Promise<Reaped> {
  checkGiven("reapSandboxes", given, OPTIONS);
  const { label, olderThan, dryRun, ...options } = given;
  const labels = { ...label };
  const call = new ApiCall(connection, options, DEADLINE);
  try {
    const { sandboxes, now } = await listSandboxes(call, [["labels", JSON.stringify(labels)]]);
    const reasonToKeep = rules(labels, now - olderThan * MINUTE);
    const found = sandboxes.filter((sandbox) => hasLabels(sandbox, labels) && !isEnding(sandbox));
    const kept = found.flatMap((sandbox) => {
      const reason = reasonToKeep(sandbox);
      return reason === undefined ? [] : [{ id: sandbox.id, reason }];
    });
    const old = found.filter((sandbox) => reasonToKeep(sandbox) === undefined);
    if (dryRun) return { deleted: old.map(({ id }) => id), kept, failed: [] };
    const done = await deleteEach(call, old, AT_ONCE, (sandbox) => reap(call, sandbox, reasonToKeep));
    return {
      deleted: done.deleted.map(({ id }) => id),
      kept: [...kept, ...done.kept.map(({ item: { id }, reason }) => ({ id, reason }))],
      failed: done.failed.map(({ item: { id }, error }) => ({ id, error })),
    };
  } finally {
    call.end();
  }
}

type Rules = (sandbox: SandboxRecord) => KeepSandboxReason | undefined;

/** Why a sandbox stays, if it does. One of unknown age stays. */
const rules =
  (labels: Labels, before: number): Rules =>
  (sandbox) => {
    if (!sandbox.labels?.[LABELS.nonce] || !hasLabels(sandbox, labels)) return "not ours";
    return Date.parse(sandbox.createdAt ?? "") < before ? undefined : "young";
  };

const hasLabels = (sandbox: SandboxRecord, labels: Labels): boolean =>
  Object.entries(labels).every(([name, value]) => sandbox.labels?.[name] === value);

/** Deletes one as it is now: the list may be behind, and another process may have been faster. */
async function reap(call: ApiCall, { id }: SandboxRecord, reasonToKeep: Rules): Promise<Attempt<KeepSandboxReason>> {
  const read = await call.ask("GET", ["sandbox", id]);
  if (read.status === 404) return "deleted";
  const sandbox = contentOf<SandboxRecord>(read, "describe the sandbox", isSandbox);
  if (isEnding(sandbox)) return "deleted";
  const reason = sandbox.id === id ? reasonToKeep(sandbox) : "not ours";
  if (reason !== undefined) return { kept: reason };
  const response = await call.ask("DELETE", ["sandbox", id]);
  if (isFine(response) || response.status === 404) return "deleted";
  if (response.status === 409 || response.status === 429) return "busy";
  throw refusal(response, "delete the sandbox");
}
