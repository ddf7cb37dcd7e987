/** Definitions with local files, made by chance (fast-check), of texts that are odd in many ways at once. */
import fc, { type Arbitrary } from "fast-check";
import type { Local, Locals } from "./file-tree.ts";
import { NAMES, VALUES } from "./hostile.ts";
import { type Act, USERS } from "./model.ts";

/** Local files, and steps that take some of them. */
export interface Sample {
  readonly locals: Locals;
  readonly acts: readonly Act[];
}

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

const text = textOf(VALUES, 8);
const line = text.map((text) => text.replaceAll("\n", ""));

/** Text for an instruction so long that it may be continued. */
const longLine = fc
  .tuple(line, fc.integer({ min: 20_000, max: 40_000 }))
  .map(([line, length]) => (line || "x").repeat(Math.ceil(length / Math.max(1, Buffer.byteLength(line)))));

const value = fc.oneof({ weight: 40, arbitrary: line }, { weight: 1, arbitrary: longLine });

/**
 * The name of a file, a directory or a link: a letter in it says which, so that none is ever in the place of another kind.
 */
const nameOf = (kind: "F" | "D" | "L"): Arbitrary<string> =>
  fc.tuple(textOf(NAMES, 3), textOf(NAMES, 3)).map((parts) => {
    const name = parts.map((part) => [...part.replace(/[/\nFDL]/g, "")].slice(0, 25).join("")).join(kind);
    return name.replace(/\$(?=[A-Za-z_{])/g, "$5").replace(/^\.wh\./, "");
  });

const fileName = nameOf("F");
const directoryName = nameOf("D");

const mode = fc.constantFrom(0o644, 0o755, 0o600, 0o640, 0o444, 0o4711, 0o2755, 0o1777, 0);
const user = fc.constantFrom(...Object.keys(USERS));

/** A directory of the image, absolute or not, existing or not. */
const directory = fc
  .tuple(
    fc.constantFrom("/srv", "/opt", "/tmp", "/home/node", "/bin", "/usr/local/bin", "/lib/x", "."),
    fc.array(directoryName, { maxLength: 2 }),
  )
  .map(([top, names]) => [top, ...names].join("/"));

/** Another way to write a path. */
const untidy = (path: Arbitrary<string>): Arbitrary<string> =>
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

const TREES = ["trees/0", "trees/1"];

/** Some files in `files`, and some trees. */
const locals = fc
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
const quoted = fc.constantFrom(
  (word: string) => `'${word.replaceAll("'", `'\\''`)}'`,
  (word: string) => `"${word.replace(/[\\"$`]/g, "\\$&")}"`,
);

const words = fc.array(line, { maxLength: 3 });

const shellLine = fc.tuple(words, quoted, fc.constantFrom(" ", "  ", " \\\n ", " \\\r\n\t", " \\\n# no\n\n")).map(
  ([args, quote, between]): Act => ({
    step: { runCommands: { commands: [["record", ...args.map(quote)].join(between)] } },
    records: [args],
  }),
);

const argv = fc
  .array(text, { maxLength: 3 })
  .map((args): Act => ({ step: { runCommands: { commands: [["record", ...args]] } }, records: [args] }));

const script = fc
  .tuple(fc.array(fc.array(text, { maxLength: 2 }), { minLength: 1, maxLength: 3 }), quoted)
  .map(([records, quote]): Act => {
    // CRLF is LF in scripts.
    const lf = records.map((args) => args.map((arg) => arg.replaceAll("\r\n", "\n")));
    const lines = records.map((args) => ["record", ...args.map(quote)].join(" "));
    return { step: { runScript: { script: lines.join("\n") } }, records: lf };
  });

/** Not those that a shell or the engine sets or needs. */
const variable = fc.constantFrom("A", "B", "LONG_NAME", "lower", "ENTRYPOINT", "FROM", "V1");

const labelKey = textOf(NAMES, 3).map((key) => `k${key.replace(/[\s=\p{Cc}\ufeff]/gu, "")}`);

const command = fc
  .tuple(fc.constantFrom("sleep", "a b", "[x]"), fc.array(text, { maxLength: 3 }))
  .map((all) => all.flat());

/** Fields that are always given; the others sometimes. */
const FROM_TO: { requiredKeys: ["source", "destination"] } = { requiredKeys: ["source", "destination"] };

const act = (locals: Locals): Arbitrary<Act> => {
  const localFile = fc.constantFrom(...Object.keys(locals).filter((path) => path.startsWith("files/")));
  const filePath = fc.tuple(directory, fileName).map((parts) => parts.join("/"));
  /** A directory that is there takes a local file under its own name, and so does one with a slash at its end. */
  const into = fc.oneof(
    fc.constantFrom("/srv", "/tmp", ".", "/bin", "/home/node"),
    directory.map((path) => `${path}/`),
  );
  return fc.oneof(
    fc
      .record({ destination: filePath, text, mode, chown: user }, { requiredKeys: ["destination", "text"] })
      .map((fields): Act => ({ step: { addFile: fields } })),
    fc
      .record({ source: localFile, destination: fc.oneof(filePath, into), mode, chown: user }, FROM_TO)
      .map((fields): Act => ({ step: { addLocalFile: fields } })),
    {
      weight: 2,
      arbitrary: fc
        .record({ source: fc.constantFrom(...TREES), destination: untidy(directory), chown: user }, FROM_TO)
        .map((fields): Act => ({ step: { addLocalDir: fields } })),
    },
    fc
      .record({ destination: fc.oneof(filePath, into), chown: user }, { requiredKeys: ["destination"] })
      .map((fields): Act => ({ step: { copyFrom: { from: "busybox:1", source: "/etc/group", ...fields } } })),
    fc.tuple(variable, value).map(([name, value]): Act => ({ step: { arg: { name, value } } })),
    fc
      .array(fc.constantFrom("80", "53/udp", "443/tcp", "80/tcp"), { minLength: 1 })
      .map((ports): Act => ({ step: { expose: { ports } } })),
    fc.dictionary(variable, value, { maxKeys: 3 }).map((variables): Act => ({ step: { env: { variables } } })),
    fc.dictionary(labelKey, value, { maxKeys: 3 }).map((labels): Act => ({ step: { label: { labels } } })),
    untidy(directory).map((path): Act => ({ step: { workdir: { path } } })),
    user.map((user): Act => ({ step: { user: { user } } })),
    directory
      .map((path) => path.replace(/^\./, "").replaceAll(":", ";"))
      .map((path): Act => ({ step: { pathPrepend: { directory: path || "/x" } } })),
    command.map((command): Act => ({ step: { cmd: { command } } })),
    command.map((command): Act => ({ step: { entrypoint: { command } } })),
    shellLine,
    argv,
    script,
  );
};

/** A definition on `busybox:1`, without its base, and the files that it takes. */
export const sample: Arbitrary<Sample> = locals.chain((locals) =>
  fc.record({ locals: fc.constant(locals), acts: fc.array(act(locals), { minLength: 2, maxLength: 9, size: "max" }) }),
);
