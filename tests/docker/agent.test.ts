/**
 * The image of Pithy Jaunt, of real packages: it starts with its entrypoint, and a task goes in it from clone to pushed branch.
 */
import { execFile } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { buildPithyJauntImage, buildPithyJauntImageFromDockerfile, type Image } from "pithy-image";
import { afterAll, beforeAll, expect, type TestContext, test } from "vitest";
import { BuildError, sent } from "./build.ts";
import { repacked } from "./context.ts";
import { importDebian } from "./debian.ts";
import { DockerApi } from "./docker-api.ts";
import { type Engine, newer, startEngine } from "./engine.ts";
import { dockerWays, type Way } from "./engines.ts";
import { writeLocals } from "./file-tree.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/pithy-jaunt", import.meta.url));
const run = promisify(execFile);

// An engine of its own: only here are the official images of Python a Debian, and not a busybox.
let engine: Engine;
let api: DockerApi;

beforeAll(async () => {
  engine = await startEngine();
  api = new DockerApi(engine.socket);
  const debian = await importDebian(api, "20.99");
  for (const tag of ["3.12.10-slim-bookworm", "3.12-slim-bookworm"]) await api.tag(debian, `python:${tag}`);
});

afterAll(() => engine?.stop());

/** Builds an image as Daytona does, with the registries that this machine reaches; one of them may fail once. */
async function built(image: Image, attempts = 3): Promise<string> {
  const { dockerfile, archives } = await sent(image, EXAMPLE);
  const { tag, log, error } = await api.build(await repacked(dockerfile, archives), "buildkit", "host");
  if (error === undefined) return tag;
  if (attempts > 1) return built(image, attempts - 1);
  throw new BuildError(error, "buildkit", dockerfile, log);
}

const docker = async (...args: string[]): Promise<string> =>
  (await run(newer("bin/docker"), args, { env: { DOCKER_HOST: `unix://${engine.socket}` } })).stdout.trim();

const git = async (...args: string[]): Promise<string> => (await run("git", args)).stdout;

/** A bare repository with one file, which belongs to another user than the container's. */
async function repository(): Promise<string> {
  const checkout = writeLocals({ "README.md": "It says teh truth.\n" });
  const author = ["-c", "user.name=A", "-c", "user.email=a@example.com"];
  await git("-C", checkout, "init", "--quiet", "--initial-branch=main");
  await git("-C", checkout, "add", "--all");
  await git("-C", checkout, ...author, "commit", "--quiet", "--message", "Begin");
  const bare = join(mkdtempSync(join(engine.scratch, "repository-")), "app.git");
  await git("clone", "--quiet", "--bare", checkout, bare);
  await run("chown", ["-R", "1000:1000", bare]);
  return bare;
}

/** A model that has one thing to say, in the protocol of Anthropic; and what it was asked. */
async function startModel(onTestFinished: TestContext["onTestFinished"]) {
  const requests: unknown[] = [];
  const input = { summary: "Fix a typo", changes: [{ path: "README.md", edits: [{ old: "teh", new: "the" }] }] };
  const content = [{ type: "tool_use", id: "toolu_1", name: "change_files", input }];
  const usage = { input_tokens: 1, output_tokens: 1 };
  const message = {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "m",
    content,
    stop_reason: "tool_use",
    usage,
  };
  const server = createServer(async (request, response) => {
    requests.push(await json(request));
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(message));
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  onTestFinished(() => {
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

/** Starts an image as Daytona does: with its entrypoint, and nothing more. */
async function started(tag: string, mounted: string, onTestFinished: TestContext["onTestFinished"]): Promise<string> {
  const volume = `${mounted}:/repository`;
  const id = await docker("run", "--detach", "--network", "host", "--volume", volume, tag);
  onTestFinished(async () => {
    await docker("rm", "--force", id);
  });
  expect(await docker("inspect", "--format", "{{.State.Running}} {{.Path}} {{.Args}}", id)).toBe(
    "true sleep [infinity]",
  );
  return id;
}

/** Does a task with the example's script, which runs it in the image that the engine has under this tag. */
async function locally(bare: string, model: string): Promise<string> {
  const [, { env }] = dockerWays(engine.socket) as [Way, Way];
  const trusted = { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "safe.directory", GIT_CONFIG_VALUE_0: "*" };
  const variables = { ANTHROPIC_API_KEY: "a key", ANTHROPIC_BASE_URL: model, TASK_ID: "8", ...trusted };
  const options = ["--image", "--engine", "docker", "--network", "host", "--push"];
  const script = join(EXAMPLE, "scripts/test-task-execution-local.sh");
  return (await run(script, [...options, bare, "Fix the typo"], { env: { ...process.env, ...env, ...variables } }))
    .stderr;
}

const IMAGES: readonly [string, () => Image][] = [
  ["declared in TypeScript", buildPithyJauntImage],
  ["of the Dockerfile that it had before", buildPithyJauntImageFromDockerfile],
];

// Each takes the better part of a minute: a sample has the first.
test.for(process.env.PITHY_IMAGE_SAMPLE ? IMAGES.slice(0, 1) : IMAGES)(
  "a task goes from clone to pushed branch in the image %s",
  async ([, image], { onTestFinished }) => {
    const [bare, model] = [await repository(), await startModel(onTestFinished)];
    const tag = await built(image());
    const sandbox = await started(tag, bare, onTestFinished);
    const variables = {
      TARGET_REPO: "/repository",
      TASK_ID: "7",
      TASK_DESCRIPTION: "Fix the typo",
      ANTHROPIC_API_KEY: "a key",
      ANTHROPIC_BASE_URL: model.url,
    };
    const env = Object.entries(variables).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
    const printed = await docker("exec", ...env, sandbox, "/app/execution.sh");
    const branch = { branch: "pithy-jaunt/7", changedFiles: ["README.md"], summary: "Fix a typo" };
    expect(JSON.parse(printed)).toMatchObject({ type: "task.succeeded", data: branch });
    const pushed = await git("-c", "safe.directory=*", "-C", bare, "show", "pithy-jaunt/7:README.md");
    expect(pushed).toBe("It says the truth.\n");
    expect(model.requests).toHaveLength(1);
    expect(await docker("exec", sandbox, "ls", "/tmp")).toBe("");

    // The image as the script's engine would have it, had it built it: here a build needs the registries of `built`.
    const { imageDigest } = await buildPithyJauntImage().resolve({ root: EXAMPLE });
    await docker("tag", tag, `pithy-image/pithy-jaunt:${imageDigest.slice("sha256:".length).slice(0, 16)}`);
    const said = await locally(bare, model.url);
    expect(said).toContain("Running the task in the image, with docker.");
    expect(said).toMatch(/Done: Fix a typo\n {2}README\.md\nPushed [0-9a-f]+ to the branch pithy-jaunt\/8\./);
    expect((await stat(join(bare, "refs/heads/pithy-jaunt/8"))).uid).toBe(1000);
  },
);
