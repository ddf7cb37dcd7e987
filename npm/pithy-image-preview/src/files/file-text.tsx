import { type Context, createContext, type ReactNode, useContext } from "react";
import { useAnchors } from "../data/anchor.ts";
import type { FileRow } from "../data/compare.ts";
import { TextDiff } from "../parts/text-diff.tsx";
import { bytes } from "../text/quantity.ts";
import { visible, visibleInline } from "../text/visible.ts";
import { modeText } from "./file-tree.ts";

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

function Content({ row }: { row: FileRow }): ReactNode {
  const { file, change, before } = row;
  const textOf = useContext(Texts);
  const now = change === "removed" ? "" : textOf(file.digest);
  const was = change === "removed" ? textOf(file.digest) : change === "added" ? "" : textOf(before?.digest);
  const name = visibleInline(file.path);
  if (now === undefined || (change !== "same" && was === undefined)) {
    return (
      <p className="pithy-note">
        <code>{name}</code>, {bytes(file.size)}: {reasonOf(row, now !== undefined)}
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
  return <TextDiff name={name} before={was ?? ""} after={now} unchanged={sameText(row)} />;
}

/** Why a text is not to be seen. */
function reasonOf({ file }: FileRow, isHere: boolean): string {
  if (file.inline) return "it is given in the code, at its step.";
  return isHere
    ? "what it was is not on this page."
    : "its text is not on this page, since it is large, binary, dropped here, or one of too many.";
}

/** What differs where the text does not. */
function sameText({ file, before }: FileRow): string {
  if (before && before.mode !== file.mode) return `its mode was ${modeText(before.mode)}, is ${modeText(file.mode)}`;
  return before?.digest === file.digest ? "its text is unchanged" : "it differs only in what is masked";
}
