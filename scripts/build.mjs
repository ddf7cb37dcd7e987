// Builds everything that runs: the addon, copied to where the loader looks for it, the WebAssembly module, and the npm
// packages. With `--native` the WebAssembly is left out, and what needs it: on Node the addon is enough.
import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { TOP } from "./checks.mjs";

const run = (command, args, cwd = TOP) => execFileSync(command, args, { cwd, stdio: "inherit" });

/** The names that cargo gives a dynamic library. */
const LIBRARY = {
  darwin: "libpithy_image_node.dylib",
  linux: "libpithy_image_node.so",
  win32: "pithy_image_node.dll",
};

const metadata = JSON.parse(
  execFileSync("cargo", ["metadata", "--format-version", "1", "--no-deps"], { cwd: TOP, encoding: "utf8" }),
);
run("cargo", ["build", "--release", "--locked", "--package", "pithy-image-node"]);
const built = join(metadata.target_directory, "release", LIBRARY[process.platform]);
// Matters on Linux alone: nothing is published for another platform.
const libc = process.report.getReport().header.glibcVersionRuntime ? "gnu" : "musl";
const platform = join(TOP, "npm", `${process.platform}-${process.arch}-${libc}`);
const target = existsSync(platform) ? platform : join(TOP, "npm", "pithy-image");
// A new file, not new content: a process that has the old one loaded must not see its code change.
rmSync(join(target, "pithy-image.node"), { force: true });
copyFileSync(built, join(target, "pithy-image.node"));

const wasm = !process.argv.includes("--native");
if (wasm) run("cargo", ["xtask", "wasm"]);

const main = join(TOP, "npm", "pithy-image");
rmSync(join(main, "demo"), { recursive: true, force: true });
// What `show --demo` shows, and `init` writes.
for (const path of [".env.example", "daytona", "lib/daytona", "package.json", "scripts", "test-declarative-image.ts"]) {
  cpSync(join(TOP, "examples", "pithy-jaunt", path), join(main, "demo", path), { recursive: true });
}
/** Runs the command of an installed package. */
const tool = (name, args, cwd) => {
  const directory = join(TOP, "node_modules", name);
  const { bin } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  run(process.execPath, [join(directory, bin[name] ?? bin), ...args], cwd);
};
rmSync(join(main, "dist"), { recursive: true, force: true });
tool("tsdown", [], main);

const preview = join(TOP, "npm", "pithy-image-preview");
tool("tsdown", [], preview);

if (wasm) {
  tool("vite", ["build"], preview);
  tool("vite", ["build", "--config", "single-file.config.ts"], preview);
  // The command line serves the page.
  rmSync(join(main, "preview"), { recursive: true, force: true });
  cpSync(join(preview, "dist", "static"), join(main, "preview"), { recursive: true });
  cpSync(join(preview, "dist", "bundled-page.json"), join(main, "dist", "bundled-page.json"));
  cpSync(join(preview, "page", "dist", "single-file.html"), join(main, "dist", "single-file.html"));
}
