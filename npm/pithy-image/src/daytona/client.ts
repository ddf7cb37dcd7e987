/**
 * The SDK's client, as it is used here: its own calls pack a request, and each request goes through a function of ours.
 * That gives every version of the SDK the same deadlines, retries and errors, which no version has by itself.
 */
import { type Clock, systemClock } from "./clock.ts";
import { misuse } from "./failure.ts";
import type { SdkImageClass, SdkImageParts } from "./sdk-image.ts";

/** A client of Daytona, `new Daytona()` of `@daytonaio/sdk` since 0.115 or of `@daytona/sdk`: see {@link pithyDaytona}. */
export interface DaytonaClient {
  /** @internal */
  create(params?: never, options?: never): Promise<object>;
  /** @internal */
  get(sandboxIdOrName: string): Promise<object>;
  /** The client's snapshots. */
  readonly snapshot: object;
}

/** What a client's sandboxes are: see {@link PithyDaytona.createSandbox}. */
export type SandboxOf<Client extends DaytonaClient> = Awaited<ReturnType<Client["get"]>>;

/** A request, as the SDK's HTTP client takes it. */
export interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, unknown>> | undefined;
  readonly params?: Readonly<Record<string, unknown>> | undefined;
  /** The body; text when the SDK packed it. */
  readonly data?: unknown;
  readonly signal?: AbortSignal;
  readonly validateStatus?: () => boolean;
}

/** What Daytona answered. */
export interface Answer {
  readonly status: number;
  readonly data: unknown;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Sends a request. */
export type Send = (request: Request) => Promise<Answer>;

interface Http {
  readonly request: Send;
  readonly create: () => Http;
}

interface Api {
  readonly axios: Http;
}

/** The fields of the client that TypeScript calls private: the same in all versions. */
interface Internals {
  readonly clientConfig: { readonly basePath: string; readonly baseOptions: { readonly headers: Request["headers"] } };
  readonly sandboxApi: Api;
  readonly objectStorageApi: Api;
  readonly snapshot: { readonly snapshotsApi: Api; readonly objectStorageApi: Api; create: Submit };
  readonly create: Submit;
  readonly get: (id: string) => Promise<object>;
  readonly target?: string;
  readonly warmPool?: object;
}

type Submit = (params: object, options: object) => Promise<object>;

/** The part of a client that packs requests. */
export type SdkClient = Pick<Internals, "create" | "get" | "snapshot">;

/** A client whose fields were looked at. */
export class Connection {
  readonly #client: Internals;
  /** The SDK's image class. */
  readonly Image: SdkImageClass<SdkImageParts>;
  /** Milliseconds between two looks at a state. */
  readonly pollInterval: number;
  readonly clock: Clock;
  /** Sends a request past the SDK's interceptors: that of 0.115 prints what fails, with the key in it. */
  readonly send: Send;

  constructor(
    client: DaytonaClient,
    Image: SdkImageClass<SdkImageParts>,
    pollInterval: number = 1_000,
    clock: Clock = systemClock,
  ) {
    const internals = client as unknown as Internals;
    const http = internals?.sandboxApi?.axios;
    if (typeof http?.create !== "function" || !internals.clientConfig?.basePath || !internals.snapshot?.snapshotsApi) {
      const hint = "Pass `new Daytona()` of `@daytonaio/sdk` (0.115 or newer) or of `@daytona/sdk`.";
      throw misuse("Not a client of the Daytona SDK.", hint);
    }
    this.#client = internals;
    this.Image = Image;
    this.pollInterval = pollInterval;
    this.clock = clock;
    const plain = http.create();
    this.send = (request) => plain.request(request);
  }

  /** Whether the SDK, and so its server, knows warm pools and `ttlMinutes`. */
  get hasWarmPools(): boolean {
    return this.#client.warmPool !== undefined;
  }

  /** Whether the SDK, and so its server, lists sandboxes by numbers of pages; newer ones have a cursor. */
  get listsByPages(): boolean {
    return "listSandboxesPaginated" in this.#client.sandboxApi;
  }

  /** The region of sandboxes. */
  get target(): string | undefined {
    return this.#client.target;
  }

  /** What every request has in its head: the key is there. */
  get headers(): Request["headers"] {
    return this.#client.clientConfig.baseOptions.headers;
  }

  /** Sends a request as the SDK does, with its errors. */
  readonly sendAsSdk: Send = (request) => this.#client.sandboxApi.axios.request(request);

  /** The address of a path of the API. */
  url(...path: string[]): string {
    return [this.#client.clientConfig.basePath, ...path.map(encodeURIComponent)].join("/");
  }

  /** The same client, but that its requests go through a function. */
  through(send: Send): SdkClient {
    const api = (api: Api): Api => over(api, { axios: over(api.axios, { request: send }) });
    const { sandboxApi, objectStorageApi, snapshot } = this.#client;
    const storage = api(objectStorageApi);
    return over(this.#client, {
      sandboxApi: api(sandboxApi),
      objectStorageApi: storage,
      snapshot: over(snapshot, { snapshotsApi: api(snapshot.snapshotsApi), objectStorageApi: storage }),
    });
  }
}

/** An object with some of its fields replaced; the object itself stays as it is. */
const over = <Whole extends object>(whole: Whole, fields: Partial<Whole>): Whole =>
  Object.create(
    whole,
    Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, { value, writable: true }])),
  ) as Whole;
