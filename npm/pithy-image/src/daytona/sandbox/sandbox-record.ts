/** Sandboxes as Daytona's API describes them, and what tells ours. */
import { has } from "../failure.ts";

/** What every sandbox of ours has among its labels. */
export const LABELS = {
  /** The image's digest, or the snapshot's name where the digest is not known. */
  image: "pithy-image/image",
  /** The image's name in the lock. */
  lock: "pithy-image/lock",
  /** What tells one call from another. */
  nonce: "pithy-image/nonce",
} as const;

/** A sandbox as Daytona's API describes it. */
export interface SandboxRecord {
  readonly id: string;
  readonly name?: string;
  readonly createdAt?: string;
  readonly state?: string;
  readonly errorReason?: string | null;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Whether Daytona's response is a sandbox. */
export const isSandbox: (data: unknown) => boolean = has("id");

/** Whether it is gone, or goes by itself. */
export const isEnding = ({ state = "" }: SandboxRecord): boolean =>
  ["destroying", "destroyed", "deleted"].includes(state);
