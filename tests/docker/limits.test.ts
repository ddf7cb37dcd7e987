/** Much of everything: long lines, large values, many layers and many files. */
import type { Local } from "./file-tree.ts";
import { checkRows, type ExpectedFile, scriptPath } from "./row.ts";

const KIB = 1024;
/** Linux takes an argument or a variable of less than this. */
const MAX_ARGUMENT = 128 * KIB;

/** A text of so many bytes without a place at which a line is easily broken. */
const filled = (pattern: string, bytes: number): string =>
  pattern.repeat(Math.ceil(bytes / Buffer.byteLength(pattern))).slice(0, bytes);

const LONG = {
  BLANKS: filled("a      ", 33_500),
  HASHES: filled("# # ## \\ # ", 40_000),
  LETTERS: filled("é\u2028👩", 12_000),
  MARKS: filled(`\\"$'\` `, 20_000),
};
const MANY = Array.from({ length: 20_000 }, (_, n) => (n % 3 ? `${n} # ` : ""));
const SCRIPT = `record '${filled('a # \\ \n"$x é', 100_000)}'\nrecord end`;
const DEEP = "/a b [c] $5 é".repeat(200);
const LAYERS = Array.from({ length: 105 }, (_, n) => n);
const FILES = Array.from({ length: 5000 }, (_, n) => n);

const pairs = (prefix: string, count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`${prefix}${n}`, `value ${n} "#" $`]));

/** Where the n-th file of the large directory lies, and what it is. */
const large = (n: number): string => `${n % 10}/${n % 70}/file ${n}`;
const local = (n: number): Local => {
  if (n % 50 === 0) return { directory: true };
  if (n % 20 === 0) return { link: `file ${n}` };
  return { text: `${n}`, mode: n % 3 ? 0o644 : 0o755 };
};
const arrived = (n: number): ExpectedFile => {
  if (n % 50 === 0) return { kind: "directory" };
  if (n % 20 === 0) return { target: `file ${n}` };
  return { bytes: `${n}`, mode: n % 3 ? 0o644 : 0o755 };
};

checkRows([
  {
    promise: "a variable has nearly 128 KiB, and every later step runs",
    image: (base) => base.env({ V: filled("0123456789abcdef", MAX_ARGUMENT - 3) }).runCommands(["record"], "record x"),
    arrives: {
      env: { V: filled("0123456789abcdef", MAX_ARGUMENT - 3) },
      calls: [{ env: { V: filled("0123456789abcdef", MAX_ARGUMENT - 3) } }, { args: ["x"] }],
    },
  },
  {
    promise: "long values of blanks, hashes, quotes and backslashes are broken where nothing is lost",
    image: (base) => base.env(LONG).label(LONG),
    arrives: { env: LONG, labels: LONG },
  },
  {
    promise: "a label has 80 KiB",
    image: (base) => base.label({ big: filled("é# \\\"$x' ", 80 * KIB), more: "m" }),
    arrives: { labels: { big: filled("é# \\\"$x' ", 80 * KIB), more: "m" } },
  },
  {
    promise: "an argument has nearly 128 KiB, in a list, a line and a script",
    image: (base) =>
      base
        .runCommands(["record", filled("a # \\ \"'$x é", 100_000)], `record '${filled('a # \\ "$x é', 100_000)}'`)
        .runScript(SCRIPT),
    arrives: {
      files: { [scriptPath(SCRIPT)]: SCRIPT }, // the Dockerfile has no room for it
      calls: [
        { args: [filled("a # \\ \"'$x é", 100_000)] },
        { args: [filled('a # \\ "$x é', 100_000)] },
        { args: [filled('a # \\ \n"$x é', 100_000)] },
        { args: ["end"] },
      ],
    },
  },
  {
    promise: "a program has 20,000 arguments",
    image: (base) => base.runCommands(["record", ...MANY]),
    arrives: { calls: [{ args: MANY }] },
  },
  {
    promise: "an entrypoint has nearly 64,000 bytes, on the one line that Daytona reads",
    image: (base) => base.entrypoint(["sleep", filled("a b # é", 50_000)]).cmd(["x", filled("c # ", 60_000)]),
    arrives: { entrypoint: ["sleep", filled("a b # é", 50_000)], cmd: ["x", filled("c # ", 60_000)] },
  },
  {
    promise: "one call sets 300 variables and 300 labels",
    image: (base) => base.env(pairs("V", 300)).label(pairs("l", 300)),
    arrives: { env: pairs("V", 300), labels: pairs("l", 300) },
  },
  {
    promise: "a working directory is 3,000 bytes deep",
    image: (base) => base.workdir(`/srv${DEEP}`).addFile("file", "x").runCommands(["record"]),
    arrives: { workdir: `/srv${DEEP}`, files: { [`/srv${DEEP}/file`]: "x" }, calls: [{ cwd: `/srv${DEEP}` }] },
  },
  {
    promise: "105 files are added, a layer each",
    image: (base) =>
      LAYERS.reduce((image, n) => image.addFile(`/srv/${n}`, `${n}`, n % 2 ? {} : { mode: 0o600 }), base),
    arrives: {
      files: Object.fromEntries(LAYERS.map((n) => [`/srv/${n}`, n % 2 ? `${n}` : { mode: 0o600, bytes: `${n}` }])),
    },
  },
  {
    promise: "a directory has 5,000 files, of them links, executables and empty directories",
    locals: Object.fromEntries(FILES.map((n) => [`big/${large(n)}`, local(n)])),
    image: (base) => base.addLocalDir("big", "/srv/big"),
    arrives: {
      files: Object.fromEntries(FILES.map((n) => [`/srv/big/${large(n)}`, arrived(n)])),
    },
  },
  {
    promise: "files of several megabytes arrive, in a directory and alone",
    locals: { "d/large": filled("0123456789\n", 9_000_001), alone: { text: filled("abc", 7_000_001), mode: 0o755 } },
    image: (base) => base.addLocalDir("d", "/srv").addLocalFile("alone", "/srv/"),
    arrives: {
      files: {
        "/srv/large": filled("0123456789\n", 9_000_001),
        "/srv/alone": { mode: 0o755, bytes: filled("abc", 7_000_001) },
      },
    },
  },
]);
