/** Resolves one definition against files, away from the page. */
import * as wasm from "../../../wasm/pithy-image.js";
import { FileTree, type GivenFiles } from "../../files/file-tree.ts";
import { PithyImageError } from "../../shared/errors.ts";
import type { Progress } from "../../shared/types.ts";
import type { Answer } from "../backend.ts";
import { followed } from "../wasm-backend.ts";

/** What the page requests; the files follow it, in parts. */
export interface Job {
  module: WebAssembly.Module;
  definition: string;
  given: Omit<GivenFiles, "files">;
  /** How many files there are. */
  count: number;
}

/** What a worker found. */
export interface ResolvedInWorker {
  answer: Answer;
  /** Absent if something is wrong. */
  findings?: Answer;
  contents?: Answer;
  hashes?: Answer;
}

/** What the page receives. */
export type WorkerMessage = { work: Progress["work"]; counts: number[] } | ResolvedInWorker | { error: string };

const send = (message: WorkerMessage) => postMessage(message);

async function work({ module, definition, given }: Job, all: GivenFiles["files"]): Promise<WorkerMessage> {
  await wasm.default({ module_or_path: module });
  const files = await FileTree.of({ ...given, files: all });
  // Nothing to cancel it with: the page terminates the worker.
  const follow = (work: Progress["work"]) => followed(files, undefined, (counts) => send({ work, counts }));
  const resolution = await wasm.resolveAsync(definition, follow("read"));
  const { answer } = resolution;
  if ("problems" in answer) return { answer };
  const contents = JSON.stringify(resolution.contents()); // the page takes longer to receive as many objects
  return { answer, findings: resolution.findings(), contents, hashes: await resolution.hashes(follow("hash")) };
}

let job: Job | undefined;
const files: GivenFiles["files"][number][] = [];

addEventListener("message", ({ data }: MessageEvent<Job | GivenFiles["files"]>) => {
  if ("module" in data) job = data;
  else files.push(...data);
  if (job?.count !== files.length) return;
  work(job, files)
    .catch((error: unknown): WorkerMessage => {
      if (error instanceof PithyImageError) return { answer: { problems: error.problems } };
      return { error: error instanceof Error ? error.message : String(error) };
    })
    .then(send);
});
