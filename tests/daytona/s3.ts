/**
 * A real S3 server on a free loopback port, over a temporary directory.
 *
 * The server is `s3s-fs`: it checks signatures, lists prefixes and takes the multipart uploads of the SDKs. It keeps
 * every object as a file `<bucket>/<key>`, so tests read what was uploaded straight from the disk.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import type { Readable, Writable } from "node:stream";
import { type S3Proxy, startS3Proxy } from "./s3-proxy.ts";

/** What a missing binary is answered with: the one thing to do about it. */
const INSTALL = "cargo install --locked --features binary s3s-fs@0.14.1";

/**
 * The server's guard, a shell: it waits until its input is closed, then ends the server and removes the directory. The
 * input closes by itself when the test process dies, of whatever cause, so nothing is ever left behind.
 */
const GUARD = `trap "" HUP INT TERM
command -v s3s-fs >/dev/null || { rm -rf "$0"; exit 127; }
s3s-fs "$@" </dev/null &
cat >/dev/null
kill -9 $!
wait $! 2>/dev/null
rm -rf "$0"`;

type Guard = ChildProcessByStdio<Writable, Readable, null>;

/** Where the server listens, the credentials it accepts, and the bucket that waits in it. */
export interface S3Access {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly bucket: string;
  readonly region: string;
  /** A directory for a test's own files; it goes with the server. */
  readonly scratch: string;
}

/** A running S3 server and what lies in its bucket. */
export interface S3Server extends S3Access, Pick<S3Proxy, "fail" | "faulted" | "isBusy"> {
  /** All keys of the bucket, sorted. */
  keys(): Promise<string[]>;
  /** Whether an object with this key has been uploaded. */
  has(key: string): Promise<boolean>;
  /** The bytes of one object. */
  read(key: string): Promise<Buffer>;
  /** Kills the server and removes its directory. */
  stop(): Promise<void>;
}

/** Starts a server with one empty bucket; resolves when it listens. */
export async function startS3(): Promise<S3Server> {
  const credentials = { accessKey: "stand-in-key", secretKey: "stand-in-secret" };
  const bucket = "volume-builds";
  const directory = await mkdtemp(join(tmpdir(), "pithy-image-daytona-"));
  const [root, scratch] = [join(directory, "s3"), join(directory, "scratch")];
  await Promise.all([mkdir(join(root, bucket), { recursive: true }), mkdir(scratch)]);
  const guard = launch(directory, root, credentials);
  const end = async () => {
    guard.stdin.end();
    if (guard.exitCode === null) await once(guard, "exit");
  };
  try {
    const { endpoint, stop, ...faults } = await startS3Proxy(await listening(guard));
    const place = { endpoint, bucket, region: "us-east-1", scratch };
    return { ...credentials, ...place, ...contents(join(root, bucket)), ...faults, stop: () => stop().then(end) };
  } catch (error) {
    await end();
    throw error;
  }
}

function launch(directory: string, root: string, keys: Pick<S3Access, "accessKey" | "secretKey">): Guard {
  // Port 0 lets the system choose a free one; the server tells which at log level `info`.
  const address = ["--host", "127.0.0.1", "--port", "0"];
  const credentials = ["--access-key", keys.accessKey, "--secret-key", keys.secretKey];
  return spawn("sh", ["-c", GUARD, directory, ...address, ...credentials, root], {
    env: { ...process.env, RUST_LOG: "s3s_fs=info" },
    stdio: ["pipe", "pipe", "inherit"],
  });
}

/** The endpoint that the server reports, or why there is none. */
function listening(guard: Guard): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    // Read to the end, also after the answer: a full pipe would stop the server.
    guard.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(output);
      if (found) resolve(found[0]);
    });
    guard.once("error", reject);
    guard.once("exit", () => reject(new Error(`\`s3s-fs\` is not on the PATH: run \`${INSTALL}\``)));
    setTimeout(() => reject(new Error(`\`s3s-fs\` does not listen: ${output}`)), 120_000).unref();
  });
}

function contents(objects: string): Pick<S3Server, "keys" | "has" | "read"> {
  return {
    keys: async () => {
      const entries = await readdir(objects, { recursive: true, withFileTypes: true });
      const files = entries.filter((entry) => entry.isFile());
      return files.map((file) => relative(objects, join(file.parentPath, file.name)).split(sep).join("/")).sort();
    },
    has: (key) =>
      access(join(objects, key)).then(
        () => true,
        () => false,
      ),
    read: (key) => readFile(join(objects, key)),
  };
}
