/** What goes wrong with Daytona, as errors. */
import { type Check, describeMistakes } from "../shared/check.ts";
import {
  type FailureCode,
  type FailureDetails,
  isImageError,
  PithyDaytonaError,
  type PithyImageError,
} from "../shared/errors.ts";
import type { HttpRequest, HttpResponse } from "./http.ts";
import { retryAfter } from "./retry-after.ts";

/** Daytona's words for an exceeded quota: "Snapshot quota exceeded", "Total CPU limit exceeded". */
const QUOTA = /quota|limit exceeded/i;

/** Whether Daytona did what it was asked to do. */
export const isFine = ({ status }: HttpResponse): boolean => status >= 200 && status < 300;

/** Whether a request exceeds the organization's quota. Old and new servers use different statuses for it. */
export const isQuota = ({ status, data }: HttpResponse): boolean =>
  (status === 400 || status === 403) && QUOTA.test(messageIn(data));

/** What went wrong, according to a response. */
export function messageIn(data: unknown): string {
  const { message } = Object(data) as { message?: unknown };
  return typeof message === "string" ? message : Array.isArray(message) ? message.join("; ") : "";
}

/** A reason of somebody else's, for a place within a sentence. */
export const withoutFullStop = (reason: string): string => reason.replace(/\.+$/, "");

/** Whether a response has certain fields. */
export const has =
  (...names: readonly string[]) =>
  (data: unknown): boolean =>
    names.every((name) => (Object(data) as Record<string, unknown>)[name] !== undefined);

/** The content of a successful response. The caller says how to recognize it: a proxy or a web site may have responded. */
export function contentOf<Content>(
  response: HttpResponse,
  what: string,
  isContent: (data: unknown) => boolean,
): Content {
  if (!isFine(response)) throw refusal(response, what);
  if (isContent(response.data)) return response.data as Content;
  const { status } = response;
  throw new PithyDaytonaError({
    code: "network",
    message: `The response to the request to ${what} did not come from Daytona (HTTP ${status}).`,
    hint: "Check `DAYTONA_API_URL`, which ends with `/api`, and any proxy.",
    retryable: true,
    status,
  });
}

/** A response that is none of the expected ones, as an error. */
export function refusal(
  response: HttpResponse,
  what: string,
  { hint, ...details }: Partial<FailureDetails> & { hint?: string } = {},
): PithyDaytonaError {
  const { status } = response;
  const reason = messageIn(response.data) || undefined;
  const message = `Daytona refused to ${what}: ${reason ?? "no reason given"} (HTTP ${status}).`;
  const meaning = meaningOf(response);
  return new PithyDaytonaError({ ...details, ...meaning, hint: hint ?? meaning.hint, message, status, reason });
}

interface Meaning {
  readonly code: FailureCode;
  readonly hint: string;
  readonly retryable: boolean;
}

function meaningOf(response: HttpResponse): Meaning {
  const { status, data } = response;
  if (isQuota(response)) {
    return {
      code: "quota_exceeded",
      hint: "Delete what is not needed, or ask Daytona for a higher quota.",
      retryable: true,
    };
  }
  if (status === 401) return { code: "configuration", hint: "Check `DAYTONA_API_KEY`.", retryable: false };
  if (status === 403) return meaningOfDenial(messageIn(data));
  if (status === 404) {
    if (/^region\b/i.test(messageIn(data))) return { code: "configuration", hint: NO_REGION, retryable: false };
    return {
      code: "gone",
      hint: "It was deleted in the meantime, or belongs to another organization.",
      retryable: false,
    };
  }
  if (status === 409) {
    return { code: "conflict", hint: "Choose another name, or wait until the other one is gone.", retryable: true };
  }
  if (status >= 500 || status === 408 || status === 429) {
    const hint = `Daytona is unavailable or overloaded. Try again ${whenToTryAgain(response)}.`;
    return { code: "network", hint, retryable: true };
  }
  return { code: "refused", hint: "Correct what Daytona names.", retryable: false };
}

/** By the server's clock. */
function whenToTryAgain(response: HttpResponse): string {
  const asked = retryAfter(response, Date.parse(String(response.headers.date)));
  return asked === 0 ? "later" : `in ${Math.ceil(asked / 1000)} seconds, as it asks`;
}

/** What to do about a response that is none of the expected ones. */
export const hintFor = (response: HttpResponse): string => meaningOf(response).hint;

const NO_REGION = "Correct `region`, or `DAYTONA_TARGET`: the organization has no such region.";

/** A 403 has several causes, which only its words tell apart. */
const DENIALS: readonly (readonly [words: RegExp, code: FailureCode, hint: string])[] = [
  [/\bsuspended\b/i, "refused", "Ask the owner of the organization, or Daytona, to lift the suspension."],
  [/\bnot enabled\b/i, "configuration", "Ask Daytona to enable it for the organization, or do without it."],
  [/\bregion\b/i, "configuration", "Choose a region for which the organization has a quota, or ask Daytona for one."],
  [/^/, "configuration", "The key may lack a permission: `npx pithy-image doctor` says what it is allowed to do."],
];

