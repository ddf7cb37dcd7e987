/** `pithy-image build` and `run` with real engines, in every way in which these are reached. */
import { type ChildProcess, type ChildProcessWithoutNullStreams, execFileSync, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Image } from "pithy-image";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { DockerApi } from "./docker-api.ts";
import { startEngine } from "./engine.ts";
import { application, dockerWays, podmanWays, type Way } from "./engines.ts";
import { readTree } from "./file-tree.ts";

const CLI = fileURLToPath(new URL("../../npm/pithy-image/bin/pithy-image.mjs", import.meta.url));

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface How {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** A text in the output, and what is done once it comes. */
  readonly once?: string;
  readonly act?: (child: ChildProcess) => void;
  /** What starts the command line. */
  readonly by?: readonly string[];
}

/** Runs the command line to its end. */
async function cli(args: readonly string[], { cwd, env = {}, by = [], ...how }: How): Promise<Outcome> {
  const [program = "", ...words] = [...by, process.execPath, CLI, ...args];
  return outcome(spawn(program, words, { cwd, env: { ...process.env, ...env } }), how);
}

async function outcome(
  child: ChildProcessWithoutNullStreams,
  { input = "", once: text, act }: Pick<How, "input" | "once" | "act"> = {},
): Promise<Outcome> {
  const printed = { stdout: "", stderr: "" };
  let acting = act;
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (more: string) => {
      printed[name] += more;
      if (text === undefined || !printed[name].includes(text)) return;
      acting?.(child);
      acting = undefined;
    });
  }
  child.stdin.on("error", () => {}).end(input);
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...printed };
}

const module = (calls: string): string =>
  `import { Image } from "pithy-image";\nexport default Image.base("busybox:1")\n${calls};\n`;

/** Whether a program runs on this machine. */
async function isRunning(program: string): Promise<boolean> {
  const { stdout } = await outcome(spawn("ps", ["-A", "-o", "args="]));
  return stdout.split("\n").includes(program);
}

let ways: readonly Way[];
beforeAll(async () => {
  ways = [...dockerWays(inject("socket")), ...(await podmanWays())];
});

const NAMES = ["the socket", "docker with buildx", "docker of before buildx", "podman", "buildah"];

