/** The sizes of what is left out of an image. */
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { Image } from "pithy-image";
import { expect, test } from "vitest";
import { withSizes } from "../../npm/pithy-image-preview/src/server/left-out.ts";
import { files } from "./helpers.ts";

const rule = { line: 1, step: "/steps/1" };

/** An image without a directory, in which is more than in the image. */
async function resolved() {
  const root = files({ "app/a": "1", "app/out/b": "22", "app/out/deep/er/c": "333", "app/d": "4444" });
  for (const name of ["app/out/link", "app/link"]) symlinkSync("/usr", join(root, name));
  return Image.base("a:1")
    .addLocalDir("app", "/app", { exclude: ["out", "link", "d"] })
    .resolve({ root });
}

test("what is left out has its size, without that of what links lead to", async () => {
  expect(await withSizes(await resolved())).toEqual([
    { ...rule, line: 3, path: "app/d", pattern: "d", size: 4, files: 1 },
    { ...rule, line: 2, path: "app/link", pattern: "link", size: 0, files: 0 },
    { ...rule, path: "app/out/", pattern: "out", size: 5, files: 2 },
  ]);
});

test("of too much, only a part is looked at, and that is said", async () => {
  const [file, , directory] = await withSizes(await resolved(), 4);
  expect(file).not.toHaveProperty("isPart");
  expect(directory).toMatchObject({ path: "app/out/", isPart: true });
  expect(directory?.files).toBeLessThan(2);
});

test("of files beyond the limit nothing is said", async () => {
  const [file, link] = await withSizes(await resolved(), 1);
  expect(file).toMatchObject({ path: "app/d", size: 4 });
  expect(link).not.toHaveProperty("size");
});

test("where there is no disk, nothing is said of sizes", async () => {
  const { ignored } = await resolved();
  expect(await withSizes({ root: undefined, ignored })).toEqual(ignored);
});
