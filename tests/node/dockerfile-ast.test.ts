/** Whatever the strings are, another parser reads back the instructions that were meant. */
import { DockerfileParser, type Instruction, JSONInstruction, PropertyInstruction } from "dockerfile-ast";
import fc from "fast-check";
import { Image } from "pithy-image";
import { expect, test } from "vitest";

const RUNS = { seed: 20261201, numRuns: 300 };

/** Text that has hurt Dockerfiles before. */
const HOSTILE = [
  "",
  " ",
  "\t",
  "\\",
  "\\\\",
  '"',
  "'",
  "`",
  "$",
  "$HOME",
  "$".concat("{A:-b}"),
  "$(id)",
  "#",
  " #",
  "# escape=`",
  "<<EOF",
  "<<-'EOF'",
  "&&",
  ";",
  "[",
  "]",
  '["a"]',
  "{",
  "FROM scratch",
  "ENTRYPOINT x",
  "\nRUN evil",
  "\r\n",
  "é",
  "😀",
  "\u2028",
  "\u0000",
  "--mount=type=bind",
  "--from=x",
  "*",
  "?",
  "\\\n",
  "a\\",
  "\u00a0",
  "\ufeff",
  "\u0085",
  "a=b",
  "x y",
  "%s",
];

const hostile = fc
  .array(
    fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: "binary", maxLength: 6 }), fc.string({ maxLength: 8 })),
    { maxLength: 4 },
  )
  .map((parts) => parts.join(""));

/** Without what no Dockerfile can hold, and a lone CR, which this parser takes for the end of a line; Docker does not. */
const line = hostile.map((text) => text.replaceAll(/[\n\r\0]/g, ""));
/** Nor `<<`, which it takes for a heredoc even in quotes; BuildKit splits words by their quotes first, and does not. */
const argument = hostile.map((text) => text.replaceAll(/\0|<</g, ""));
const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,5}$/);
const argv = fc
  .tuple(fc.stringMatching(/^[a-z]{1,6}$/), fc.array(argument, { maxLength: 4 }))
  .map(([program, rest]) => [program, ...rest]);

/** What one call must become. */
interface Meant {
  keyword: string;
  argv?: string[];
  names?: string[];
}

interface Call {
  apply: (image: Image) => Image;
  meant: Meant;
}

