import { host } from "#host";
import type { ImageBuilder, ImageClass } from "../image/builder.ts";
import { makeImageClass, unsupported } from "../image/image.ts";
import { buildPithyJauntImage, type PithyJauntOptions } from "../image/preset.ts";
import type { ResolvedImage } from "../image/resolved.ts";
import { type CallSite, describeCallSite } from "../shared/call-site.ts";
import { PithyImageError } from "../shared/errors.ts";
import type { ResolveOptions, RootOptions, StagedContext } from "../shared/types.ts";
import type { Resources } from "../shared/wire.generated.ts";
import type { CallOptions } from "./call.ts";
import type { DaytonaClient } from "./client.ts";
import { pithyDaytona } from "./pithy-daytona.ts";
import type { Resolvable, SdkImageClass, SdkImageParts } from "./sdk-image.ts";

/** An image that the SDK takes for one of its own: see {@link BoundBuilder.prepare}. */
export interface BoundBuilder extends ImageBuilder, SdkImageParts {
  /**
   * Reads the local files and stages them, off the event loop. Without it that happens, blocking, when the SDK first
   * reads the image. Later changes of the files do not count: the image is what was read first.
   *
   * @example
   * ```ts
   * const bound = bindImage(SdkImage).debianSlim("3.12").addLocalDir("src", "/app");
   * const sandbox = await daytona.create({ image: await bound.prepare() });
   * sandbox.state;
   * // started
   * ```
   */
  prepare(options?: ResolveOptions): Promise<this>;
}

/**
 * An image bound to an SDK: our calls, on an instance of the SDK's own class.
 *
 * @example
 * ```ts
 * const image: BoundImage<SdkImage> = bindImage(SdkImage).base("node:22-slim");
 * image instanceof SdkImage;
 * // true
 * ```
 */
export type BoundImage<Sdk extends object> = BoundBuilder & Sdk;

/** An SDK's image class with our calls, made by {@link bindImage}. */
export type BoundImageClass<Sdk extends object> = ImageClass<BoundImage<Sdk>>;

/** Calls on an image whose results nothing used yet. */
const unused = new WeakMap<object, Set<DroppedCall>>();

/** The call that made an image, until the image is used. */
const origin = new WeakMap<object, { from: object; dropped: DroppedCall }>();

/** Dropped calls that are remembered of one image: an application that drops more has been told enough. */
const MAX_DROPPED = 10;

/** The first reading of an image: it is what is sent. */
const prepared = new WeakMap<object, ResolvedImage>();

/** The root that an image was prepared with; what is made from it starts there too. */
const roots = new WeakMap<object, string>();

/** The files that the SDK has sent by the time it reads an image: `snapshot.create` sets an entrypoint after it sent them. */
const sent = new WeakMap<object, ResolvedImage>();

interface DroppedCall {
  call: string;
  site: CallSite | undefined;
}

const lineage = {
  derived(from: object, image: object, call: string, site: CallSite | undefined): void {
    const calls = unused.get(from) ?? new Set();
    const dropped = { call, site };
    if (calls.size < MAX_DROPPED) unused.set(from, calls.add(dropped));
    origin.set(image, { from, dropped });
    const root = roots.get(from);
    if (root !== undefined) roots.set(image, root);
    const before = prepared.get(from);
    if (before && call === "entrypoint") sent.set(image, before);
  },
  used(image: object): void {
    const made = origin.get(image);
    if (made) unused.get(made.from)?.delete(made.dropped);
    origin.delete(image);
  },
};

/** The Daytona SDK changes its images in place; with ours, a call whose result is dropped does nothing. */
function reportDroppedCalls(image: object): void {
  for (const { call, site } of unused.get(image) ?? []) {
    const place = describeCallSite(site);
    const message = `The result of \`${call}\`${place ? ` at ${place}` : ""} was not used when its image was handed over. \
Images are immutable: write \`image = image.${call}(…)\`, or use its result first.`;
    host.warn(message, "PITHY_IMAGE_DROPPED_CALL");
  }
  unused.delete(image);
}

/**
 * The SDK's image class with our calls: what it makes passes the SDK's `instanceof` and can be given to `daytona.create`
 * and `daytona.snapshot.create` as it is.
 *
 * @param SdkImage - The class of the SDK that makes the sandbox: a different copy would make a default sandbox.
 * @param options - The root for images that are handed over without `prepare`.
 *
 * @example
 * ```ts
 * import { Daytona, Image as SdkImage } from "@daytonaio/sdk";
 * import { bindImage } from "pithy-image/daytona";
 *
 * const Image = bindImage(SdkImage);
 * const image = Image.debianSlim("3.12").aptInstall(["git"]);
 * const daytona = new Daytona();
 * const sandbox = await daytona.create({ image });
 * sandbox.state;
 * // started
 * ```
 */
