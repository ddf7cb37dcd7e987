import { UsageError } from "../usage-error.ts";

/** A finding of `doctor`. */
export interface Finding {
  readonly level: "ok" | "warning" | "problem";
  /** What was checked, in one word. */
  readonly check: string;
  readonly message: string;
  /** What to do. */
  readonly hint?: string;
}

/** Findings of one check. */
export const findings = (check: string) => ({
  ok: (message: string): Finding => ({ level: "ok", check, message }),
  warning: (message: string, hint: string): Finding => ({ level: "warning", check, message, hint }),
  problem: (message: string, hint: string): Finding => ({ level: "problem", check, message, hint }),
});

/** The message of an error, and its hint if it has one of its own. */
export function messageOf(error: unknown): string {
  if (error instanceof UsageError) return error.text;
  return error instanceof Error ? error.message : String(error);
}
