/** What the page shows: an image, or several with links to each. */
import { type ImagePreviewProps, type MountedPreview, mountPreview } from "pithy-image-preview";
import type { NamedPageImage, PageImage, PageSpec } from "../src/protocol.ts";
import { stateOf } from "../src/review/plain.ts";
import { visible } from "../src/text/visible.ts";

/** Shows something in place of what was shown before. */
type Show<Data> = (data: Data) => void;

/** Shows pages in an element. */
export function createView(element: Element): Show<PageSpec> {
  let names: string | undefined;
  let show: Show<PageSpec> = () => {};
  return (page) => {
    document.title = page.title ?? "Image preview";
    const now = JSON.stringify([page.images?.map(({ name }) => name), page.gone]);
    if (now !== names) {
      element.replaceChildren();
      const links = page.images || page.gone ? linksIn(element) : () => {};
      const images = page.images ? imagesIn(element) : imageIn(element);
      show = (page) => {
        links(page);
        images(page);
      };
      names = now;
    }
    show(page);
  };
}

/** Links to several images, and the names of those that are gone. */
function linksIn(element: Element): Show<PageSpec> {
  const links = added(element, "nav");
  links.setAttribute("aria-label", "Images");
  return ({ images = [], gone = [] }) =>
    links.replaceChildren(...images.map(linkTo), ...gone.map((name) => inNav(textOf("b", name), "removed")));
}

/** Several images below each other; their names do not change. */
function imagesIn(element: Element): Show<PageSpec> {
  const shows = new Map<string, Show<PageImage>>();
  return ({ images = [] }) => {
    const isFirst = shows.size === 0;
    for (const image of images) {
      const show = shows.get(image.name) ?? imageIn(element, idOf(image));
      shows.set(image.name, show);
      show(image);
    }
    // What the address names has not been there before.
    if (isFirst) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  };
}

const idOf = ({ name }: NamedPageImage): string => `image-${name}`;

function linkTo(image: NamedPageImage): Element {
  const link = textOf("a", image.name);
  link.href = `#${idOf(image)}`;
  return inNav(link, stateOf(image));
}

/** A name, and what there is to say of it. */
function inNav(name: Element, state: string): Element {
  const item = document.createElement("div");
  const words = textOf("span", state);
  words.className = /error|problem|cannot/.exec(state) ? "bad" : state.includes("warning") ? "doubtful" : "";
  item.append(name, " ", words);
  return item;
}

/** An element with a text. */
function textOf<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, text: string): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  element.textContent = visible(text);
  return element;
}

/** An image, which stays where there is no newer one. */
function imageIn(element: Element, id = ""): Show<PageImage> {
  const section = added(element, "section");
  section.id = id;
  const anchorPrefix = id && `${id}-`;
  let preview: MountedPreview | undefined;
  let last: PageImage = {};
  let time = "";
  return (image) => {
    if (image.spec) [last, time] = [image, timeOfDay()];
    if (!last.spec && image.error !== undefined) return showError(section, image);
    if (!preview) section.replaceChildren();
    preview ??= mountPreview(section, {});
    const props = image.spec || !last.spec ? propsOf(image) : { ...propsOf(last), ...stale(image, time) };
    preview.update({ ...props, anchorPrefix });
  };
}

const propsOf = ({ title, isNew, error, ...shown }: PageImage): ImagePreviewProps => ({
  ...shown,
  headingLevel: 1,
  title: isNew ? `${title ?? "Image"} (new)` : title,
  notice: error,
});

/** What is different where the last image is shown in place of one that cannot be made. */
const stale = ({ error }: PageImage, time: string): ImagePreviewProps => ({
  className: "stale",
  notice: `${error}\n\nBelow is the image as it was at ${time}.`,
});

/** There is nothing else to show. */
function showError(section: Element, { title = "Image", error = "" }: PageImage): void {
  const text = textOf("p", error);
  text.className = "notice";
  text.setAttribute("role", "status");
  section.replaceChildren(textOf("h1", title), text);
}

/** The hour and minute. */
export const timeOfDay = (): string =>
  new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** A new element at the end of another. */
function added(parent: Element, tag: string): HTMLElement {
  const element = document.createElement(tag);
  parent.append(element);
  return element;
}
