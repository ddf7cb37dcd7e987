import { type ReactNode, useEffect, useRef, useState } from "react";
import { useAddress, useAnchors } from "../data/anchor.ts";
import { type FileRow, fileKey } from "../data/compare.ts";
import { visibleInline } from "../text/visible.ts";
import { FileText } from "./file-text.tsx";

/** The file that was opened, by its row or by the address of the page. */
interface Opened {
  row?: FileRow;
  open(row: FileRow): void;
  /** Closes it, and gives the focus back. */
  close(): void;
}

export function useOpenedFile(files: readonly FileRow[]): Opened {
  const [key, setKey] = useState<string>();
  const from = useRef<Element | null>(null);
  const anchor = useAnchors();
  const open = ({ file }: FileRow) => {
    from.current = document.activeElement;
    setKey(fileKey(file));
  };
  const close = () => {
    setKey(undefined);
    if (from.current instanceof HTMLElement) from.current.focus();
  };
  useAddress((wanted) => {
    const row = files.find(({ file }) => anchor("file", file.path) === wanted);
    if (row) open(row);
    return row !== undefined;
  });
  return { row: files.find(({ file }) => fileKey(file) === key), open, close };
}

/** The text of an opened file. The focus goes there, and comes back with Escape. */
export function OpenedFile({ row, onClose }: { row: FileRow; onClose: () => void }): ReactNode {
  const element = useRef<HTMLElement>(null);
  useEffect(() => {
    element.current?.focus({ preventScroll: true });
    element.current?.scrollIntoView({ block: "nearest" });
  }, [fileKey(row.file)]);
  return (
    <section
      ref={element}
      className="pithy-opened"
      tabIndex={-1}
      aria-label={`${visibleInline(row.file.path)}, opened`}
      onKeyDown={({ key }) => key === "Escape" && onClose()}
    >
      <button type="button" className="pithy-button pithy-small pithy-close" onClick={onClose}>
        Close
      </button>
      <FileText row={row} />
    </section>
  );
}
