/** A build context as one tar: `resolved.contextTar()` and `pithy-image context`. Both cores run these tests. */
import { createHash } from "node:crypto";
import {
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { Image, type PithyImageError, type ResolvedImage } from "pithy-image";
import { describe, expect, test, vi } from "vitest";
import { CLI, executable, files, modules, node, rejectionOf, run } from "./helpers.ts";

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

const tarOf = (resolved: ResolvedImage): Promise<Buffer> => buffer(resolved.contextTar());

/** Frozen: what an engine was given is compared with it, and cached by it. */
const GOLDEN = "d1da355a885c4d57dbdd19348d149a90bf0c672a844f1542adc0540585c44288";

const base = Image.base("debian:12");

/** An image with every kind of context: a file, an executable one, a tree, what is inline, and a long name. */
function everyKind(root: string): Promise<ResolvedImage> {
  const image = base
    .addLocalFile("plain", "/plain")
    .addLocalFile("run.sh", "/run.sh")
    .addLocalDir("tree", "/tree")
    .addFile("/inline", "inline\n")
    .addLocalFile("n".repeat(120), "/long");
  return image.resolve({ root });
}

function localFiles(): string {
  const root = files({ plain: "plain\n", "run.sh": "#!/bin/sh\n", "tree/ä": "umlaut", ["n".repeat(120)]: "long" });
  executable(join(root, "run.sh"));
  symlinkSync("ä", join(root, "tree/link"));
  return root;
}

describe("the tar", () => {
  test("has the same bytes in every directory, in both cores and in every version of Node", async () => {
    const tars = await Promise.all([localFiles(), localFiles()].map(async (root) => tarOf(await everyKind(root))));
    expect(new Set(tars.map(sha256))).toEqual(new Set([GOLDEN]));
  });

  test("holds the Dockerfile and the contexts, in order, of nobody and of no time", async () => {
    const root = localFiles();
    const resolved = await everyKind(root);
    writeFileSync(join(root, "context.tar"), await tarOf(resolved));
    const { stdout } = await run("tar", ["--list", "--verbose", "--numeric-owner", "--utc", "--file", "context.tar"], {
      cwd: root,
    });
    const digits = /ctx\/[0-9a-f]{32}/g;
    const lines = stdout.replaceAll(digits, "ctx/…").replaceAll(/ +/g, " ").trimEnd().split("\n");
    const { length } = resolved.dockerfile;
    expect(lines.sort()).toEqual(
      [
        `-rw-r--r-- 0/0 ${length} 1970-01-01 00:00 Dockerfile`,
        "-rw-r--r-- 0/0 6 1970-01-01 00:00 ctx/…/plain",
        "-rwxr-xr-x 0/0 10 1970-01-01 00:00 ctx/…/run.sh",
        "-rw-r--r-- 0/0 3584 1970-01-01 00:00 ctx/…/tree.tar",
        "-rw-r--r-- 0/0 7 1970-01-01 00:00 ctx/…/inline",
        "-rw-r--r-- 0/0 3072 1970-01-01 00:00 ctx/…/tree.tar",
      ].sort(),
    );
    const extracted = await run("tar", ["--extract", "--to-stdout", "--file", "context.tar", "Dockerfile"], {
      cwd: root,
    });
    expect(extracted.stdout).toBe(resolved.dockerfile);
  });

  test("is the Dockerfile alone for an image without files", async () => {
    const tar = await tarOf(await base.resolve());
    expect(tar.length).toBe(4 * 512);
    expect(tar.subarray(0, 10).toString()).toBe("Dockerfile");
  });
});

describe("it fails", () => {
  test("if a file is no longer what was resolved", async () => {
    const root = files({ a: "before" });
    vi.stubEnv("PITHY_IMAGE_CACHE", files());
    const resolved = await base.addLocalFile("a", "/a").resolve({ root });
    writeFileSync(join(root, "a"), "behind");
    const error = (await rejectionOf(tarOf(resolved))) as PithyImageError;
    vi.unstubAllEnvs();
    expect(error.problems).toMatchObject([{ code: "source_changed" }]);
    expect(error.message).toContain("context.test.ts:");
  });

  test.each([
    { how: "is cut short", damage: (path: string) => truncateSync(path, 1) },
    { how: "is removed", damage: (path: string) => rmSync(path) },
  ])("if a packed context $how while the tar is read", async ({ damage }) => {
    const cache = files();
    vi.stubEnv("PITHY_IMAGE_CACHE", cache);
    const root = files({ first: new Uint8Array(32 * 1024 * 1024), second: "second" });
    const image = base.addLocalFile("first", "/first").addLocalFile("second", "/second");
    const reader = (await image.resolve({ root })).contextTar().getReader();
    await reader.read(); // all is packed
    const packed = readdirSync(cache, { recursive: true, encoding: "utf8" }).find((path) => path.endsWith("/second"));
    damage(join(cache, packed ?? ""));
    const error = (await rejectionOf(
      (async () => {
        while (!(await reader.read()).done);
      })(),
    )) as PithyImageError;
    vi.unstubAllEnvs();
    expect(error.problems).toMatchObject([{ code: "cache_unusable" }]);
    expect(error.message).toMatch(/The packed context `ctx\/\w{32}\/second` cannot be read: /);
  });

  test("if the signal is aborted", async () => {
    const root = files({ large: new Uint8Array(32 * 1024 * 1024) });
    const resolved = await base.addLocalFile("large", "/large").resolve({ root });
    const stop = new AbortController();
    const reader = resolved.contextTar({ signal: stop.signal }).getReader();
    await reader.read();
    stop.abort(new Error("enough"));
    const reading = (async () => {
      while (!(await reader.read()).done);
    })();
    await expect(reading).rejects.toThrow("enough");
  });
});

test.runIf(process.platform === "linux")("a reader that goes away leaves no file open", async () => {
  const root = files({ large: new Uint8Array(8 * 1024 * 1024) });
  const resolved = await base.addLocalFile("large", "/large").resolve({ root });
  const name = resolved.contexts[0]?.archivePath ?? "";
  const open = () => readdirSync("/proc/self/fd").filter((fd) => linkOf(`/proc/self/fd/${fd}`).endsWith(name)).length;
  const reader = resolved.contextTar().getReader();
  for (let read = 0; read < 4; read += 1) await reader.read();
  expect(open()).toBe(1);
  await reader.cancel();
  await expect.poll(open, { timeout: 60_000 }).toBe(0);
});

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ""; // it has just been closed
  }
}

