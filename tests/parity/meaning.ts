/**
 * What an image means, however it is written. Everything in which the Daytona SDK and we differ on purpose is in
 * {@link DIFFERENCES}; what is not levelled there must be the same.
 */
import { posix } from "node:path";
import { type Entry, entriesOf } from "pithy-image-tests-daytona/uploader";
import { read, type Written } from "./dockerfile.ts";
import { type Run, runsOf } from "./shell.ts";

/** A file or directory that arrives in the image. */
export interface Arrival {
  readonly type: string;
  readonly mode: string;
  readonly content: string;
}

/** A requirement's options, by name, in their order. */
type Options = Readonly<Record<string, readonly string[]>>;

/** An instruction with its text read as far as it is known. */
export type Meaning =
  | Written
  | (Placed & { readonly kind: "file"; readonly name: string; readonly file: Arrival })
  | (Placed & { readonly kind: "tree"; readonly tree: Readonly<Record<string, Arrival>> })
  | { readonly kind: "pip"; readonly packages: readonly string[]; readonly options: Options }
  | {
      readonly kind: "tools";
      readonly apt: readonly string[];
      readonly pip: readonly string[];
      readonly debconf: readonly string[];
    };

/** Where something arrives, and whose it is. */
interface Placed {
  readonly to: string;
  readonly owner: string | undefined;
}

/** What Daytona has of an image. */
export interface Sent {
  readonly dockerfile: string;
  readonly entries: readonly Entry[];
}

/** An image on its way to its meaning: its instructions, and the files that Daytona's runner has for it. */
interface Reading {
  readonly instructions: readonly Meaning[];
  /** By path. Of everything else the runner keeps nothing. */
  readonly files: ReadonlyMap<string, Entry>;
  /** What is in the stages that trees are unpacked in, by stage and path. */
  readonly stages: ReadonlyMap<string, ReadonlyMap<string, Arrival>>;
}

/** A difference between the SDK's images and ours that is meant, and how both are made the same in it. */
export interface Difference {
  readonly name: string;
  /** Why there is one. */
  readonly why: string;
  level(reading: Reading): Reading;
}

/** All of them, in the order in which they are levelled. */
export const DIFFERENCES: readonly Difference[] = [
  {
    name: "files are sent under other names",
    why: `The SDK's contexts have the paths of this machine; ours have the digests of their sources, so that equal files have
      equal keys everywhere. Names inside the image, bytes and modes are compared.`,
    level: (reading) => each(reading, (instruction) => copied(instruction, reading)),
  },
  {
    name: "trees come through a stage",
    why: `The runner drops links and directories, so ours sends a tree as one tar, unpacked in a stage that is not part of the
      image. Directories are compared: those of the SDK are the ones that Docker makes for its files, 0755.`,
    level: (reading) => ({ ...reading, instructions: lastStage(reading.instructions) }),
  },
  {
    name: "paths in the image are cleaned",
    why: `Ours writes \`/srv//app/\` as \`/srv/app\`: the same place, and equal places make equal keys. Relative ones start at
      WORKDIR.`,
    level: cleaned,
  },
  {
    name: "the program that starts stands last, once",
    why: `ENTRYPOINT and CMD change nothing that follows them, the last of each wins in Docker, and Daytona reads the last
      ENTRYPOINT of the text. Ours writes one of each, at the end.`,
    level: (reading) => ({ ...reading, instructions: startLast(reading.instructions) }),
  },
  {
    name: "variables of neighbours are one",
    why: `The SDK writes an ENV for each variable in the order of the object's keys, ours one for each call, sorted. Values are
      literal, so that only the last value of each name counts until something else stands between.`,
    level: (reading) => ({ ...reading, instructions: variablesTogether(reading.instructions) }),
  },
  {
    name: "pip's packages are not sorted",
    why: `The SDK sorts them, ours keeps the order that was given, on which the result may depend; each package counts once.
      Ours writes options before the packages, and --no-cache-dir, which leaves a cache out that nobody reads.`,
    level: (reading) => each(reading, pipInstall),
  },
  {
    name: "debianSlim's tools are one layer",
    why: `The SDK has four RUNs. Ours has one, without pip's cache. What is installed, with the options of apt, and debconf's
      answer are compared; what is there afterwards, in a real Debian, by \`debian.test.ts\`.`,
    level: (reading) => ({ ...reading, instructions: tools(reading.instructions) }),
  },
  {
    name: "a list is a program with its arguments",
    why: `The SDK writes the words of a list in double quotes, as a line that a shell reads: it expands \`$\` in them, and gives
      quotes to the program with a backslash. Ours writes the exec form: each word reaches the program as it was given.
      Words with such characters are not compared; a finding says where a \`$\` is not expanded.`,
    level: (reading) => each(reading, quotedWords),
  },
  {
    name: "a command is one line",
    why: "Ours joins continued lines and drops comments between them and blanks around, as Docker does when it reads them.",
    level: (reading) =>
      each(reading, (instruction) =>
        instruction.kind === "run" ? { ...instruction, line: joined(instruction.line) } : instruction,
      ),
  },
];

