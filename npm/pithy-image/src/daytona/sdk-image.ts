/** Images as the SDK's own class has them. The class is passed in: every copy of the SDK has its own. */
import type { ResolvedImage } from "../image/resolved.ts";
import type { ResolveOptions, StagedContext } from "../shared/types.ts";

/** The `Image` class of an SDK, `@daytonaio/sdk` or `@daytona/sdk`, of any version: see {@link toDaytonaImage}. */
export interface SdkImageClass<Sdk extends object> {
  /** What every image of the SDK has. */
  readonly prototype: Sdk;
  /**
   * Begins with any image, as the SDK does it.
   *
   * @example
   * ```ts
   * SdkImage.base("debian:12-slim").dockerfile;
   * // FROM debian:12-slim
   * ```
   */
  base(image: string): Sdk;
}

/**
 * What the SDK reads from an image.
 *
 * @example
 * ```ts
 * const parts: SdkImageParts = bindImage(SdkImage).base("node:22-slim").addLocalDir("src", "/app");
 * parts.contextList.length;
 * // 1
 * ```
 */
export interface SdkImageParts {
  /** The Dockerfile. */
  readonly dockerfile: string;
  /** The files to upload. */
  readonly contextList: StagedContext[];
}

/** An image, bound to an SDK or not. */
export interface Resolvable {
  /** Reads its local files. */
  resolve(options?: ResolveOptions): Promise<ResolvedImage>;
  /** The same image under another key. */
  refresh(token: string): Resolvable;
}

/**
 * A plain image of the SDK with the same Dockerfile and contexts, made through the SDK's public calls alone.
 *
 * @throws PithyImageError with everything that is wrong with the image; Error if the SDK makes another Dockerfile of it.
 *
 * @example
 * ```ts
 * const sdkImage = await toDaytonaImage(image, SdkImage);
 * sdkImage.dockerfile === image.toDockerfile();
 * // true
 * ```
 */
export async function toDaytonaImage<Sdk extends SdkImageParts>(
  image: Pick<Resolvable, "resolve">,
  SdkImage: SdkImageClass<Sdk>,
  options: ResolveOptions = {},
): Promise<Sdk> {
  return sdkImageOf(await image.resolve(options), SdkImage, options);
}

/** The SDK's image of one that was resolved. */
export async function sdkImageOf<Sdk extends SdkImageParts>(
  resolved: ResolvedImage,
  SdkImage: SdkImageClass<Sdk>,
  options: { signal?: AbortSignal } = {},
): Promise<Sdk> {
  const plain = SdkImage.base(resolved.dockerfile.slice("FROM ".length, -"\n".length));
  plain.contextList.push(...(await resolved.stage(options)));
  if (plain.dockerfile !== resolved.dockerfile) {
    throw new Error("The Daytona SDK changed the Dockerfile: use `bindImage`, and report this version of the SDK.");
  }
  return plain;
}
