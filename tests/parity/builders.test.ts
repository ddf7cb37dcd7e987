/**
 * What the builders of Daytona's own SDKs are tested for, in TypeScript and in Python, said in our own words and tried on both
 * sides. What differs is in {@link DIFFERENCES}, or here with its reason.
 */
import { basename, join } from "node:path";
import { PithyImageError } from "pithy-image";
import { describe, expect, test } from "vitest";
import { meaningOf } from "./meaning.ts";
import { type Call, type ImageClass, inProject, type Project, run } from "./program.ts";
import { Ours, Sdk, sentBy } from "./sides.ts";

const file = (content: string) => ({ content: Buffer.from(content), mode: 0o644 });
const pyproject = (...lines: string[]) => file(["[project]", ...lines].join("\n"));

const PROJECT: Project = {
  "requirements.txt": file("requests==2.28.0\nflask>=2.0\n"),
  ".env": file("A=1\n"),
  "src/app.py": file("print(1)\n"),
  "assets/logo.svg": file("<svg/>\n"),
  "a.txt": file("a\n"),
  "b.txt": file("b\n"),
  Dockerfile: file("FROM debian:12\nCOPY ./src /app/src\n"),
  "plain/Dockerfile": file("FROM python:3.12\nRUN pip install flask\n"),
  "stages/Dockerfile": file(
    "FROM debian:12 AS made\nFROM debian:12\nCOPY --from=made /etc/hostname /a\nCOPY <<EOF /b\ntext\nEOF\nCOPY c.txt /c\n",
  ),
  "stages/c.txt": file("c\n"),
  "pyproject.toml": pyproject(
    'dependencies = ["requests", "numpy"]',
    "[project.optional-dependencies]",
    'dev = ["pytest"]',
  ),
  "broken.toml": file("[project]\ndependencies = [\n"),
  "empty.toml": pyproject(),
  "list.toml": pyproject('dependencies = ["requests"]', 'optional-dependencies = ["dev"]'),
};

type Calls = readonly [start: Call, ...calls: Call[]];
const program = ([start, ...calls]: Calls) => ({ project: PROJECT, start, calls });
const base = (image = "python:3.12"): Call => ["base", image];

