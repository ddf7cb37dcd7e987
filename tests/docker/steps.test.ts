/** Stages, links and directories, settings of the build, and the lines of package installers. */
import { Image } from "pithy-image";
import { describe, expect, inject, test } from "vitest";
import { build, buildSent } from "./build.ts";
import { BUILDERS } from "./docker-api.ts";
import { NAMES, VALUES } from "./hostile.ts";
import { checkRows, type ExpectedFile, scriptPath } from "./row.ts";

const busybox = Image.base("busybox:1");
const PIP = ["-m", "pip", "install", "--no-cache-dir"];
const ODD = Object.values(NAMES);

/** A file of the base image. */
const GROUP = "root:x:0:\nnode:x:1000:\nstaff:x:50:\n";

/** A stage with a file of each odd name, and what arrives of it under a directory. */
const oddStage = ODD.reduce((image, name, n) => image.addFile(`/odd/${name}`, `${n}`), busybox);
const oddFiles = (directory: string): Record<string, ExpectedFile> =>
  Object.fromEntries(ODD.map((name, n) => [`${directory}/${name}`, `${n}`]));

/** A script so long that the Dockerfile has no room for it. */
const LONG_SCRIPT = `record begin\n${"# filled with words\n".repeat(5000)}record "$0" end`;

checkRows([
  {
    promise: "files are taken from a stage, and nothing else of it stays",
    image: (base) =>
      base
        .stage("made", busybox.env({ A: "1" }).workdir("/w").runCommands("echo x > f").user("node").entrypoint(["no"]))
        .copyFrom("made", "/w/f", "/srv/")
        .copyFrom("made", "/w/f", "/srv/g", { chown: "node" }),
    arrives: {
      files: { "/srv/f": "x\n", "/srv/g": { bytes: "x\n", owner: "1000:1000" } },
    },
  },
  {
    promise: "of a directory of a stage its content is copied, with links, modes and empty directories",
    image: (base) =>
      base
        .stage(
          "tree",
          busybox.runScript("mkdir -p /t/a/empty\necho x > /t/a/run\nchmod 750 /t/a/run\nln -s run /t/a/link"),
        )
        .copyFrom("tree", "/t", "/srv/t"),
    arrives: {
      files: {
        "/srv/t": { kind: "directory" },
        "/srv/t/a": { kind: "directory" },
        "/srv/t/a/empty": { kind: "directory" },
        "/srv/t/a/run": { bytes: "x\n", mode: 0o750 },
        "/srv/t/a/link": { target: "run" },
      },
    },
  },
  {
    promise: "files of a stage keep the numbers of their owners, unless another owner is given",
    image: (base) =>
      base
        .stage("s", busybox.makeDir("/s").addFile("/s/a", "a", { chown: "1000:50" }))
        .copyFrom("s", "/s", "/srv/1")
        .copyFrom("s", "/s/a", "/srv/2")
        .copyFrom("s", "/s/a", "/srv/3", { chown: "root" }),
    arrives: {
      files: {
        "/srv/1": { kind: "directory" },
        "/srv/1/a": { bytes: "a", owner: "1000:50" },
        "/srv/2": { bytes: "a", owner: "1000:50" },
        "/srv/3": "a",
      },
    },
  },
  {
    promise: "files of every name are taken from a stage, one by one",
    image: (base) =>
      ODD.reduce((image, name) => image.copyFrom("odd", `/odd/${name}`, `/srv/${name}`), base.stage("odd", oddStage)),
    arrives: { files: oddFiles("/srv") },
  },
  {
    promise: "a stage may have stages, and files come from an image as well",
    image: (base) =>
      base
        .stage("outer", busybox.stage("inner", busybox.addFile("/a", "a")).copyFrom("inner", "/a", "/b"))
        .copyFrom("outer", "/b", "/c")
        .copyFrom("busybox:1", "/etc/group", "/srv/group"),
    arrives: { files: { "/c": "a", "/srv/group": GROUP } },
  },
  {
    promise: "local files go to the stage that adds them",
    locals: { "web/a b.js": "a", "web/link": { link: "a b.js" } },
    image: (base) =>
      base
        .stage("web", busybox.addLocalDir("web", "/w").runCommands("cat /w/link > /w/made"))
        .copyFrom("web", "/w/made", "/"),
    arrives: { files: { "/made": "a" } },
  },
  {
    promise: "a refresh reaches into stages",
    image: (base) =>
      base.stage("s", busybox.runCommands("echo $PITHY_IMAGE_REFRESH > /t")).copyFrom("s", "/t", "/t").refresh("2"),
    arrives: { files: { "/t": "2\n" } },
  },
  {
    promise: "a link takes the place of a file and of a link, whatever it points to",
    image: (base) =>
      base
        .addFile("/srv/file", "x")
        .symlink("no such thing", "/srv/file")
        .symlink("/etc/passwd", "/srv/link")
        .symlink("-x $HOME 'y'", "/srv/link")
        .symlink("..", "/srv/a b$"),
    arrives: {
      files: {
        "/srv/file": { target: "no such thing" },
        "/srv/link": { target: "-x $HOME 'y'" },
        "/srv/a b$": { target: ".." },
      },
    },
  },
  {
    promise: "directories are made with all above them, and one that exists stays as it is",
    image: (base) =>
      base
        .makeDir("/srv/a b/c'd/$e", { mode: 0o1750, chown: "node:staff" })
        .makeDir("/tmp")
        .makeDir("/root", { chown: "node" })
        .workdir("/opt")
        .user("node")
        .makeDir("/tmp/mine"),
    arrives: {
      workdir: "/opt",
      user: "node",
      files: {
        "/srv/a b": { kind: "directory" },
        "/srv/a b/c'd": { kind: "directory" },
        "/srv/a b/c'd/$e": { kind: "directory", mode: 0o1750, owner: "1000:50" },
        "/root": { kind: "directory", mode: 0o700, owner: "1000:0" },
        "/tmp/mine": { kind: "directory", owner: "1000:1000" },
      },
    },
  },
  {
    promise: "a variable of the build is in its commands, literally, and not in the image",
    image: (base) =>
      Object.values(VALUES)
        .reduce((image, value, n) => image.arg(`A${n}`, value), base)
        .runCommands(["record"]),
    arrives: { calls: [{ env: Object.fromEntries(Object.values(VALUES).map((value, n) => [`A${n}`, value])) }] },
  },
  {
    promise: "a shell runs the following lines, and no list",
    image: (base) =>
      base.shell(["/bin/sh", "-u", "-c"]).runCommands('record "$-"', ["record", "$-"]).makeDir("/srv/made"),
    arrives: {
      shell: ["/bin/sh", "-u", "-c"],
      calls: [{ args: [expect.stringContaining("u")] }, { args: ["$-"] }],
      files: { "/srv/made": { kind: "directory" } },
    },
  },
  {
    promise: "ports are exposed",
    image: (base) => base.expose(8080, "53/udp", "9000-9002/tcp", "8080/tcp"),
    arrives: { ports: ["53/udp", "8080/tcp", "9000/tcp", "9001/tcp", "9002/tcp"] },
  },
  {
    promise: "a raw instruction means what it means to Docker",
    image: (base) =>
      base
        .env({ A: "1" })
        .raw("env B=$A-$PATH")
        .raw("RUN record \\\n # a comment\n  $B")
        .raw("Copy --from=busybox:1 /etc/group /srv/group")
        .raw('LABEL a="$A"'),
    arrives: {
      env: { A: "1", B: "1-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
      labels: { a: "1" },
      calls: [{ args: ["1-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"] }],
      files: { "/srv/group": GROUP },
    },
  },
  {
    promise: "a raw working directory is where the following steps begin",
    image: (base) =>
      base.raw('workdir "/a b"').addFile("f", "f").raw("WORKDIR ../c/").runCommands("record").addFile("./g", "g"),
    arrives: {
      workdir: "/c",
      files: { "/a b/f": "f", "/c/g": "g" },
      calls: [{ cwd: "/c" }],
    },
  },
  {
    promise: "what is for images that are built from this one does nothing in it, and is no entrypoint of the sandbox",
    image: (base) =>
      base
        .raw('ONBUILD ENTRYPOINT ["b", "ENTRYPOINT c"]')
        .raw("onbuild  Run record \\\n# why\n d")
        .raw("# where\nONBUILD COPY . /app\n")
        .raw("ONBUILD RUN --mount=type=secret,id=a true"),
    arrives: {
      triggers: [
        'ENTRYPOINT ["b", "ENTRYPOINT c"]',
        "Run record  d",
        "COPY . /app",
        "RUN --mount=type=secret,id=a true",
      ],
    },
  },
  {
    promise: "requirements files are where pip looks for them, with all that they include",
    locals: { "a b/requirements.txt": "-r ../base.txt\n-c 'it''s.txt'\n", "base.txt": "x\n", "a b/its.txt": "y\n" },
    image: (base) =>
      base.pipInstallFromRequirements("a b/requirements.txt", { pre: true, indexUrl: "https://example.com/?a=1&b=$c" }),
    arrives: {
      files: {
        "/.requirements/a b/requirements.txt": "-r ../base.txt\n-c 'it''s.txt'\n",
        "/.requirements/a b/its.txt": "y\n",
        "/.requirements/base.txt": "x\n",
      },
      calls: [
        {
          program: "python",
          args: [
            ...PIP,
            "--index-url",
            "https://example.com/?a=1&b=$c",
            "--pre",
            "-r",
            "/.requirements/a b/requirements.txt",
          ],
        },
      ],
    },
  },
  {
    promise: "installers get their packages, each as one argument",
    locals: { "pyproject.toml": "[project]\ndependencies = [\"a<2; sys_platform == 'linux'\"]\n" },
    image: (base) =>
      base
        .pipInstallFromPyproject("pyproject.toml")
        .uvPipInstall(["a<2", "b[c]"], { pre: true, uvVersion: "0.9.1" })
        .npmInstall(["@a/b@^1.2", "c@>=1 <2".replace(" ", "")])
        .playwright(["firefox", "webkit"], { version: "1.2.3" }),
    arrives: {
      env: { PLAYWRIGHT_BROWSERS_PATH: "/ms-playwright" },
      calls: [
        { program: "python", args: [...PIP, "a<2; sys_platform == 'linux'"] },
        { program: "python", args: [...PIP, "uv==0.9.1"] },
        {
          program: "python",
          args: ["-m", "uv", "pip", "install", "--system", "--no-cache", "--prerelease", "allow", "a<2", "b[c]"],
        },
        { program: "npm", args: ["install", "--global", "--no-audit", "--no-fund", "@a/b@^1.2", "c@>=1<2"] },
        { program: "npm", args: ["cache", "clean", "--force"] },
        { program: "python", args: [...PIP, "playwright==1.2.3"] },
        { program: "python", args: ["-m", "playwright", "install", "--with-deps", "firefox", "webkit"] },
      ],
    },
  },
  {
    promise: "Node.js comes with npm and npx",
    image: (base) => base.nodejs(22).runCommands("/usr/local/bin/npm --version", "npx x", ["/usr/local/bin/node", "a"]),
    arrives: {
      files: {
        "/usr/local/bin/node": { mode: 0o755, bytes: expect.stringContaining("bin/node") },
        "/usr/local/lib/node_modules": { kind: "directory" },
        "/usr/local/lib/node_modules/npm": { kind: "directory" },
        "/usr/local/lib/node_modules/npm/bin": { kind: "directory" },
        "/usr/local/lib/node_modules/npm/bin/npm-cli.js": { mode: 0o755, bytes: expect.stringContaining("npm-cli") },
        "/usr/local/lib/node_modules/npm/bin/npx-cli.js": { mode: 0o755, bytes: expect.stringContaining("npx-cli") },
        "/usr/local/bin/npm": { target: "../lib/node_modules/npm/bin/npm-cli.js" },
        "/usr/local/bin/npx": { target: "../lib/node_modules/npm/bin/npx-cli.js" },
      },
      calls: [
        { args: ["bin/node", "--version"] },
        { args: ["lib/node_modules/npm/bin/npm-cli.js", "--version"] },
        {
          args: ["lib/node_modules/npm/bin/npm-cli.js", "ls", "--prefix", ".", "--logs-max=0", "--no-update-notifier"],
        },
        { args: ["lib/node_modules/npm/bin/npm-cli.js", "--version"] },
        { args: ["lib/node_modules/npm/bin/npx-cli.js", "x"] },
        { args: ["bin/node", "a"] },
      ],
    },
  },
  {
    promise: "a script for which the Dockerfile has no room is sent beside it, and runs all the same",
    image: (base) => base.user("node").workdir("/tmp").runScript(LONG_SCRIPT).runScript("record short"),
    arrives: {
      user: "node",
      workdir: "/tmp",
      files: { [scriptPath(LONG_SCRIPT)]: LONG_SCRIPT },
      calls: [
        { args: ["begin"], cwd: "/tmp", user: "1000:1000" },
        { args: [scriptPath(LONG_SCRIPT), "end"] },
        { args: ["short"] },
      ],
    },
  },
]);

describe.each(BUILDERS)("%s: what must not go unnoticed fails the build", (builder) => {
  const socket = inject("socket");
  test.concurrent.each([
    ["a link in the place of a directory", busybox.makeDir("/srv/d/e").symlink("x", "/srv/d"), "ln -sfT -- x /srv/d"],
    ["a link where there is no directory", busybox.symlink("x", "/no/such/link"), "ln -sfT -- x /no/such/link"],
    [
      "a file that a stage does not have",
      busybox.stage("s", busybox).copyFrom("s", "/no", "/x"),
      "(no such file|not (found|exist))",
    ],
    ["a script that ends early, sent beside the Dockerfile", busybox.runScript(`false\n${LONG_SCRIPT}`), "/.scripts/"],
  ])("%s", async (_, image, reason) => {
    await expect(build(image, { builder, socket })).rejects.toThrow(new RegExp(`^${builder}: .*${reason}`));
  });

  test("a variable of 128 KiB, which we refuse, would leave an image in which nothing runs", async () => {
    const value = "x".repeat(128 * 1024);
    expect(() => busybox.env({ A: value }).toDockerfile()).toThrow(/Linux takes less/);
    const text = `ENV A="${value.replaceAll(/x{1000}/g, "$&\\\n")}"`;
    const dockerfile = `FROM busybox:1\n${text}\nRUN ["record"]\n`;
    await expect(buildSent(dockerfile, [], { builder, socket })).rejects.toThrow(/too long/);
  });
});
