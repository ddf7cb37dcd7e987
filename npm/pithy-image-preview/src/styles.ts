import { type RefObject, useLayoutEffect, useState } from "react";
import css from "./styles.css?text";

const adopted = new WeakMap<Document | ShadowRoot, CSSStyleSheet>();

/** Gives the document, or the shadow root, of an element the style sheet. A constructed one is allowed by any policy. */
function adopt(element: Element): void {
  const root = element.getRootNode();
  if (!(root instanceof Document || root instanceof ShadowRoot) || adopted.has(root)) return;
  const view = element.ownerDocument.defaultView ?? window;
  const sheet = new view.CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  adopted.set(root, sheet);
}

/** Whether an element has its styles: nothing is to be seen, or measured, without them. */
export function useStyles(element: RefObject<Element | null>): boolean {
  const [isStyled, setStyled] = useState(false);
  const useEffectBeforePaint = typeof document === "undefined" ? noEffect : useLayoutEffect;
  useEffectBeforePaint(() => {
    if (element.current) adopt(element.current);
    setStyled(true);
  }, [element]);
  return isStyled;
}

/** React 18 warns of layout effects on a server, where they do nothing. */
const noEffect: typeof useLayoutEffect = () => {};
