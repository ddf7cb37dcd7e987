/**
 * Shows an image in a browser: {@link ImagePreview} in React, {@link mountPreview} anywhere else.
 *
 * @packageDocumentation
 */

export { ImagePreview, type ImagePreviewProps } from "./image-preview.tsx";
export { type MountedPreview, mountPreview } from "./mount.tsx";
export type { PreparedSpec, PreviewSpec, ResolvedRecord, RulePage } from "./spec.ts";
