/** Images of the SDK's own class. The class is passed in: every copy of the SDK has its own. */

import type { ResolvedImage } from "../image/resolved.ts";
import { type Check, must } from "../shared/check.ts";
import { notOfSdk } from "../shared/sdk-image.ts";
import type { PackedContext, ResolveOptions, WatchOptions } from "../shared/types.ts";
import { checkGiven } from "./failure.ts";

/** The `Image` class of an SDK, `@daytonaio/sdk` or `@daytona/sdk`, of any version: see {@link toDaytonaImage}. */
export interface SdkImageClass<Sdk extends object> {
  /** What every image of the SDK has. */
  readonly prototype: Sdk;
  /**
   * Begins with any image.
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
  readonly contextList: PackedContext[];
}

/**
 * An image, bound to an SDK or not.
 *
 * @example
 * ```ts
 * const image: Resolvable = Image.base("node:22-slim").addLocalDir("src", "/app");
 * (await image.resolve()).sources.length;
 * // 1
 * ```
 */
export interface Resolvable {
  /**
   * Reads its local files.
   *
   * @example
   * ```ts
   * const image: Resolvable = Image.base("node:22-slim");
   * (await image.resolve()).dockerfile;
   * // FROM node:22-slim
   * ```
   */
  resolve(options?: ResolveOptions): Promise<ResolvedImage>;
  /**
   * The same image under another key.
   *
   * @example
   * ```ts
   * const image: Resolvable = Image.base("node:22-slim");
   * const [before, after] = await Promise.all([image.resolve(), image.refresh("2026-11").resolve()]);
   * before.imageDigest === after.imageDigest;
   * // false
   * ```
   */
  refresh(token: string): Resolvable;
}

/** Whether a value is an image. */
export const isResolvable = (value: unknown): value is Resolvable =>
  isObject(value) && "resolve" in value && typeof value.resolve === "function";

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** The `Image` class of an SDK. */
export const SDK_IMAGE: Check = (value, path) => {
  if (typeof value === "function" && "fromRegistry" in value) return [{ code: "wrong_type", path, message: OF_V2 }];
  return must("the `Image` class of your Daytona SDK, not that of pithy-image", isSdkImageClass)(value, path);
};

const OF_V2 =
  "is `ImageBuilder` of Daytona v2, which sends no files. Pass the `Image` class that belongs to SDK 0.x, or to `daytona.v0` of SDK 2.x.";

/** Its images have getters for what is sent, which ours take the place of: what is no getter would be sent without our files. */
const isSdkImageClass = (value: unknown): boolean =>
  typeof value === "function" &&
  !("fromJSON" in value) &&
  "base" in value &&
  ["dockerfile", "contextList"].every((name) => name in Object(value.prototype));

/** An image, bound to an SDK or not. */
export const IMAGE: Check = notOfSdk(must("an image of pithy-image", isResolvable));

/** What snapshots are created from or compared with. */
export const IMAGE_OR_LOCK: Check = notOfSdk(must("an image or a lock", isObject));

/**
 * A plain image of the SDK with the same Dockerfile and contexts. It is made with the SDK's public calls, as far as the Dockerfile
 * begins with `FROM ` and ends with a newline.
 *
 * @throws PithyImageError with everything that is wrong with the image; Error if the SDK changes the Dockerfile.
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
  options?: ResolveOptions,
): Promise<Sdk> {
  checkGiven("toDaytonaImage", image, IMAGE, "The first argument");
  checkGiven("toDaytonaImage", SdkImage, SDK_IMAGE, "The second argument");
  return sdkImageOf(await image.resolve(options), SdkImage, options);
}

/** A resolved image as one of the SDK. */
export async function sdkImageOf<Sdk extends SdkImageParts>(
  resolved: ResolvedImage,
  SdkImage: SdkImageClass<Sdk>,
  { signal, onProgress }: WatchOptions = {},
): Promise<Sdk> {
  const { dockerfile } = resolved;
  const plain = SdkImage.base(dockerfile.slice("FROM ".length, -"\n".length));
  // No public call makes an image of a Dockerfile that begins with a comment, or ends without a newline.
  if (plain.dockerfile !== dockerfile && "_dockerfile" in plain) plain._dockerfile = dockerfile;
  const contexts = await resolved.pack({ signal, onProgress });
  plain.contextList.push(...contexts);
  if (plain.dockerfile !== dockerfile || plain.contextList.length !== contexts.length) {
    throw new Error("The Daytona SDK changed the image: use `bindImage`, and report this version of the SDK.");
  }
  return plain;
}
