import { type Context, createContext, useCallback, useContext, useEffect, useRef } from "react";

/** Precedes the addresses of one of several images on a page. */
export const AnchorPrefix: Context<string> = createContext("");

/** Addresses within the page: `step-12`, `finding-3`, `file-src%2Fmain.py`. They stay the same when the page is opened again. */
export function useAnchors(): (kind: "step" | "finding" | "file", name: string | number) => string {
  const prefix = useContext(AnchorPrefix);
  return useCallback((kind, name) => `${prefix}${kind}-${encodeURIComponent(name)}`, [prefix]);
}

/**
 * Goes to where the page's address points: at first, whenever it changes, and when a link to it is clicked once more. If that is
 * not here yet, as soon as it is. Links do no more than that, so that the browser's "Back" leads to where the page was.
 */
export function useAddress(goTo: (anchor: string) => boolean): void {
  const wanted = useRef<string>(undefined);
  const follow = useRef(() => {});
  follow.current = () => {
    if (wanted.current && goTo(wanted.current)) wanted.current = undefined;
  };
  useEffect(() => {
    const read = () => {
      wanted.current = location.hash.slice(1);
      follow.current();
    };
    const readAgain = (event: MouseEvent) => {
      if (followed(event)?.hash === location.hash) read();
    };
    read();
    addEventListener("hashchange", read);
    addEventListener("click", readAgain);
    return () => {
      removeEventListener("hashchange", read);
      removeEventListener("click", readAgain);
    };
  }, []);
  useEffect(() => follow.current());
}

/** The link within the page that a click follows, here and not in another tab; also one in a shadow root. */
function followed(event: MouseEvent): HTMLAnchorElement | undefined {
  const [target] = event.composedPath();
  if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey) return undefined;
  return (target instanceof Element && target.closest<HTMLAnchorElement>("a[href^='#']")) || undefined;
}
