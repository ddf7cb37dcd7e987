/** What the page shows of an image. */
import { type ImagePreviewProps, type MountedPreview, mountPreview } from "pithy-image-preview";
import type { PageImage, PageSpec } from "../src/protocol.ts";

/** Shows images in an element, again and again. */
export type Show = (page: PageSpec) => void;

/** Takes the place of what the element has. */
export function createView(element: Element): Show {
  let show: Show | undefined;
  return (page) => {
    document.title = page.title ?? "Image preview";
    show ??= imageIn(element);
    show(page);
  };
}

/** An image in an element, which keeps what was last known of it. */
function imageIn(element: Element): (page: PageImage) => void {
  let preview: MountedPreview | undefined;
  let shown: ImagePreviewProps = {};
  return ({ spec, baseline, plan, title, error }) => {
    shown = { spec: spec ?? shown.spec, baseline, plan: spec ? plan : shown.plan, title, notice: error };
    preview ??= mountPreview(element, shown);
    preview.update(shown);
  };
}
