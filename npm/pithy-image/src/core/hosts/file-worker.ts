/** The page's side of the worker that reads files. */
import type { AboutFiles, ListedFiles } from "../../files/file-tree.ts";
import { inTurns } from "../../files/turns.ts";
import { whenAborted } from "../../shared/abort.ts";
import type { Reports, Resolution } from "../backend.ts";
import { resolvedElsewhere } from "./web.ts";
import type { PageMessage, WorkerMessage } from "./worker.ts";

/** A worker that resolves definitions against the files that it was sent. */
export class FileWorker {
  readonly #worker: Worker;
  /** What to do with the messages about each job; with none, if the worker cannot do it. */
  readonly #jobs = new Map<number, (message?: WorkerMessage) => void>();
  #count = 0;
  #users = 0;
  #isKept: boolean;
  #isBroken = false;

  private constructor(worker: Worker, isKept: boolean) {
    this.#worker = worker;
    this.#isKept = isKept;
    worker.addEventListener("error", () => {
      this.#isBroken = true;
      for (const take of [...this.#jobs.values()]) take();
    });
    worker.addEventListener("message", ({ data }: MessageEvent<WorkerMessage>) => this.#jobs.get(data.id)?.(data));
  }

  /** `undefined` where there is no worker: a policy, a bundler or an old browser may prevent it. */
  static start(module: WebAssembly.Module, isKept: boolean): FileWorker | undefined {
    try {
      const started = new FileWorker(new Worker(new URL("./worker.mjs", import.meta.url), { type: "module" }), isKept);
      started.#post({ module, isKept });
      return started;
    } catch {
      return undefined;
    }
  }

  /** Whether it could not be loaded, or failed. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Does something with it, which ends it unless it is kept. */
  async use<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#users += 1;
    try {
      return await work();
    } finally {
      this.#users -= 1;
      this.#endIfUnused();
    }
  }

  /** Ends it as soon as nobody uses it. */
  letGo(): void {
    this.#isKept = false;
    this.#endIfUnused();
  }

  #endIfUnused(): void {
    if (!this.#isKept && this.#users === 0) this.#worker.terminate();
  }

  /** Sends files, before any job. It throws if one of them is not a native one, which a message cannot carry. */
  async send(files: ListedFiles, signal: AbortSignal): Promise<void> {
    for await (const some of inTurns(files, signal)) this.#post({ files: some });
  }

  /** Resolves to `undefined` if the worker cannot do it. */
  resolve(
    definition: string,
    about: AboutFiles,
    signal: AbortSignal,
    reports: Reports,
  ): Promise<Resolution | undefined> {
    if (this.#isBroken) return Promise.resolve(undefined);
    const id = this.#count++;
    return new Promise((resolve, reject) => {
      const settle = (how: () => void) => {
        unlink();
        this.#jobs.delete(id);
        how();
      };
      const unlink = whenAborted(signal, () => {
        this.#post({ cancelled: id });
        settle(() => reject(signal.reason));
      });
      this.#jobs.set(id, (message) => {
        if (!message) settle(() => resolve(undefined));
        else if ("counts" in message) reports(message.work)?.(message.counts);
        else if ("answer" in message) settle(() => resolve(resolvedElsewhere(message)));
        else settle(() => reject(new Error(message.error)));
      });
      this.#post({ id, definition, about });
    });
  }

  #post(message: PageMessage): void {
    this.#worker.postMessage(message);
  }
}
