/** What Daytona's answers mean as errors. */
import { type FailureCode, type FailureDetails, PithyImageError } from "../error.ts";
import type { Answer, Request } from "./client.ts";

/** Daytona's words for what there is too much of: "Snapshot quota exceeded", "Total CPU limit exceeded". */
const QUOTA = /quota|limit exceeded/i;

/** Whether Daytona did what it was asked for. */
export const isFine = ({ status }: Answer): boolean => status >= 200 && status < 300;

/** Whether Daytona refuses more than the organization may have. Old and new servers say so with different statuses. */
export const isQuota = ({ status, data }: Answer): boolean =>
  (status === 400 || status === 403) && QUOTA.test(messageIn(data));

/** What an answer says went wrong. */
export function messageIn(data: unknown): string {
  const { message } = Object(data) as { message?: unknown };
  return typeof message === "string" ? message : Array.isArray(message) ? message.join("; ") : "";
}

/** An answer that is none of those that were hoped for, as an error. */
export function refusal(answer: Answer, what: string, details: Partial<FailureDetails> = {}): PithyImageError {
  const { status } = answer;
  const reason = messageIn(answer.data);
  const [code, hint, retryable] = meaning(answer);
  const message = `Daytona refused to ${what}: ${reason || "it gave no reason"} (HTTP ${status}).`;
  return PithyImageError.failure(code, message, hint, { ...details, retryable, status, reason: reason || undefined });
}

function meaning(answer: Answer): [FailureCode, hint: string, retryable: boolean] {
  const { status } = answer;
  if (isQuota(answer)) return ["quota_exceeded", "Delete what is not needed, or ask Daytona for more.", true];
  if (status === 401 || status === 403) {
    return ["configuration", "Check `DAYTONA_API_KEY`, and what the key is allowed to do.", false];
  }
  if (status === 404) return ["gone", "It was deleted meanwhile, or belongs to another organization.", false];
  if (status === 409) return ["conflict", "Choose another name, or wait until the other is gone.", true];
  if (status >= 500 || status === 408 || status === 429) {
    return ["network", "Daytona is not well, or too busy: try again later.", true];
  }
  return ["refused", "Correct what Daytona names.", false];
}

/** No answer, however often it was tried. Its own error stays out of this one: it would print the key. */
export function unreachable({ method, url }: Request, { message }: Error): PithyImageError {
  const hint = "Check `DAYTONA_API_URL` and the network, and try again.";
  const text = `Daytona did not answer ${method.toUpperCase()} ${url}: ${message}.`;
  return PithyImageError.failure("network", text, hint, { retryable: true, reason: message });
}
