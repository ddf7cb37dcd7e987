/**
 * Prepares the data of a preview on a server.
 *
 * @packageDocumentation
 */

import type { ImageBuilder, RootOptions } from "pithy-image";
import { withoutSecrets } from "./data/secrets.ts";
import { withoutDirectories } from "./server/places.ts";
import { prepare, withDisk } from "./server/prepare.ts";
import type { PreparedSpec } from "./spec.ts";

export { EVENTS_PATH, type NamedPageImage, type PageImage, type PageSpec, SPEC_PATH } from "./protocol.ts";
export type { PreparedSpec, PreviewSpec, ResolvedRecord } from "./spec.ts";

/**
 * The data of a preview, with the files read from disk: plain data, which a server component can pass on. An image with mistakes is
 * shown with them. Secrets that are detected are masked, and paths of the server are left out.
 *
 * @example
 * ```tsx
 * <ImagePreview spec={await previewSpec(image, { root: process.cwd() })} />
 * ```
 */
export async function previewSpec(image: ImageBuilder, options: RootOptions = {}): Promise<PreparedSpec> {
  const { maskSecrets } = await import("pithy-image");
  const resolve = () => image.resolve({ ...options, snapshotRef: true });
  const { spec, resolved } = await prepare(image, resolve);
  const whole = await withDisk(spec, resolved, maskSecrets);
  const directories = [globalThis.process?.cwd?.(), resolved?.root ?? pathOf(options.root)];
  // Without classes and undefined fields, too, as React requires for what is sent to the browser.
  return withoutSecrets(withoutDirectories(whole, directories), maskSecrets);
}

const pathOf = (root: string | URL | undefined): string | undefined =>
  root instanceof URL ? decodeURIComponent(root.pathname) : root;