/** What an image means when these differences are levelled. */
export async function meaningOf(
  { dockerfile, entries }: Sent,
  differences: readonly Difference[] = DIFFERENCES,
): Promise<readonly Meaning[]> {
  const files = new Map(entries.filter(({ type }) => type === "File").map((entry) => [entry.path, entry]));
  const instructions = read(dockerfile);
  const stages = await stagesOf(instructions, files);
  const reading: Reading = { instructions, files, stages };
  return differences.reduce((reading, difference) => difference.level(reading), reading).instructions;
}

const each = (reading: Reading, change: (instruction: Meaning) => Meaning): Reading => ({
  ...reading,
  instructions: reading.instructions.map(change),
});

/** The stages but the last one: each unpacks archives of the context. */
async function stagesOf(instructions: readonly Written[], files: Reading["files"]): Promise<Reading["stages"]> {
  const stages = new Map<string, Map<string, Arrival>>();
  let stage: string | undefined;
  for (const instruction of instructions) {
    if (instruction.kind === "from") stage = instruction.stage;
    if (stage === undefined) continue;
    if (!stages.has(stage)) stages.set(stage, new Map());
    if (instruction.kind !== "add") continue;
    for (const entry of await entriesOf(files.get(instruction.source)?.content)) {
      stages.get(stage)?.set(posix.join(instruction.to, entry.path), arrival(entry));
    }
  }
  return stages;
}

const arrival = ({ type, mode, content, link }: Entry): Arrival => ({
  type,
  mode: mode.toString(8),
  content: type === "SymbolicLink" ? (link ?? "") : content.toString("latin1"),
});

/** What Docker makes for a file whose directory is not in the context. */
const DIRECTORY: Arrival = { type: "Directory", mode: "755", content: "" };

/** COPY with what it copies, from the context or from a stage. */
function copied(instruction: Meaning, { files, stages }: Reading): Meaning {
  if (instruction.kind !== "copy") return instruction;
  const { stage, source, to, owner } = instruction;
  const path = posix.join("/", source).replace(/(?<=.)\/$/, "");
  const all = stage === undefined ? contextTree(files) : stages.get(stage);
  const found = all?.get(path);
  if (!all || !found) throw new Error(`COPY finds nothing at ${source}`);
  if (found.type !== "Directory") return { kind: "file", name: posix.basename(path), to, owner, file: found };
  const below = [...all].filter(([other]) => other.startsWith(`${path}/`));
  const tree = below.map(([other, entry]) => [other.slice(path.length + 1), entry] as const);
  return { kind: "tree", to, owner, tree: Object.fromEntries(tree.sort(([a], [b]) => (a < b ? -1 : 1))) };
}

function contextTree(files: Reading["files"]): Map<string, Arrival> {
  const tree = new Map<string, Arrival>();
  for (const [path, entry] of files) {
    for (let at = posix.dirname(`/${path}`); at !== "/"; at = posix.dirname(at)) tree.set(at, DIRECTORY);
    tree.set(`/${path}`, arrival(entry));
  }
  return tree;
}

const lastStage = (instructions: readonly Meaning[]): readonly Meaning[] =>
  instructions.slice(instructions.findLastIndex(({ kind }) => kind === "from"));

function cleaned(reading: Reading): Reading {
  let workdir = "/";
  return each(reading, (instruction) => {
    if (instruction.kind === "workdir") {
      workdir = posix.resolve(workdir, instruction.path);
      return { kind: "workdir", path: workdir };
    }
    if (instruction.kind === "tree") return { ...instruction, to: posix.resolve(workdir, instruction.to) };
    if (instruction.kind !== "file") return instruction;
    const name = instruction.to.endsWith("/") ? instruction.name : "";
    return { ...instruction, to: posix.resolve(workdir, instruction.to, name) };
  });
}