describe("means the same on both sides, and says what it is tested for:", () => {
  /** The calls, which may name the project's directory, and what the SDK's own text has. */
  const CASES: readonly [name: string, calls: (root: string) => Calls, has: readonly string[]][] = [
    ["a base", () => [base("debian:12")], ["FROM debian:12\n"]],
    ["a base of Ubuntu", () => [base("ubuntu:22.04")], ["FROM ubuntu:22.04\n"]],
    ["the newest Python that the SDK knows", () => [["debianSlim"]], ["FROM python:3.13.3-slim-bookworm\n"]],
    ["no Python named, by an empty string", () => [["debianSlim", ""]], ["FROM python:3.13.3-slim-bookworm\n"]],
    ...["3.9", "3.10", "3.11", "3.12", "3.13"].map((series): [string, () => Calls, string[]] => [
      `Python ${series}`,
      () => [["debianSlim", series]],
      [`FROM python:${series}.`, "-slim-bookworm\n", "gcc", "pip install --upgrade pip"],
    ]),
    [
      "every call once",
      () => [
        base(),
        ["pipInstall", ["numpy", "pandas"]],
        ["runCommands", "echo hi", ["bash", "-lc", "pwd"]],
        ["env", { NODE_ENV: "test" }],
        ["workdir", "/workspace"],
        ["entrypoint", ["/bin/bash"]],
        ["cmd", ["-lc", "echo ready"]],
      ],
      ["RUN python -m pip install numpy pandas\n", "RUN echo hi\n", "WORKDIR /workspace\n"],
    ],
    [
      "a project's image",
      () => [
        ["debianSlim", "3.12"],
        ["pipInstall", ["requests", "flask"]],
        ["env", { APP_ENV: "production" }],
        ["workdir", "/app"],
        ["runCommands", "echo setup done"],
      ],
      ["flask", "APP_ENV=production", "WORKDIR /app\n", "RUN echo setup done\n"],
    ],
    [
      "every option of pip",
      () => [
        base(),
        [
          "pipInstall",
          ["pandas", "numpy"],
          {
            findLinks: ["https://links.example"],
            indexUrl: "https://index.example",
            extraIndexUrls: ["https://extra.example"],
            pre: true,
            extraOptions: "  --no-deps  ",
          },
        ],
      ],
      ["--find-links https", "--index-url https", "--extra-index-url https", " --pre --no-deps\n"],
    ],
    ...(["indexUrl", "extraIndexUrls", "findLinks", "pre", "extraOptions"] as const).map(
      (name): [string, () => Calls, string[]] => {
        const value = { pre: true, extraOptions: "--no-deps", indexUrl: "https://a.example" }[name as "pre"];
        return [
          `pip's option \`${name}\` alone`,
          () => [base(), ["pipInstall", "pkg", { [name]: value ?? ["https://a.example"] }]],
          ["python -m pip install pkg --"],
        ];
      },
    ),
    ["one package", () => [base(), ["pipInstall", "requests"]], ["pip install requests\n"]],
    ["no packages", () => [base(), ["pipInstall", []]], ["FROM python:3.12\n"]],
    ["a list of packages", () => [base(), ["pipInstall", ["numpy", "scipy"]]], ["numpy scipy"]],
    ["two commands", () => [base(), ["runCommands", "apt-get update", "echo b"]], ["RUN echo b\n"]],
    ["a command as a list", () => [base(), ["runCommands", ["bash", "-c", "echo hello"]]], ['"echo hello"']],
    ["two variables", () => [base(), ["env", { MY_VAR: "my_value", DEBUG: "1" }]], ["ENV DEBUG=1\n"]],
    ["a working directory", () => [base(), ["workdir", "/home/daytona"]], ["WORKDIR /home/daytona\n"]],
    ["an entrypoint", () => [base(), ["entrypoint", ["python", "-u", "app.py"]]], ['["python", "-u", "app.py"]']],
    ["a default command", () => [base(), ["cmd", ["python", "main.py"]]], ['["python", "main.py"]']],
    ["a file by its absolute path", (root) => [base(), ["addLocalFile", join(root, ".env"), "/app/a"]], [" /app/a\n"]],
    ["a file in a directory", (root) => [base(), ["addLocalFile", join(root, ".env"), "/w/"]], [" /w/.env\n"]],
    [
      "a Dockerfile that copies, with what follows it",
      (root) => [
        ["fromDockerfile", join(root, "Dockerfile")],
        ["addLocalFile", join(root, ".env"), "/workspace/"],
        ["addLocalDir", join(root, "src"), "/workspace/src"],
        ["dockerfileCommands", ["COPY ./assets /app/assets"], root],
      ],
      ["COPY ./src /app/src\n", "COPY ./assets /app/assets\n"],
    ],
    [
      "a Dockerfile of its own",
      (root) => [["fromDockerfile", join(root, "plain/Dockerfile")]],
      ["FROM python:3.12\nRUN pip install flask\n"],
    ],
    [
      "instructions in the user's words",
      () => [base(), ["dockerfileCommands", ["RUN echo 'Hello, world!'", "EXPOSE 8080"]]],
      ["RUN echo 'Hello, world!'\nEXPOSE 8080\n"],
    ],
    [
      "a copy for an owner",
      (root) => [base(), ["dockerfileCommands", ["COPY --chown=daemon:daemon ./a.txt /app/a.txt"], root]],
      ["--chown=daemon:daemon"],
    ],
    [
      "a copy of two files, as a list",
      (root) => [base(), ["dockerfileCommands", ['COPY ["./a.txt", "./b.txt", "/app/"]'], root]],
      ['["./a.txt", "./b.txt", "/app/"]'],
    ],
    ["a directory by its absolute path", (root) => [base(), ["addLocalDir", join(root, "src"), "/s"]], [" /s\n"]],
  ];

  test.each(CASES)("%s", (_, calls, has) =>
    inProject(PROJECT, async () => {
      const made = program(calls(process.cwd()));
      const [theirs, ours] = [await sentBy(made, Sdk), await sentBy(made, Ours)];
      for (const text of has) expect(theirs.dockerfile).toContain(text);
      expect(await meaningOf(ours)).toEqual(await meaningOf(theirs));
    }),
  );

  test("of three copies the one of a file: of what a stage or the Dockerfile has nothing is sent", () =>
    inProject(PROJECT, async () => {
      const made = program([["fromDockerfile", join(process.cwd(), "stages/Dockerfile")]]);
      const sent = [await sentBy(made, Sdk), await sentBy(made, Ours)];
      expect(sent.map(({ entries }) => entries.map(({ path, content }) => [basename(path), `${content}`]))).toEqual([
        [["c.txt", "c\n"]],
        [["c.txt", "c\n"]],
      ]);
      for (const { dockerfile } of sent) {
        expect(dockerfile).toContain("COPY --from=made /etc/hostname /a\nCOPY <<EOF /b\ntext\nEOF\nCOPY ");
      }
    }));

  test("files of requirements, by a relative or absolute path", () =>
    inProject(PROJECT, async () => {
      const calls = (path: string): Calls => [
        base(),
        ["pipInstallFromRequirements", path],
        ["pipInstallFromPyproject", "pyproject.toml", { optionalDependencies: ["dev"] }],
      ];
      const [relative, absolute] = ["requirements.txt", join(process.cwd(), "requirements.txt")].map(
        (path) => run(program(calls(path)), Ours).dockerfile,
      );
      expect(absolute).toBe(relative);
      expect(relative).toMatch(/COPY \["ctx\/\w+\/requirements\.txt", "\/\.requirements\/requirements\.txt"\]/);
      expect(relative).toContain("pip install --no-cache-dir -r /.requirements/requirements.txt\n");
      expect(relative).toContain("pip install --no-cache-dir requests numpy pytest\n");
      expect(run(program(calls("requirements.txt")), Sdk).dockerfile).toContain("pip install numpy pytest requests\n");
    }));
});