describe.each(NAMES)("%s", (name) => {
  const way = (): Way => ways.find((each) => each.name === name) as Way;
  const build = (args: readonly string[], how: How) => {
    const { engine, env } = way();
    return cli([...args, "--engine", engine, "--network", "none"], { ...how, env });
  };

  test("builds an image once, and runs a command in it beside its entrypoint", async () => {
    const cwd = application({
      "image.ts": module(`  .addFile("/etc/motd", "${name}\\n")
  .runCommands("echo printed")
  .user("node").workdir("/home/node")
  .entrypoint(["sh", "-c", "touch /tmp/entered; exit 1"])`),
      "local.txt": "of this machine\n",
      variables: "FROM_FILE='a b'\nBOTH=file\n",
    });
    const first = await build(["build", "image.ts"], { cwd });
    const tag = first.stdout.trim();
    expect({ ...first, stderr: "" }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^pithy-image\/image:\w{16}\n$/),
      stderr: "",
    });
    expect(first.stderr).toMatch(new RegExp(`^Building \`${tag}\` with ${way().description.source.slice(1)}`));
    expect(first.stderr).toMatch(/^\[3\/6\] image\.ts:4:\d+ runCommands\n {2}RUN echo printed\n {2}printed$/m);
    expect(first.stderr).toContain(`Built \`${tag}\`.\n`);

    const second = await build(["build", "image.ts", "--json"], { cwd });
    expect(second.stderr).toContain(`\`${tag}\` is already built.\n`);
    const { imageDigest } = await Image.base("busybox:1")
      .addFile("/etc/motd", `${name}\n`)
      .runCommands("echo printed")
      .user("node")
      .workdir("/home/node")
      .entrypoint(["sh", "-c", "touch /tmp/entered; exit 1"])
      .resolve();
    expect(JSON.parse(second.stdout).result).toMatchObject({ tag, imageDigest, built: false, platform: "linux/amd64" });

    const entered = name === "buildah" ? "true" : "until test -e /tmp/entered; do sleep 0.1; done";
    const command = `${entered}; id -un; pwd; cat /etc/motd /mnt/local.txt; echo "$FROM_FILE|$BOTH|$PATH_LIKE"; cat; exit 7`;
    const variables = ["--env-from", "variables", "--env", "BOTH=option", "--env", "PATH_LIKE"];
    const { env } = way();
    const args = ["run", "image.ts", "--quiet", ...variables, "--volume", ".:/mnt", "--engine", way().engine];
    const ran = await cli([...args, "--network", "none", "--", command], {
      cwd,
      env: { ...env, PATH_LIKE: "here" },
      input: "typed",
    });
    const stdout = `node\n/home/node\n${name}\nof this machine\na b|option|here\ntyped`;
    expect({ ...ran, stderr: "" }).toEqual({ code: 7, stdout, stderr: "" });
  });

  test("says where a build failed, why, and what it printed, whatever that is", async () => {
    const cwd = application({
      "image.ts": module(`  .runCommands("echo fine")
  .runCommands("printf 'a\\\\033[2Jb'; seq 1 2000; echo 'ERROR: none'; echo 'STEP 2/2: RUN never'; exit 3")
  .runCommands("echo never")`),
    });
    const { code, stdout, stderr } = await build(["build", "image.ts", "--quiet"], { cwd });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(
      new RegExp(`^${cwd}/image\\.ts:4:\\d+: \\w+ [\\d.]+\\S* could not build the image: .*\\b3, at \`RUN printf`),
    );
    expect(stderr).toMatch(/\n {2}2000\n {2}ERROR: none\n {2}STEP 2\/2: RUN never\n/);
    const shown = await build(["build", "image.ts"], { cwd });
    expect(shown.stderr).toContain("\n  a\\u001b[2Jb1\n");
    expect(shown.stderr).not.toContain("\u001b");
  });

  test("ends with a build that is interrupted, and leaves nothing of it running", async () => {
    const seconds = String(randomInt(100_000, 1_000_000));
    const cwd = application({ "image.ts": module(`  .runCommands("echo begun; sleep ${seconds}")`) });
    const how = { cwd, once: "\n  begun", act: (child: ChildProcess) => void child.kill("SIGINT") };
    const { code, stdout, stderr } = await build(["build", "image.ts"], how);
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
    expect(stderr).toMatch(/\nInterrupted\.\n$/);
    await expect.poll(() => isRunning(`sleep ${seconds}`), { timeout: 60_000 }).toBe(false);
  });

  test("removes the container of an entrypoint that is interrupted", async () => {
    const seconds = String(randomInt(100_000, 1_000_000));
    const cwd = application({ "image.ts": module(`  .entrypoint(["sh", "-c", "echo begun; sleep ${seconds}"])`) });
    const how = { cwd, once: "begun\n", act: (child: ChildProcess) => void child.kill("SIGTERM") };
    const { code, stdout } = await build(["run", "image.ts", "--quiet"], how);
    expect({ code, stdout }).toEqual({ code: 143, stdout: "begun\n" });
    await expect.poll(() => isRunning(`sleep ${seconds}`), { timeout: 60_000 }).toBe(false);
  });
});

/** The environment of a way in which its program does something before each of its commands; `$PPID` is the command line. */
function doingBefore({ engine, env }: Way, script: string): Readonly<Record<string, string>> {
  const directory = application({});
  const text = `#!/bin/sh\n${script}\nexec ${programOf({ engine, env })} "$@"\n`;
  writeFileSync(join(directory, engine), text, { mode: 0o755 });
  return { ...env, PATH: [directory, env.PATH ?? process.env.PATH].join(delimiter) };
}

const programOf = ({ engine, env }: Pick<Way, "engine" | "env">): string =>
  execFileSync("sh", ["-c", `command -v ${engine}`], { env: { ...process.env, ...env }, encoding: "utf8" }).trim();

/** The names of an engine's containers that are ours. */
async function containersOf(way: Way): Promise<string[]> {
  const list =
    way.engine === "buildah"
      ? ["containers", "--format", "{{.ContainerName}}"]
      : ["ps", "--all", "--format", "{{.Names}}"];
  const { stdout } = await outcome(spawn(programOf(way), list, { env: { ...process.env, ...way.env } }));
  return stdout.split("\n").filter((name) => name.startsWith("pithy-image-"));
}

