/** `pithy-image context`: an image's build context as one tar. */

import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import type { Command } from "commander";
import { isImageError, reason } from "../shared/errors.ts";
import { examples, FILE_OR_NAME } from "./help.ts";
import { find, load, rootOf } from "./module.ts";
import { printJson } from "./print.ts";
import { UsageError } from "./usage-error.ts";

interface Options {
  root?: string;
  output?: string;
  json?: true;
}

/** Adds the command to the program. */
export function context(program: Command): void {
  program
    .command("context")
    .summary("write an image's build context, with its Dockerfile, as one tar")
    .description(
      "Writes the build context of an image as one tar, the Dockerfile included: all that an engine needs to build it. Equal images have equal bytes on every machine.",
    )
    .argument("[file-or-name]", FILE_OR_NAME)
    .option("--root <dir>", "the root of local paths (default: PITHY_IMAGE_ROOT, or the package of the module)")
    .option("-o, --output <file>", "write it to a file (default: the standard output)")
    .option("--json", "print the result as JSON, with --output")
    .addHelpText(
      "after",
      examples("npx pithy-image context | docker build -", "npx pithy-image context agent -o context.tar"),
    )
    .action(run);
}

async function run(fileOrName: string | undefined, { root, output, json }: Options): Promise<void> {
  if (output === undefined && json) {
    throw new UsageError("`--json` needs `-o <file>`: otherwise the standard output is the tar.");
  }
  if (output === undefined && process.stdout.isTTY) {
    throw new UsageError(
      "A tar is not for a terminal. Name a file with `-o`, or pipe it: `pithy-image context | docker build -`.",
    );
  }
  const path = find(fileOrName);
  const { image } = await load(path);
  const resolved = await image.resolve({ root: rootOf(path, root) });
  const tar = resolved.contextTar();
  await (output === undefined ? pipeline(tar, process.stdout).catch(unlessClosed) : writeWhole(tar, output));
  if (json) printJson({ file: output, imageDigest: resolved.imageDigest });
}

/** A reader that stops early is not an error. */
function unlessClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}

/** Writes a file under its name only once it is whole. */
async function writeWhole(tar: ReadableStream<Uint8Array>, file: string): Promise<void> {
  const part = `${file}.${process.pid}.tmp`;
  try {
    await pipeline(tar, createWriteStream(part, { flags: "wx" }));
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw isImageError(error) ? error : new UsageError(`${file} cannot be written: ${reason(error)}.`);
  }
}
