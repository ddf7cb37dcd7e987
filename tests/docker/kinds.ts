/**
 * Every kind of step: what makes one by chance, and what it must make of an image. The compiler refuses a step without a row.
 */
import { posix } from "node:path";
import fc, { type Arbitrary } from "fast-check";
import type { Step } from "pithy-image";
import {
  command,
  directory,
  filePath,
  into,
  labelKey,
  mode,
  quoted,
  TREES,
  text,
  untidy,
  user,
  value,
  variable,
  words,
} from "./arbitraries.ts";
import { bytesOf, type Locals } from "./file-tree.ts";
import {
  clean,
  type Expected,
  fileOf,
  isDirectory,
  isLink,
  landing,
  makeDirectory,
  owner,
  put,
  real,
} from "./model.ts";

/** The names of all steps. */
export type StepName = Step extends infer Each ? (Each extends object ? keyof Each : never) : never;

type Arguments<Name extends StepName> = Extract<Step, Readonly<Record<Name, unknown>>>[Name];

/** The arguments of a step, and those of each call of `record` in it. */
export interface Made<Name extends StepName> {
  readonly with: Arguments<Name>;
  readonly records?: readonly (readonly string[])[];
}

/** A step that is made by chance. */
export interface Kind<Name extends StepName> {
  /** How often, beside 1 for the others. */
  readonly weight?: number;
  readonly make: (locals: Locals) => Arbitrary<Made<Name>>;
  /** What it changes in an image. */
  readonly apply?: (args: Arguments<Name>, image: Expected) => void;
}

/** A step that is built in rows of its own, in a test file beside this one; or in none, for a reason. */
export type Elsewhere = { readonly rows: `${string}.ts` } | { readonly unbuilt: string };

/** Fields that are always given; the others sometimes. */
const FROM_TO: { requiredKeys: ["source", "destination"] } = { requiredKeys: ["source", "destination"] };

const made = <Name extends StepName>(args: Arbitrary<Arguments<Name>>): Arbitrary<Made<Name>> =>
  args.map((args) => ({ with: args }));

