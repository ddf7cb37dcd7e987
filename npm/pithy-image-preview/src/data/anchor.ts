import { type Context, createContext, useCallback, useContext, useEffect, useRef } from "react";

/** Precedes the addresses of one of several images on a page. */
export const AnchorPrefix: Context<string> = createContext("");

/** Addresses within the page: `step-12`, `finding-3`, `file-src%2Fmain.py`. They stay the same when the page is opened again. */
export function useAnchors(): (kind: "step" | "finding" | "file", name: string | number) => string {
  const prefix = useContext(AnchorPrefix);
  return useCallback((kind, name) => `${prefix}${kind}-${encodeURIComponent(name)}`, [prefix]);
}

/** Goes to where the page's address points, at first and whenever it changes; if that is not here yet, as soon as it is. */
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
    read();
    addEventListener("hashchange", read);
    return () => removeEventListener("hashchange", read);
  }, []);
  useEffect(() => follow.current());
}
