/** `pithy-image lint`: findings where the user made them, for people and for programs. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CLI, modules, node, resultOf, TOP } from "./helpers.ts";

const TOKEN = "q8Zr2LkV9mXw4TnB7cJd5HsF";

const MODULE = `import { Image } from "pithy-image";

export default Image.base("debian:latest")
  .env({ API_KEY: "${TOKEN}" })
  .runCommands("chmod 777 /srv")
  .entrypoint(["sleep", "infinity"]);
`;

const TREE = { "package.json": '{"type": "module"}', "image.mjs": MODULE };

const lint = (root: string, ...args: string[]) => node([CLI, "lint", ...args], { cwd: root });

interface Result {
  errors: number;
  warnings: number;
  linted: { file: string; findings: { code: string; severity: string; place: { line: number; column: number } }[] }[];
}

test("each finding stands at the call that made it, with the lines around it, and no secret is printed", async () => {
  const { stdout, code } = await lint(modules(TREE), "image.mjs");
  expect(stdout).toBe(`image.mjs:3:22 warning unpinned_base
  \`debian:latest\` is whatever was pushed last.
    1 | import { Image } from "pithy-image";
    2 |
  > 3 | export default Image.base("debian:latest")
      |                      ^^^^
    4 |   .env({ API_KEY: "***" })
  Name a version, such as \`debian:<version>\`, or a digest.

image.mjs:4:4 error secret_in_variable
  \`API_KEY\` holds a secret, which everybody who uses the image can read.
    2 |
    3 | export default Image.base("debian:latest")
  > 4 |   .env({ API_KEY: "***" })
      |    ^^^
    5 |   .runCommands("chmod 777 /srv")
  Pass it to the sandbox with \`envVars\`, or as a secret of Daytona; and replace it if it was published.

image.mjs:5:4 warning world_writable
  \`chmod 777\` lets everybody change these files.
    3 | export default Image.base("debian:latest")
    4 |   .env({ API_KEY: "***" })
  > 5 |   .runCommands("chmod 777 /srv")
      |    ^^^^^^^^^^^
    6 |   .entrypoint(["sleep", "infinity"]);
  Give the files to the user who needs them, with \`chown\` or \`COPY --chown\`.

1 error, 2 warnings. \`pithy-image lint --explain <rule>\` says why.
`);
  expect(code).toBe(1);
});

test("a call in TypeScript is found at its name, whatever runs it", async () => {
  const text = `const a: string = "1";\nexport default Image.base("debian:12")\n  .env({ A: a })\n  .runCommands("chmod 777 /srv");\n`;
  const root = modules({
    "package.json": '{"type": "module"}',
    "image.ts": `import { Image } from "pithy-image";\n${text}`,
  });
  expect((await lint(root, "image.ts")).stdout).toMatch(/^image\.ts:5:4 warning world_writable\n/);
});

test("a project decides in package.json, and the arguments go before it", async () => {
  const rules = { secret_in_variable: "off", world_writable: "error" };
  const root = modules({ ...TREE, "package.json": JSON.stringify({ type: "module", pithyImageLint: { rules } }) });
  const codes = async (...args: string[]) =>
    resultOf<Result>(await lint(root, "image.mjs", "--json", ...args)).linted[0]?.findings.map(
      ({ code, severity }) => `${severity} ${code}`,
    );
  expect(await codes()).toEqual(["warning unpinned_base", "error world_writable"]);
  expect(await codes("--rule", "world_writable=off", "--rule", "unpinned_base=off")).toEqual([]);
  const wrong = await lint(root, "image.mjs", "--rule", "unpined_base=off");
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("Did you mean `unpinned_base`?") });
  expect(await lint(root, "image.mjs", "--rule", "unpinned_base=loud")).toMatchObject({ code: 2 });
  const field = modules({ ...TREE, "package.json": '{"type": "module", "pithyImageLint": {"rule": {}}}' });
  expect(await lint(field, "image.mjs")).toMatchObject({ code: 2, stderr: expect.stringContaining("pithyImageLint") });
});

test("warnings fail where they are denied", async () => {
  const root = modules({ ...TREE, "image.mjs": MODULE.replace(TOKEN, "") });
  expect((await lint(root, "image.mjs")).code).toBe(0);
  expect((await lint(root, "image.mjs", "--deny", "warnings")).code).toBe(1);
  const fine = modules({
    ...TREE,
    "image.mjs": MODULE.replace(TOKEN, "").replace("777", "755").replace("latest", "12"),
  });
  expect(await lint(fine, "image.mjs", "--deny", "warnings")).toMatchObject({ code: 0, stdout: "Nothing found.\n" });
});

test("Dockerfiles are linted by the same rules, at their lines, also those that an image begins with", async () => {
  const root = modules({
    "package.json": '{"type": "module"}',
    "docker/Dockerfile": "FROM debian:12-slim\n\nRUN true && \\\n    cd /app\n",
    "image.mjs": 'import { Image } from "pithy-image";\nexport default Image.fromDockerfile("docker/Dockerfile");\n',
    "docker/broken.Dockerfile": "FROM debian:12\nRUM true\n",
  });
  const places = async (file: string) =>
    resultOf<Result>(await lint(root, file, "--json")).linted.map(({ file, findings }) => ({ file, findings }));
  const finding = { code: "cd_alone", place: { file: "docker/Dockerfile", line: 4, column: 1 } };
  expect(await places("docker/Dockerfile")).toMatchObject([{ file: "docker/Dockerfile", findings: [finding] }]);
  expect(await places("image.mjs")).toMatchObject([{ file: "image.mjs", findings: [finding] }]);
  const broken = await lint(root, "docker/broken.Dockerfile", "docker/Dockerfile");
  expect(broken).toMatchObject({ code: 1, stdout: expect.stringContaining("unknown instruction: RUM") });
  expect(broken.stdout).toContain("cd_alone");
  expect((await lint(root, "docker/none.Dockerfile")).code).toBe(2);
});

test("annotations of GitHub are at the lines, with its escapes", async () => {
  const { stdout } = await lint(modules(TREE), "image.mjs", "--format", "github");
  expect(stdout.split("\n")[0]).toBe(
    "::warning file=image.mjs,line=3,col=22,title=unpinned_base::`debian:latest` is whatever was pushed last. Name a version, such as `debian:<version>`, or a digest.",
  );
  const other = modules({ ...TREE, "image,100%.mjs": MODULE });
  const escaped = await lint(other, "image,100%.mjs", "--format", "github");
  expect(escaped.stdout).toContain("::error file=image%2C100%25.mjs,line=4");
});

test("SARIF has each rule once, with its page", async () => {
  const { stdout } = await lint(modules(TREE), "image.mjs", "--format", "sarif");
  const [run] = JSON.parse(stdout).runs;
  expect(run.tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual([
    "secret_in_variable",
    "unpinned_base",
    "world_writable",
  ]);
  expect(run.results[1]).toEqual({
    ruleId: "secret_in_variable",
    ruleIndex: 0,
    level: "error",
    message: { text: expect.stringContaining("`API_KEY` holds a secret") },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: "image.mjs", uriBaseId: "%SRCROOT%" },
          region: { startLine: 4, startColumn: 4 },
        },
      },
    ],
  });
  expect(stdout).not.toContain(TOKEN);
});

test("the page of a rule is printed", async () => {
  const { stdout } = await lint(TOP, "--explain", "pipe_to_shell");
  expect(stdout).toContain(readFileSync(join(TOP, "docs/rules/pipe_to_shell.md"), "utf8").split("\n\n")[4]);
  const misspelt = await lint(TOP, "--explain", "pipe_to_shel");
  expect(misspelt).toMatchObject({ code: 2, stderr: expect.stringContaining("Did you mean `pipe_to_shell`?") });
});

test.each([
  [["--fix"], "'--fix'"],
  [["--rule", "pipe_to_shell=off"], "'--rule <code=level>'"],
  [["--pedantic"], "'--pedantic'"],
  [["--deny", "warnings"], "'--deny <what>'"],
  [["--format", "sarif"], "'--format <format>'"],
  [["--root", "."], "'--root <dir>'"],
])("the page of a rule cannot be printed with %s", async (args, option) => {
  expect(await lint(TOP, "--explain", "pipe_to_shell", ...args)).toEqual({
    code: 2,
    stdout: "",
    stderr: expect.stringContaining(`Option '--explain <code>' cannot be used with option ${option}`),
  });
});

test("the page of a rule is of no file", async () => {
  expect(await lint(TOP, "Dockerfile", "--explain", "pipe_to_shell")).toMatchObject({
    code: 2,
    stderr: "`--explain` looks at no files: leave them out.\n",
  });
});

test("places in JSON are relative, as files are, also those of what was fixed", async () => {
  const root = modules({
    "package.json": '{"type": "module"}',
    "image.mjs": FIXABLE.replace(");\n", ").runCommands('chmod 777 /srv');\n"),
    "docker/Dockerfile": "FROM debian:12\nRUN chmod 777 /srv\n",
  });
  interface Placed {
    findings: { place?: { file: string } }[];
    fixed?: { place?: { file: string } }[];
  }
  const { linted, fixed = [] } = resultOf<{ linted: Placed[] } & Pick<Placed, "fixed">>(
    await lint(root, "image.mjs", "docker/Dockerfile", "--fix", "--json"),
  );
  const files = (list: Placed["fixed"] = []) => [...new Set(list.map(({ place }) => place?.file))];
  expect(linted.map(({ findings }) => files(findings))).toEqual([["image.mjs"], ["docker/Dockerfile"]]);
  expect(files(fixed)).toEqual(["image.mjs"]);
});

const FIXABLE = `import { Image } from "pithy-image";

// what stays as it is: runCommands("apt-get install git")
export default Image.base("python:3.12")
  .runCommands("apt-get update && apt-get install git", \`echo 'built: $(date)' > /built\`)
  .runCommands(
    'pip install requests>=2.31', // of the project
    "echo \\"a\\" && apt-get update && apt-get install jq",
  );
`;

test("`--fix` edits the strings of calls, and nothing else, once", async () => {
  const root = modules({ "package.json": '{"type": "module"}', "image.mjs": FIXABLE });
  const result = resultOf<Result & { fixed: { code: string }[] }>(await lint(root, "image.mjs", "--fix", "--json"));
  expect(result.fixed.map(({ code }) => code)).toEqual([
    "apt_without_yes",
    "substitution_in_single_quotes",
    "unquoted_specifier",
  ]);
  const fixed = readFileSync(join(root, "image.mjs"), "utf8");
  expect(fixed).toBe(
    FIXABLE.replace('update && apt-get install git"', 'update && apt-get install -y git"')
      .replace("'built: $(date)'", '"built: $(date)"')
      .replace("requests>=2.31", '"requests>=2.31"'),
  );
  // The string with escapes is left to its author.
  expect(result.linted[0]?.findings).toMatchObject([{ code: "apt_without_yes" }]);
  expect(await lint(root, "image.mjs", "--fix")).toMatchObject({ code: 1, stderr: "" });
  expect(readFileSync(join(root, "image.mjs"), "utf8")).toBe(fixed);
});

test("a page that is written holds no secret", async () => {
  const root = modules(TREE);
  expect(await node([CLI, "show", "image.mjs", "--out", "site"], { cwd: root })).toMatchObject({ code: 0 });
  const spec = readFileSync(join(root, "site/spec.json"), "utf8");
  expect(spec).toContain("API_KEY");
  expect(spec).not.toContain(TOKEN);
});

test("`--fix` edits a Dockerfile, and keeps its lines and comments", async () => {
  const text = "# é😀\nFROM debian:12\nRUN apt-get update && \\\n    # the tools\n    apt-get install \\\n      git\n";
  const root = modules({ "package.json": "{}", Dockerfile: text });
  const { code, stdout, stderr } = await lint(root, "Dockerfile", "--fix");
  expect({ code, stdout }).toEqual({ code: 0, stdout: "Nothing found.\n" });
  expect(stderr).toBe("Fixed apt_without_yes at Dockerfile:5:1.\n");
  expect(readFileSync(join(root, "Dockerfile"), "utf8")).toBe(text.replace("install", "install -y"));
});
