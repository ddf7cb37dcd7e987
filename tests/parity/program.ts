/**
 * Random programs in what the Daytona SDK and we have in common, of the values that the SDK gets right: plain paths, trees
 * without links and empty directories, words without quotes in lists, variables without `$`, backslash, backtick or `!`.
 * `tests/node/mistakes-*.test.ts` is about the others.
 */
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import type { Image } from "sdk-latest";

/** The class of the SDK, or ours on top of it. */
export type ImageClass = Pick<typeof Image, "base" | "debianSlim" | "fromDockerfile">;

/** A call with its arguments, such as `["workdir", "/app"]`. */
export type Call = readonly [name: string, ...args: unknown[]];

/** Files below the root, by path. */
export type Project = Readonly<Record<string, { readonly content: Uint8Array; readonly mode: number }>>;

export interface Program {
  readonly project: Project;
  /** The static call that begins. */
  readonly start: Call;
  readonly calls: readonly Call[];
}

/** Runs a program. Its data is made again each time, so that neither side can change what the other gets. */
export function run(program: Program, Class: ImageClass): Image {
  const { start, calls } = structuredClone({ start: program.start, calls: program.calls });
  const call = (target: object, [name, ...args]: Call) =>
    (target as Record<string, (...args: unknown[]) => Image>)[name]?.(...args) as Image;
  return calls.reduce<Image>(call, call(Class, start));
}

/** A program as code, for the messages of failures. */
export const describeProgram = ({ start, calls }: Program): string =>
  [start, ...calls]
    .map(([name, ...args]) => `.${name}(${args.map((arg) => JSON.stringify(arg)).join(", ")})`)
    .join("\n");

/** Makes the project's directory the current one while `work` runs. */
export async function inProject<Result>(project: Project, work: () => Promise<Result>): Promise<Result> {
  const before = process.cwd();
  const root = realpathSync(mkdtempSync(join(tmpdir(), "pithy-image-parity-")));
  try {
    for (const [path, { content, mode }] of Object.entries(project)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
      chmodSync(join(root, path), mode); // whatever the umask is
    }
    process.chdir(root);
    return await work();
  } finally {
    process.chdir(before);
    rmSync(root, { recursive: true, force: true });
  }
}

/** Names of files and of directories: no name is both, so that no copy meets something of another kind. */
const FILES = [
  "run.sh",
  "main.py",
  "a.txt",
  "data.bin",
  "Makefile",
  ".profile",
  "x-y_z+1.json",
  "app.test.ts",
  "LICENSE",
];
const DIRECTORIES = ["src", "lib", "data", "app", ".config", "v1.2"];

const fileName = fc.constantFrom(...FILES);
const directoryName = fc.constantFrom(...DIRECTORIES);
/** What a umask makes of 0666 and 0777. Other modes are taken apart by us alone, as documented. */
const file = fc.record({
  content: fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom("", "a\r\nb\n", "é\n").map((text) => Buffer.from(text)),
  ),
  mode: fc.constantFrom(0o644, 0o664, 0o666, 0o755, 0o775, 0o777),
});

const project = fc
  .array(fc.tuple(fc.array(directoryName, { maxLength: 3 }), fileName, file), { minLength: 1, maxLength: 8 })
  .map((list): Project => Object.fromEntries(list.map(([path, name, file]) => [[...path, name].join("/"), file])));

/** Absolute or relative, with or without what Docker cleans away. */
const imageDirectory = fc
  .tuple(
    fc.constantFrom("/", "/", "/opt/", "/srv//", "", "out/"),
    fc.array(directoryName, { minLength: 1, maxLength: 2 }),
  )
  .map(([start, names]) => start + names.join("/"));
const slash = fc.constantFrom("", "/");
const here = fc.constantFrom("", "./");

const word = fc.stringMatching(/^[A-Za-z0-9_./:=@%+,-]{1,8}$/);
const argv = fc
  .tuple(
    fc.constantFrom("/bin/sh", "sleep", "python", "node"),
    fc.array(fc.oneof(word, fc.constantFrom("", "a b", "$HOME", "it's", "é", "&& x")), { maxLength: 3 }),
  )
  .map((words) => words.flat());

const VALUES = [
  "",
  "a b",
  "it's",
  'say "hi"',
  `it's "both"`,
  "https://example.com/?a=b&c=d#e",
  "a,b;c|d",
  "  ",
  "é😀",
  "[x]*?{y}",
  "~",
  "-n",
];
const variables = fc.dictionary(
  fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,3}$/).filter((name) => name !== "PATH"),
  fc.oneof(word, fc.constantFrom(...VALUES)),
  { maxKeys: 4, noNullPrototype: true },
);

const sometimes = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
const url = fc.constantFrom(
  "https://example.com/simple",
  "https://u:p@host.example/a?b=c&d=e",
  "/wheels",
  "https://x/~y/(z)",
);
const packages = fc.array(
  fc.constantFrom(
    "numpy",
    "numpy<2",
    "httpx>=0.27,<1",
    "uvicorn[standard]",
    "a!=1.0",
    "b~=2.1",
    'tomli; python_version < "3.11"',
    "pkg @ https://example.com/pkg-1.0-py3-none-any.whl",
    "Django==5.*",
    "zope.interface",
  ),
  { minLength: 1, maxLength: 5 },
);
const pipOptions = fc.record({
  findLinks: sometimes(fc.array(url, { maxLength: 2 })),
  indexUrl: sometimes(url),
  extraIndexUrls: sometimes(fc.array(url, { maxLength: 2 })),
  pre: sometimes(fc.boolean()),
  extraOptions: sometimes(fc.constantFrom("--no-deps", " --upgrade --timeout 30 ", "--no-binary ':all:'", "")),
});
const pip = fc.oneof(
  packages.map((packages): Call => ["pipInstall", packages]),
  fc.constantFrom("requests", "a==1").map((name): Call => ["pipInstall", name]),
  fc.tuple(packages, pipOptions).map(([packages, options]): Call => ["pipInstall", packages, options]),
  packages.map((packages): Call => ["pipInstall", [packages.slice(0, 1), [packages.slice(1)]]]),
);

