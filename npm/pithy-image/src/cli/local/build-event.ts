/** What a build prints, as events: what begins, what it prints, how it ends. */

/** Something that happened in a build. `step` names what is built: each name begins once. */
export type BuildEvent =
  | { readonly kind: "begin"; readonly step: string; readonly line: string }
  | { readonly kind: "cached" | "done"; readonly step: string }
  | { readonly kind: "output"; readonly step: string | undefined; readonly text: string }
  /** How far a download is, which the next one replaces. */
  | { readonly kind: "progress"; readonly step: string; readonly text: string }
  | { readonly kind: "error"; readonly step: string | undefined; readonly text: string }
  /** A line that says where the build failed. */
  | { readonly kind: "place"; readonly line: string };

/** Makes events of the lines of a log. */
export type Parser = (line: string) => BuildEvent | undefined;

/** A line of a vertex in the plain progress of BuildKit's clients. */
const VERTEX = /^#(\d+) (.+)$/;
const DOWNLOAD = /^(?:sha256:[0-9a-f]{64}|extracting sha256:)/;

/** BuildKit's clients with `--progress plain`: `#8 [2/5] RUN …`, `#8 0.124 what it prints`, `#8 DONE 0.3s`. */
export function plainProgress(): Parser {
  const names = new Map<string, string>();
  return (line) => {
    const [, step, rest = ""] = VERTEX.exec(line) ?? [];
    if (step === undefined) return outside(line);
    const name = names.get(step);
    if (name === undefined) {
      names.set(step, rest);
      return { kind: "begin", step, line };
    }
    if (rest === name || rest === "..." || rest === "CANCELED") return undefined;
    if (rest === "CACHED") return { kind: "cached", step };
    if (/^DONE [\d.]+s$/.test(rest)) return { kind: "done", step };
    if (rest.startsWith("ERROR: ")) return { kind: "error", step, text: rest.slice("ERROR: ".length) };
    if (DOWNLOAD.test(rest)) return { kind: "progress", step, text: rest.replace(/sha256:([0-9a-f]{12})\S*/, "$1") };
    return { kind: "output", step, text: rest.replace(/^\d+\.\d+ /, "") };
  };
}

/** What belongs to no vertex: the summary of a failure. */
function outside(line: string): BuildEvent | undefined {
  if (/^(?:\[[^\]]*\] )?Dockerfile:\d+$/.test(line)) return { kind: "place", line };
  const [, text] = /^(?:ERROR|error|Cannot connect.*?): (.*)$/.exec(line) ?? [];
  return text === undefined ? undefined : { kind: "error", step: undefined, text };
}

/** The end of a stage, after its instructions. */
const COMMIT = /^(?:\[\d+\/\d+\] )?COMMIT(?: |$)/;

/**
 * Buildah and Podman: `STEP 2/5: RUN …`, and below it what that prints. A program may print such a line, too: `isStep` says
 * whether there is such an instruction.
 */
export function buildahProgress(isStep: (line: string) => boolean): Parser {
  let step: string | undefined;
  return (line) => {
    if (isStep(line) || COMMIT.test(line)) {
      step = line;
      return { kind: "begin", step, line };
    }
    const [, text] = /^Error: (.*)$/.exec(line) ?? [];
    if (text !== undefined) return { kind: "error", step, text };
    if (step !== undefined && /^--> Using cache [0-9a-f]{12,}$/.test(line)) return { kind: "cached", step };
    if (step !== undefined && /^--> [0-9a-f]{11,}$/.test(line)) return { kind: "done", step };
    return { kind: "output", step, text: line };
  };
}

/** Characters of a line that are kept: a program may print megabytes without a line end. */
const LINE = 10_000;

/** Splits a log into its lines; a progress bar overwrites its line, and each of its states is one. */
export class Lines {
  readonly #decoder = new TextDecoder();
  #rest = "";

  /** The lines that these bytes end; the end of the log without any. */
  take(bytes?: Uint8Array): string[] {
    const text = bytes ? this.#decoder.decode(bytes, { stream: true }) : `${this.#decoder.decode()}\n`;
    const lines = (this.#rest + text).split(/\r?\n|\r(?!$)/);
    this.#rest = (lines.pop() ?? "").slice(0, LINE);
    return lines.filter((line) => line !== "").map((line) => line.slice(0, LINE));
  }
}
