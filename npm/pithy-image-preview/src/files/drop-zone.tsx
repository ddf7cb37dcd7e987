import { type DragEvent, type ReactNode, useId, useRef, useState } from "react";
import type { NeedRecord } from "../data/preview.ts";
import type { Drop, Reading } from "../data/use-preview.ts";
import { Heading } from "../parts/heading.tsx";
import { bytes } from "../text/quantity.ts";
import { visibleInline } from "../text/visible.ts";
import { fromDataTransfer } from "./drop.ts";

interface DropZoneProps {
  needs: readonly NeedRecord[];
  /** Whether a Dockerfile among them takes files, too. */
  lacksText: boolean;
  /** The reading that goes on. */
  reading?: Reading;
  onDrop: Drop;
}

/** Takes the local files of an image: dropped, or picked in a dialog, which the keyboard reaches. */
export function DropZone({ needs, lacksText, reading, onDrop }: DropZoneProps): ReactNode {
  const [isOver, setOver] = useState(false);
  const heading = useId();
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    onDrop(fromDataTransfer(event.dataTransfer));
  };
  return (
    <section
      aria-labelledby={heading}
      className={`pithy-drop ${isOver ? "pithy-over" : ""}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Heading below={1} id={heading}>
        The files are not here yet
      </Heading>
      <p>
        This image takes local files. Drop the folder that their paths start in; it stays on this machine, and what{" "}
        <code>.dockerignore</code> leaves out is not read.
        {lacksText && " The Dockerfile says which other files are needed."}
      </p>
      <Needs needs={needs} />
      {reading ? (
        <ReadingBar {...reading} />
      ) : (
        <p className="pithy-actions">
          <Picker label="Choose a folder…" folder onPick={onDrop} />
          <Picker label="Choose files…" onPick={onDrop} />
        </p>
      )}
    </section>
  );
}

const SHOWN = 6;

function Needs({ needs }: { needs: readonly NeedRecord[] }): ReactNode {
  return (
    <ul className="pithy-needs">
      {needs.slice(0, SHOWN).map(({ path, kind }) => (
        <li key={path}>
          <code>{visibleInline(kind === "directory" ? `${path}/` : path)}</code>
        </li>
      ))}
      {needs.length > SHOWN && <li>and {needs.length - SHOWN} more</li>}
    </ul>
  );
}

interface PickerProps {
  label: string;
  folder?: boolean;
  onPick: Drop;
}

function Picker({ label, folder = false, onPick }: PickerProps): ReactNode {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" className="pithy-button" onClick={() => input.current?.click()}>
        {label}
      </button>
      <input
        ref={(element) => {
          input.current = element;
          element?.toggleAttribute("webkitdirectory", folder);
        }}
        type="file"
        multiple
        hidden
        aria-label={label}
        onChange={({ currentTarget }) => {
          if (currentTarget.files?.length) onPick([...currentTarget.files]);
          currentTarget.value = "";
        }}
      />
    </>
  );
}

/** How far the reading of files is. */
export function ReadingBar({ progress, cancel }: Reading): ReactNode {
  const { bytes: read, totalBytes, files, totalFiles } = progress;
  return (
    <div className="pithy-progress">
      <progress aria-label="Reading files" max={totalBytes || undefined} value={totalBytes ? read : undefined} />
      <span>
        {totalFiles ? `${files} of ${totalFiles} files, ${bytes(read)} of ${bytes(totalBytes)}` : "Looking for files…"}
      </span>
      <button type="button" className="pithy-button pithy-small" onClick={cancel}>
        Cancel
      </button>
    </div>
  );
}
