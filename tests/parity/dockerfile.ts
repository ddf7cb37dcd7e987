/** Reads a Dockerfile as it is written, with a parser of its own, into plain data. What it does not know, it refuses. */
import {
  DockerfileParser,
  type Instruction,
  JSONInstruction,
  ModifiableInstruction,
  PropertyInstruction,
} from "dockerfile-ast";

/** An instruction as it stands in the text. */
export type Written =
  | { readonly kind: "from"; readonly image: string; readonly stage: string | undefined }
  | {
      readonly kind: "add" | "copy";
      readonly stage: string | undefined;
      readonly owner: string | undefined;
      readonly source: string;
      readonly to: string;
    }
  | { readonly kind: "run"; readonly line: string }
  | { readonly kind: "env"; readonly variables: Readonly<Record<string, string>> }
  | { readonly kind: "workdir"; readonly path: string }
  | { readonly kind: "other"; readonly keyword: string; readonly text: string }
  | { readonly kind: "program" | "cmd" | "entrypoint"; readonly argv: readonly string[] };

/** The instructions of a Dockerfile, in order. */
export const read = (dockerfile: string): Written[] =>
  DockerfileParser.parse(dockerfile)
    .getInstructions()
    .flatMap((instruction) => {
      const copies = copied(instruction, dockerfile);
      return copies ?? [written(instruction, dockerfile)];
    });

/** What a `COPY` or `ADD` copies, one source after another. */
function copied(instruction: Instruction, dockerfile: string): Written[] | undefined {
  const keyword = instruction.getKeyword();
  if (keyword !== "ADD" && keyword !== "COPY") return undefined;
  const sources = [...(list(instruction, dockerfile) ?? instruction.getArguments().map((word) => word.getValue()))];
  const to = sources.pop();
  if (to === undefined || sources.length === 0 || (sources.length > 1 && !to.endsWith("/"))) {
    throw new Error(`not expected in a Dockerfile: ${instruction}`);
  }
  const { from: stage, chown: owner } = flagsOf(instruction);
  return sources.map((source) => ({ kind: keyword === "ADD" ? "add" : "copy", stage, owner, source, to }));
}

function written(instruction: Instruction, dockerfile: string): Written {
  const keyword = instruction.getKeyword();
  const text = instruction.getRawArgumentsContent() ?? "";
  switch (keyword) {
    case "FROM": {
      const [image = "", as, stage, ...more] = text.split(" ");
      if (more.length > 0 || (as !== undefined && as !== "AS")) break;
      return { kind: "from", image, stage };
    }
    case "RUN": {
      const argv = list(instruction, dockerfile);
      return argv ? { kind: "program", argv } : { kind: "run", line: text };
    }
    case "ENV":
      if (!(instruction instanceof PropertyInstruction)) break;
      return {
        kind: "env",
        variables: Object.fromEntries(
          instruction.getProperties().map((pair) => [pair.getName(), pair.getValue() ?? ""]),
        ),
      };
    case "WORKDIR":
      return { kind: "workdir", path: unquoted(text) };
    case "USER":
    case "EXPOSE":
      return { kind: "other", keyword, text };
    case "CMD":
    case "ENTRYPOINT": {
      const argv = list(instruction, dockerfile);
      if (!argv) break;
      return { kind: keyword === "CMD" ? "cmd" : "entrypoint", argv };
    }
  }
  throw new Error(`not expected in a Dockerfile: ${instruction}`);
}

/** The strings of a JSON list; undefined if there is none. */
function list(instruction: Instruction, dockerfile: string): string[] | undefined {
  if (!(instruction instanceof JSONInstruction) || !instruction.getClosingBracket()) return undefined;
  const lines = dockerfile.split("\n");
  return instruction.getJSONStrings().map((text) => {
    const { start, end } = text.getRange();
    return JSON.parse((lines[start.line] ?? "").slice(start.character, end.character)) as string;
  });
}

/** The stage that is copied from, and the owner. No other flag is known here. */
function flagsOf(instruction: Instruction): Readonly<Record<string, string | undefined>> {
  const flags = instruction instanceof ModifiableInstruction ? instruction.getFlags() : [];
  if (flags.some((flag) => !["from", "chown"].includes(flag.getName())))
    throw new Error(`not expected in a Dockerfile: ${instruction}`);
  return Object.fromEntries(flags.map((flag) => [flag.getName(), flag.getValue() ?? undefined]));
}

/** A word in quotes or with single characters escaped, as the SDK and we write paths. */
const unquoted = (text: string): string => /^(["'])(.*)\1$/.exec(text)?.[2] ?? text.replaceAll(/\\(.)/g, "$1");
