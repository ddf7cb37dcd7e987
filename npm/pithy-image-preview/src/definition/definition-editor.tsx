import type { Plan } from "pithy-image";
import { type DragEvent, type FormEvent, type ReactNode, useId, useRef, useState } from "react";
import { problemsOf } from "../data/preview.ts";
import { Heading } from "../parts/heading.tsx";
import type { PreparedSpec, PreviewSpec } from "../spec.ts";
import { count } from "../text/quantity.ts";
import { readJson } from "./json-places.ts";
import { MarkedJson, type PlacedProblem } from "./marked-json.tsx";

/** What was pasted or opened. */
export interface Opened {
  spec: PreviewSpec;
  baseline?: PreviewSpec;
  plan?: Plan;
}

interface DefinitionEditorProps {
  text: string;
  onText: (text: string) => void;
  onOpen: (opened: Opened) => void;
}

const EXAMPLE = `{
  "format": "pithy-image/1",
  "edition": "2026-12",
  "steps": [
    { "debianSlim": { "python": "3.12" } },
    { "aptInstall": { "packages": ["git", "curl", "jq"] } },
    { "workdir": { "path": "/app" } }
  ]
}
`;

/** Takes a definition as JSON, pasted or from a file, and says what is wrong with it where it is. */
export function DefinitionEditor({ text, onText, onOpen }: DefinitionEditorProps): ReactNode {
  const [problems, setProblems] = useState<readonly PlacedProblem[]>([]);
  const [failure, setFailure] = useState<string>();
  const file = useRef<HTMLInputElement>(null);
  const id = useId();

  const show = async (given: string) => {
    setFailure(undefined);
    const checked = await check(given);
    setProblems(checked.problems);
    if (checked.opened) onOpen(checked.opened);
  };
  const attempt = (given: string) => {
    show(given).catch((error) => setFailure(error instanceof Error ? error.message : String(error)));
  };
  const open = async (opened: File | null | undefined) => {
    if (!opened) return;
    const content = await opened.text();
    onText(content);
    attempt(content);
  };
  return (
    <form
      className="pithy-editor"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        attempt(text);
      }}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event: DragEvent) => {
        event.preventDefault();
        void open(event.dataTransfer.files[0]);
      }}
    >
      <Heading>
        <label htmlFor={id}>Paste the definition of an image, or drop its file here</label>
      </Heading>
      <p className="pithy-quiet">
        <code>JSON.stringify(image)</code> makes one. Nothing leaves this page.
      </p>
      <textarea
        id={id}
        value={text}
        rows={Math.min(Math.max(text.split("\n").length + 1, 12), 24)}
        spellCheck={false}
        autoCapitalize="off"
        aria-invalid={problems.length > 0}
        aria-describedby={problems.length ? `${id}-problems` : undefined}
        placeholder={EXAMPLE}
        onChange={({ target }) => {
          onText(target.value);
          setProblems([]);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) attempt(text);
        }}
      />
      <p className="pithy-actions">
        <button type="submit" className="pithy-button pithy-primary" disabled={text.trim() === ""}>
          Show the image
        </button>
        <button type="button" className="pithy-button" onClick={() => file.current?.click()}>
          Open a file…
        </button>
        <input
          ref={file}
          type="file"
          accept=".json,application/json"
          hidden
          aria-label="Open a file"
          onChange={({ currentTarget }) => void open(currentTarget.files?.[0])}
        />
        <button type="button" className="pithy-button" onClick={() => onText(EXAMPLE)}>
          Use an example
        </button>
      </p>
      <div role="alert" id={`${id}-problems`}>
        {failure && <p className="pithy-finding">{failure}</p>}
        {problems.length > 0 && (
          <>
            <Heading below={1}>{count(problems.length, "problem")} in the definition</Heading>
            <MarkedJson text={text} problems={problems} />
          </>
        )}
      </div>
    </form>
  );
}

/** What a text holds, or what is wrong with it: a bare definition, a prepared spec, or all that a page shows. */
async function check(text: string): Promise<{ problems: PlacedProblem[]; opened?: Opened }> {
  const read = readJson(text);
  if ("message" in read) {
    const hint = "Give a definition as JSON, such as `JSON.stringify(image)` makes.";
    return { problems: [{ message: read.message, hint, path: "", place: read.place }] };
  }
  const isPage = has(read.value, "spec");
  const opened = (isPage ? read.value : { spec: read.value }) as Opened;
  const isPrepared = has(opened.spec, "definition");
  const spec = opened.spec as PreparedSpec;
  if (isPrepared && spec.resolved) return { problems: [], opened };
  const prefix = `${isPage ? "/spec" : ""}${isPrepared ? "/definition" : ""}`;
  const found = await problemsOf(isPrepared ? spec.definition : spec);
  const problems = found.map(({ message, hint, path }) => ({
    message,
    hint,
    path,
    place: read.place(`${prefix}${path}`),
  }));
  return problems.length ? { problems } : { problems, opened };
}

const has = (value: unknown, field: string): boolean => typeof value === "object" && value !== null && field in value;
