// Prints what each case comes to with the core at work: all that is known of an image and what is sent for it, or all that is
// wrong. The cases are in the file that is named: a list of `{ definition, root }`.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { backend, Image, PithyImageError } from "pithy-image";

const sha256 = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");

function outcome({ definition, root }) {
  try {
    const image = Image.fromJSON(JSON.stringify(definition)).resolveSync({ root });
    const sent = image.packSync().map(({ archivePath, sourcePath }) => [archivePath, sha256(sourcePath)]);
    return { image, sent };
  } catch (error) {
    if (!(error instanceof PithyImageError)) throw error;
    return { problems: error.problems.map(({ code, path, message, hint }) => ({ code, path, message, hint })) };
  }
}

const cases = JSON.parse(readFileSync(process.argv[2], "utf8"));
console.log(JSON.stringify({ core: backend(), outcomes: cases.map(outcome) }));
