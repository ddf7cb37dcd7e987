/** Requests to Daytona, and what it answers. */

/** A request, as the SDK's HTTP client takes it. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, unknown>> | undefined;
  readonly params?: Readonly<Record<string, unknown>> | undefined;
  /** The body; text when the SDK packed it. */
  readonly data?: unknown;
  readonly signal?: AbortSignal;
  /** Milliseconds. */
  readonly timeout?: number;
  readonly validateStatus?: () => boolean;
}

/** What Daytona answered. */
export interface HttpResponse {
  readonly status: number;
  readonly data: unknown;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Sends a request. */
export type Send = (request: HttpRequest) => Promise<HttpResponse>;
