/** What a terminal and a log show of long work on local files. */
import type { Progress } from "pithy-image";
import { expect, onTestFinished, test, vi } from "vitest";
import { ProgressLine, standardError } from "../../npm/pithy-image/src/cli/progress.ts";

const GIB = 2 ** 30;

/** A line, a clock to move, and what was printed and drawn. */
function lineOf(columns?: number) {
  const [printed, drawn]: [string[], string[]] = [[], []];
  let time = 0;
  const line = new ProgressLine({
    columns,
    now: () => time,
    print: (text) => void printed.push(text),
    redraw: (text) => void drawn.push(text),
  });
  const at = (milliseconds: number, progress: Partial<Progress>) => {
    time = milliseconds;
    line.show({ work: "read", files: 0, totalFiles: 20_000, bytes: 0, totalBytes: 4 * GIB, ...progress });
  };
  return { at, printed, drawn };
}

test("a terminal shows one line, once work takes more than a moment", () => {
  const { at, printed, drawn } = lineOf(100);
  at(0, {});
  at(499, { files: 1 });
  expect(drawn).toEqual([]);
  at(2_000, { files: 5_000, bytes: GIB });
  at(8_000, { files: 19_999, bytes: 4 * GIB });
  expect(drawn).toEqual([
    "Reading 5,000 of 20,000 files, 1.0 GiB of 4.0 GiB, 512.0 MiB/s, 6 s left",
    "Reading 19,999 of 20,000 files, 4.0 GiB of 4.0 GiB, 512.0 MiB/s, 1 s left",
  ]);
  at(8_001, { files: 20_000, bytes: 4 * GIB });
  expect(drawn).toHaveLength(2);
  expect(printed).toEqual([]);
});

test("each kind of work has a rate of its own", () => {
  const { at, drawn } = lineOf(100);
  at(0, {});
  at(60_000, { work: "hash" });
  at(64_000, { work: "hash", files: 2_000, bytes: 0.4 * GIB });
  expect(drawn).toEqual(["Hashing 2,000 of 20,000 files, 409.6 MiB of 4.0 GiB, 102.4 MiB/s, 36 s left"]);
  at(70_000, { work: "pack", files: 1 });
  at(73_600, { work: "pack", files: 1, bytes: 1 });
  expect(drawn.at(-1)).toMatch(/^Packing 1 of 20,000 files, 1 B of 4\.0 GiB, 0 B\/s, \d+\.\d h left$/);
});

test("a single file is not counted", () => {
  const { at, drawn } = lineOf(100);
  at(0, { totalFiles: 1 });
  at(1_000, { totalFiles: 1, bytes: 3 * GIB });
  expect(drawn).toEqual(["Reading a file, 3.0 GiB of 4.0 GiB, 3.0 GiB/s, 1 s left"]);
});

test("a line is never longer than the terminal", () => {
  const { at, drawn } = lineOf(20);
  at(0, {});
  at(1_000, { files: 1, bytes: GIB });
  expect(drawn).toEqual(["Reading 1 of 20,000"]);
});

test("a log gets a line every few seconds", () => {
  const { at, printed, drawn } = lineOf();
  for (let second = 0; second <= 11; second += 1) at(second * 1_000, { files: second, bytes: 0 });
  expect(printed).toHaveLength(2);
  expect(printed[0]).toMatch(/^Reading 5 of 20,000 files, .* left\n$/);
  expect(printed[1]).toMatch(/^Reading 10 of 20,000 files, .* left\n$/);
  expect(drawn).toEqual([]);
});

test("a terminal that cannot move its cursor gets lines, as a log does", () => {
  const { isTTY } = process.stderr;
  onTestFinished(() => {
    process.stderr.isTTY = isTTY;
    vi.unstubAllEnvs();
  });
  process.stderr.isTTY = true;
  vi.stubEnv("TERM", "xterm");
  expect(standardError().columns).toBeGreaterThan(0);
  vi.stubEnv("TERM", "dumb");
  expect(standardError().columns).toBeUndefined();
});