function startLast(instructions: readonly Meaning[]): Meaning[] {
  const last = (kind: Meaning["kind"]) => instructions.filter((instruction) => instruction.kind === kind).slice(-1);
  const rest = instructions.filter(({ kind }) => kind !== "cmd" && kind !== "entrypoint");
  return [...rest, ...last("cmd"), ...last("entrypoint")];
}

function variablesTogether(instructions: readonly Meaning[]): Meaning[] {
  const together: Meaning[] = [];
  for (const instruction of instructions) {
    const before = together.at(-1);
    if (instruction.kind !== "env") together.push(instruction);
    else if (before?.kind !== "env") together.push({ kind: "env", variables: sorted(instruction.variables) });
    else together.splice(-1, 1, { kind: "env", variables: sorted({ ...before.variables, ...instruction.variables }) });
  }
  return together;
}

const sorted = <Value>(pairs: Readonly<Record<string, Value>>): Record<string, Value> =>
  Object.fromEntries(Object.entries(pairs).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Pip's options that take a value. */
const VALUED = ["--find-links", "--index-url", "--extra-index-url", "--timeout", "--no-binary"];

function pipInstall(instruction: Meaning): Meaning {
  if (instruction.kind !== "run" || !instruction.line.startsWith("python -m pip install ")) return instruction;
  const [words, ...more] = runsOf(instruction.line);
  if (!words || more.length > 0) throw new Error(`more than one program: ${instruction.line}`);
  const { packages, options } = pipWords(words.slice("python -m pip install".split(" ").length));
  return { kind: "pip", packages, options };
}

function pipWords(words: readonly string[]): { packages: string[]; options: Options } {
  const packages = new Set<string>();
  const options: Record<string, string[]> = {};
  const rest = words[Symbol.iterator]();
  for (const word of rest) {
    if (!word.startsWith("-")) packages.add(word);
    else if (word !== "--no-cache-dir") {
      const value = VALUED.includes(word) ? rest.next().value : undefined;
      options[word] = [...(options[word] ?? []), value ?? ""];
    }
  }
  return { packages: [...packages].sort(), options: sorted(options) };
}

/** The RUNs right after the base that install compilers, as what they install. */
function tools(instructions: readonly Meaning[]): readonly Meaning[] {
  const isTool = (instruction: Meaning) =>
    instruction.kind === "run" && /^(apt-get|pip|echo 'debconf) /.test(instruction.line);
  const end = instructions.findIndex((instruction, i) => i > 0 && !isTool(instruction));
  const lines = instructions.slice(1, end < 0 ? undefined : end);
  if (lines.length === 0) return instructions;
  const runs = lines.flatMap((instruction) => (instruction.kind === "run" ? runsOf(instruction.line) : []));
  return [...instructions.slice(0, 1), installed(runs), ...instructions.slice(1 + lines.length)];
}

function installed(runs: readonly Run[]): Meaning {
  const found = { apt: new Set<string>(), pip: new Set<string>(), debconf: [] as string[] };
  for (const [program = "", ...args] of runs) {
    const words = args.filter((word) => !["-y", "--no-cache-dir"].includes(word));
    const [command, ...rest] = words;
    if (program === "apt-get" && command === "install") rest.forEach((name) => void found.apt.add(name));
    else if (program === "pip" && command === "install") rest.forEach((name) => void found.pip.add(name));
    else if (program === "debconf-set-selections") found.debconf.push(...words);
    else if (program !== "apt-get" || args.join(" ") !== "update")
      throw new Error(`not expected: ${[program, ...args]}`);
  }
  return { kind: "tools", apt: [...found.apt].sort(), pip: [...found.pip].sort(), debconf: found.debconf };
}

/** A line that is nothing but words in double quotes, none of which a shell would change. */
function quotedWords(instruction: Meaning): Meaning {
  if (instruction.kind !== "run" || !/^"[^"$`\\]*"(?: "[^"$`\\]*")*$/.test(instruction.line)) return instruction;
  return { kind: "program", argv: instruction.line.slice(1, -1).split('" "') };
}

/** A command as Docker reads it. */
const joined = (line: string): string => line.replaceAll(/\\[ \t]*\n(?:[ \t]*#.*\n)*/g, "").trim();
