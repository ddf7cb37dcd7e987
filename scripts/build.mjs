// Builds everything that runs: the addon, copied to where the loader looks for it, the WebAssembly module, and the npm
// packages. With `--native` the WebAssembly is left out, and what needs it: the addon does for Node.
import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const top = dirname(dirname(fileURLToPath(import.meta.url)));
const run = (command, args, cwd = top) => execFileSync(command, args, { cwd, stdio: "inherit" });

/** The names that cargo gives a dynamic library. */
const LIBRARY = {
  darwin: "libpithy_image_node.dylib",
  linux: "libpithy_image_node.so",
  win32: "pithy_image_node.dll",
};

const metadata = JSON.parse(
  execFileSync("cargo", ["metadata", "--format-version", "1", "--no-deps"], { cwd: top, encoding: "utf8" }),
);
run("cargo", ["build", "--release", "--locked", "--package", "pithy-image-node"]);
const built = join(metadata.target_directory, "release", LIBRARY[process.platform]);
const platform = join(top, "npm", `${process.platform}-${process.arch}-gnu`);
const target = existsSync(platform) ? platform : join(top, "npm", "pithy-image");
// A new file, not new content: a process that has the old one loaded must not see its code change.
rmSync(join(target, "pithy-image.node"), { force: true });
copyFileSync(built, join(target, "pithy-image.node"));

const wasm = !process.argv.includes("--native");
if (wasm) run("cargo", ["xtask", "wasm"]);

const main = join(top, "npm", "pithy-image");
rmSync(join(main, "demo"), { recursive: true, force: true });
for (const script of ["execution.sh", "agent-runner.py"]) {
  cpSync(join(top, "examples", "pithy-jaunt-script", "daytona", script), join(main, "demo", "daytona", script));
}
/** Runs the command of an installed package. */
const tool = (name, args, cwd) => {
  const directory = join(top, "node_modules", name);
  const { bin } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  run(process.execPath, [join(directory, bin[name] ?? bin), ...args], cwd);
};
rmSync(join(main, "dist"), { recursive: true, force: true });
tool("tsdown", [], main);

if (wasm) {
  const preview = join(top, "npm", "pithy-image-preview");
  tool("tsdown", [], preview);
  tool("vite", ["build"], preview);
  // The command line serves the page: it goes along with it.
  rmSync(join(main, "preview"), { recursive: true, force: true });
  cpSync(join(preview, "dist", "static"), join(main, "preview"), { recursive: true });
}
