/** Sandboxes as Daytona's API describes them, and how to recognize ours. */
import { has } from "../failure.ts";

/** The labels of all sandboxes that are created here. */
export const LABELS = {
  /** The image's digest, or the snapshot's name where the digest is not known. */
  image: "pithy-image/image",
  /** The image's name in the lock. */
  lock: "pithy-image/lock",
  /** Distinguishes one call from another. */
  nonce: "pithy-image/nonce",
  /** The key of a sandbox that is used again. */
  reuse: "pithy-image/reuse",
} as const;

/** A sandbox as Daytona's API describes it. */
export interface SandboxRecord {
  readonly id: string;
  readonly name?: string;
  readonly createdAt?: string;
  readonly state?: string;
  /** The name of the snapshot that it was created from. */
  readonly snapshot?: string;
  readonly errorReason?: string | null;
  readonly labels?: Readonly<Record<string, string>>;
  /** Its region. */
  readonly target?: string;
  /** When its life is over, if it has an end. */
  readonly autoDestroyAt?: string;
}

/** Whether a response of Daytona is a sandbox. */
export const isSandbox: (data: unknown) => boolean = has("id");

/** Whether a sandbox failed, when it was built, started or later. */
export const hasFailed = ({ state }: Pick<SandboxRecord, "state">): boolean =>
  state === "error" || state === "build_failed";

/** Whether a sandbox is gone, or being deleted. */
export const isEnding = ({ state = "" }: SandboxRecord): boolean =>
  ["destroying", "destroyed", "deleted"].includes(state);
