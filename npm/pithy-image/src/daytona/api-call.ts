/** One call of an application that sends requests to Daytona's API. */
import type { ResolvedImage } from "../image/resolved.ts";
import type { WatchOptions } from "../shared/types.ts";
import { Call, type CallOptions } from "./call.ts";
import type { Connection } from "./client.ts";
import type { Access, HttpRequest, HttpResponse } from "./http.ts";
import type { Resolvable } from "./sdk-image.ts";

/** What a request has besides its path. */
interface Content extends Pick<HttpRequest, "params" | "data" | "signal"> {
  /** How often it is sent, the first time included. */
  readonly attempts?: number;
}

/** A running call with access to Daytona. `end` it. */
export class ApiCall<Through extends Access = Connection> extends Call {
  readonly connection: Through;
  /** What follows and aborts its work on local files. */
  readonly watch: WatchOptions;

  constructor(connection: Through, options: CallOptions & WatchOptions, seconds: number) {
    super(options, seconds, connection);
    this.connection = connection;
    this.watch = { signal: this.signal, onProgress: options.onProgress };
  }

  /** Sends a request for a path of the API. */
  ask(method: string, path: readonly string[], { attempts, ...content }: Content = {}): Promise<HttpResponse> {
    const { connection } = this;
    return this.send({ ...content, method, url: connection.url(...path), headers: connection.headers }, attempts);
  }

  /** Sends a prepared request. */
  send(request: HttpRequest, attempts: number = this.connection.attempts): Promise<HttpResponse> {
    return this.request(this.connection.send, request, attempts);
  }

  /** Reads the local files of an image, also for the key of its build if that is asked for. */
  resolve(image: Resolvable, root: string | URL | undefined, snapshotRef = false): Promise<ResolvedImage> {
    const { strict } = this.connection;
    // Another copy of this package may not know the options.
    const options = { ...(strict !== undefined && { strict }), ...(snapshotRef && { snapshotRef }) };
    return this.race(image.resolve({ root, ...this.watch, ...options }));
  }

  /** Opens a stream. The SDK's HTTP client would wait for its end. */
  open(url: string | URL, signal: AbortSignal): Promise<Response> {
    return fetch(url, { headers: this.connection.headers as Record<string, string>, signal });
  }
}
