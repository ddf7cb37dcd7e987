/** What takes the place of a file between resolving and packing is not read, and nothing waits for it. */
import { execFileSync } from "node:child_process";
import { renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { Image } from "pithy-image";
import { expect, test, vi } from "vitest";
import { errorOf, files, rejectionOf } from "./helpers.ts";

test.each<[string, (file: string) => void]>([
  ["a pipe", (file) => execFileSync("mkfifo", [file])],
  ["a link to a device", (file) => symlinkSync("/dev/zero", file)],
  ["a link to the file itself", (file) => symlinkSync("f.old", file)],
])("%s in place of a file is an error", async (_, replace) => {
  vi.stubEnv("PITHY_IMAGE_CACHE", files());
  const root = files({ "d/f": "text" });
  const resolved = await Image.base("debian:12").addLocalDir("d", "/d").resolve({ root });
  const file = join(root, "d/f");
  renameSync(file, `${file}.old`);
  replace(file);
  for (const error of [errorOf(() => resolved.packSync()), await rejectionOf(resolved.pack())]) {
    expect(error).toMatchObject({ code: "source_unreadable", message: expect.stringContaining("d/f`") });
  }
});
