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
      try {
        this.#enter("working");
        const { repository, description } = this.request;
        const envVars = { TARGET_REPO: repository, TASK_ID: this.id, TASK_DESCRIPTION: description };
        const command = ["/app/execution.sh"];
        const task = await daytona().startTask(sandbox, { command, envVars: { ...agentEnvironment(), ...envVars } });
        for await (const { stream, text } of task.output()) this.#add(stream, text);
        const { exitCode } = await task.wait();
        this.#enter(exitCode === 0 ? "succeeded" : "failed");
      } finally {
        await sandbox.delete();
      }
    } catch (error) {
      this.#add("stderr", `${error instanceof Error ? error.message : error}\n`);
      this.#enter("failed");
    }
  }

  /** What happened after an event, and what happens until the task is over. */
  async *eventsAfter(id: number, signal: AbortSignal): AsyncGenerator<TaskEvent> {
    for (let next = id; ; ) {
      for (const event of this.#events.slice(next)) yield event;
      next = Math.max(next, this.#events.length);
      if (isOver(this.state) || signal.aborted) return;
      await once(this.#changes, "change", { signal }).catch(() => {});
    }
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