function meaningOfDenial(message: string): Meaning {
  const [, code, hint] = DENIALS.find(([words]) => words.test(message)) as (typeof DENIALS)[number];
  return { code, hint, retryable: false };
}

/** No response after the last attempt. The HTTP client's own error is left out of this one: it would print the key. */
export const unreachable = ({ method, url }: HttpRequest, { message }: Error): PithyDaytonaError =>
  new PithyDaytonaError({
    code: "network",
    message: `No response from Daytona to ${method.toUpperCase()} ${url}: ${withoutFullStop(message)}.`,
    hint: "Check `DAYTONA_API_URL` and the network, and try again.",
    retryable: true,
    reason: message,
  });

/** Options or environment variables that cannot be used. */
export const misuse = (message: string, hint: string, details: Partial<FailureDetails> = {}): PithyDaytonaError =>
  new PithyDaytonaError({ code: "configuration", message, hint, retryable: false, ...details });

/** Throws unless what a call was given passes a check. */
export function checkGiven(call: string, given: unknown, check: Check, subject = "The options"): void {
  const mistakes = check(given, "");
  if (mistakes.length > 0) throw misuse(describeMistakes(mistakes, subject), `Correct the call of \`${call}\`.`);
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Any error as one of ours. What other code threw, such as a listener of the application, becomes the cause. */
export const asFailure = (error: unknown): PithyImageError => (isImageError(error) ? error : abortedBy(error));

/** An error that ended a call and did not come from Daytona. */
export const abortedBy = (error: unknown): PithyDaytonaError =>
  new PithyDaytonaError({
    code: "aborted",
    message: `Aborted by an error: ${textOf(error)}`,
    hint: "The application threw it.",
    retryable: false,
    cause: error,
  });

/** The SDK could not upload the files of an image. */
export function uploadFailed(error: unknown): PithyDaytonaError {
  const reason = textOf(error);
  return new PithyDaytonaError({
    code: "upload_failed",
    message: `The image's files could not be uploaded: ${withoutFullStop(reason)}.`,
    hint: "Try again: files that have arrived are not uploaded again.",
    retryable: true,
    reason,
  });
}

/** The SDK rejects what it is given before it sends any request. */
export const rejectedBySdk = (error: unknown): PithyDaytonaError =>
  misuse(
    `The Daytona SDK rejected its arguments: ${withoutFullStop(textOf(error))}.`,
    "Correct what does not come from the image, such as `params`, or update the SDK.",
  );

/** A snapshot that cannot be built here, and the image of a lock that it belongs to, if any. */
export interface UnbuiltSnapshot {
  readonly name: string;
  readonly imageName?: string | undefined;
}

/** Daytona's words for a sandbox that was requested in a region where its snapshot is not. */
const NOT_IN_REGION = /not available in region (\S+)/;

/** A snapshot that cannot be used where it was wanted, if a refusal says so. */
export function notInRegion(
  { name, imageName }: UnbuiltSnapshot,
  regions: readonly string[] | undefined,
  { reason = "", status }: PithyDaytonaError,
): PithyDaytonaError | undefined {
  const [, wanted] = NOT_IN_REGION.exec(reason) ?? [];
  if (wanted === undefined) return undefined;
  const places = (regions ?? []).map((each) => `\`${each}\``).join(", ");
  return misuse(
    `Snapshot ${quoted(name, imageName)} is not available in region \`${wanted}\`${places && `, only in ${places}`}.`,
    imageName === undefined
      ? "Pass the snapshot's `region`, or the name of another snapshot."
      : "Export `snapshot = { region: … }` beside the image, and run `npx pithy-image lock` and `snapshot ensure` again.",
    { reason, status },
  );
}

const quoted = (name: string, imageName: string | undefined): string =>
  imageName === undefined ? `\`${name}\`` : `\`${name}\` of \`${imageName}\``;

/** A snapshot that cannot be used now. */
export function notBuilt(
  { name, imageName }: UnbuiltSnapshot,
  state: string | undefined,
  reason?: string | null,
): PithyDaytonaError {
  const how = state === undefined ? "does not exist" : `is \`${state}\`${reason ? `: ${withoutFullStop(reason)}` : ""}`;
  return new PithyDaytonaError({
    code: "snapshot_not_built",
    message: `Snapshot ${quoted(name, imageName)} ${how}.`,
    hint: hintForNotBuilt(imageName, state),
    retryable: state !== undefined,
    state,
    reason: reason ?? undefined,
  });
}

function hintForNotBuilt(imageName: string | undefined, state: string | undefined): string {
  if (imageName !== undefined) {
    return "Run `npx pithy-image snapshot ensure` before you deploy; it waits until the snapshot is ready.";
  }
  if (state === "removing") return "Wait until it is removed, then create it again.";
  if (state === "inactive")
    return "Try again in some minutes: Daytona wakes no snapshot that was put to sleep recently.";
  return "Correct the name, or create it: `ensureSnapshot`, or `npx pithy-image snapshot ensure`.";
}
