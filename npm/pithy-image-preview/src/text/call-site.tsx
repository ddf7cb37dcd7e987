import { type Context, createContext, type ReactNode, useContext } from "react";
import { visibleInline } from "./visible.ts";

/** Where lines of code are shown: an address with `{path}`, `{line}` and `{column}`. */
export const SourceLink: Context<string | undefined> = createContext<string | undefined>(undefined);

interface CallSiteProps {
  place?: string;
  root?: string;
  /** Whether Tab leads to it. */
  isReached?: boolean;
}

/** The line that made a step: below the root if it is there, else its last directories. */
export function CallSite({ place, root, isReached = true }: CallSiteProps): ReactNode {
  const template = useContext(SourceLink);
  if (place === undefined) return null;
  const isBelow = root !== undefined && place.startsWith(`${root}/`);
  const short = isBelow ? place.slice(root.length + 1) : place.split("/").slice(-3).join("/");
  const href = template && !place.startsWith("…") && addressOf(template, isBelow ? short : place);
  const attributes = { className: "pithy-call-site", title: visibleInline(place) };
  return href ? (
    <a {...attributes} href={href} tabIndex={isReached ? 0 : -1}>
      {visibleInline(short)}
    </a>
  ) : (
    <span {...attributes}>{visibleInline(short)}</span>
  );
}

/** The address of a line; nothing if that is no address of a host or an editor. */
function addressOf(template: string, place: string): string | undefined {
  const [, path = place, line = "1", column = "1"] = /^(.*?):(\d+)(?::(\d+))?$/s.exec(place) ?? [];
  const parts: Record<string, string> = { path: path.split("/").map(encodeURIComponent).join("/"), line, column };
  const href = template.replaceAll(/\{(path|line|column)\}/g, (_, name: string) => parts[name] ?? "");
  return /^(?:https?|vscode|vscode-insiders|cursor|zed|idea|webstorm):/i.test(href) ? href : undefined;
}