describe("pithy-image context", () => {
  const IMAGE = `import { Image } from "pithy-image";
    export default Image.base("debian:12").addLocalFile("large", "/large");\n`;

  test("takes no more memory for more files", async () => {
    const cwd = modules({ "package.json": "{}", "daytona/image.ts": IMAGE, large: "" });
    truncateSync(join(cwd, "large"), 300_000_000);
    const peak = "process.on('exit',()=>console.error(process.resourceUsage().maxRSS))";
    const env = { NODE_OPTIONS: `--max-old-space-size=48 --import=data:text/javascript,${encodeURIComponent(peak)}` };
    const { code, stdout, stderr } = await run(
      "sh",
      ["-c", `"$0" "$1" context --quiet | wc -c`, process.execPath, CLI],
      {
        cwd,
        env: { ...env, PITHY_IMAGE_CACHE: files() },
      },
    );
    expect({ code, size: Number(stdout) }).toEqual({ code: 0, size: 300_002_816 });
    expect(Number(stderr)).toBeLessThan(220_000); // KiB
  });

  test("writes the same to a pipe and to a file", async () => {
    const cwd = modules({ "package.json": "{}", "daytona/image.ts": IMAGE, large: "large" });
    const written = `"$0" "$1" context -o context.tar && "$0" "$1" context | cmp - context.tar`;
    const { code, stderr } = await run("sh", ["-c", written, process.execPath, CLI], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  test("writes into a pipe, and into the target of a link, and replaces neither", async () => {
    const cwd = modules({ "package.json": "{}", "daytona/image.ts": IMAGE, large: "x", "real.tar": "" });
    symlinkSync("real.tar", join(cwd, "link.tar"));
    const script = 'mkfifo pipe; cat pipe >piped.tar & "$0" "$1" context -o pipe; wait; "$0" "$1" context -o link.tar';
    expect(await run("sh", ["-c", script, process.execPath, CLI], { cwd })).toMatchObject({ code: 0, stderr: "" });
    expect(lstatSync(join(cwd, "pipe")).isFIFO()).toBe(true);
    expect(lstatSync(join(cwd, "link.tar")).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(cwd, "real.tar"))).toEqual(readFileSync(join(cwd, "piped.tar")));
    expect(readFileSync(join(cwd, "real.tar")).length).toBeGreaterThan(1024);
  });

  test("leaves no part of a file behind when it fails", async () => {
    const cwd = modules({ "package.json": "{}", "daytona/image.ts": IMAGE, large: "small", "there/": "" });
    const { code, stderr } = await node([CLI, "context", "-o", "there"], { cwd });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/^there cannot be written: .*\.\n$/) });
    expect(readdirSync(cwd).sort()).toEqual(["daytona", "large", "package.json", "there"]);
  });

  test("shows how far it is while a file is written", async () => {
    const cwd = modules({ "package.json": "{}", "daytona/image.ts": IMAGE, large: "x".repeat(16 * 2 ** 20) });
    const reader = "(head -c 1000000; sleep 1; cat) < pipe > /dev/null";
    const script = `mkfifo pipe && { ${reader} & ${process.execPath} ${CLI} context -o pipe; }`;
    const env = { TERM: "xterm" };
    const { code, stdout } = await run("script", ["-q", "-e", "-c", script, "/dev/null"], { cwd, env });
    expect(code).toBe(0);
    expect(stdout).toMatch(/Writing a file, [\d.]+ MiB of 16\.0 MiB, .* left/);
  });

  test("does not complain when its reader stops early", async () => {
    const cwd = modules({ "package.json": "{}", "daytona/image.ts": IMAGE, large: "x".repeat(1_000_000) });
    const piped = await run("sh", ["-c", `"$0" "$1" context | head -c 10`, process.execPath, CLI], { cwd });
    expect(piped).toEqual({ code: 0, stdout: "Dockerfile", stderr: "" });
  });

  test("refuses to write to a terminal", async () => {
    const cwd = modules({ "package.json": "{}", "daytona/image.ts": IMAGE, large: "small" });
    const command = `${process.execPath} ${CLI} context`;
    const { code, stdout } = await run("script", ["--quiet", "--return", "--command", command, "/dev/null"], { cwd });
    expect(code).toBe(2);
    expect(stdout).toBe(
      "A tar is not for a terminal. Name a file with `-o`, or pipe it: `pithy-image context | docker build -`.\r\n",
    );
  });
});