export function bindImage<Sdk extends object>(
  SdkImage: SdkImageClass<Sdk>,
  { root }: RootOptions = {},
): BoundImageClass<Sdk> {
  if (typeof (SdkImage as unknown) !== "function")
    throw new TypeError("Pass the Image class of your SDK: bindImage(SdkImage).");
  const bound = root === undefined ? undefined : host.absoluteRoot(root);
  const Bound = makeImageClass<BoundImage<Sdk>>(SdkImage as unknown as new () => object, lineage);
  const unbound = Bound.prototype as BoundBuilder;
  const [resolve, resolveSync] = [unbound.resolve, unbound.resolveSync];
  const from = <Options extends RootOptions>(image: object, options?: Options) => ({
    ...options,
    root: options?.root ?? roots.get(image) ?? bound,
  });
  Object.defineProperties(Bound.prototype, {
    resolve: {
      value: function (this: BoundBuilder, options?: ResolveOptions) {
        return resolve.call(this, from(this, options));
      },
    },
    resolveSync: {
      value: function (this: BoundBuilder, options?: RootOptions) {
        return resolveSync.call(this, from(this, options));
      },
    },
    dockerfile: {
      get: function (this: BoundBuilder) {
        return read(this).dockerfile;
      },
    },
    contextList: {
      // Staged at each look: what was staged long ago may have been removed from the cache.
      get: function (this: BoundBuilder) {
        return read(this).stageSync();
      },
    },
    prepare: {
      value: async function (this: BoundBuilder, options?: ResolveOptions): Promise<BoundBuilder> {
        const resolved = prepared.get(this) ?? (await this.resolve(options));
        await resolved.stage(options);
        const root = options?.root === undefined ? undefined : host.absoluteRoot(options.root);
        if (root !== undefined) roots.set(this, root);
        if (!prepared.has(this)) remember(this, resolved);
        return this;
      },
    },
  });
  refuseOtherCalls(Bound.prototype, SdkImage.prototype);
  refuseOtherCalls(Bound, SdkImage);
  return Bound;
}

/** The first reading of an image is what is sent; what should be known of it is said then. */
function remember(image: object, resolved: ResolvedImage): void {
  prepared.set(image, resolved);
  for (const { callSite, message, hint } of resolved.findings) {
    const text = `${callSite ? `${callSite}: ` : ""}${message} ${hint}`;
    host.warn(text, "PITHY_IMAGE_FINDING");
  }
}

/** What the SDK gets to see of an image. */
function read(image: BoundBuilder): ResolvedImage {
  reportDroppedCalls(image);
  const known = prepared.get(image);
  if (known) return known;
  const resolved = image.resolveSync();
  const before = sent.get(image);
  if (before?.contexts.some(({ archivePath }, i) => archivePath !== resolved.contexts[i]?.archivePath)) throw changed();
  remember(image, resolved);
  return resolved;
}

function changed(): PithyImageError {
  const message = "Files changed after the image was read, and the Daytona SDK sends those of the first reading.";
  const hint = "Set the entrypoint in the image, not in `snapshot.create`.";
  return new PithyImageError([{ code: "source_changed", message, hint, path: "" }]);
}

/** The SDK's calls that we do not have would change fields that nobody reads: they throw. */
function refuseOtherCalls(ours: object, sdk: object): void {
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(sdk))) {
    if (typeof value === "function" && name !== "constructor" && !Object.hasOwn(ours, name)) {
      Object.defineProperty(ours, name, { value: () => unsupported(name) });
    }
  }
}

/** The part of the SDK's client that makes snapshots: see {@link createPithyJauntSnapshot}. */
export interface SnapshotClient extends DaytonaClient {
  /** The client's snapshots. */
  readonly snapshot: { create(params: never, options?: never): Promise<unknown> };
}

/** What a client's `snapshot.create` answers, and so {@link createPithyJauntSnapshot}. */
export type SnapshotOf<Client extends SnapshotClient> = Awaited<ReturnType<Client["snapshot"]["create"]>>;

/** Options of {@link createPithyJauntSnapshot}, those of the image among them. */
export interface CreateSnapshotOptions extends PithyJauntOptions, Omit<ResolveOptions, "signal">, CallOptions {
  /** The SDK's image class, if its client insists on an instance; any object with the right fields will do today. */
  Image?: SdkImageClass<SdkImageParts> | undefined;
  /** Called with each part of the build's log. */
  onLogs?: ((chunk: string) => void) | undefined;
  /** Told each state, once. */
  onState?: ((state: string) => void) | undefined;
  /** The machine that sandboxes of the snapshot get. */
  resources?: Resources | undefined;
}

/**
 * Makes sure that there is a snapshot of Pithy Jaunt's image, and waits for it. Any number of processes may call it at once.
 *
 * @param daytona - A client of the SDK.
 * @param name - Name of the snapshot. One of that name that holds another image is error `conflict`.
 * @throws PithyImageError
 *
 * @example
 * ```ts
 * const snapshot = await createPithyJauntSnapshot(daytona, "pithy-jaunt-dev", { onLogs: console.log });
 * snapshot.name;
 * // pithy-jaunt-dev
 * ```
 */
export async function createPithyJauntSnapshot<Client extends SnapshotClient>(
  daytona: Client,
  name: string = "pithy-jaunt-dev",
  options: CreateSnapshotOptions = {},
): Promise<SnapshotOf<Client>> {
  const { Image = PlainImage, onLogs, onState, onProgress, resources, root, signal, deadline, ...others } = options;
  const image = buildPithyJauntImage(others);
  const watched: Resolvable = {
    resolve: (how) => image.resolve({ ...how, onProgress }),
    refresh: (token) => image.refresh(token),
  };
  const { ensureSnapshot } = pithyDaytona({ daytona, Image });
  const ensured = await ensureSnapshot(watched, { name, root, resources, signal, deadline, onLog: onLogs, onState });
  return ensured.snapshot as SnapshotOf<Client>;
}

/** Stands for the SDK's class where any object with the right fields will do. */
class PlainImage implements SdkImageParts {
  readonly contextList: StagedContext[] = [];
  readonly dockerfile: string;

  constructor(dockerfile: string) {
    this.dockerfile = dockerfile;
  }

  static base(image: string): PlainImage {
    return new PlainImage(`FROM ${image}\n`);
  }
}
