/** What goes wrong with Daytona, as errors. */
import { type FailureCode, type FailureDetails, isImageError, PithyImageError } from "../shared/errors.ts";
import type { HttpRequest, HttpResponse } from "./http.ts";

/** Daytona's words for what there is too much of: "Snapshot quota exceeded", "Total CPU limit exceeded". */
const QUOTA = /quota|limit exceeded/i;

/** Whether Daytona did what it was asked for. */
export const isFine = ({ status }: HttpResponse): boolean => status >= 200 && status < 300;

/** Whether Daytona refuses more than the organization may have. Old and new servers say so with different statuses. */
export const isQuota = ({ status, data }: HttpResponse): boolean =>
  (status === 400 || status === 403) && QUOTA.test(messageIn(data));

/** What a response says went wrong. */
export function messageIn(data: unknown): string {
  const { message } = Object(data) as { message?: unknown };
  return typeof message === "string" ? message : Array.isArray(message) ? message.join("; ") : "";
}

/** Fields that a response of Daytona's has. */
export const has =
  (...names: readonly string[]) =>
  (data: unknown): boolean =>
    names.every((name) => (Object(data) as Record<string, unknown>)[name] !== undefined);

/** What a fine response has in it; what asks for it says what it is known by: a proxy or a web site may response, too. */
export function contentOf<Content>(
  response: HttpResponse,
  what: string,
  isContent: (data: unknown) => boolean,
): Content {
  if (!isFine(response)) throw refusal(response, what);
  if (isContent(response.data)) return response.data as Content;
  const message = `Daytona was asked to ${what}, and something else answered (HTTP ${response.status}).`;
  const hint = "Check `DAYTONA_API_URL`, which ends with `/api`, and proxies on the way.";
  throw PithyImageError.failure("network", message, hint, { retryable: true, status: response.status });
}

/** A response that is none of those that were hoped for, as an error. */
export function refusal(response: HttpResponse, what: string, details: Partial<FailureDetails> = {}): PithyImageError {
  const { status } = response;
  const reason = messageIn(response.data);
  const [code, hint, retryable] = meaning(response);
  const message = `Daytona refused to ${what}: ${reason || "it gave no reason"} (HTTP ${status}).`;
  return PithyImageError.failure(code, message, hint, { ...details, retryable, status, reason: reason || undefined });
}

function meaning(response: HttpResponse): [FailureCode, hint: string, retryable: boolean] {
  const { status } = response;
  if (isQuota(response)) return ["quota_exceeded", "Delete what is not needed, or ask Daytona for more.", true];
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

/** No response, however often it was tried. Its own error stays out of this one: it would print the key. */
export function unreachable({ method, url }: HttpRequest, { message }: Error): PithyImageError {
  const hint = "Check `DAYTONA_API_URL` and the network, and try again.";
  const text = `Daytona did not response ${method.toUpperCase()} ${url}: ${message}.`;
  return PithyImageError.failure("network", text, hint, { retryable: true, reason: message });
}

/** Options, or an environment, that cannot be used. */
export const misuse = (message: string, hint: string, details: Partial<FailureDetails> = {}): PithyImageError =>
  PithyImageError.failure("configuration", message, hint, { retryable: false, ...details });

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What other code threw, such as a listener of the application, is told as it is. */
export function asFailure(error: unknown): PithyImageError {
  if (isImageError(error)) return error;
  const details = { retryable: false, cause: error };
  const hint = "An error of the application ended it.";
  return PithyImageError.failure("aborted", `It was stopped: ${textOf(error)}`, hint, details);
}

/** The SDK could not send the files of an image. */
export function uploadFailed(error: unknown): PithyImageError {
  const reason = textOf(error);
  const hint = "Try again: what was sent already is not sent twice.";
  const message = `The image's files could not be sent: ${reason}.`;
  return PithyImageError.failure("upload_failed", message, hint, { retryable: true, reason });
}

/** The SDK looks at what it is given before it asks for anything. */
export const notPacked = (error: unknown): PithyImageError =>
  misuse(
    `The Daytona SDK refuses what it is given: ${textOf(error)}.`,
    "Correct what does not come from the image, such as `params`, or update the SDK.",
  );

/** A snapshot that nothing here can build, and the image of a lock that it is for, if it is. */
export interface UnbuiltSnapshot {
  readonly name: string;
  readonly imageName?: string | undefined;
}

/** A snapshot that cannot be used now. */
export function notBuilt(
  { name, imageName }: UnbuiltSnapshot,
  state: string | undefined,
  reason?: string | null,
): PithyImageError {
  const what = imageName === undefined ? `\`${name}\`` : `\`${name}\` of \`${imageName}\``;
  const how = state === undefined ? "does not exist" : `is \`${state}\`${reason ? `, since ${reason}` : ""}`;
  const hint =
    imageName === undefined
      ? "Make it before it is used, or correct its name."
      : "Run `npx pithy-image snapshot ensure` before you deploy; it waits until the snapshot is ready.";
  return PithyImageError.failure("snapshot_not_built", `Snapshot ${what} ${how}.`, hint, {
    retryable: state !== undefined,
    state,
    reason: reason ?? undefined,
  });
}
