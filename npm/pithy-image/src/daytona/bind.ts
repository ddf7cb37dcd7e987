/** Images that an SDK accepts as its own: its class, with our calls. */
import { host } from "#host";
import { refuse } from "../image/arguments.ts";
import { ImageBuilder } from "../image/builder.ts";
import { makeImageClass } from "../image/image.ts";
import { type Lineage, use } from "../image/recording.ts";
import { BIND_OPTIONS } from "../image/resolve-options.ts";
import type { ResolvedImage } from "../image/resolved.ts";
import type { ImageClass } from "../image/statics.ts";
import { PithyImageError } from "../shared/errors.ts";
import type { BindOptions, PackedContext, ResolveOptions } from "../shared/types.ts";
import { checkGiven } from "./failure.ts";
import { SDK_IMAGE, type SdkImageClass, type SdkImageParts } from "./sdk-image.ts";

/**
 * An image that the SDK accepts as one of its own.
 *
 * @example
 * ```ts
 * const image: BoundBuilder = bindImage(SdkImage).base("node:22-slim").workdir("/app");
 * image.dockerfile === image.toDockerfile();
 * // true
 * ```
 */
export abstract class BoundBuilder extends ImageBuilder implements SdkImageParts {
  /** The Dockerfile, as the SDK reads it. */
  get dockerfile(): string {
    return readOnce(this).dockerfile;
  }

  /** The files to upload, as the SDK reads them. They are packed at each read: the cache may have been pruned since. */
  get contextList(): PackedContext[] {
    return readOnce(this).packSync();
  }

  /**
   * Reads and packs the local files without blocking the event loop. Otherwise that happens, blocking, when the SDK first
   * reads the image. Later changes to the files do not count: the image is what was read first.
   *
   * @example
   * ```ts
   * const bound = bindImage(SdkImage).debianSlim("3.12").addLocalDir("src", "/app");
   * const sandbox = await daytona.create({ image: await bound.prepare() });
   * sandbox.state;
   * // started
   * ```
   */
  async prepare(options?: ResolveOptions): Promise<this> {
    const { signal, onProgress } = options ?? {};
    const known = prepared.get(this);
    if (known) use(this);
    const resolved = known ?? (await this.resolve(options));
    await resolved.pack({ signal, onProgress });
    if (options?.root !== undefined) roots.set(this, host.absoluteRoot(options.root));
    if (!prepared.has(this)) remember(this, resolved);
    return this;
  }
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

/** An SDK's image class with our calls: see {@link bindImage}. */
export type BoundImageClass<Sdk extends object> = ImageClass<BoundImage<Sdk>>;

/** The first reading of an image: it is what is sent. */
const prepared = new WeakMap<object, ResolvedImage>();

/** The root that an image was prepared with; images made from it have the same root. */
const roots = new WeakMap<object, string | undefined>();

/** What the SDK has already uploaded when it reads an image: `snapshot.create` sets an entrypoint after the upload. */
const sent = new WeakMap<object, ResolvedImage>();

/** Follows the images of a class, all with the same root unless they were prepared with another. */
const lineageWith = ({ root, strict }: BindOptions): Lineage => {
  const classRoot = root === undefined ? undefined : host.absoluteRoot(root);
  return {
    strict,
    derived(from, image, call) {
      if (roots.has(from)) roots.set(image, roots.get(from));
      const before = prepared.get(from);
      if (before && call === "entrypoint") sent.set(image, before);
    },
    rootOf: (image) => roots.get(image) ?? classRoot,
  };
};

/**
 * The SDK's image class with our calls: its images pass the SDK's `instanceof`, and can be passed to `daytona.create` and
 * `daytona.snapshot.create` directly.
 *
 * @param SdkImage - The class of the SDK that creates the sandbox: with another copy, it would be a default sandbox.
 * @param options - The root for images that are used without `prepare`, and whether dropped calls are errors.
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
  options: BindOptions = {},
): BoundImageClass<Sdk> {
  checkGiven("bindImage", SdkImage, SDK_IMAGE, "The first argument");
  checkGiven("bindImage", options, BIND_OPTIONS);
  const Base = SdkImage as unknown as new () => object;
  const Bound = makeImageClass<BoundImage<Sdk>>(Base, [BoundBuilder], lineageWith(options));
  refuseOtherCalls(Bound.prototype, SdkImage.prototype);
  refuseOtherCalls(Bound, SdkImage);
  return Bound;
}

/** Remembers the first reading of an image, which is what is uploaded, and reports its findings. */
function remember(image: object, resolved: ResolvedImage): void {
  prepared.set(image, resolved);
  for (const { source, callSite, message, hint } of resolved.findings) {
    const place = source ?? callSite;
    const text = `${place ? `${place}: ` : ""}${message} ${hint}`;
    host.warn(text, "PITHY_IMAGE_FINDING");
  }
}

/** What the SDK sees of an image. */
function readOnce(image: BoundBuilder): ResolvedImage {
  use(image);
  const known = prepared.get(image);
  if (known) return known;
  const resolved = image.resolveSync();
  const before = sent.get(image);
  if (before?.contexts.some(({ archivePath }, i) => archivePath !== resolved.contexts[i]?.archivePath)) throw changed();
  remember(image, resolved);
  return resolved;
}

function changed(): PithyImageError {
  const message = "Files changed after the image was read, but the Daytona SDK has uploaded the old ones.";
  const hint = "Set the entrypoint in the image, not in `snapshot.create`.";
  return new PithyImageError([{ code: "source_changed", message, hint, path: "" }]);
}

/** Makes the SDK's calls that we do not have throw: they would change fields that nobody reads. */
function refuseOtherCalls(ours: object, sdk: object): void {
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(sdk))) {
    if (typeof value === "function" && name !== "constructor" && !Object.hasOwn(ours, name)) {
      Object.defineProperty(ours, name, { value: () => unsupported(name) });
    }
  }
}

/** Throws for a call that only the Daytona SDK has. */
function unsupported(call: string): never {
  const message = `\`${call}\` is a call of the Daytona SDK that pithy-image does not have.`;
  refuse("unknown_step", message, "It would change the SDK's own image, which is not used. Use other calls.");
}
