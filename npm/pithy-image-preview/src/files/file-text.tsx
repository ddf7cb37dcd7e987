import { type Context, createContext, type ReactNode, useContext } from "react";
import { useAnchors } from "../data/anchor.ts";
import type { FileRow } from "../data/compare.ts";
import { TextDiff } from "../parts/text-diff.tsx";
import { bytes } from "../text/quantity.ts";
import { visible, visibleInline } from "../text/visible.ts";

/** The text of a file by its digest, if it is here. */
export type TextOf = (digest: string | undefined) => string | undefined;

/** The texts of the image and of its baseline. */
export const Texts: Context<TextOf> = createContext<TextOf>(() => undefined);

/** The content of a file, compared with what it was if it changed; or why it is not to be seen. */
export function FileText({ row }: { row: FileRow }): ReactNode {
  const anchor = useAnchors();
  if (row.file.kind !== "file") return null;
  return (
    <div className="pithy-file-text">
      <a
        className="pithy-anchor pithy-quiet"
        href={`#${anchor("file", row.file.path)}`}
        aria-label={`Address of ${visibleInline(row.file.path)}`}
      >
        #
      </a>
      <Content row={row} />
    </div>
  );
}

function Content({ row: { file, change, before } }: { row: FileRow }): ReactNode {
  const textOf = useContext(Texts);
  const [now, was] = [
    change === "removed" ? "" : textOf(file.digest),
    change === "added" ? "" : textOf(before?.digest ?? file.digest),
  ];
  const name = visibleInline(file.path);
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
