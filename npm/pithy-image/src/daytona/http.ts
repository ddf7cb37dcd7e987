/** Requests to Daytona, and its responses. */
import type { Clock } from "./clock.ts";

/** A request, in the form of the SDK's HTTP client. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, unknown>> | undefined;
  readonly params?: Readonly<Record<string, unknown>> | undefined;
  /** The body; a string if the SDK prepared the request. */
  readonly data?: unknown;
  readonly signal?: AbortSignal | undefined;
  readonly validateStatus?: () => boolean;
}

/** A response of Daytona. */
export interface HttpResponse {
  readonly status: number;
  readonly data: unknown;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Sends a request. */
export type Send = (request: HttpRequest) => Promise<HttpResponse>;

/** Access to Daytona's API. */
export interface Access {
  /** How often a request is sent, the first time included. */
  readonly attempts: number;
  /** How calls wait; the machine's clock when not given. */
  readonly clock?: Clock | undefined;
  /** Whether dropped calls on images are errors, if the application says. */
  readonly strict?: boolean | undefined;
  /** The headers of every request, with the key. */
  readonly headers: HttpRequest["headers"];
  readonly send: Send;
  /** The URL of a path of the API. */
  url(...path: string[]): string;
}
