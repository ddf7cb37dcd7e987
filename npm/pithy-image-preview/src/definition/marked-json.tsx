import type { Problem } from "pithy-image";
import { type ReactNode, useMemo } from "react";
import { CallSite } from "../text/call-site.tsx";
import { CodeLine } from "../text/code-line.tsx";
import { highlight, type Token } from "../text/highlight.ts";
import { Prose } from "../text/prose.tsx";
import { visibleInline } from "../text/visible.ts";
import { type Place, readJson } from "./json-places.ts";

/** What is wrong with a text, and where. */
export type PlacedProblem = Pick<Problem, "message" | "hint" | "path"> & { place: Place; callSite?: string };

interface Line {
  number: number;
  tokens: Token[];
  problems: PlacedProblem[];
}

/** Lines that are shown around one with a problem. */
const AROUND = 2;

/** A JSON text where something is wrong with it: the lines around each place, and below it what is to say. */
export function MarkedJson({ text, problems }: { text: string; problems: readonly PlacedProblem[] }): ReactNode {
  const lines = useMemo(() => linesOf(text, problems), [text, problems]);
  const wrong = lines.filter((line) => line.problems.length > 0).map(({ number }) => number);
  const shown = lines.filter(({ number }) => wrong.some((other) => Math.abs(other - number) <= AROUND));
  return (
    <div className="pithy-marked-json">
      {shown.map((line, index) => (
        <div key={line.number}>
          {index > 0 && shown[index - 1]?.number !== line.number - 1 && <div className="pithy-gap">…</div>}
          <div className={line.problems.length ? "pithy-wrong" : ""}>
            <CodeLine number={line.number} tokens={line.tokens} />
          </div>
          {line.problems.map(({ message, hint, path, callSite }) => (
            <div key={`${path} ${message}`} className="pithy-problem">
              <strong>
                <Prose text={message} />
              </strong>{" "}
              <Prose text={hint} />
              <p className="pithy-origin">
                <span className="pithy-call">{visibleInline(path)}</span>
                <CallSite place={callSite} />
              </p>
            </div>
          ))}
        </div>
      ))}
    </div>
  );
}

function linesOf(text: string, problems: readonly PlacedProblem[]): Line[] {
  let start = 0;
  return highlight("json", text).map((tokens, index) => {
    const from = start;
    const end = from + tokens.reduce((length, token) => length + token.text.length, 0);
    start = end + 1;
    const here = problems.filter(({ place }) => place.start >= from && place.start <= end);
    const places = here.map(({ place }) => ({ start: place.start - from, end: Math.min(place.end, end) - from }));
    return { number: index + 1, tokens: places.reduce(marked, tokens), problems: here };
  });
}

/** Tokens; those in a place are marked. */
function marked(tokens: Token[], { start, end }: Place): Token[] {
  let at = 0;
  return tokens.flatMap(({ text, className = "" }) => {
    const [from, to] = [Math.max(start - at, 0), Math.max(end - at, 0)];
    at += text.length;
    return [
      { text: text.slice(0, from), className },
      { text: text.slice(from, to), className: `${className} pithy-place` },
      { text: text.slice(Math.max(from, to)), className },
    ].filter((part) => part.text !== "");
  });
}

/** Problems of a definition as JSON, with their places in the text. */
export function placedIn(text: string, problems: readonly Problem[]): PlacedProblem[] {
  const read = readJson(text);
  return "message" in read ? [] : problems.map((problem) => ({ ...problem, place: read.place(problem.path) }));
}
