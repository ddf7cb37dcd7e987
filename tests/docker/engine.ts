/**
 * A real Docker engine in a private temporary directory: Debian's `docker.io`, with its legacy builder and BuildKit; or a newer
 * one, which `scripts/tools.mjs` unpacks.
 *
 * It reaches no network and no registry: its base images are made here. It needs root, as every `dockerd` does.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { BASES, baseImage } from "./base-image.ts";
import { DockerApi } from "./docker-api.ts";

/** What a missing engine is answered with: the one thing to do about it. */
const INSTALL = "node scripts/tools.mjs docker newer-docker";

/** A file of the newer engine, or of the client that comes with it. */
export const newer = (path: string): string =>
  fileURLToPath(new URL(`../../target/tools/newer-docker/usr/${path}`, import.meta.url));

/**
 * The engine's guard, a shell: it waits until its input is closed, then kills the engine and removes the directory. The
 * input closes by itself when the test process dies, of whatever cause; should the guard be killed, the engine goes with
 * it. The engine lives in process and mount namespaces of its own, so that with its first process go all others, running
 * containers included, and all that it mounted: its images too, which are in memory.
 */
const GUARD = `trap "" HUP INT TERM
D=$0
setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child --mount-proc \\
  sh -c 'mkdir "$0" && mount -t tmpfs tmpfs "$0" && exec "$@"' "$D/data" \\
  dockerd --iptables=false --ip6tables=false --bridge=none --storage-driver=overlay2 \\
  --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/\${D##*/}" \\
  --data-root "$D/data" --exec-root "$D/exec" --pidfile "$D/pid" -H "unix://$D/docker.sock" </dev/null >"$D/log" 2>&1 &
cat >/dev/null
kill -9 $!
wait $! 2>/dev/null
find /sys/fs/cgroup -depth -type d -path "*/\${D##*/}*" -exec rmdir {} +
rm -rf "$D"`;

/** A running engine. */
export interface Engine {
  /** Where its API listens. */
  readonly socket: string;
  /** A context cache for pithy-image; it goes with the engine. */
  readonly cache: string;
  /** A directory for the tests' own files; it goes with the engine, too. */
  readonly scratch: string;
  /** Kills it and removes its directory with all that is in it. */
  stop(): Promise<void>;
}

/** Starts an engine that has the base images; resolves when it can build. Its programs are first looked for in `places`. */
export async function startEngine(...places: readonly string[]): Promise<Engine> {
  const directory = await mkdtemp(join(tmpdir(), "pithy-image-docker-"));
  const [socket, cache, scratch] = ["docker.sock", "cache", "scratch"].map((name) => join(directory, name)) as Three;
  await Promise.all([mkdir(cache, { mode: 0o700 }), mkdir(scratch)]);
  const env = { ...process.env, PATH: [...places, process.env.PATH].join(delimiter) };
  const guard = spawn("sh", ["-c", GUARD, directory], { env, stdio: ["pipe", "ignore", "inherit"] });
  const stop = async () => {
    guard.stdin.end();
    if (guard.exitCode === null) await once(guard, "exit");
  };
  try {
    const api = new DockerApi(socket);
    await listening(api, join(directory, "log"));
    for (const [tag, files] of Object.entries(BASES)) await api.import(await baseImage(files), tag);
    return { socket, cache, scratch, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Three = [string, string, string];

/** Waits until the engine answers; if it never does, says why with the end of its log. */
async function listening(api: DockerApi, log: string): Promise<void> {
  for (let tries = 0; tries < 3_000; tries += 1) {
    const up = await api.ping().catch(() => false);
    if (up) return;
    await wait(100);
    const text = await readFile(log, "utf8").catch(() => "");
    if (/^(unshare:|failed to start daemon)/m.test(text)) break;
  }
  const text = await readFile(log, "utf8").catch(() => "");
  throw new Error(`No Docker engine; it needs root and \`${INSTALL}\`. Its log ends with:\n${text.slice(-2000)}`);
}
