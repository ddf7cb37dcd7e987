import { type Context, createContext, type ReactNode, useContext } from "react";
import type { FileRow } from "../data/compare.ts";
import { TextDiff } from "../parts/text-diff.tsx";
import { bytes } from "../text/quantity.ts";
import { visible, visibleInline } from "../text/visible.ts";

/** The text of a file by its digest, if it is here. */
export type TextOf = (digest: string | undefined) => string | undefined;

/** The texts of the image and of its baseline. */
export const Texts: Context<TextOf> = createContext<TextOf>(() => undefined);

/** The content of a file, compared with what it was if it changed; or why it is not to be seen. */
export function FileText({ row: { file, change, before } }: { row: FileRow }): ReactNode {
  const textOf = useContext(Texts);
  const [now, was] = [
    change === "removed" ? "" : textOf(file.digest),
    change === "added" ? "" : textOf(before?.digest ?? file.digest),
  ];
  const name = visibleInline(file.path);
  if (file.kind !== "file") return null;
  if (now === undefined || was === undefined) {
    return (
      <p className="pithy-note">
        <code>{name}</code>, {bytes(file.size)}: its text is not on this page, since it is large, binary, or one of too
        many.
      </p>
    );
  }
  if (change === "same") {
    return (
      <figure className="pithy-diff" aria-label={name}>
        <figcaption className="pithy-diff-head">
          <code>{name}</code>
        </figcaption>
        <pre className="pithy-text">
          <code>{visible(now)}</code>
        </pre>
      </figure>
    );
  }
  return <TextDiff name={name} before={was} after={now} />;
}
