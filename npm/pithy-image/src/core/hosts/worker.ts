/** Resolves definitions against files, away from the page. */
import * as wasm from "../../../wasm/pithy-image.js";
import { Contents } from "../../files/contents.ts";
import { type AboutFiles, FileTree, type ListedFiles, type PlacedFiles, placed } from "../../files/file-tree.ts";
import { PithyImageError } from "../../shared/errors.ts";
import type { Progress } from "../../shared/types.ts";
import type { Answer } from "../backend.ts";
import { followed, Switch } from "../wasm-backend.ts";

/** What the page requests. */
export interface Job {
  id: number;
  definition: string;
  about: AboutFiles;
}

/** What the page sends: first the module, then the files in parts, then jobs. */
export type PageMessage =
  | { module: WebAssembly.Module; isKept: boolean }
  | { files: ListedFiles }
  | Job
  | { cancelled: number };

/** What a worker found. */
export interface ResolvedInWorker {
  answer: Answer;
  /** Absent if something is wrong. */
  findings?: Answer;
  contents?: Answer;
  hashes?: Answer;
}

/** What the page receives of a job. */
export type WorkerMessage = { id: number } & (
  | { work: Progress["work"]; counts: number[] }
  | ResolvedInWorker
  | { error: string }
);

const send = (message: WorkerMessage) => postMessage(message);

let ready: Promise<unknown>;
let contents: Contents | undefined;
let all: PlacedFiles | undefined;
const files: ListedFiles[number][] = [];
const running = new Map<number, Switch>();
/** One job after the other. */
let last: Promise<void> = Promise.resolve();

async function work({ id, definition, about }: Job, cancel: Switch): Promise<WorkerMessage> {
  await ready;
  all ??= placed(files, contents);
  const tree = await FileTree.of(all, about);
  const follow = (work: Progress["work"]) => followed(tree, cancel, (counts) => send({ id, work, counts }));
  const resolution = await wasm.resolveAsync(definition, follow("read"));
  const { answer } = resolution;
  if ("problems" in answer) return { id, answer };
  const content = JSON.stringify(resolution.contents()); // the page takes longer to receive as many objects
  const hashes = await resolution.hashes(follow("hash"));
  return { id, answer, findings: resolution.findings(), contents: content, hashes };
}

function failed(id: number, error: unknown): WorkerMessage {
  if (error instanceof PithyImageError) return { id, answer: { problems: error.problems } };
  return { id, error: error instanceof Error ? error.message : String(error) };
}

function begin(job: Job): void {
  const cancel = new Switch();
  running.set(job.id, cancel);
  last = last
    .then(() => work(job, cancel))
    .catch((error: unknown) => failed(job.id, error))
    .then((message) => {
      running.delete(job.id);
      if (!cancel.isCancelled) send(message);
    });
}

addEventListener("message", ({ data }: MessageEvent<PageMessage>) => {
  if ("module" in data) {
    ready = wasm.default({ module_or_path: data.module });
    if (data.isKept) contents = new Contents();
  } else if ("files" in data) files.push(...data.files);
  else if ("cancelled" in data) running.get(data.cancelled)?.cancel();
  else begin(data);
});
