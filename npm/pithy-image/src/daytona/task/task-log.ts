/**
 * The log of a command, as the sandbox keeps it: lines, each behind the mark of the stream that it was printed to. A program
 * may print the marks too; only at the beginning of a line are they the sandbox's.
 */

/** A part of a task's output: see {@link StartedTask.output}. */
export interface TaskOutput {
  /** Where the task printed it. */
  readonly stream: "stdout" | "stderr";
  /** What it printed. */
  readonly text: string;
  /** Where the next part begins: pass it as `from` to go on behind this one, also in another process. */
  readonly offset: number;
}

const MARK_LENGTH = 3;
const NEWLINE = 0x0a;

/** The streams by the byte of their marks. */
const STREAMS: ReadonlyMap<number | undefined, TaskOutput["stream"]> = new Map([
  [1, "stdout"],
  [2, "stderr"],
]);

/** Reads a log from its beginning, and passes on what stands behind an offset. It keeps a few bytes at most. */
export class TaskLog {
  readonly #from: number;
  /** The place in the log of what comes next. */
  #offset = 0;
  #stream: TaskOutput["stream"] = "stdout";
  #isLineStart = true;
  /** What came, and is not whole yet: a mark or a character. */
  #rest: Uint8Array = new Uint8Array();
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  constructor(from: number) {
    this.#from = from;
  }

  /** The offset up to which everything was passed on. */
  get passed(): number {
    return Math.max(this.#from, this.#offset);
  }

  /** How many bytes were read. */
  get size(): number {
    return this.#offset + this.#rest.length;
  }

  /** Takes the bytes that come next. */
  take(bytes: Uint8Array): TaskOutput[] {
    return this.#parse(joined(this.#rest, bytes), false);
  }

  /** What is left at the end of the log, whole or not. */
  *end(): Generator<TaskOutput, void> {
    yield* this.#parse(this.#rest, true);
  }

  #parse(bytes: Uint8Array, isEnd: boolean): TaskOutput[] {
    const outputs: TaskOutput[] = [];
    let place = 0;
    while (place < bytes.length) {
      const mark = this.#isLineStart ? markAt(bytes, place) : 0;
      if (mark === undefined && !isEnd) break;
      if (mark) this.#stream = STREAMS.get(bytes[place]) ?? this.#stream;
      const start = place + (mark ?? 0);
      const newline = bytes.indexOf(NEWLINE, start);
      const end = newline >= 0 ? newline + 1 : isEnd ? bytes.length : wholeUntil(bytes, start);
      const line = this.#textOf(bytes, start, end, this.#offset - place);
      add(outputs, { stream: this.#stream, text: line, offset: this.#offset + end - place });
      this.#offset += end - place;
      if (end > start || mark) this.#isLineStart = newline >= 0;
      place = end;
      if (newline < 0) break;
    }
    this.#rest = bytes.slice(place);
    return outputs;
  }

  /** The part of a line behind the offset from which the caller reads. `base` is the place of the bytes in the log. */
  #textOf(bytes: Uint8Array, start: number, end: number, base: number): string {
    const from = Math.max(start, this.#from - base);
    return from < end ? this.#decoder.decode(bytes.subarray(from, end)) : "";
  }
}

/** The length of the mark at a place; `undefined` if more bytes have to come first. */
function markAt(bytes: Uint8Array, place: number): number | undefined {
  const [first] = bytes.subarray(place);
  const begun = bytes.subarray(place, place + MARK_LENGTH);
  if (!STREAMS.has(first) || begun.some((byte) => byte !== first)) return 0;
  return begun.length === MARK_LENGTH ? MARK_LENGTH : undefined;
}

/** Where the last whole character of bytes ends that are UTF-8. */
function wholeUntil(bytes: Uint8Array, start: number): number {
  for (let place = bytes.length - 1; place >= Math.max(start, bytes.length - 3); place--) {
    const byte = bytes[place] ?? 0;
    if (byte < 0x80) break;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    if (byte >= 0xc0) return place + length > bytes.length ? place : bytes.length;
  }
  return bytes.length;
}

/** Adds to the last output if it is of the same stream. */
function add(outputs: TaskOutput[], output: TaskOutput): void {
  if (output.text === "") return;
  const last = outputs.at(-1);
  if (last?.stream !== output.stream) outputs.push(output);
  else outputs[outputs.length - 1] = { ...output, text: last.text + output.text };
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second;
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
