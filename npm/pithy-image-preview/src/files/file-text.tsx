import { type Context, createContext, type ReactNode, useContext } from "react";
import { useAnchors } from "../data/anchor.ts";
import type { FileRow } from "../data/compare.ts";
import { TextDiff } from "../parts/text-diff.tsx";
import { LONGEST_TEXT, type TextOf } from "../spec.ts";
import { bytes, modeText } from "../text/quantity.ts";
import { visible, visibleInline } from "../text/visible.ts";

/** The texts of the image and of its baseline. */
export const Texts: Context<TextOf> = createContext<TextOf>(() => undefined);

/** The content of a file, compared with what it was if it changed; or why it is not to be seen. */
export function FileText({ row }: { row: FileRow }): ReactNode {
  if (row.file.kind !== "file") return null;
  return (
    <div className="pithy-file-text">
      <Content row={row} />
    </div>
  );
}

/** The path of a file, which leads to it. */
function FileLink({ row: { file } }: { row: FileRow }): ReactNode {
  const anchor = useAnchors();
  return (
    <a className="pithy-file-link" href={`#${anchor("file", file.path)}`}>
      <code>{visibleInline(file.path)}</code>
    </a>
  );
}

function Content({ row }: { row: FileRow }): ReactNode {
  const { file, change, before, twin } = row;
  const textOf = useContext(Texts);
  const now = change === "removed" ? "" : textOf(file.digest);
  const was = change === "removed" ? textOf(file.digest) : change === "added" ? "" : textOf(before?.digest);
  if (twin && change === "removed") return <Missing row={row} why={`it is ${visibleInline(twin.path)} now.`} />;
  if (now === undefined) return <Missing row={row} why={reasonOf(row)} />;
  if (change === "same" || twin) return <WholeText row={row} text={now} />;
  if (was !== undefined) {
    return <TextDiff name={<FileLink row={row} />} before={was} after={now} unchanged={sameText(row)} />;
  }
  return (
    <>
      <Missing row={row} why="what it was is not on this page." />
      {change !== "removed" && <WholeText row={row} text={now} />}
    </>
  );
}

function Missing({ row, why }: { row: FileRow; why: string }): ReactNode {
  return (
    <p className="pithy-note">
      <FileLink row={row} />, {bytes(row.file.size)}: {why}
    </p>
  );
}

function WholeText({ row, text }: { row: FileRow; text: string }): ReactNode {
  return (
    <figure className="pithy-diff" aria-label={visibleInline(row.file.path)}>
      <figcaption className="pithy-diff-head">
        <FileLink row={row} />
      </figcaption>
      <pre className="pithy-text">
        <code>{visible(text)}</code>
      </pre>
    </figure>
  );
}

/** Why a text is not to be seen. */
function reasonOf({ file }: FileRow): string {
  if (file.inline) return "it is given in the code, at its step.";
  if (file.size > LONGEST_TEXT) return `its text is not on this page: it is larger than ${bytes(LONGEST_TEXT)}.`;
  return "its text is not on this page: it is binary, was dropped here, or is one of too many.";
}

/** What differs where the text does not. */
function sameText({ file, before }: FileRow): string {
  if (before && before.mode !== file.mode) return `its mode was ${modeText(before.mode)}, is ${modeText(file.mode)}`;
  return before?.digest === file.digest ? "its text is unchanged" : "it differs only in what is masked";
}
