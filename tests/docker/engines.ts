/** Every way in which the command line reaches an engine, with the environment that leads there. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { BASES, baseImage } from "./base-image.ts";
import { newer } from "./engine.ts";
import { scratch } from "./file-tree.ts";

/** A way, its option, and the words with which the engine names itself. */
export interface Way {
  readonly name: string;
  readonly engine: string;
  readonly description: RegExp;
  readonly env: Readonly<Record<string, string>>;
}

/** Docker's own client of today, its client of the machine's engine, and the socket itself. */
export function dockerWays(socket: string): Way[] {
  const config = mkdtempSync(join(scratch(), "client-"));
  const settings = { cliPluginsExtraDirs: [newer("libexec/docker/cli-plugins")] };
  writeFileSync(join(config, "config.json"), JSON.stringify(settings));
  const env = { DOCKER_HOST: `unix://${socket}`, DOCKER_CONFIG: config, PATH: pathWith(newer("bin")) };
  const before = { ...env, DOCKER_CONFIG: mkdtempSync(join(scratch(), "client-")), PATH: pathWith("/usr/bin") };
  const description = /^Docker \d/;
  return [
    { name: "the socket", engine: socket, description, env: {} },
    { name: "docker with buildx", engine: "docker", description, env },
    { name: "docker of before buildx", engine: "docker", description, env: before },
  ];
}

const pathWith = (first: string): string => [first, process.env.PATH].join(delimiter);

/** Podman and Buildah, with images of their own, the base image among them. They need neither a network nor cgroups to themselves. */
export async function podmanWays(): Promise<Way[]> {
  const directory = mkdtempSync(join(scratch(), "podman-"));
  const at = (name: string) => join(directory, name);
  const containers = `[containers]\nnetns = "host"\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]\ncgroup_manager = "cgroupfs"\nruntime = "runc"\n`;
  const storage = `[storage]\ndriver = "vfs"\ngraphroot = "${at("root")}"\nrunroot = "${at("run")}"\n`;
  writeFileSync(at("containers.conf"), containers);
  writeFileSync(at("storage.conf"), storage);
  writeFileSync(at("base.tar"), await baseImage(BASES["busybox:1"] ?? {}));
  const env = {
    CONTAINERS_CONF: at("containers.conf"),
    CONTAINERS_STORAGE_CONF: at("storage.conf"),
    TMPDIR: directory,
  };
  const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  const args = ["import", "--quiet", "--change", `ENV PATH=${path}`, at("base.tar"), "busybox:1"];
  execFileSync("podman", args, { env: { ...process.env, ...env }, stdio: "ignore" });
  return [
    { name: "podman", engine: "podman", description: /^Podman \d/, env },
    { name: "buildah", engine: "buildah", description: /^Buildah \d/, env },
  ];
}

/** A package with these modules, in which `pithy-image` is installed. */
export function application(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(scratch(), "application-"));
  chmodSync(directory, 0o755); // other users see it as a volume
  mkdirSync(join(directory, "node_modules"));
  symlinkSync(
    fileURLToPath(new URL("../../npm/pithy-image", import.meta.url)),
    join(directory, "node_modules/pithy-image"),
  );
  writeFileSync(join(directory, "package.json"), '{ "name": "@acme/Agent_1", "type": "module" }');
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
}
