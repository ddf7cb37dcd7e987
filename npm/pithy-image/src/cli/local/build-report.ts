/** Shows a build as the user's own steps, and remembers what is needed to say why it failed. */
import { relative } from "node:path";
import { begunInstruction, namesStep } from "../../daytona/build-failure.ts";
import { type BuiltInstruction, builtInstructions } from "../../daytona/built-instructions.ts";
import type { ResolvedImage } from "../../image/resolved.ts";
import { clear, printError, redraw } from "../print.ts";
import type { BuildEvent } from "./build-event.ts";

/** Characters of the end of a step's output that an error shows. */
const TAIL = 4_096;

/** Lines that are kept to find what failed. */
const STEPS = 1_000;

/** Characters that are printed at once. */
const BATCH = 16_384;

/** How a build is shown. */
export type Show = "nothing" | "lines" | "live";

/** A vertex that began. */
interface Begun {
  readonly instruction: BuiltInstruction | undefined;
  /** `[2/5] daytona/image.ts:4:4 aptInstall`. */
  readonly label: string;
  readonly since: number;
  tail: string;
}

/** A log as it grows. */
export class BuildReport {
  readonly #image: ResolvedImage;
  readonly #show: Show;
  readonly #instructions: readonly BuiltInstruction[];
  /** The steps of the definition that make instructions, in its order. */
  readonly #steps: readonly string[];
  readonly #begun = new Map<string, Begun>();
  readonly #lines: string[] = [];
  #shown: string | undefined;
  #failed: Begun | undefined;
  #outside = "";
  #reason: string | undefined;
  /** What is printed next: many short lines are printed at once. */
  #pending = "";

  constructor(image: ResolvedImage, show: Show) {
    this.#image = image;
    this.#show = show;
    this.#instructions = builtInstructions(image);
    this.#steps = stepsOf(image);
  }

  /** Whether a line of a log begins one of the image's instructions. */
  begins(line: string): boolean {
    return begunInstruction(line, this.#instructions) !== undefined;
  }

  /** What is known of a build that failed: the lines that name steps, the engine's reason, and the end of what failed. */
  get failure(): { steps: readonly string[]; reason: string | undefined; tail: string } {
    return {
      steps: this.#lines,
      reason: this.#reason,
      tail: (this.#failed?.tail || this.#outside).slice(-TAIL).trimEnd(),
    };
  }

  /** Takes the next event; resolves when the terminal has taken what there is to show. */
  async take(event: BuildEvent): Promise<void> {
    if (event.kind === "begin") this.#begin(event.step, event.line);
    else if (event.kind === "place") this.#remember(event.line);
    else if (event.kind === "error") this.#fail(event);
    else if (event.kind === "output") this.#output(event);
    else if (event.kind === "progress") this.#live(this.#begun.get(event.step), event.text);
    else this.#end(event);
    if (this.#pending.length > BATCH) this.#flush();
    if (process.stderr.writableNeedDrain) await new Promise((done) => process.stderr.once("drain", done));
  }

  /** Prints what is left, and removes the line that is not whole. */
  end(): void {
    this.#flush();
    clear();
  }

  #begin(step: string, line: string): void {
    const instruction = begunInstruction(line, this.#instructions);
    const label = instruction ? this.#label(instruction) : "";
    const begun = { instruction, label, since: performance.now(), tail: "" };
    this.#begun.set(step, begun);
    this.#remember(line);
    if (!instruction) return;
    this.#live(begun, "");
    this.#heading(begun);
  }

  #output({ step, text }: Extract<BuildEvent, { kind: "output" }>): void {
    const begun = this.#begun.get(step ?? "");
    const line = `${text}\n`;
    if (begun) begun.tail = endOf(begun.tail + line);
    else this.#outside = endOf(this.#outside + line);
    this.#live(begun, text);
    if (this.#show !== "lines" || (begun && !begun.instruction)) return; // of the engine's own work
    if (begun) this.#heading(begun);
    this.#print(`  ${text}\n`);
  }

  #fail({ step, text }: Extract<BuildEvent, { kind: "error" }>): void {
    this.#reason = text;
    // BuildKit cancels what is built at the same time, which did not fail.
    if (!/context canceled$/.test(text)) this.#failed = this.#begun.get(step ?? "") ?? this.#failed;
    this.#remember(`ERROR: ${text}`);
  }

  #end({ kind, step }: Extract<BuildEvent, { kind: "cached" | "done" }>): void {
    const begun = this.#begun.get(step);
    if (!begun?.instruction) return;
    const took = (performance.now() - begun.since) / 1000;
    const how = kind === "cached" ? "cached" : `${took.toFixed(1)} s`;
    if (this.#show === "lines" && kind === "cached") {
      this.#heading(begun);
      this.#print("  (cached)\n");
    }
    if (this.#show === "live") printError(`✓ ${cut(`${begun.label}  ${how}  ${textOf(begun.instruction)}`, 3)}\n`);
  }

  #print(text: string): void {
    if (this.#pending === "") setImmediate(() => this.#flush());
    this.#pending += text;
  }

  #flush(): void {
    if (this.#pending !== "") printError(this.#pending);
    this.#pending = "";
  }

  #remember(line: string): void {
    if (!namesStep(line)) return;
    this.#lines.push(line);
    if (this.#lines.length > STEPS) this.#lines.shift();
  }

  /** The heading of what is printed next, unless it is still that of what was printed last. */
  #heading({ instruction, label }: Begun): void {
    if (this.#show !== "lines" || !instruction) return;
    const heading = `${label}\n  ${textOf(instruction)}\n`;
    if (heading !== this.#shown) this.#print(heading);
    this.#shown = heading;
  }

  #live(begun: Begun | undefined, text: string): void {
    if (this.#show !== "live") return;
    const line = begun?.instruction ? `${begun.label}  ${text || textOf(begun.instruction)}` : text;
    redraw(cut(line, 1));
  }

  #label({ record: { step, source }, keyword }: BuiltInstruction): string {
    if (step === "") return "the image's files";
    const number = `[${this.#steps.indexOf(keyOf(step, source)) + 1}/${this.#steps.length}]`;
    if (source !== undefined) return `${number} ${source} ${keyword}`;
    const call = this.#image.steps.findLast((each) => each.step === step)?.call;
    const place = this.#image.callSiteOf(step);
    return [number, place && nearby(place), call].filter(Boolean).join(" ");
  }
}

/** The end of a text that grows by its end; it is cut only now and then. */
const endOf = (text: string): string => (text.length > 4 * TAIL ? text.slice(-TAIL) : text);

function stepsOf({ steps, instructions }: ResolvedImage): string[] {
  const order = new Map(steps.map(({ step }, index) => [step, index]));
  const made = instructions.filter(({ step }) => step !== "");
  const sorted = made.toSorted((one, other) => (order.get(one.step) ?? 0) - (order.get(other.step) ?? 0));
  return [...new Set(sorted.map(({ step, source }) => keyOf(step, source)))];
}

/** Of an imported Dockerfile each instruction is a step. */
const keyOf = (step: string, source: string | undefined): string => source ?? step;

/** The first line of an instruction. */
const textOf = ({ text }: BuiltInstruction): string => {
  const [line = ""] = text.split("\n", 1);
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
};

/** What fits into a line of the terminal beside so many characters. */
const cut = (line: string, others: number): string => line.slice(0, (process.stderr.columns || 80) - others);

/** A place in a file, relative to the current directory if it is below. */
function nearby(place: string): string {
  const path = relative(process.cwd(), place);
  return path.startsWith("..") ? place : path;
}
