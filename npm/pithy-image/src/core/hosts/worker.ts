/** Resolves one definition against files, away from the page. */
import * as wasm from "../../../wasm/pithy-image.js";
import { FileTree, type GivenFiles } from "../../files/file-tree.ts";
import { PithyImageError } from "../../shared/errors.ts";
import type { Answer } from "../backend.ts";

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
  const canceller = new wasm.Canceller(); // never used: who has seen enough ends the worker
  const report = (counts: number[]) => tell({ counts });
  const { answer } = await wasm.resolveAsync(definition, files, canceller, report);
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