/** Lines of any shell; `build` are those that do something in an image of busybox, without a network. */
const COMMANDS = {
  any: [
    "make && make install",
    "curl -fsSL https://example.com/i.sh | bash -s -- --yes",
    `echo "$HOME" '\\n' > /tmp/x; id`,
    "a && \\\n    b",
    "a \\\n# said in between\n  b",
    "  true  ",
    'test -n "$(uname)" || exit 1',
    "[ -d /x ] || mkdir /x",
    "for i in 1 2; do echo $i; done",
  ],
  build: [
    'mkdir -p made && echo "$A|$HOME|$PWD" > made/a',
    "id > /id",
    "ls -A > here || true",
    "a=1 && \\\n    echo $a >> /log",
    "  echo two >> /log  ",
    `printf '%s\\n' "it's" '$x' >> /log`,
    "ln -s /log link-$(wc -c < /log) || true",
    "chmod 600 /log || true",
  ],
};

/** Commands as lists. Words that the SDK's shell would change are left out. */
const list = fc.array(fc.oneof(word, fc.constantFrom("a b", "&& x", "é")), { minLength: 1, maxLength: 3 });

/** Lines in the user's words, of which those that copy name what is in the project. */
function line(project: Project, command: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const directories = directoriesOf(project);
  return fc.oneof(
    command.map((line) => `RUN ${line.trim()}`),
    fc
      .tuple(fc.constantFrom("COPY", "copy"), here, fc.constantFrom(...Object.keys(project)), imageDirectory)
      .map(([copy, start, path, directory]) => `${copy} ${start}${path} ${directory}/`),
    ...(directories.length > 0
      ? [
          fc
            .tuple(fc.constantFrom(...directories), imageDirectory, slash)
            .map(([path, directory, end]) => `COPY ${path} ${directory}${end}`),
        ]
      : []),
    fc.constantFrom("ENV A=b", 'ENV A="a b" C=d', "WORKDIR /opt", "WORKDIR app", "# said in between"),
    fc.constantFrom("USER 0", "user root", "EXPOSE 80", "EXPOSE 80/tcp 53/udp"),
  );
}

interface Subset {
  /** How programs begin. */
  readonly start: fc.Arbitrary<Call>;
  readonly commands: readonly string[];
  /** Whether commands may be lists, of programs that need not exist. */
  readonly lists: boolean;
  /** Whether there are packages to install. */
  readonly pip: boolean;
}

const SUBSETS = {
  /** All that can be written. */
  any: {
    start: fc.oneof(
      fc
        .constantFrom("debian:12-slim", "busybox:1", `a/b@sha256:${"0".repeat(64)}`)
        .map((image): Call => ["base", image]),
      fc.constantFrom("3.9", "3.10", "3.11", "3.12", "3.13", undefined).map((python): Call => ["debianSlim", python]),
    ),
    commands: COMMANDS.any,
    lists: true,
    pip: true,
  },
  /** All that can be built without a network. */
  build: { start: fc.constant<Call>(["base", "busybox:1"]), commands: COMMANDS.build, lists: false, pip: false },
} satisfies Record<string, Subset>;

/** The directories that hold the files of a project, at any depth. */
const directoriesOf = (project: Project): string[] => [
  ...new Set(
    Object.keys(project).flatMap((path) =>
      path
        .split("/")
        .slice(0, -1)
        .map((_, i, all) => all.slice(0, i + 1).join("/")),
    ),
  ),
];

function calls(project: Project, { commands, lists, pip: installs }: Subset): fc.Arbitrary<Call[]> {
  const directories = directoriesOf(project);
  const command = fc.constantFrom(...commands);
  const call = fc.oneof(
    fc
      .tuple(here, fc.constantFrom(...Object.keys(project)), imageDirectory, fc.option(fileName, { nil: "" }))
      .map(([start, path, directory, name]): Call => ["addLocalFile", start + path, `${directory}/${name}`]),
    ...(directories.length > 0
      ? [
          fc
            .tuple(here, fc.constantFrom(...directories), imageDirectory, slash)
            .map(([start, path, directory, end]): Call => ["addLocalDir", start + path, directory + end]),
        ]
      : []),
    fc.array(command, { maxLength: 3 }).map((lines): Call => ["runCommands", ...lines]),
    ...(lists ? [fc.tuple(word, list).map(([program, words]): Call => ["runCommands", [program, ...words]])] : []),
    variables.map((variables): Call => ["env", variables]),
    fc.tuple(imageDirectory, slash).map(([directory, end]): Call => ["workdir", directory + end]),
    fc.constantFrom<Call>(["workdir", "/a b"], ["workdir", "/"]),
    argv.map((argv): Call => ["entrypoint", argv]),
    argv.map((argv): Call => ["cmd", argv]),
    fc
      .array(line(project, command), { minLength: 1, maxLength: 6 })
      .map((lines): Call => ["dockerfileCommands", lines]),
    ...(installs ? [pip] : []),
  );
  return fc.array(call, { maxLength: 10 });
}

/** Programs of a subset. */
export const programs = (name: keyof typeof SUBSETS): fc.Arbitrary<Program> =>
  project.chain((project) =>
    fc.record({ project: fc.constant(project), start: SUBSETS[name].start, calls: calls(project, SUBSETS[name]) }),
  );
