/**
 * Whether a snapshot holds a definition. Daytona keeps the Dockerfile of each snapshot, and the Dockerfile has the digests of
 * all files: it says exactly what was built.
 */

import type { SnapshotBuild } from "../../image/plan.ts";
import type { ResolvedImage } from "../../image/resolved.ts";
import { aName, anything, type Check, fields, optional } from "../../shared/check.ts";
import type { ContextRecord, InstructionRecord } from "../../shared/wire.generated.ts";
import { ApiCall } from "../api-call.ts";
import { CALL_OPTIONS, type CallOptions } from "../call.ts";
import type { Connection } from "../client.ts";
import { checkGiven, misuse, notBuilt } from "../failure.ts";
import { lockedImage } from "../locked-image.ts";
import { IMAGE_OR_LOCK, isResolvable, type Resolvable } from "../sdk-image.ts";
import { isComing, isLost, missing, readSnapshot } from "./snapshot-record.ts";

/** Seconds that verifying may take. */
const DEADLINE = 120;

/** Options of `verifySnapshot`: see {@link pithyDaytona}. */
export interface VerifySnapshotOptions extends CallOptions {
  /** The image of the lock, if it has several. */
  imageName?: string | undefined;
  /** Where the image's local paths start. */
  root?: string | URL | undefined;
}

/** What `verifySnapshot` returns: see {@link pithyDaytona}. */
export interface Verified {
  /** Whether the snapshot holds exactly the image. */
  readonly matches: boolean;
  /** Instruction by instruction; empty for a lock, which does not have the instructions. */
  readonly differences: readonly Difference[];
}

/** An instruction that differs between a snapshot and an image: see {@link pithyDaytona}. */
export interface Difference {
  /**
   * Its kind: a `refresh` changes only the key; with `source`, only the files differ.
   */
  readonly kind: "instruction" | "source" | "refresh";
  /** The instruction in the snapshot; absent if it was added. */
  readonly was?: string;
  /** The instruction in the image; absent if it was removed. */
  readonly now?: string;
  /** JSON pointer to the step of the image that made it. */
  readonly step?: string;
  /** The line of your code that made it, `path:line:column`. */
  readonly callSite?: string;
  /** The local file or directory whose content differs; absent if the content is in the definition. */
  readonly source?: string;
}

const OPTIONS: Check = fields<VerifySnapshotOptions>({
  ...CALL_OPTIONS,
  imageName: optional(aName),
  root: anything,
});

/** Compares a snapshot with an image or a lock. */
export async function verifySnapshot(
  connection: Connection,
  name: string,
  of: Resolvable | object,
  given: VerifySnapshotOptions,
): Promise<Verified> {
  checkGiven("verifySnapshot", name, aName, "The first argument");
  checkGiven("verifySnapshot", of, IMAGE_OR_LOCK, "The second argument");
  checkGiven("verifySnapshot", given, OPTIONS);
  const { imageName, root, ...options } = given;
  const call = new ApiCall(connection, options, DEADLINE);
  try {
    const resolved = isResolvable(of) ? await call.resolve(of, root) : undefined;
    const { snapshotRef } = resolved ?? lockedImage(of, imageName);
    const build = await readBuild(call, name);
    if (build.snapshotRef.endsWith(snapshotRef)) return { matches: true, differences: [] };
    return { matches: false, differences: resolved ? differences(build, resolved) : [] };
  } finally {
    call.end();
  }
}

/** What Daytona knows about a snapshot's build. */
export async function readBuild(call: ApiCall, name: string): Promise<SnapshotBuild> {
  const snapshot = await readSnapshot(call, name);
  if (!snapshot) throw missing(name);
  if (isComing(snapshot) || isLost(snapshot)) throw notBuilt({ name }, snapshot.state, snapshot.errorReason);
  const { id, ref = "", buildInfo } = snapshot;
  const { dockerfileContent: dockerfile, snapshotRef = ref } = buildInfo ?? {};
  if (dockerfile !== undefined) return { dockerfile, snapshotRef };
  const hint = "Create it from an image: `ensureSnapshot`, or `npx pithy-image snapshot ensure`.";
  const message = `Snapshot \`${name}\` was not built from a Dockerfile, so its content is unknown.`;
  throw misuse(message, hint, { id });
}

/** The differences between the Dockerfile of a snapshot and that of an image. */
function differences(build: SnapshotBuild, resolved: ResolvedImage): Difference[] {
  const { instructions = [] } = resolved.plan(build);
  const changes = instructions.filter(({ isKept }) => !isKept);
  return changes.map(({ before, after }) => {
    const [was, now] = [textOf(build.dockerfile, before), textOf(resolved.dockerfile, after)];
    return {
      ...(was !== undefined && { was }),
      ...(now !== undefined && { now }),
      ...meaning(was, now, resolved),
      ...(after?.step && originOf(after.step, resolved)),
    };
  });
}

/** The text of an instruction. */
function textOf(dockerfile: string, instruction: InstructionRecord | undefined): string | undefined {
  if (!instruction) return undefined;
  const first = instruction.line - 1;
  return dockerfile
    .split("\n")
    .slice(first, first + instruction.lines)
    .join("\n");
}

/** The line that `refresh` adds to a Dockerfile. */
const REFRESH = /^ARG PITHY_IMAGE_REFRESH=/;

/** The digest of a context in a path, also where a tree is unpacked: `ctx/<32 digits>/`. */
const DIGEST = /\/[0-9a-f]{32}\//g;

function meaning(
  was: string | undefined,
  now: string | undefined,
  { contexts }: ResolvedImage,
): Pick<Difference, "kind" | "source"> {
  if ([was, now].every((text) => text === undefined || REFRESH.test(text))) return { kind: "refresh" };
  if (was?.replaceAll(DIGEST, "") !== now?.replaceAll(DIGEST, "")) return { kind: "instruction" };
  const has = (text: string | undefined, { archivePath }: ContextRecord) =>
    (text?.match(DIGEST) ?? []).some((digest) => archivePath.includes(digest));
  const context = contexts.find((each) => has(now, each) && !has(was, each));
  return { kind: "source", ...(context?.source !== undefined && { source: context.source }) };
}

/** The step that made an instruction, and its line. */
function originOf(step: string, resolved: ResolvedImage): Pick<Difference, "step" | "callSite"> {
  const callSite = resolved.callSiteOf(step);
  return { step, ...(callSite !== undefined && { callSite }) };
}