describe.each(NAMES.slice(1))("the program of %s", (name) => {
  const way = (): Way => ways.find((each) => each.name === name) as Way;
  const cwd = () => application({ "image.ts": module('  .label({ a: "2" })') });
  const args = (...more: string[]) => [
    "run",
    "image.ts",
    "--quiet",
    "--network",
    "none",
    "--engine",
    way().engine,
    ...more,
  ];

  test("is given no value of a variable in its arguments", async () => {
    const directory = cwd();
    const values = { GOOGLE_KEY: "a secret", DOCKER_CONTEXT: "of the container", PLAIN: 'it\'s "one"' };
    const logging = doingBefore(way(), `printf '%s\\n' "$*" >>"${directory}/arguments"`);
    const options = Object.entries(values).flatMap(([key, value]) => ["--env", `${key}=${value}`]);
    const how = { cwd: directory, env: logging };
    const ran = await cli(args(...options, "--", 'echo "$GOOGLE_KEY|$DOCKER_CONTEXT|$PLAIN"'), how);
    expect(ran).toMatchObject({ code: 0, stdout: `${Object.values(values).join("|")}\n` });
    const given = readFileSync(join(directory, "arguments"), "utf8");
    expect(given).toContain("pithy-image/image:");
    for (const value of Object.values(values)) expect(given).not.toContain(value);
  });

  test("leaves no container behind if it is interrupted while it makes one", async () => {
    const env = doingBefore(way(), 'case $1 in create | from) kill -INT "$PPID" ;; esac');
    expect(await cli(args("--", "true"), { cwd: cwd(), env })).toMatchObject({ code: 130, stdout: "" });
    expect(await containersOf(way())).toEqual([]);
  });
});

test("a second Ctrl-C ends the command at once, with the code of the first", async () => {
  const way = ways.find(({ name }) => name === "docker with buildx") as Way;
  const env = doingBefore(way, 'case $1 in create | kill) kill -INT "$PPID" && exit 1 ;; esac');
  const cwd = application({ "image.ts": module('  .label({ a: "3" })') });
  const args = ["run", "image.ts", "--quiet", "--network", "none", "--engine", way.engine];
  expect(await cli([...args, "--", "true"], { cwd, env })).toEqual({ code: 130, stdout: "", stderr: "" });
});

test("no container is left behind", async () => {
  const containers = await new DockerApi(inject("socket")).containers();
  expect(containers.filter((each) => each.includes("pithy-image-"))).toEqual([]);
});

test("two builds of one image at once both succeed", async () => {
  const cwd = application({ "image.ts": module('  .runCommands("echo at once")') });
  const args = ["build", "image.ts", "--quiet", "--network", "none", "--engine", inject("socket")];
  const [one, other] = await Promise.all([cli(args, { cwd }), cli(args, { cwd })]);
  expect(one).toEqual({ code: 0, stdout: expect.stringMatching(/^pithy-image\/image:/), stderr: "" });
  expect(other).toEqual(one);
});

test("a long log takes little memory and little time", async () => {
  const cwd = application({
    "image.ts": module(
      "  .runCommands(\"yes 0123456789abcdef | head -c 30000000 | tr -d '\\\\n'; yes | head -c 1000000\")",
    ),
  });
  const { env } = ways.find(({ name }) => name === "podman") as Way;
  const peak = encodeURIComponent("process.on('exit',()=>process.stdout.write(process.resourceUsage().maxRSS+''))");
  const { code, stdout } = await cli(["build", "image.ts", "--engine", "podman", "--network", "none"], {
    cwd,
    env: { ...env, NODE_OPTIONS: `--max-old-space-size=64 --import=data:text/javascript,${peak}` },
  });
  const [, kibibytes] = stdout.trim().split("\n");
  expect(code).toBe(0);
  expect(Number(kibibytes)).toBeLessThan(250_000);
});

test("a program that is run sees the terminal, and its size", async () => {
  const cwd = application({ "image.ts": module('  .label({ a: "1" })') });
  const args = ["run", "image.ts", "--quiet", "--network", "none", "--engine", inject("socket")];
  const line = [
    process.execPath,
    CLI,
    ...args,
    "--",
    'tty; until [ "$(stty size 2>/dev/null)" ]; do sleep 0.1; done; stty size',
  ]
    .map((word) => `'${word}'`)
    .join(" ");
  const inTerminal = ["--quiet", "--return", "--command", `stty rows 33 cols 99; ${line}`, "/dev/null"];
  const { code, stdout } = await outcome(spawn("script", inTerminal, { cwd }));
  // Its input ends at once, which `script` types into the terminal.
  expect({ code, words: stdout.replaceAll("^@", "").trim().split(/\s+/) }).toEqual({
    code: 0,
    words: [expect.stringMatching(/^\/dev\/pts\/\d+$/), "33", "99"],
  });
});