const call = fc.oneof(
  argv.map((argv): Call => ({ apply: (image) => image.runCommands(argv), meant: { keyword: "RUN", argv } })),
  argument
    .filter((script) => !/^[\s\u0085]*$/.test(script) && !/^\n*#!/.test(script.replaceAll("\r\n", "\n")))
    .map((script): Call => {
      const kept = script.replaceAll("\r\n", "\n").replace(/^\n+|\n+$/g, "");
      const argv = ["/bin/sh", "-e", "-c", kept];
      return { apply: (image) => image.runScript(script), meant: { keyword: "RUN", argv } };
    }),
  fc.dictionary(name, line, { minKeys: 1, maxKeys: 4, noNullPrototype: true }).map((variables): Call => {
    const names = Object.keys(variables).sort();
    return { apply: (image) => image.env(variables), meant: { keyword: "ENV", names } };
  }),
  fc.dictionary(name, line, { minKeys: 1, maxKeys: 4, noNullPrototype: true }).map((labels): Call => {
    const names = Object.keys(labels).sort();
    return { apply: (image) => image.label(labels), meant: { keyword: "LABEL", names } };
  }),
  line.map(
    (path): Call => ({
      apply: (image) => image.workdir(`/w${path.replaceAll("$", "")}`),
      meant: { keyword: "WORKDIR" },
    }),
  ),
  line.map(
    (content): Call => ({
      apply: (image) => image.addFile(`/f${content.replaceAll(/\/|<</g, "")}`, content),
      meant: { keyword: "COPY" },
    }),
  ),
  fc.constant<Call>({ apply: (image) => image.user("node:node"), meant: { keyword: "USER" } }),
);

/** The strings of an exec form; undefined for any other. */
function argumentsOf(instruction: Instruction | undefined, dockerfile: string): unknown {
  if (!(instruction instanceof JSONInstruction) || !instruction.getClosingBracket()) return undefined;
  const lines = dockerfile.split("\n");
  return instruction.getJSONStrings().map((text) => {
    const { start, end } = text.getRange();
    const own = lines.slice(start.line, end.line + 1);
    own.push((own.pop() ?? "").slice(0, end.character));
    const written = own.join("\n").slice(start.character);
    return JSON.parse(written.replaceAll("\\\n", "")) as unknown; // lines that are continued
  });
}

const namesOf = (instruction: Instruction | undefined): unknown =>
  instruction instanceof PropertyInstruction
    ? instruction.getProperties().map((property) => property.getName().replaceAll('"', ""))
    : undefined;

test("number, keywords, order and arguments of the instructions are those of the calls, whatever the strings", () => {
  const seen: Record<string, number> = {};
  fc.assert(
    fc.property(fc.array(call, { maxLength: 6 }), fc.option(argv), fc.option(argv), (calls, cmd, entrypoint) => {
      let image = calls.reduce((image, { apply }) => apply(image), Image.base("debian:12"));
      if (entrypoint) image = image.entrypoint(entrypoint);
      if (cmd) image = image.cmd(cmd);
      const { dockerfile, contexts } = image.resolveSync();
      const trees = new Set(
        contexts.map(({ archivePath }) => archivePath).filter((path) => path.endsWith("/tree.tar")),
      );
      const meant: Meant[] = [{ keyword: "FROM" }, ...calls.map(({ meant }) => meant)];
      // Files with names that COPY cannot take come through a stage of their own.
      if (trees.size > 0) meant.unshift({ keyword: "FROM" }, ...Array(trees.size).fill({ keyword: "ADD" }));
      if (cmd) meant.push({ keyword: "CMD", argv: cmd });
      if (entrypoint) meant.push({ keyword: "ENTRYPOINT", argv: entrypoint });

      const found = DockerfileParser.parse(dockerfile).getInstructions();
      expect(found.map((instruction) => instruction.getKeyword())).toEqual(meant.map(({ keyword }) => keyword));
      for (const [i, { keyword, argv, names }] of meant.entries()) {
        if (argv) expect(argumentsOf(found[i], dockerfile)).toEqual(argv);
        if (names) expect(namesOf(found[i])).toEqual(names);
        seen[keyword] = (seen[keyword] ?? 0) + 1;
      }
      // Daytona's own reading: whatever looks like an entrypoint, wherever it stands, and the last one counts.
      const read = [...dockerfile.matchAll(/ENTRYPOINT\s+(.*)/g)].map(([, text = ""]) => text);
      if (entrypoint) expect(JSON.parse(read.at(-1) ?? "")).toEqual(entrypoint);
      else expect(read).toEqual([]);
    }),
    RUNS,
  );
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(50);
  expect(Object.keys(seen).sort()).toEqual(
    ["ADD", "CMD", "COPY", "ENTRYPOINT", "ENV", "FROM", "LABEL", "RUN", "USER", "WORKDIR"].sort(),
  );
});

const value = fc.constantFrom("", "a", "b", "$a", '"', "\\", "a b", "ENTRYPOINT a");

/** Calls that mean the same exactly if their `key` is the same. */
const keyed = fc.oneof(
  value.map((a) => ({ key: `argv ${a}`, apply: (image: Image) => image.runCommands(["x", a]) })),
  fc.tuple(value, value).map(([a, b]) => ({
    key: `env ${JSON.stringify([a, b])}`,
    apply: (image: Image) => (a < b ? image.env({ A: a, B: b }) : image.env({ B: b, A: a })),
  })),
  value.map((a) => ({ key: `label ${a}`, apply: (image: Image) => image.label({ a }) })),
  value.map((a) => ({ key: `file ${a}`, apply: (image: Image) => image.addFile("/a", a) })),
  fc.tuple(fc.constantFrom("a", "b", "c"), fc.constantFrom("a", "b")).map(([a, b]) => ({
    key: `apt ${[...new Set([a, b])].sort()}`,
    apply: (image: Image) => image.aptInstall([a, b]),
  })),
  fc.constantFrom("/a", "/a/", "//a", "/a/./b/..", "/b").map((path) => ({
    key: `workdir ${path === "/b" ? "/b" : "/a"}`,
    apply: (image: Image) => image.workdir(path),
  })),
);

test("equal definitions, and they alone, have equal Dockerfiles and digests", () => {
  const counts = { equal: 0, different: 0 };
  const list = fc.array(keyed, { maxLength: 2 });
  fc.assert(
    fc.property(list, list, (one, other) => {
      const [a, b] = [one, other].map((calls) =>
        calls.reduce((image, { apply }) => apply(image), Image.base("debian:12")).resolveSync(),
      );
      const same = JSON.stringify(one.map(({ key }) => key)) === JSON.stringify(other.map(({ key }) => key));
      expect(a?.dockerfile === b?.dockerfile).toBe(same);
      expect(a?.imageDigest === b?.imageDigest).toBe(same);
      counts[same ? "equal" : "different"] += 1;
    }),
    { ...RUNS, numRuns: 600 },
  );
  expect(counts.equal).toBeGreaterThan(20);
  expect(counts.different).toBeGreaterThan(100);
});

test("no two hostile values look the same in any place that takes one", () => {
  const places: ((text: string) => Image)[] = [
    (text) => Image.base("debian:12").env({ A: text }),
    (text) => Image.base("debian:12").label({ a: text }),
    (text) => Image.base("debian:12").runCommands(["x", text]),
    (text) => Image.base("debian:12").entrypoint(["x", text]),
    (text) => Image.base("debian:12").cmd(["x", text]),
    (text) => Image.base("debian:12").refresh(`x${text}`),
    (text) => Image.base("debian:12").addFile("/a", text),
  ];
  fc.assert(
    fc.property(line, line, (a, b) => {
      for (const place of places) expect(place(a).toDockerfile() === place(b).toDockerfile()).toBe(a === b);
    }),
    RUNS,
  );
});
