/** `pithy-image context`: an image's build context as one tar. */

import { createWriteStream, realpathSync, statSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import type { Command } from "commander";
import type { ResolvedImage } from "../image/resolved.ts";
import { isImageError, reason } from "../shared/errors.ts";
import { examples, FILE_OR_NAME } from "./help.ts";
import { interruptible } from "./local/interrupt.ts";
import { unlessClosed } from "./local/processes.ts";
import { find, load, rootOf } from "./module.ts";
import { printJson } from "./print.ts";
import { withProgress } from "./progress.ts";
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

const run = (fileOrName: string | undefined, { root, output, json }: Options): Promise<void> =>
  interruptible(async (signal) => {
    if (output === undefined && json) {
      throw new UsageError("`--json` needs `-o <file>`: otherwise the standard output is the tar.");
    }
    if (output === undefined && process.stdout.isTTY) {
      throw new UsageError(
        "A tar is not for a terminal. Name a file with `-o`, or pipe it: `pithy-image context | docker build -`.",
      );
    }
    const path = find(fileOrName, "context");
    const { image } = await load(path, signal);
    const resolved = await withProgress(async (onProgress) => {
      const found = await image.resolve({ root: rootOf(path, root), signal, onProgress });
      await found.pack({ signal, onProgress });
      return found;
    });
    const tar = resolved.contextTar({ signal });
    if (output === undefined) await pipeline(tar, process.stdout).catch(unlessClosed);
    else await withProgress((show) => writeTo(output, counted(tar, sizeOf(resolved), show), signal));
    if (json) printJson({ file: output, imageDigest: resolved.imageDigest });
  });

/** The bytes of the contexts: all but a little of a tar. */
const sizeOf = ({ contexts }: ResolvedImage): number => contexts.reduce((sum, { size }) => sum + size, 0);

/** What is written, while its bytes are shown. */
async function* counted(
  tar: ReadableStream<Uint8Array>,
  totalBytes: number,
  show: Parameters<Parameters<typeof withProgress>[0]>[0],
): AsyncGenerator<Uint8Array> {
  let written = 0;
  for await (const part of tar) {
    written += part.length;
    show({ work: "write", files: 0, totalFiles: 1, bytes: Math.min(written, totalBytes), totalBytes });
    yield part;
  }
}

/** A device or a pipe stays what it is; a link is not replaced, but its target. */
async function writeTo(output: string, tar: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
  try {
    const found = statSync(output, { throwIfNoEntry: false });
    if (found?.isFile() ?? true) await writeWhole(found ? realpathSync(output) : output, tar);
    else await pipeline(tar, createWriteStream(output));
  } catch (error) {
    if (isImageError(error) || signal.aborted) throw error;
    throw new UsageError(`${output} cannot be written: ${reason(error)}.`);
  }
}

/** Writes a file under its name only once it is whole. */
async function writeWhole(file: string, tar: AsyncIterable<Uint8Array>): Promise<void> {
  const part = `${file}.${process.pid}.tmp`;
  try {
    await pipeline(tar, createWriteStream(part, { flags: "wx" }));
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
