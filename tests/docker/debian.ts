/**
 * A real Debian with Python and pip, made of Debian's packages, which reaches the package registries that this machine
 * reaches: with its certificates and the settings of its apt, pip and npm.
 */
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, readFile, rename } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { pack } from "tar-stream";
import { repacked } from "./context.ts";
import type { DockerApi } from "./docker-api.ts";

const PACKAGES = "python3,python3-venv,python3-pip,ca-certificates";

/** Where the root file system is kept for the next time: it takes a minute and a half to make. */
const KEPT = fileURLToPath(new URL("../../target/tests-docker/debian-12-python.tar", import.meta.url));

const CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt";

/** Imports it, and a stand-in for the official image of Node.js: what this machine has. Answers Debian's tag. */
export async function importDebian(api: DockerApi, nodejs: string): Promise<string> {
  await api.import(await rootFileSystem(), "debian-bare:12");
  await api.import(await nodejsOfMachine(), `node:${nodejs}-bookworm-slim`);
  const settings = pack();
  for (const [name, content] of settingsOfMachine()) settings.entry({ name: `settings${name}` }, content);
  settings.finalize();
  const { tag, error } = await api.build(await repacked(DOCKERFILE, [await buffer(settings)]), "buildkit");
  if (error !== undefined) throw new Error(error);
  return tag;
}

/** The official images of Python have `python`, and let pip install for the whole system. */
const DOCKERFILE = `FROM debian-bare:12
COPY settings/ /
ENV SSL_CERT_FILE=${CERTIFICATES} PIP_CERT=${CERTIFICATES} NODE_EXTRA_CA_CERTS=${CERTIFICATES}
RUN rm -f /usr/lib/python3*/EXTERNALLY-MANAGED && ln -s /usr/bin/python3 /usr/local/bin/python
`;

async function rootFileSystem(): Promise<Buffer> {
  if (!existsSync(KEPT)) {
    await mkdir(dirname(KEPT), { recursive: true });
    const fresh = `${KEPT}.${process.pid}`;
    const options = ["--variant=minbase", "--format=tar", '--aptopt=Acquire::Retries "3"'];
    const args = [...options, `--include=${PACKAGES}`, "bookworm", fresh];
    await promisify(execFile)("mmdebstrap", args, { maxBuffer: 1 << 26 });
    await rename(fresh, KEPT);
  }
  return readFile(KEPT);
}

/** The files that say where packages come from, as far as there are any, by their path in the image. */
function settingsOfMachine(): [string, Buffer][] {
  const apt = ["sources.list", "sources.list.d/debian.sources"].map((name) => `/etc/apt/${name}`);
  const proxies = readdirSync("/etc/apt/apt.conf.d")
    .map((name) => `/etc/apt/apt.conf.d/${name}`)
    .filter((path) => /^\s*Acquire/m.test(readFileSync(path, "utf8")));
  const all = [CERTIFICATES, "/etc/pip.conf", ...apt, ...proxies].map((path) => [path, path] as const);
  const npmrc = [join(homedir(), ".npmrc"), "/root/.npmrc"] as const;
  return [...all, npmrc].flatMap(([here, there]) => (existsSync(here) ? [[there, readFileSync(here)]] : []));
}

/** Node.js and npm of this machine, in the places of the official image. */
async function nodejsOfMachine(): Promise<Buffer> {
  const tar = pack();
  tar.entry({ name: "usr/local/bin/node", mode: 0o755 }, await readFile(process.execPath));
  const npm = dirname(dirname(process.env.npm_execpath ?? NPM.find(existsSync) ?? ""));
  for (const path of readdirSync(npm, { recursive: true, withFileTypes: true })) {
    if (!path.isFile()) continue;
    const [here, name] = [join(path.parentPath, path.name), path.parentPath.slice(npm.length)];
    const mode = path.parentPath.endsWith("/bin") ? 0o755 : 0o644;
    tar.entry({ name: `usr/local/lib/node_modules/npm${name}/${path.name}`, mode }, await readFile(here));
  }
  tar.finalize();
  return buffer(tar);
}

const NPM = ["../lib", "../share", "."].map((place) =>
  join(dirname(process.execPath), place, "node_modules/npm/bin/npm-cli.js"),
);