describe("is refused at the call on both sides:", () => {
  test.each<[string, string, Calls]>([
    ["an entrypoint with a number", "wrong_type", [base(), ["entrypoint", [1]]]],
    ["an entrypoint that is not a list", "wrong_type", [base(), ["entrypoint", "bash"]]],
    ["a default command with a number", "wrong_type", [base(), ["cmd", [1]]]],
    ["a variable that is a number", "wrong_type", [base(), ["env", { A: 1 }]]],
    ["a number in a list in the list of packages", "wrong_type", [base(), ["pipInstall", ["numpy", [123]]]]],
    ["a Python that is too old", "unknown_python", [["debianSlim", "3.8"]]],
    ["Python 2", "unknown_python", [["debianSlim", "2.7"]]],
    ["a Python version that does not exist", "unknown_python", [["debianSlim", "abc"]]],
  ])("%s", (_, code, calls) => {
    expect(() => run(program(calls), Sdk)).toThrow();
    expect(errorOf(() => run(program(calls), Ours)).code).toBe(code);
  });
});

// The SDK looks at the disk at each call, ours when the image is used: a definition needs no disk.
describe("is refused by the SDK at the call, and by ours when the image is used:", () => {
  test.each<[string, string, (root: string) => Call]>([
    [
      "a context that is missing",
      "source_missing",
      (root) => ["dockerfileCommands", ["COPY ./src /app/src"], join(root, "no")],
    ],
    [
      "a context that is a file",
      "source_wrong_kind",
      (root) => ["dockerfileCommands", ["COPY ./src /app/src"], join(root, "a.txt")],
    ],
    ["a file that is missing", "source_missing", (root) => ["addLocalFile", join(root, "no"), "/a"]],
    ["a directory for a file", "source_wrong_kind", (root) => ["addLocalFile", join(root, "src"), "/a"]],
    ["a file for a directory", "source_wrong_kind", (root) => ["addLocalDir", join(root, ".env"), "/a"]],
    ["requirements that are missing", "source_missing", () => ["pipInstallFromRequirements", "no.txt"]],
    ["requirements outside of the root", "source_outside_root", () => ["pipInstallFromRequirements", "/no/r.txt"]],
    ["a project that is not TOML", "invalid_pyproject", () => ["pipInstallFromPyproject", "broken.toml"]],
    ["a project without dependencies", "invalid_pyproject", () => ["pipInstallFromPyproject", "empty.toml"]],
    [
      "a list of optional dependencies",
      "invalid_pyproject",
      () => ["pipInstallFromPyproject", "list.toml", { optionalDependencies: ["dev"] }],
    ],
  ])("%s", (_, code, call) =>
    inProject(PROJECT, async () => {
      const made = program([base(), call(process.cwd())]);
      expect(() => run(made, Sdk)).toThrow();
      const image = run(made, Ours);
      expect(errorOf(() => image.dockerfile).code).toBe(code);
    }),
  );
});

describe("is refused by the SDK at the call that begins, and by ours when the image is used:", () => {
  test.each<[string, string, (root: string) => Call]>([
    ["a Dockerfile that is missing", "source_missing", (root) => ["fromDockerfile", join(root, "no/Dockerfile")]],
    ["a Dockerfile that is a directory", "source_wrong_kind", (root) => ["fromDockerfile", join(root, "src")]],
  ])("%s", (_, code, start) =>
    inProject(PROJECT, async () => {
      const made = program([start(process.cwd())]);
      expect(() => run(made, Sdk)).toThrow();
      expect(errorOf(() => run(made, Ours).dockerfile).code).toBe(code);
    }),
  );
});

test("calls return another image here, the same one in the SDK: ours are immutable", () => {
  const calls: readonly Call[] = [
    ["pipInstall", "requests"],
    ["env", { A: "1" }],
    ["workdir", "/app"],
    ["runCommands", "echo"],
    ["dockerfileCommands", ["USER 0"]],
    ["entrypoint", ["bash"]],
    ["cmd", ["bash"]],
  ];
  const isSame = (Class: ImageClass) => {
    const image = Class.base("python:3.12") as unknown as Record<string, (...args: unknown[]) => unknown>;
    return calls.map(([name, ...args]) => image[name]?.(...args) === image);
  };
  expect(isSame(Sdk)).toEqual(calls.map(() => true));
  expect(isSame(Ours)).toEqual(calls.map(() => false));
});

function errorOf(call: () => unknown): PithyImageError {
  try {
    call();
  } catch (error) {
    if (error instanceof PithyImageError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
