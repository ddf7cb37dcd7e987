/** Values of steps by chance (fast-check): strings that are odd in many ways at once. */
import fc, { type Arbitrary } from "fast-check";
import type { Local, Locals } from "./file-tree.ts";
import { NAMES, VALUES } from "./hostile.ts";
import { USERS } from "./model.ts";

const MARKS = [
  "\\",
  '"',
  "'",
  "$",
  "`",
  "#",
  "=",
  "[",
  "]",
  "{",
  "}",
  "*",
  "?",
  "!",
  "&",
  "|",
  ";",
  "<",
  ">",
  "~",
  "%",
  "@",
];
const SPACES = [" ", "\t", "\r", "\v", "\f", "\u0085", "\u00a0", "\u2028", "\u3000"];

/** A text of bits that something could trip over, and of any other characters but NUL. */
const textOf = (odd: Readonly<Record<string, string>>, maxLength: number): Arbitrary<string> => {
  const bit = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...MARKS, ...SPACES, "\\\\", "$(", "<<", "é", "👩", ",", ":", "-", "\n") },
    { weight: 1, arbitrary: fc.constantFrom(...Object.values(odd)) },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 3 }) },
    { weight: 2, arbitrary: fc.string({ unit: "grapheme-ascii", maxLength: 8 }) },
  );
  return fc.array(bit, { maxLength }).map((bits) => bits.join("").replaceAll("\0", ""));
};

export const text = textOf(VALUES, 8);
export const line = text.map((text) => text.replaceAll("\n", ""));

/** Text for an instruction so long that it may be continued. */
const longLine = fc
  .tuple(line, fc.integer({ min: 20_000, max: 40_000 }))
  .map(([line, length]) => (line || "x").repeat(Math.ceil(length / Math.max(1, Buffer.byteLength(line)))));

export const value = fc.oneof({ weight: 40, arbitrary: line }, { weight: 1, arbitrary: longLine });

/**
 * The name of a file, a directory or a link: a letter in it says which, so that none is ever in the place of another kind.
 */
const nameOf = (kind: "F" | "D" | "L"): Arbitrary<string> =>
  fc.tuple(textOf(NAMES, 3), textOf(NAMES, 3)).map((parts) => {
    const name = parts.map((part) => [...part.replace(/[/\nFDL]/g, "")].slice(0, 25).join("")).join(kind);
    return name.replace(/\$(?=[A-Za-z_{])/g, "$5").replace(/^\.wh\./, "");
  });

export const fileName = nameOf("F");
export const directoryName = nameOf("D");

export const mode = fc.constantFrom(0o644, 0o755, 0o600, 0o640, 0o444, 0o4711, 0o2755, 0o1777, 0);
export const user = fc.constantFrom(...Object.keys(USERS));

/** A directory of the image, absolute or not, existing or not. */
export const directory = fc
  .tuple(
    fc.constantFrom("/srv", "/opt", "/tmp", "/home/node", "/bin", "/usr/local/bin", "/lib/x", "."),
    fc.array(directoryName, { maxLength: 2 }),
  )
  .map(([top, names]) => [top, ...names].join("/"));

/** Another way to write a path. */
export const untidy = (path: Arbitrary<string>): Arbitrary<string> =>
  fc.oneof(
    { weight: 4, arbitrary: path },
    path.map((path) => path.replaceAll("/", "//")),
    path.map((path) => path.replaceAll("/", "/./")),
    path.map((path) => `${path}/`),
  );

const file = fc.tuple(text, fc.constantFrom(0o644, 0o755, 0o700, 0o600)).map(([text, mode]): Local => ({ text, mode }));

const link = fc
  .tuple(fc.array(directoryName, { maxLength: 2 }), fileName)
  .map(([directories, name]): Local => ({ link: [...directories, name].join("/") }));

/** An entry of a tree, with its path. */
const entry = fc
  .tuple(
    fc.array(directoryName, { maxLength: 2 }),
    fc.oneof(
      { weight: 3, arbitrary: fc.tuple(fileName, file) },
      fc.tuple(nameOf("L"), link),
      fc.tuple(directoryName, fc.constant<Local>({ directory: true })),
    ),
  )
  .map(([directories, [name, local]]): [string, Local] => [[...directories, name].join("/"), local]);

export const TREES = ["trees/0", "trees/1"];

/** Some files in `files`, and some trees. */
export const locals = fc
  .tuple(
    fc.array(fc.tuple(fileName, file), { minLength: 1, maxLength: 3 }),
    fc.array(fc.array(entry, { maxLength: 6 }), { minLength: TREES.length, maxLength: TREES.length }),
  )
  .map(([files, trees]): Locals => {
    const below = (top: string, entries: readonly [string, Local][]) =>
      [[top, { directory: true }], ...entries.map(([path, local]) => [`${top}/${path}`, local])] as [string, Local][];
    return Object.fromEntries([...below("files", files), ...trees.flatMap((tree, n) => below(`trees/${n}`, tree))]);
  });

/** A word of a shell line in one of the ways to quote it. */
export const quoted = fc.constantFrom(
  (word: string) => `'${word.replaceAll("'", `'\\''`)}'`,
  (word: string) => `"${word.replace(/[\\"$`]/g, "\\$&")}"`,
);

export const words = fc.array(line, { maxLength: 3 });

/** Not those that a shell or the engine sets or needs. */
export const variable = fc.constantFrom("A", "B", "LONG_NAME", "lower", "ENTRYPOINT", "FROM", "V1");

export const labelKey = textOf(NAMES, 3).map((key) => `k${key.replace(/[\s=\p{Cc}\ufeff]/gu, "")}`);

export const command = fc
  .tuple(fc.constantFrom("sleep", "a b", "[x]"), fc.array(text, { maxLength: 3 }))
  .map((all) => all.flat());

/** The path of a file of the image. */
export const filePath = fc.tuple(directory, fileName).map((parts) => parts.join("/"));

/** A directory that is there takes a local file under its own name, and so does one with a slash at its end. */
export const into = fc.oneof(
  fc.constantFrom("/srv", "/tmp", ".", "/bin", "/home/node"),
  directory.map((path) => `${path}/`),
);
