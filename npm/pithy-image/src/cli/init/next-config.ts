/** What to change in a configuration of Next.js that the application has already: it is the user's own, and is not edited. */
import { readFileSync } from "node:fs";
import { WRAP } from "../checks/next.ts";

/** An export in one line, whatever it is. */
const EXPORT = /^(?<start>export default|module\.exports =) (?<exported>[^\n;]*[^\n;{(\s]);?$/m;

/** The change in words. */
export function changeOf(file: string): string {
  const text = readFileSync(file, "utf8");
  const { 0: line, groups: { start, exported } = {} } = EXPORT.exec(text) ?? {};
  if (line === undefined || line.includes("withPithyImage")) return `${file}: ${WRAP}`;
  const from = "pithy-image/next";
  const load =
    start === "export default"
      ? `import { withPithyImage } from "${from}";`
      : `const { withPithyImage } = require("${from}");`;
  return `in ${file}, add \`${load}\`, and replace \`${line}\` with \`${start} withPithyImage(${exported});\``;
}
