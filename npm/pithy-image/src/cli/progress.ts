/** Shows how far long work on local files is: a line of the terminal, or else a line now and then. */

import { bytes } from "../../../pithy-image-preview/src/text/quantity.ts";
import type { Progress } from "../shared/types.ts";
import { clear, isQuiet, isRedrawable, printProgress, redraw } from "./print.ts";
import { duration } from "./units.ts";

/** Milliseconds before work is shown on a terminal: most is done by then. */
const PATIENCE = 500;

/** Milliseconds between two lines elsewhere, and before the first. */
const PAUSE = 5_000;

/** Bytes that are read in about the time that a file takes besides. */
const PER_FILE = 16 * 1024;

const DOING = { read: "Reading", hash: "Hashing", pack: "Packing", write: "Writing" } as const;

/** Work that is shown: that of the core, and the writing of a file. */
interface Shown extends Omit<Progress, "work"> {
  readonly work: keyof typeof DOING;
}

/** Where a line is shown. */
export interface Screen {
  /** None where lines stay: in a log, for instance. */
  readonly columns: number | undefined;
  now(): number;
  print(text: string): void;
  redraw(line: string): void;
}

/** The terminal or log at the standard error. */
export const standardError = (): Screen => ({
  columns: isRedrawable() ? process.stderr.columns || 80 : undefined,
  now: () => performance.now(),
  print: printProgress,
  redraw,
});

/** The work that is shown: of several at a time, the first. */
let shown: ProgressLine | undefined;

/** Does long work on local files, and shows how far it is. Nothing with `--quiet`. */
export async function withProgress<Result>(
  work: (onProgress: (progress: Shown) => void) => Promise<Result>,
): Promise<Result> {
  const line = new ProgressLine(standardError());
  const release = () => {
    if (shown !== line) return;
    clear();
    shown = undefined;
  };
  try {
    return await work((progress) => {
      shown ??= line;
      if (shown === line && !isQuiet()) line.show(progress);
      if (progress.files === progress.totalFiles) release(); // the next work may be long in coming
    });
  } finally {
    release();
  }
}

/** A line about one work. */
export class ProgressLine {
  readonly #screen: Screen;
  #work: Shown["work"] | undefined;
  #begun = 0;
  /** When the next line is due. */
  #due = 0;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  show(progress: Shown): void {
    const { columns, now, print, redraw } = this.#screen;
    const time = now();
    if (progress.work !== this.#work) {
      this.#work = progress.work;
      this.#begun = time;
      this.#due = time + (columns === undefined ? PAUSE : PATIENCE);
    }
    if (time < this.#due || progress.files === progress.totalFiles) return;
    const line = text(progress, (time - this.#begun) / 1000);
    if (columns === undefined) {
      print(`${line}\n`);
      this.#due = time + PAUSE;
    } else {
      redraw(line.slice(0, columns - 1));
    }
  }
}

/** What has been done in so many seconds, and what is left. */
function text({ work, ...done }: Shown, seconds: number): string {
  const [files, totalFiles] = [done.files, done.totalFiles].map((count) => count.toLocaleString("en-US"));
  const parts = [
    `${DOING[work]} ${done.totalFiles === 1 ? "a file" : `${files} of ${totalFiles} files`}`,
    `${bytes(done.bytes)} of ${bytes(done.totalBytes)}`,
  ];
  const share = effort(done.files, done.bytes) / effort(done.totalFiles, done.totalBytes);
  if (seconds > 0 && share > 0) {
    parts.push(`${bytes(Math.round(done.bytes / seconds))}/s`, `${duration((seconds / share) * (1 - share))} left`);
  }
  return parts.join(", ");
}

const effort = (files: number, size: number): number => files * PER_FILE + size;
