/**
 * `@daytona/sdk`, with images of pithy-image in place of its own: the one import that changes.
 *
 * @packageDocumentation
 */
import { Image as SdkImage } from "@daytona/sdk";
import { type BoundImage, type BoundImageClass, bindImage } from "./bind.ts";

export * from "@daytona/sdk";

/**
 * The image class of `@daytona/sdk` with the calls of pithy-image: see {@link bindImage}.
 *
 * @example
 * ```ts
 * import { Daytona, Image } from "pithy-image/daytona-sdk";
 *
 * const image: Image = Image.debianSlim("3.12").aptInstall(["git"]);
 * const daytona = new Daytona();
 * const sandbox = await daytona.create({ image });
 * sandbox.state;
 * // started
 * ```
 */
export const Image: BoundImageClass<SdkImage> = bindImage(SdkImage);

/** An image that `@daytona/sdk` accepts as one of its own. */
export type Image = BoundImage<SdkImage>;