describe("an engine that does not work", () => {
  const cwd = () => application({ "image.ts": module("") });

  test("ends while it builds", async () => {
    const engine = await startEngine();
    const directory = application({ "image.ts": module('  .runCommands("echo begun; sleep 88000")') });
    const args = ["build", "image.ts", "--network", "none", "--engine", engine.socket];
    const { code, stderr } = await cli(args, { cwd: directory, once: "\n  begun", act: () => void engine.stop() });
    await engine.stop();
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /\/image\.ts:3:\d+: Docker \S+ could not build the image: the connection to the engine was lost: /,
    );
    expect(stderr).toContain("The engine ended while it was building. Start it again; its own log may say why.");
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test("is not there", async () => {
    const missing = await cli(["build", "image.ts", "--engine", "/nowhere.sock"], { cwd: cwd() });
    expect(missing).toEqual({
      code: 2,
      stdout: "",
      stderr:
        "The engine does not work:\n  /nowhere.sock: does not exist\nStart the engine, such as by `sudo systemctl start docker`, or start Docker Desktop.\n",
    });
    // Where no program and no socket is to be found.
    const by = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs tmpfs /run && exec "$@"', "sh"];
    const env = { PATH: "/nowhere", DOCKER_HOST: "", HOME: "/nowhere", XDG_RUNTIME_DIR: "/nowhere" };
    const none = await cli(["run", "image.ts"], {
      cwd: cwd(),
      by: [...by, "env", ...Object.entries(env).map((each) => each.join("="))],
    });
    expect(none).toEqual({
      code: 125,
      stdout: "",
      stderr:
        "No engine that builds images works here:\n  docker: not installed\n  podman: not installed\n  buildah: not installed\nInstall Docker or Podman and start it, or name an engine with `--engine`.\n",
    });
  });

  test("is not for this user", async () => {
    const capabilities = "-dac_override,-dac_read_search";
    const by = ["sh", "-c", 'chmod 0 "$0" && exec "$@"'];
    const { socket, stop } = await startEngine();
    const dropped = ["setpriv", "--bounding-set", capabilities, "--inh-caps", capabilities];
    const args = ["build", "image.ts", "--engine", socket];
    const refused = await cli(args, { cwd: cwd(), by: [...by, socket, ...dropped] });
    await stop();
    expect(refused).toEqual({
      code: 2,
      stdout: "",
      stderr: expect.stringMatching(
        /^The engine does not work:\n {2}\S+: permission denied\nAdd yourself to the group that owns the engine's socket, .*\n$/,
      ),
    });
  });

  test("cannot fetch the base image", async () => {
    const directory = application({
      "image.ts": 'import { Image } from "pithy-image";\nexport default Image.base("registry.invalid/nothing:1");\n',
    });
    for (const { engine, env } of ways) {
      const { code, stderr } = await cli(["build", "image.ts", "--quiet", "--engine", engine], { cwd: directory, env });
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("The registry was not reached.") });
    }
  });
});

test("what Daytona does differently is said", async () => {
  const cwd = application({ "image.ts": module('  .cmd(["serve"])') });
  const args = ["build", "image.ts", "--json", "--network", "none", "--engine", inject("socket")];
  const { stdout } = await cli(args, { cwd });
  expect(JSON.parse(stdout).result.differences.join("\n")).toContain("Daytona ignores `cmd`");
  const { env } = ways.find(({ name }) => name === "podman") as Way;
  const podman = await cli(["build", "image.ts", "--engine", "podman", "--network", "none"], { cwd, env });
  expect(podman.stderr).toMatch(/\nOn Daytona:\n.*Daytona ignores `cmd`/s);
  expect(podman.stderr).toMatch(/\n {2}Daytona builds with BuildKit; Podman \S+ may do some things differently\.\n/);
});

test("`pithy-image context` is what `docker build -` takes", async () => {
  const cwd = application({
    "image.ts": module('  .addLocalFile("run.sh", "/run.sh", { mode: 0o750 })'),
    "run.sh": "#!/bin/sh\n",
  });
  const [{ env }] = dockerWays(inject("socket")).slice(1) as [Way];
  const line = `"$0" "$1" context image.ts | docker build --quiet --network none -`;
  const piped = await outcome(
    spawn("sh", ["-c", line, process.execPath, CLI], { cwd, env: { ...process.env, ...env } }),
  );
  const tar = await new DockerApi(inject("socket")).export(piped.stdout.trim());
  expect((await readTree(tar)).get("/run.sh")).toMatchObject({ mode: 0o750, bytes: "#!/bin/sh\n" });
});