export const KINDS: { readonly [Name in StepName]: Kind<Name> | Elsewhere } = {
  base: { rows: "steps.test.ts" },
  debianSlim: { unbuilt: "its packages and the newest pip come from the internet; `tests/parity` builds it" },
  fromDockerfile: { rows: "imports.test.ts" },
  pipInstall: { rows: "commands.test.ts" },
  pipInstallFromRequirements: { rows: "packages.test.ts" },
  pipInstallFromPyproject: { rows: "packages.test.ts" },
  uvPipInstall: { rows: "packages.test.ts" },
  npmInstall: { rows: "packages.test.ts" },
  aptInstall: { rows: "packages.test.ts" },
  aptRepository: { rows: "packages.test.ts" },
  nodejs: { rows: "packages.test.ts" },
  githubCli: { unbuilt: "GitHub's repository is on the internet; `aptRepository` is the same with another one" },
  playwright: { rows: "steps.test.ts" },
  addLocalFile: {
    make: (locals) => {
      const source = fc.constantFrom(...Object.keys(locals).filter((path) => path.startsWith("files/")));
      return made(fc.record({ source, destination: fc.oneof(filePath, into), mode, chown: user }, FROM_TO));
    },
    apply: ({ source, destination, mode, chown }, image) => {
      const { text, executable } = fileOf(image.locals[source]);
      const path = landing(destination, posix.basename(source), image);
      put(path, { mode: mode ?? (executable ? 0o755 : 0o644), chown, bytes: bytesOf(text) }, image);
    },
  },
  addLocalDir: {
    weight: 2,
    make: () =>
      made(fc.record({ source: fc.constantFrom(...TREES), destination: untidy(directory), chown: user }, FROM_TO)),
    apply: addLocalDir,
  },
  addFile: {
    make: () =>
      made(fc.record({ destination: filePath, text, mode, chown: user }, { requiredKeys: ["destination", "text"] })),
    apply: ({ destination, text = "", mode = 0o644, chown }, image) =>
      put(landing(destination, posix.basename(destination), image), { mode, chown, bytes: bytesOf(text) }, image),
  },
  symlink: { rows: "steps.test.ts" },
  makeDir: { rows: "steps.test.ts" },
  stage: { rows: "steps.test.ts" },
  copyFrom: {
    make: () =>
      fc
        .record({ destination: fc.oneof(filePath, into), chown: user }, { requiredKeys: ["destination"] })
        .map((fields) => ({ with: { from: "busybox:1", source: "/etc/group", ...fields } })),
    apply: ({ source, destination, chown }, image) => {
      const { bytes = "", mode = 0 } = image.base.get(source) ?? {};
      put(landing(destination, posix.basename(source), image), { mode, chown, bytes }, image);
    },
  },
  runCommands: { weight: 2, make: () => fc.oneof(shellLine, argv) },
  runScript: { make: () => script },
  shell: { rows: "steps.test.ts" },
  arg: {
    make: () => made(fc.record({ name: variable, value })),
    apply: ({ name, value }, image) => {
      image.args[name] = value;
    },
  },
  env: {
    make: () => made(fc.record({ variables: fc.dictionary(variable, value, { maxKeys: 3 }) })),
    apply: ({ variables }, image) => {
      Object.assign(image.env, variables);
    },
  },
  pathPrepend: {
    make: () =>
      directory
        .map((path) => path.replace(/^\./, "").replaceAll(":", ";"))
        .map((path) => ({ with: { directory: path || "/x" } })),
    apply: ({ directory }, image) => {
      image.env.PATH = `${clean(directory)}:${image.env.PATH}`;
    },
  },
  workdir: {
    make: () => made(fc.record({ path: untidy(directory) })),
    apply: ({ path }, image) => {
      image.workdir = posix.resolve(image.workdir, path);
      // The legacy engine makes it as root, whoever the user is.
      makeDirectory(real(image.workdir), image.builder === "buildkit" ? owner(image.user) : "0:0", image);
    },
  },
  user: {
    make: () => made(fc.record({ user })),
    apply: ({ user }, image) => {
      image.user = user;
    },
  },
  label: {
    make: () => made(fc.record({ labels: fc.dictionary(labelKey, value, { maxKeys: 3 }) })),
    apply: ({ labels }, image) => {
      Object.assign(image.labels, labels);
    },
  },
  expose: {
    make: () =>
      made(fc.record({ ports: fc.array(fc.constantFrom("80", "53/udp", "443/tcp", "80/tcp"), { minLength: 1 }) })),
    apply: ({ ports }, image) => {
      for (const port of ports) image.ports.add(port.includes("/") ? port : `${port}/tcp`);
    },
  },
  volume: {
    // Not one that has files: what later steps put there is lost on the legacy engine. Docker drops blanks at the end.
    make: () =>
      made(
        fc.record({
          paths: fc.array(
            directory.map((path) => `/volumes/${path}`.replace(/[\s\u0085]+$/u, "")),
            { minLength: 1, maxLength: 2 },
          ),
        }),
      ),
    apply: ({ paths }, image) => {
      for (const path of paths) image.volumes.add(clean(path));
    },
  },
  raw: { rows: "steps.test.ts" },
  dockerfileCommands: { rows: "imports/chained.ts" },
  entrypoint: {
    make: () => made(fc.record({ command })),
    apply: ({ command }, image) => {
      image.entrypoint = command;
    },
  },
  cmd: {
    make: () => made(fc.record({ command })),
    apply: ({ command }, image) => {
      image.cmd = command;
    },
  },
  refresh: { rows: "values.test.ts" },
  silence: { unbuilt: "it emits nothing" },
};

const shellLine = fc.tuple(words, quoted, fc.constantFrom(" ", "  ", " \\\n ", " \\\r\n\t", " \\\n# no\n\n")).map(
  ([args, quote, between]): Made<"runCommands"> => ({
    with: { commands: [["record", ...args.map(quote)].join(between)] },
    records: [args],
  }),
);

const argv = fc
  .array(text, { maxLength: 3 })
  .map((args): Made<"runCommands"> => ({ with: { commands: [["record", ...args]] }, records: [args] }));

const script = fc
  .tuple(fc.array(fc.array(text, { maxLength: 2 }), { minLength: 1, maxLength: 3 }), quoted)
  .map(([records, quote]): Made<"runScript"> => {
    // CRLF is LF in scripts.
    const lf = records.map((args) => args.map((arg) => arg.replaceAll("\r\n", "\n")));
    const lines = records.map((args) => ["record", ...args.map(quote)].join(" "));
    return { with: { script: lines.join("\n") }, records: lf };
  });

function addLocalDir({ source, destination, chown }: Arguments<"addLocalDir">, image: Expected): void {
  const top = real(posix.resolve(image.workdir, destination));
  // The legacy engine gives those on the way to root, though not those on the way to a file.
  makeDirectory(posix.dirname(top), image.builder === "legacy" ? "0:0" : owner(chown), image);
  makeDirectory(top, owner(chown), image);
  const prefix = `${source}/`;
  for (const [path, local] of Object.entries(image.locals).filter(([path]) => path.startsWith(prefix))) {
    const place = posix.join(top, path.slice(prefix.length));
    makeDirectory(posix.dirname(place), owner(chown), image);
    if (isDirectory(local)) makeDirectory(place, owner(chown), image);
    else if (isLink(local)) {
      image.files.set(place, { kind: "link", mode: 0o777, owner: owner(chown), target: local.link });
    } else {
      const { text, executable } = fileOf(local);
      put(place, { mode: executable ? 0o755 : 0o644, chown, bytes: bytesOf(text) }, image);
    }
  }
}
