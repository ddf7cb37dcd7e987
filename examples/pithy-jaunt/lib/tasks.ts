import { randomUUID } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { agentEnvironment, createTaskSandbox, daytona } from "./daytona/sdk-client";

/** One line of what happens, or one change of state. */
export interface TaskEvent {
  /** Its place in the log, from 1. */
  id: number;
  type: "build" | "stdout" | "stderr" | "state";
  text: string;
}

/** What a user asks for. */
export interface TaskRequest {
  repository: string;
  description: string;
}

/** `working` until the agent has ended, or something has failed. */
export type TaskState = "waiting" | "building" | "working" | "succeeded" | "failed";

const isOver = (state: TaskState) => state === "succeeded" || state === "failed";

/** A task and its log. */
export class Task {
  readonly id = randomUUID();
  readonly request: TaskRequest;
  state: TaskState = "waiting";
  readonly #events: TaskEvent[] = [];
  readonly #changes = new EventEmitter().setMaxListeners(0);

  constructor(request: TaskRequest) {
    this.request = request;
  }

  /** Runs the agent in a sandbox of its own, and deletes the sandbox. */
  async run(): Promise<void> {
    try {
      this.#enter("building");
      const sandbox = await createTaskSandbox({ taskId: this.id, onLog: (text) => this.#add("build", text) });
      const isDone = await this.#work(sandbox).finally(() => sandbox.delete().catch((error) => this.#report(error)));
      this.#enter(isDone ? "succeeded" : "failed");
    } catch (error) {
      this.#report(error);
      this.#enter("failed");
    }
  }

  async #work(sandbox: Awaited<ReturnType<typeof createTaskSandbox>>): Promise<boolean> {
    this.#enter("working");
    const { repository, description } = this.request;
    const own = { TARGET_REPO: repository, TASK_ID: this.id, TASK_DESCRIPTION: description };
    const envVars = { ...agentEnvironment(), ...own };
    const task = await daytona().startTask(sandbox, { command: ["/app/execution.sh"], envVars });
    for await (const { stream, text } of task.output()) this.#add(stream, text);
    return (await task.wait()).exitCode === 0;
  }

  /** What happened after an event, and what happens until the task is over. */
  async *eventsAfter(id: number, signal: AbortSignal): AsyncGenerator<TaskEvent> {
    for (let next = id; !signal.aborted; ) {
      const event = this.#events[next];
      if (event) {
        next += 1;
        yield event;
      } else if (isOver(this.state)) {
        return;
      } else {
        await once(this.#changes, "change", { signal }).catch(() => {}); // of an abort
      }
    }
  }

  #report(error: unknown): void {
    this.#add("stderr", `${error instanceof Error ? error.message : error}\n`);
  }

  #enter(state: TaskState): void {
    this.state = state;
    this.#add("state", state);
  }

  #add(type: TaskEvent["type"], text: string): void {
    this.#events.push({ id: this.#events.length + 1, type, text });
    this.#changes.emit("change");
  }
}

/** Shared by all bundles of the server. */
const shared = globalThis as { pithyJauntTasks?: Map<string, Task> };

/** This process's tasks, in the order of creation. An application with several processes keeps them in its database. */
shared.pithyJauntTasks ??= new Map();
const tasks = shared.pithyJauntTasks;

export function createTask(request: TaskRequest): Task {
  const task = new Task(request);
  tasks.set(task.id, task);
  return task;
}

export const findTask = (id: string): Task | undefined => tasks.get(id);

/** The latest first. */
export const latestTasks = (): Task[] => [...tasks.values()].reverse();
