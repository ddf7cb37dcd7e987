import { createRoot } from "react-dom/client";
import { ImagePreview, type ImagePreviewProps } from "./image-preview.tsx";

/** A preview in a page: see {@link mountPreview}. */
export interface MountedPreview {
  /** Shows something else, or the same in another way. */
  update(props: ImagePreviewProps): void;
  /** Removes it. */
  unmount(): void;
}

/**
 * Puts a preview into an element of a page without React.
 *
 * @example
 * ```ts
 * const preview = mountPreview(document.querySelector("#image"), { spec });
 * preview.update({ spec, baseline });
 * ```
 */
export function mountPreview(element: Element | null, props: ImagePreviewProps): MountedPreview {
  if (!element) throw new TypeError("The element for the preview does not exist.");
  const root = createRoot(element);
  const update = (next: ImagePreviewProps) => root.render(<ImagePreview {...next} />);
  update(props);
  return { update, unmount: () => root.unmount() };
}
