/**
 * Mistakes of the Daytona SDK with values and text, by number: each is shown with the installed SDK, and then that ours
 * does not make it.
 */
import { execFileSync } from "node:child_process";
import { DockerfileParser, type Property, PropertyInstruction } from "dockerfile-ast";
import { entrypointOf } from "pithy-image-tests-daytona";
import { describe, expect, test } from "vitest";
import { errorOf, files, thrownBy } from "./helpers.ts";
import { enter, instructions, lastLine, Ours, Sdk } from "./mistakes.ts";

/** For calls that TypeScript refuses, and JavaScript makes. */
const wrong = <T>(value: unknown): T => value as T;

/** The list that an instruction has as its arguments; undefined if Docker would not take it for one. */
function listOf(line: string): unknown {
  try {
    return JSON.parse(line.slice(line.indexOf(" ")));
  } catch {
    return undefined;
  }
}

/** The arguments that a program gets from a line of the shell; undefined if the shell cannot read it. */
function shellArguments(line: string): string[] | undefined {
  const print = "show() { for word do printf '%s\\0' \"$word\"; done; }";
  try {
    const output = execFileSync("sh", ["-c", `${print}\n${line}`], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return output.split("\0").slice(0, -1);
  } catch {
    return undefined;
  }
}

/** The variables of an image's last instruction, as another parser reads them. */
function variables(image: { dockerfile: string }): Property[] {
  const last = DockerfileParser.parse(image.dockerfile).getInstructions().at(-1);
  return last instanceof PropertyInstruction ? last.getProperties() : [];
}

test("(1) images that begin with the same one share nothing more", () => {
  const theirs = Sdk.base("a:1");
  const [theirOne, theirTwo] = [theirs.env({ A: "1" }), theirs.env({ B: "2" })];
  expect([theirOne, theirTwo, theirs].map(({ dockerfile }) => instructions(dockerfile).length)).toEqual([3, 3, 3]);

  const ours = Ours.base("a:1");
  const [one, two] = [ours.env({ A: "1" }), ours.env({ B: "2" })];
  expect([one, two, ours].map(({ dockerfile }) => dockerfile)).toEqual([
    'FROM a:1\nENV A="1"\n',
    'FROM a:1\nENV B="2"\n',
    "FROM a:1\n",
  ]);
});

describe("commands", () => {
  const QUOTED = ["sh", "-c", 'echo "hi" \\ done'];

  test.each(["cmd", "entrypoint"] as const)(
    "(12) %s with quotes and backslashes is the list that was given",
    (call) => {
      const theirs = Sdk.base("a:1")[call](QUOTED);
      expect(listOf(lastLine(theirs))).toBeUndefined();
      const ours = Ours.base("a:1")[call](QUOTED);
      expect(listOf(lastLine(ours))).toEqual(QUOTED);
      if (call === "cmd") return; // Daytona reads no CMD
      expect(entrypointOf(theirs.dockerfile)).not.toEqual(QUOTED);
      expect(entrypointOf(ours.dockerfile)).toEqual(QUOTED);
    },
  );

  test.each(['say "hi"', "it's", "$HOME", "`id`", "a\\", "$(id)", "\\\\"])(
    "(13) the argument `%s` of a program reaches it as it is",
    (argument) => {
      const argv = ["show", argument];
      const theirs = lastLine(Sdk.base("a:1").runCommands(argv)).slice("RUN ".length);
      expect(shellArguments(theirs)).not.toEqual([argument]);
      expect(shellArguments('"show" "plain"')).toEqual(["plain"]); // so that the line before means something
      expect(listOf(lastLine(Ours.base("a:1").runCommands(argv)))).toEqual(argv);
    },
  );

  test("(14) a list of commands is refused where one program is meant", () => {
    const commands = ["apt-get update", "apt-get install -y git"];
    expect(lastLine(Sdk.base("a:1").runCommands(commands))).toBe('RUN "apt-get update" "apt-get install -y git"');
    const error = errorOf(() => Ours.base("a:1").runCommands(commands).dockerfile);
    expect(error.code).toBe("invalid_command");
    expect(error.message).toContain("one program and its arguments");
    expect(instructions(Ours.base("a:1").runCommands(...commands).dockerfile)).toHaveLength(3);
  });

  const EVIL = "x\nRUN evil";
  /** A call on either class that puts a text into a place where no second line may be. */
  const PLACES: [string, (image: typeof Sdk) => { dockerfile: string }][] = [
    ["a command", (Image) => Image.base("a:1").runCommands(EVIL)],
    ["a base", (Image) => Image.base("a:1\nRUN evil")],
    ["a variable", (Image) => Image.base("a:1").env({ A: EVIL })],
    ["a variable's name", (Image) => Image.base("a:1").env({ [EVIL]: "a" })],
    ["a package", (Image) => Image.base("a:1").pipInstall(EVIL)],
    ["a directory", (Image) => Image.base("a:1").workdir(EVIL)],
    ["an index", (Image) => Image.base("a:1").pipInstall("a", { indexUrl: EVIL })],
    ["a further index", (Image) => Image.base("a:1").pipInstall("a", { extraIndexUrls: [EVIL] })],
    ["a place of archives", (Image) => Image.base("a:1").pipInstall("a", { findLinks: [EVIL] })],
    ["an option", (Image) => Image.base("a:1").pipInstall("a", { extraOptions: EVIL })],
    ["a destination", (Image) => Image.base("a:1").addLocalFile("a.txt", EVIL)],
  ];

  test.each(PLACES)("(15) a newline in %s makes no instruction", (_, make) => {
    enter(files({ "a.txt": "a" }));
    expect(instructions(make(Sdk).dockerfile)).toContainEqual(expect.stringMatching(/^RUN evil/));
    expect(errorOf(() => make(wrong(Ours)).dockerfile).problems.length).toBeGreaterThan(0);
  });

  test("(15) a newline in an argument of a program stays in the argument", () => {
    expect(instructions(Sdk.base("a:1").runCommands(["show", EVIL]).dockerfile)).toHaveLength(3);
    const ours = Ours.base("a:1").runCommands(["show", EVIL]);
    expect(instructions(ours.dockerfile)).toHaveLength(2);
    expect(listOf(lastLine(ours))).toEqual(["show", EVIL]);
  });

  test.each<[string, string, (image: typeof Sdk) => { dockerfile: string }]>([
    ["an empty command", "RUN ", (Image) => Image.base("a:1").runCommands("")],
    ["an undefined command", "RUN undefined", (Image) => Image.base("a:1").runCommands(wrong(undefined))],
    ["an empty base", "FROM ", (Image) => Image.base("")],
    ["an undefined base", "FROM undefined", (Image) => Image.base(wrong(undefined))],
  ])("(16) %s is refused", (_, line, make) => {
    expect(make(Sdk).dockerfile.split("\n").at(-2)).toBe(line);
    expect(errorOf(() => make(wrong(Ours)).dockerfile).problems).toHaveLength(1);
  });

  test("(32) an entrypoint that is set twice is the last one, once", () => {
    const [first, last] = [["first"], ["last"]];
    const theirs = Sdk.base("a:1").entrypoint(first).entrypoint(last);
    expect(instructions(theirs.dockerfile)).toEqual(["FROM a:1", 'ENTRYPOINT ["first"]', 'ENTRYPOINT ["last"]']);
    expect(theirs.dockerfile).not.toBe(Sdk.base("a:1").entrypoint(last).dockerfile);

    const ours = Ours.base("a:1").entrypoint(first).entrypoint(last);
    expect(ours.dockerfile).toBe(Ours.base("a:1").entrypoint(last).dockerfile);
    expect(entrypointOf(ours.dockerfile)).toEqual(last);
  });

  test("(32) handing an image over with an entrypoint leaves the image as it was", () => {
    // What the SDK's `snapshot.create({ image, entrypoint })` does with the caller's image, each time.
    const handOver = (image: { entrypoint(command: string[]): { dockerfile: string } }) =>
      image.entrypoint(["a"]).dockerfile;
    const [theirs, ours] = [Sdk.base("a:1"), Ours.base("a:1")];
    expect(handOver(theirs)).not.toBe(handOver(theirs));
    expect(handOver(ours)).toBe(handOver(ours));
    expect([theirs, ours].map(({ dockerfile }) => instructions(dockerfile).length)).toEqual([3, 1]);
  });
});

describe("settings", () => {
  test("(17) a blank in a variable's name is refused, where the SDK sets another variable", () => {
    const theirs = variables(Sdk.base("a:1").env({ "A B": "x" }));
    expect(theirs.map((variable) => [variable.getName(), variable.getValue()])).toEqual([["A", "B=x"]]);
    expect(errorOf(() => Ours.base("a:1").env({ "A B": "x" }).dockerfile).code).toBe("invalid_env_name");
  });

  test("(18) backticks, quotes and backslashes in a value are what was given", () => {
    const value = "`x` it's \\ ok";
    const valuesOf = (image: { dockerfile: string }) => variables(image).map((variable) => variable.getValue());
    // In double quotes a backslash before a backtick is one of the value.
    expect(valuesOf(Sdk.base("a:1").env({ A: value }))).not.toEqual([value]);
    expect(lastLine(Sdk.base("a:1").env({ A: value }))).toContain("\\`x\\`");
    expect(valuesOf(Ours.base("a:1").env({ A: value }))).toEqual([value]);
  });

  test("(18) a newline in a value is refused: no Dockerfile can hold it", () => {
    expect(lastLine(Sdk.base("a:1").env({ A: "a\nb" }))).toBe("b'");
    expect(errorOf(() => Ours.base("a:1").env({ A: "a\nb" }).dockerfile).code).toBe("forbidden_character");
  });

  test("(19) the order in which JavaScript keeps keys makes no difference", () => {
    const [one, other] = [
      { A: "1", B: "2" },
      { B: "2", A: "1" },
    ];
    expect(Sdk.base("a:1").env(one).dockerfile).not.toBe(Sdk.base("a:1").env(other).dockerfile);
    expect(Ours.base("a:1").env(one).dockerfile).toBe(Ours.base("a:1").env(other).dockerfile);
    // Names of digits come first in JavaScript, wherever they were written; Docker takes them, no shell does.
    expect(instructions(Sdk.base("a:1").env({ A: "1", "10": "2" }).dockerfile)[1]).toBe("ENV 10=2");
    expect(errorOf(() => Ours.base("a:1").env({ A: "1", "10": "2" }).dockerfile).code).toBe("invalid_env_name");
  });

  test("(20) a variable in a directory is refused, where the SDK makes a directory of its name", () => {
    expect(lastLine(Sdk.base("a:1").workdir("$HOME/app"))).toBe("WORKDIR \\$HOME/app");
    expect(errorOf(() => Ours.base("a:1").workdir("$HOME/app").dockerfile).code).toBe("variable_not_expanded");
  });
});

describe("packages", () => {
  const INDEX = "https://example.com/simple";

  test("(21) options among the packages are refused, and the order of the packages is kept", () => {
    expect(lastLine(Sdk.base("a:1").pipInstall(["--index-url", INDEX, "a"]))).toContain("install --index-url a ");
    expect(lastLine(Sdk.base("a:1").pipInstall(["b", "a"]))).toContain("install a b");

    const error = errorOf(() => Ours.base("a:1").pipInstall(["--index-url", INDEX, "a"]).dockerfile);
    expect(error.code).toBe("invalid_requirement");
    expect(lastLine(Ours.base("a:1").pipInstall(["b", "a"], { indexUrl: INDEX }))).toMatch(
      / --index-url https:\/\/example\.com\/simple b a$/,
    );
  });

  test.each(["findLinks", "extraIndexUrls"])(
    "(22) a string for the list `%s` is refused, not taken apart",
    (option) => {
      const options = { [option]: INDEX };
      expect(lastLine(Sdk.base("a:1").pipInstall("a", options))).toMatch(/ (--\S+) h \1 t \1 t \1 p /);
      const error = errorOf(() => Ours.base("a:1").pipInstall("a", options).dockerfile);
      expect(error.problems).toMatchObject([{ code: "wrong_type", path: `/steps/1/pipInstall/${option}` }]);
    },
  );

  test("(23) a requirements file that lies in the image is installed from, where the SDK looks for it on this machine", () => {
    expect(String(thrownBy(() => Sdk.base("a:1").pipInstallFromRequirements("/app/requirements.txt")))).toContain(
      "does not exist",
    );
    const ours = Ours.base("a:1").pipInstallFromRequirements("/app/requirements.txt", { inImage: true });
    expect(lastLine(ours)).toMatch(/ -r \/app\/requirements\.txt$/);
    expect(ours.contextList).toEqual([]);
  });

  test("(24) what a requirements file includes is sent along, and what pip would not find is refused", () => {
    enter(
      files({ "requirements.txt": "-r base.txt\n-c constraints.txt\n", "base.txt": "a", "constraints.txt": "a<2" }),
    );
    const sources = (image: { contextList: { archivePath: string }[] }) =>
      image.contextList.map(({ archivePath }) => archivePath.split("/").at(-1));
    expect(sources(Sdk.base("a:1").pipInstallFromRequirements("requirements.txt"))).toEqual(["requirements.txt"]);
    expect(sources(Ours.base("a:1").pipInstallFromRequirements("requirements.txt"))).toEqual([
      "requirements.txt",
      "base.txt",
      "constraints.txt",
    ]);

    enter(files({ "requirements.txt": "a\n-e .\n", "setup.py": "" }));
    expect(sources(Sdk.base("a:1").pipInstallFromRequirements("requirements.txt"))).toEqual(["requirements.txt"]);
    const error = errorOf(() => Ours.base("a:1").pipInstallFromRequirements("requirements.txt").dockerfile);
    expect(error.code).toBe("invalid_requirement");
    expect(error.message).toContain("`requirements.txt`, line 2: `-e .`");
  });

  test("(25) two requirements files have two names in the image", () => {
    enter(files({ "a/requirements.txt": "a", "b/requirements.txt": "b" }));
    const of = (image: { dockerfile: string }) =>
      instructions(image.dockerfile)
        .filter((line) => line.startsWith("COPY"))
        .map((line) => /\S+?(?="?\]?$)/.exec(line)?.[0].replace('"', ""));
    const both = (Image: typeof Sdk | typeof Ours) =>
      Image.base("a:1")
        .pipInstallFromRequirements("a/requirements.txt")
        .pipInstallFromRequirements("b/requirements.txt");
    expect(new Set(of(both(Sdk))).size).toBe(1);
    expect(of(both(Ours))).toEqual(["/.requirements/a/requirements.txt", "/.requirements/b/requirements.txt"]);
  });

  test("(31) Python 3.14 is known", () => {
    expect(String(thrownBy(() => Sdk.debianSlim(wrong("3.14"))))).toContain("Unsupported Python version: 3.14");
    expect(Ours.debianSlim("3.14").dockerfile).toMatch(/^FROM python:3\.14\.\d+-slim-bookworm\n/);
  });
});
