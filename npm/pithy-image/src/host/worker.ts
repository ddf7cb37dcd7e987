/** Resolves one definition against files, away from the page. */
import * as wasm from "../../wasm/pithy-image.js";
import type { Answer } from "../backend.ts";
import { PithyImageError } from "../error.ts";
import { FileTree, type GivenFiles } from "../files.ts";
import { followed } from "../wasm.ts";

/** What the page asks for. */
export interface Job {
  module: WebAssembly.Module;
  definition: string;
  given: GivenFiles;
}

/** What it is told. */
export type Told = { counts: number[] } | { answer: Answer } | { error: string };

const tell = (told: Told) => postMessage(told);

async function work({ module, definition, given }: Job): Promise<Told> {
  await wasm.default({ module_or_path: module });
  const files = await FileTree.of(given);
  // Nothing to cancel it with: the page ends the worker.
  const { answer } = await wasm.resolveAsync(
    definition,
    followed(files, undefined, (counts) => tell({ counts })),
  );
  return { answer };
}

addEventListener("message", ({ data }: MessageEvent<Job>) => {
  work(data)
    .catch((error: unknown): Told => {
      if (error instanceof PithyImageError) return { answer: { problems: error.problems } };
      return { error: error instanceof Error ? error.message : String(error) };
    })
    .then(tell);
});
