import type { Definition, Step } from "pithy-image";
import { names, type Phrase, say } from "../text/phrase.ts";
import { count } from "../text/quantity.ts";

type KeyOf<Union> = Union extends unknown ? keyof Union : never;

/** The name of a builder call. */
export type StepKind = KeyOf<Step>;

type Arguments<Kind extends StepKind> = Extract<Step, Record<Kind, unknown>>[Kind];

/** A step and where it is. */
export interface PlacedStep {
  /** JSON pointer in the definition: `/steps/3`; in a stage `/steps/2/stage/steps/1`. */
  pointer: string;
  /** Its displayed number: `4`; in a stage `3.2`. */
  number: string;
  /** How many stages it is in. */
  depth: number;
  /** The name of the stage that it is in, if any. */
  stage?: string;
  kind: StepKind;
  /** What it is for. */
  purpose: Phrase;
}

/** The steps of a definition in their order, those of a stage right after it. */
export const placedSteps = ({ steps }: Definition): PlacedStep[] =>
  placed(steps, { pointer: "", number: "", depth: 0 });

type Place = Pick<PlacedStep, "pointer" | "number" | "depth" | "stage">;

function placed(steps: readonly Step[], { pointer, number, ...where }: Place): PlacedStep[] {
  return steps.flatMap((step, index) => {
    const place = { ...where, pointer: `${pointer}/steps/${index}`, number: `${number}${index + 1}` };
    const own = { ...place, kind: kindOf(step), purpose: purposeOf(step) };
    if (!("stage" in step)) return [own];
    const { name, steps } = step.stage;
    const within = { pointer: `${own.pointer}/stage`, number: `${own.number}.`, depth: own.depth + 1, stage: name };
    return [own, ...placed(steps, within)];
  });
}

const kindOf = (step: Step): StepKind => Object.keys(step)[0] as StepKind;

/** The purpose of a step, in a sentence. */
function purposeOf(step: Step): Phrase {
  const kind = kindOf(step);
  const purpose = PURPOSE[kind] as ((given: unknown) => Phrase) | undefined;
  try {
    const given = Reflect.get(step, kind);
    return purpose
      ? purpose(given)
      : say`${kind}${JSON.stringify(Object.values(given)).replace(/^\[(.*)\]$/s, "($1)")}`;
  } catch {
    return say`A step with incomplete arguments.`; // the definition may be any JSON: its problems are reported elsewhere
  }
}

const owned = (chown?: string): Phrase => (chown ? say`, owned by ${chown}` : []);
const moded = (mode?: number): Phrase => (mode === undefined ? [] : say`, mode ${mode.toString(8).padStart(4, "0")}`);
const command = (argv: readonly string[]): string =>
  argv.map((argument) => (/^[\w@%+=:,./-]+$/.test(argument) ? argument : JSON.stringify(argument))).join(" ");
const firstLine = (text: string): string => text.trim().split("\n")[0] ?? "";
const lines = (text: string): number => text.trim().split("\n").length;

