/** `pithy-image files`: the largest files and directories, and what was left out. */
import { truncateSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CLI, modules, node, resultOf } from "./helpers.ts";

const MODULE = `
import { Image } from "pithy-image";
export default Image.base("debian:12").addLocalDir("app", "/app").addLocalDir("app", "/again").addFile("/etc/motd", "hi\\n");
`;

const TREE = {
  "package.json": '{"type": "module"}',
  "image.mjs": MODULE,
  ".dockerignore": "# what nobody needs\n**/node_modules\n**/*.log\n",
  "app/a/b/large": "x".repeat(3000),
  "app/a/b/larger": "x".repeat(4000),
  "app/small": "x",
  "app/node_modules/one/index.js": "1",
  "app/one.log": "1",
  "app/two.log": "2".repeat(10),
};

const list = (root: string, ...args: string[]) => node([CLI, "files", join(root, "image.mjs"), ...args], { cwd: root });

test("lists what is large, each file once, and what each line left out", async () => {
  const root = modules(TREE);
  const { stdout } = await list(root);
  expect(stdout).toBe(`4 files, 6.8 KiB, below ${root}

largest files
    3.9 KiB  app/a/b/larger
    2.9 KiB  app/a/b/large
        3 B  /etc/motd  (inline)
        1 B  app/small

largest directories
    6.8 KiB  app/  3 files
    6.8 KiB  app/a/b/  2 files

left out
  .dockerignore:2  **/node_modules  of addLocalDir image.mjs:3:40, addLocalDir image.mjs:3:67
        1 B  app/node_modules/  1 file
  .dockerignore:3  **/*.log  of addLocalDir image.mjs:3:40, addLocalDir image.mjs:3:67
       10 B  app/two.log
        1 B  app/one.log
`);
});

test("lists as many as asked for, and says how many more there are", async () => {
  const root = modules(TREE);
  const { stdout } = await list(root, "--top", "1");
  expect(stdout).toContain("largest files\n    3.9 KiB  app/a/b/larger\n\nlargest directories");
  expect(stdout).toContain("       10 B  app/two.log\n    and 1 more\n");
  const result = resultOf<{ leftOut: object[] }>(await list(root, "--top", "1", "--json"));
  expect(result).toMatchObject({ root, files: 4, size: 7004, largestFiles: [{ path: "app/a/b/larger", size: 4000 }] });
  expect(result.leftOut[1]).toMatchObject({
    file: ".dockerignore",
    line: 3,
    paths: [
      { path: "app/two.log", size: 10, files: 1 },
      { path: "app/one.log", size: 1, files: 1 },
    ],
  });
});

test("says which call left out what, and which files are in the definition", async () => {
  const image = `
import { Image } from "pithy-image";
export default Image.base("debian:12").workdir("/srv")
  .addLocalDir("app", "/app", { exclude: ["small"] })
  .addLocalDir("app", "/again", { exclude: ["small", "a"] })
  .addFile("app/small", "y");
`;
  const root = modules({ ...TREE, ".dockerignore": "", "image.mjs": image });
  const { stdout } = await list(root);
  expect(stdout).toContain("        1 B  app/small  (inline)\n");
  expect(stdout).toContain(`
  exclude:1  small  of addLocalDir image.mjs:4:4, addLocalDir image.mjs:5:4
        1 B  app/small
  exclude:2  a  of addLocalDir image.mjs:5:4
    6.8 KiB  app/a/  2 files
`);
  const result = resultOf<{ largestFiles: object[]; largestDirectories: object[]; leftOut: object[] }>(
    await list(root, "--json"),
  );
  expect(result.largestFiles).toContainEqual({ path: "app/small", size: 1, inline: true });
  expect(result.largestFiles).toContainEqual({ path: "app/one.log", size: 1 });
  const step = (number: number) => ({
    ...{ step: `/steps/${number}`, call: "addLocalDir" },
    callSite: expect.stringMatching(new RegExp(`image\\.mjs:${number + 2}:4$`)),
  });
  expect(result.leftOut).toEqual([
    { line: 1, pattern: "small", steps: [step(2), step(3)], paths: [{ path: "app/small", size: 1, files: 1 }] },
    { line: 2, pattern: "a", steps: [step(3)], paths: [{ path: "app/a/", size: 7000, files: 2 }] },
  ]);
});

test("an image without files has none, and a wrong number is refused", async () => {
  const root = modules({ ...TREE, "image.mjs": 'export { default } from "./none.mjs";', "none.mjs": NONE });
  expect((await list(root)).stdout).toBe("0 files, 0 B\n");
  for (const number of ["0", "-1", "x", "1.5"]) {
    const { code, stderr } = await list(root, `--top=${number}`);
    expect(code).toBe(2);
    expect(stderr).toContain("Expected a number from 1 on");
  }
});

test.each(["files", "show"])("%s that is interrupted says so, also as JSON", async (command) => {
  // The module has been loaded once the process is signalled: it does so itself, a moment later.
  const stopped = `${MODULE}\nsetTimeout(() => process.kill(process.pid, "SIGTERM"), 300);\n`;
  const root = modules({ ...TREE, "image.mjs": stopped });
  truncateSync(join(root, "app/small"), 4 * 2 ** 40); // no machine reads as much before the signal
  const { code, stdout } = await node([CLI, command, join(root, "image.mjs"), "--json"], { cwd: root });
  expect(code).toBe(128 + 15);
  expect(JSON.parse(stdout)).toMatchObject({ command, ok: false, error: { code: "interrupted" } });
});

const NONE = 'import { Image } from "pithy-image"; export default Image.base("debian:12");';
