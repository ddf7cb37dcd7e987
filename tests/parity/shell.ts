/** What a line of the shell runs, told by the shell itself: its programs are replaced by ones that say how they were called. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** A program with its arguments; for `debconf-set-selections`, the lines that it reads after them. */
export type Run = readonly string[];

const SAY = `#!/bin/sh\nprintf '%s\\0' "\${0##*/}" "$@"`;
const PROGRAMS = {
  python: SAY,
  pip: SAY,
  "apt-get": SAY,
  rm: SAY,
  "debconf-set-selections": `${SAY}\nwhile read -r line; do printf '%s\\0' "$line"; done`,
};

const directory = mkdtempSync(join(tmpdir(), "pithy-image-parity-bin-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
for (const [name, script] of Object.entries(PROGRAMS)) {
  writeFileSync(join(directory, name), `${script}\nprintf '\\n'\n`, { mode: 0o755 });
}

const known = new Map<string, readonly Run[]>();

/** The programs that a line runs. A program that is not among the replaced ones is an error. */
export function runsOf(line: string): readonly Run[] {
  const runs = known.get(line) ?? ask(line);
  known.set(line, runs);
  return runs;
}

function ask(line: string): Run[] {
  const output = execFileSync("/bin/sh", ["-e", "-c", line], { encoding: "utf8", env: { PATH: directory } });
  return output
    .split("\0\n")
    .slice(0, -1)
    .map((words) => words.split("\0"));
}
