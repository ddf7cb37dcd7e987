/** The differences between a snapshot and an image, instruction by instruction. */
import type { SnapshotBuild } from "../../image/plan.ts";
import type { ResolvedImage } from "../../image/resolved.ts";
import type { ContextRecord, InstructionRecord } from "../../shared/wire.generated.ts";
import { withoutRefresh } from "./content.ts";

/** An instruction that differs between a snapshot and an image: see {@link pithyDaytona}. */
export interface Difference {
  /**
   * What differs: the text of an `instruction`; only the files that it copies (`source`); or only the line of a `refresh`, which
   * makes the build another one and leaves the content as it is.
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

/** The differences between the Dockerfile of a snapshot and that of an image. */
export function differences(build: SnapshotBuild, resolved: ResolvedImage): Difference[] {
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

/** The digest of a context in a path, also where a tree is unpacked: `ctx/<32 digits>/`. */
const DIGEST = /\/[0-9a-f]{32}\//g;

function meaning(
  was: string | undefined,
  now: string | undefined,
  { contexts }: ResolvedImage,
): Pick<Difference, "kind" | "source"> {
  if ([was, now].every((text) => !text || withoutRefresh(text) === "")) return { kind: "refresh" };
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

/** A difference in one line. */
export function describeDifference({ kind, was, now, callSite, source }: Difference): string {
  const place = callSite === undefined ? "" : `${callSite}: `;
  if (kind === "source") return `${place}other files: \`${source ?? now}\``;
  if (was === undefined) return `${place}added \`${firstLine(now)}\``;
  if (now === undefined) return `${place}removed \`${firstLine(was)}\``;
  return `${place}\`${firstLine(was)}\` is now \`${firstLine(now)}\``;
}

const firstLine = (text = ""): string => text.replace(/\n.*/s, "…");
