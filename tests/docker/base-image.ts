/**
 * The base images: a root file system made of busybox, laid out as Debian's are where that matters to what is copied in.
 */
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";

/** Further files of an image: their content, and their mode. */
type Files = Readonly<Record<string, readonly [content: string, mode: number]>>;

/** What the official images of Node.js have in the places that are copied from them; all of it calls `record`. */
const NODEJS: Files = Object.fromEntries(
  ["bin/node", "lib/node_modules/npm/bin/npm-cli.js", "lib/node_modules/npm/bin/npx-cli.js"].map((name) => [
    `usr/local/${name}`,
    [`#!/bin/sh\nexec record ${name} "$@"\n`, 0o755],
  ]),
);

/** The names under which it is there, and what it has beside the rest. */
export const BASES: Readonly<Record<string, Files>> = {
  "busybox:1": {},
  "python:3.12.10-slim-bookworm": {},
  "python:3.13.3-slim-bookworm": {},
  "node:22-bookworm-slim": NODEJS,
};

/** The user 1000 of the images. */
export const NODE = { uid: 1000, gid: 1000 };

const BUSYBOX = "/usr/bin/busybox";

/** Where each call of `record` leaves a file. */
export const RECORDS = "/var/record";

/**
 * Writes down how it was called, as NUL-terminated fields: name, directory, user, group, the number of arguments and each of
 * them, then the environment. Under further names it stands in for programs that a build would call.
 */
const RECORD = `#!/bin/sh
set -- "\${0##*/}" "$(id -u)" "$(id -g)" "$#" "$@"
cd -P . && { printf '%s\\0' "$PWD" "$@"; cat /proc/$$/environ; } > "${RECORDS}/$(ls ${RECORDS} | wc -l)"
`;

const STAND_INS = ["apt-get", "debconf-set-selections", "node", "npm", "pip", "python"];

const DIRECTORIES: Readonly<Record<string, number>> = {
  dev: 0o755,
  etc: 0o755,
  home: 0o755,
  opt: 0o755,
  proc: 0o555,
  root: 0o700,
  run: 0o755,
  srv: 0o755,
  sys: 0o555,
  tmp: 0o1777,
  usr: 0o755,
  "usr/bin": 0o755,
  "usr/lib": 0o755,
  "usr/local": 0o755,
  "usr/local/bin": 0o755,
  "usr/sbin": 0o755,
  var: 0o755,
  "var/lib": 0o755,
  "var/lib/apt": 0o755,
  "var/lib/apt/lists": 0o755,
  "var/record": 0o1777,
  "var/tmp": 0o1777,
};

const FILES: Files = {
  "etc/passwd": ["root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n", 0o644],
  "etc/group": ["root:x:0:\nnode:x:1000:\nstaff:x:50:\n", 0o644],
  "usr/bin/record": [RECORD, 0o755],
};

const LINKS: Readonly<Record<string, string>> = { bin: "usr/bin", lib: "usr/lib", sbin: "usr/sbin" };

/** The root file system, as a tar. */
export async function baseImage(further: Files): Promise<Buffer> {
  const tar = pack();
  for (const [name, mode] of Object.entries(DIRECTORIES)) tar.entry({ name, mode, type: "directory" });
  tar.entry({ name: "home/node", mode: 0o755, type: "directory", ...NODE });
  for (const [name, [content, mode]] of Object.entries({ ...FILES, ...further })) tar.entry({ name, mode }, content);
  for (const [name, linkname] of Object.entries(LINKS)) tar.entry({ name, linkname, type: "symlink" });
  tar.entry({ name: "usr/bin/busybox", mode: 0o755 }, await readFile(BUSYBOX));
  for (const name of applets()) tar.entry({ name: `usr/bin/${name}`, linkname: "busybox", type: "symlink" });
  for (const name of STAND_INS) tar.entry({ name: `usr/bin/${name}`, linkname: "record", type: "symlink" });
  tar.finalize();
  return buffer(tar);
}

const applets = (): string[] =>
  execFileSync(BUSYBOX, ["--list"], { encoding: "utf8" })
    .split("\n")
    .filter((name) => name && name !== "busybox" && !STAND_INS.includes(name));
