/** What is kept of files that were passed in. */
import { expect, test } from "vitest";
import { Contents } from "../../npm/pithy-image/src/files/contents.ts";

const MIB = 1024 * 1024;

test("files are kept up to 256 MiB together; those beyond stay as they are", () => {
  const file = (size: number) => ({ name: "x", size, slice: () => ({ arrayBuffer: async () => new ArrayBuffer(0) }) });
  const contents = new Contents();
  const isKept = (size: number) => {
    const given = file(size);
    return contents.keep(given) !== given;
  };
  expect([300 * MIB, 200 * MIB, 57 * MIB, 56 * MIB, 1].map(isKept)).toEqual([false, true, false, true, false]);
});
