/**
 * The SDK's client as it is used here: its own calls prepare requests, and each request goes through a function of ours. This
 * gives every version of the SDK the same deadlines, retries and errors, which no version has by itself.
 */
import { type Clock, systemClock } from "./clock.ts";
import { misuse } from "./failure.ts";
import type { Access, HttpRequest, Send } from "./http.ts";
import type { SdkImageClass, SdkImageParts } from "./sdk-image.ts";

/** A client of Daytona, `new Daytona()` of `@daytonaio/sdk` since 0.115 or of `@daytona/sdk`: see {@link pithyDaytona}. */
export interface DaytonaClient {
  /**
   * Creates a sandbox.
   *
   * @internal
   */
  create(params?: never, options?: never): Promise<object>;
  /**
   * Finds a sandbox.
   *
   * @internal
   */
  get(sandboxIdOrName: string): Promise<object>;
  /** The client's snapshots. */
  readonly snapshot: object;
}

/** The sandboxes of a client: see {@link PithyDaytona.createSandbox}. */
export type SandboxOf<Client extends DaytonaClient> = Awaited<ReturnType<Client["get"]>>;

/** The parameters of a client's `create`: see {@link PithyDaytona.createSandbox}. It has several signatures; the last one counts. */
export type CreateParamsOf<Client extends DaytonaClient> = Client extends {
  create(params?: infer Params, options?: infer _): unknown;
}
  ? NonNullable<Params>
  : never;

interface Http {
  readonly request: Send;
  readonly create: () => Http;
}

interface Api {
  readonly axios: Http;
}

/** The fields of the client that TypeScript calls private: the same in all versions. */
interface Internals {
  readonly clientConfig: {
    readonly basePath: string;
    readonly baseOptions: { readonly headers: HttpRequest["headers"] };
  };
  readonly sandboxApi: Api;
  readonly objectStorageApi: Api;
  readonly snapshot: { readonly snapshotsApi: Api; readonly objectStorageApi: Api; create: Submit };
  readonly create: Submit;
  readonly get: (id: string) => Promise<object>;
  readonly target?: string;
  readonly warmPool?: object;
}

type Submit = (params: object, options: object) => Promise<object>;

/** The part of a client that prepares requests. */
export type SdkClient = Pick<Internals, "create" | "get" | "snapshot">;

/** How often a request is sent, the first time included. */
const ATTEMPTS = 8;

/** How a connection behaves. */
interface ConnectionOptions {
  readonly strict?: boolean | undefined;
  readonly clock?: Clock | undefined;
}

/** A client whose fields were checked. */
export class Connection implements Access {
  readonly attempts: number = ATTEMPTS;
  readonly #client: Internals;
  /** The SDK's image class. */
  readonly Image: SdkImageClass<SdkImageParts>;
  readonly clock: Clock;
  /** Whether dropped calls on images are errors, if the application says. */
  readonly strict: boolean | undefined;
  /** Sends a request without the SDK's interceptors: that of 0.115 prints failures, with the key in them. */
  readonly send: Send;

  constructor(
    client: DaytonaClient,
    Image: SdkImageClass<SdkImageParts>,
    { strict, clock = systemClock }: ConnectionOptions = {},
  ) {
    checkClient(client);
    this.#client = client as unknown as Internals;
    this.Image = Image;
    this.clock = clock;
    this.strict = strict;
    const plain = this.#client.sandboxApi.axios.create();
    this.send = (request) => plain.request(request);
  }

  /** Whether the SDK, and thus its server, supports warm pools and `ttlMinutes`. */
  get hasWarmPools(): boolean {
    return this.#client.warmPool !== undefined;
  }

  /** Whether the SDK, and thus its server, lists sandboxes by page numbers; newer ones have a cursor. */
  get listsByPages(): boolean {
    return "listSandboxesPaginated" in this.#client.sandboxApi;
  }

  /** The region of sandboxes. */
  get target(): string | undefined {
    return this.#client.target;
  }

  /** The headers of every request, with the key. */
  get headers(): HttpRequest["headers"] {
    return this.#client.clientConfig.baseOptions.headers;
  }

  /** Sends a request as the SDK does, with its errors. */
  readonly sendAsSdk: Send = (request) => this.#client.sandboxApi.axios.request(request);

  /** The URL of a path of the API. */
  url(...path: string[]): string {
    return [this.#client.clientConfig.basePath, ...path.map(encodeURIComponent)].join("/");
  }

  /** The same client, except that its requests go through a function. */
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

/** Throws unless a value is a client of today's platform. SDK 2.x has one for each platform, and a root that holds both. */
function checkClient(client: unknown): void {
  const { sandboxApi, clientConfig, snapshot } = Object(client) as Partial<Internals>;
  if (typeof sandboxApi?.axios?.create === "function" && clientConfig?.basePath && snapshot?.snapshotsApi) return;
  const has = (name: string) => name in Object(client);
  if (has("v0")) throw misuse("`daytona` is the root client of SDK 2.x, which creates nothing itself.", PASS_V0);
  if (has("images")) throw misuse("`daytona` is a client of Daytona v2, which has another API.", PASS_V0);
  const hint = "Pass `new Daytona()` of `@daytonaio/sdk` or `@daytona/sdk` (0.115 to 0.x), or `daytona.v0` of SDK 2.x.";
  throw misuse("`daytona` must be a client of the Daytona SDK.", hint);
}

const PASS_V0 = "Pass `daytona.v0`: pithy-image works with Daytona v0, today's platform.";

/** An object with some of its fields replaced; the object itself is not changed. */
const over = <Whole extends object>(whole: Whole, fields: Partial<Whole>): Whole =>
  Object.create(
    whole,
    Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, { value, writable: true }])),
  ) as Whole;
