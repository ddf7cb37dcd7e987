/** The workflow of `examples/github-action`: its commands, run as GitHub runs them for a pull request. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { executable, git, modules, run, TOP } from "./helpers.ts";

interface Step {
  readonly id?: string;
  readonly run?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

const WORKFLOW = parse(readFileSync(join(TOP, "examples/github-action/images.yml"), "utf8")) as {
  jobs: { plan: { steps: Step[] } };
};
const { steps } = WORKFLOW.jobs.plan;

const PAGE = "https://github.com/acme/agent/actions/runs/1/artifacts/2";

/** What the expressions of the workflow are in a run. */
const VALUES: Readonly<Record<string, string>> = {
  "github.base_ref": "main",
  "github.event.number": "7",
  "github.token": "token",
  "secrets.DAYTONA_API_KEY": "",
  "steps.page.outputs.artifact-url": PAGE,
};

const expanded = (text: string): string =>
  text.replace(/\$\{\{ (.*?) \}\}/g, (_, name: string) => VALUES[name] ?? name);

test("comments on a pull request with the plan, and links the page, which is attached", async () => {
  const image = (packages: string) => `import { Image } from "pithy-image";
export default Image.base("debian:12").aptInstall(${packages});
`;
  const cwd = modules({
    "package.json": '{"name":"agent"}',
    "daytona/image.ts": image('["git"]'),
    "bin/gh": '#!/bin/sh\nwhile [ "$1" != --body-file ]; do shift; done\ncp "$2" comment.md\n',
  });
  executable(join(cwd, "bin/gh"));
  for (const args of [
    ["init", "--quiet"],
    ["add", "daytona"],
    ["commit", "--quiet", "-m", "first"],
  ])
    git(cwd, ...args);
  git(cwd, "update-ref", "refs/remotes/origin/main", "HEAD");
  writeFileSync(join(cwd, "daytona/image.ts"), image('["git", "jq"]'));
  const path = `${join(cwd, "bin")}:${process.env.PATH}`;
  expect(await run("npx", ["pithy-image", "lock"], { cwd })).toMatchObject({ code: 0 });
  const commands = steps.filter(({ run }) => run !== undefined && run !== "npm ci");
  for (const { run: script = "", env = {} } of commands) {
    const values = Object.fromEntries(Object.entries(env).map(([name, text]) => [name, expanded(text)]));
    const { code, stderr } = await run("bash", ["-e", "-c", expanded(script)], { cwd, env: { ...values, PATH: path } });
    expect(code, `${script}\n${stderr}`).toBe(0);
  }
  const comment = readFileSync(join(cwd, "comment.md"), "utf8");
  expect(comment).toContain("### agent: changed; 1 of 2 steps built again");
  expect(comment).toContain(`[The images as a page](${PAGE})`);
  const upload = steps.find(({ uses }) => uses?.startsWith("actions/upload-artifact@"));
  expect(upload?.id).toBe("page");
  expect(readFileSync(join(cwd, upload?.with?.path ?? ""), "utf8")).toContain('"change":"changed"');
});