/** The purpose of each kind of step. One that is not here is shown as its call. */
const PURPOSE: { readonly [Kind in StepKind]?: (given: Arguments<Kind>) => Phrase } = {
  base: ({ image }) => say`Starts from ${image}.`,
  debianSlim: ({ python = "3.13", buildTools = true }) =>
    say`Starts from Python ${python} on Debian 12${[buildTools ? ", with compilers" : ", without compilers"]}.`,
  fromDockerfile: ({ source, context, target, buildArgs = {} }) => {
    const paths =
      context === undefined ? [] : say`, whose paths start ${context === "." ? ["at the root"] : say`in ${context}`}`;
    const values = names(pairs(buildArgs));
    return say`Starts from the Dockerfile ${source}${paths}${target ? say`, up to its stage ${target}` : []}${values.length ? say`, with ${values}` : []}.`;
  },
  pipInstall: (given) => python("with pip", given),
  pipInstallFromRequirements: ({ source, inImage }) =>
    say`Installs the Python packages listed in ${source}${[inImage ? ", a file in the image" : ""]}.`,
  pipInstallFromPyproject: ({ source, optionalDependencies = [], dependencyGroups = [] }) => {
    const groups = [...optionalDependencies, ...dependencyGroups];
    return groups.length
      ? say`Installs the dependencies in ${source}, with ${names(groups)}.`
      : say`Installs the dependencies in ${source}.`;
  },
  uvPipInstall: (given) => python("with uv", given),
  npmInstall: ({ packages }) =>
    packages.length ? say`Installs ${names(packages)} from npm, for the whole image.` : say`Installs nothing from npm.`,
  aptInstall: ({ packages }) =>
    packages.length ? say`Installs the Debian packages ${names(packages)}.` : say`Installs no Debian packages.`,
  aptRepository: ({ name, uri }) => say`Adds the Debian repository ${name} at ${uri}.`,
  nodejs: ({ version }) => say`Adds Node.js ${version} with npm.`,
  githubCli: () => say`Adds the GitHub command line, ${"gh"}.`,
  playwright: ({ browsers = ["chromium"] }) => say`Adds Playwright with ${names(browsers)}.`,
  addLocalFile: ({ source, destination, mode, chown }) =>
    say`Copies the file ${source} to ${destination}${moded(mode)}${owned(chown)}.`,
  addLocalDir: ({ source, destination, exclude = [], chown }) =>
    say`Copies what is in ${source} to ${destination}${exclude.length ? say`, without ${names(exclude)}` : []}${owned(chown)}.`,
  addFile: ({ destination, mode, chown }) =>
    say`Writes ${destination}, given in the code${moded(mode)}${owned(chown)}.`,
  symlink: ({ target, path }) => say`Links ${path} to ${target}.`,
  makeDir: ({ path, mode, chown }) => say`Makes the directory ${path}${moded(mode)}${owned(chown)}.`,
  stage: ({ name }) => say`Builds another image, ${name}, to copy files from.`,
  copyFrom: ({ from, source, destination, chown }) =>
    say`Copies ${source} of ${from} to ${destination}${owned(chown)}.`,
  runCommands: ({ commands }) =>
    say`Runs ${names(commands.map((line) => (typeof line === "string" ? line : command(line))))}.`,
  runScript: ({ script, shell }) =>
    say`Runs a script of ${[count(lines(script), "line")]}${shell ? say` in ${command(shell)}` : []}: ${firstLine(script)}`,
  shell: ({ command: argv }) => say`Runs the following commands in ${command(argv)}.`,
  arg: ({ name, value }) => say`Sets ${name} to ${value} while the image is built.`,
  env: ({ variables }) => say`Sets ${names(pairs(variables))} in the environment.`,
  pathPrepend: ({ directory }) => say`Puts ${directory} first in ${"PATH"}.`,
  workdir: ({ path }) => say`Works in ${path} from here on.`,
  user: ({ user }) => say`Acts as the user ${user} from here on.`,
  label: ({ labels }) => say`Labels the image ${names(pairs(labels))}.`,
  expose: ({ ports }) => say`Documents the ports ${names(ports)}.`,
  volume: ({ paths }) => say`Keeps what is in ${names(paths)} out of the image.`,
  dockerfileCommands: ({ commands, context }) =>
    say`Adds instructions as written: ${names(commands.map(firstLine))}${context ? say`, whose paths start in ${context}` : []}`,
  raw: ({ instruction }) => say`Adds an instruction as written: ${instruction}`,
  entrypoint: ({ command: argv }) => say`Starts the sandbox with ${command(argv)}.`,
  cmd: ({ command: argv }) => say`Sets the default command ${command(argv)}.`,
  refresh: ({ token }) => say`Builds again whenever ${token} changes.`,
};

type PythonPackages = Arguments<"pipInstall"> | Arguments<"uvPipInstall">;

function python(how: string, { packages, extraOptions, ...given }: PythonPackages): Phrase {
  const { indexUrl, extraIndexUrls = [], findLinks = [] } = given;
  const places = [...(indexUrl ? [indexUrl] : []), ...extraIndexUrls, ...findLinks];
  const from = places.length ? say` from ${names(places)}` : [];
  if (packages.length) return say`Installs the Python packages ${names(packages)} ${[how]}${from}.`;
  return extraOptions ? say`Installs ${extraOptions} ${[how]}${from}.` : say`Installs no Python packages.`;
}

const pairs = (values: Record<string, string>): string[] =>
  Object.entries(values).map(([name, value]) => `${name}=${value}`);
