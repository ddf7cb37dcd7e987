/** The log of a task of the example, which its page reads while it grows. */
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { daytona } from "./calls.ts";

const TASKS: string = new URL("../../examples/pithy-jaunt/lib/tasks.ts", import.meta.url).pathname;

/** What is used of that module, whose imports are those of a bundler. */
interface Tasks {
  readonly Task: new (request: {
    repository: string;
    description: string;
  }) => {
    readonly state: string;
    run(): Promise<void>;
    eventsAfter(id: number, signal: AbortSignal): AsyncGenerator<{ readonly id: number; readonly text: string }>;
  };
}

test("a page that reads slowly gets every event, once", async ({ onTestFinished }) => {
  const { config } = await daytona(onTestFinished);
  vi.stubEnv("DAYTONA_API_KEY", config.apiKey);
  vi.stubEnv("DAYTONA_API_URL", config.apiUrl);
  vi.stubEnv("DAYTONA_USE_DEPRECATED_POLLING", "true");
  vi.stubEnv("PITHY_IMAGE_ROOT", fileURLToPath(new URL("../../examples/pithy-jaunt", import.meta.url)));
  const { Task } = (await import(TASKS)) as Tasks;
  const task = new Task({ repository: "https://example.com/app.git", description: "Fix it" });
  const events = task.eventsAfter(0, new AbortController().signal);

  const running = task.run();
  const ids = [(await events.next()).value?.id];
  await running; // meanwhile nobody reads
  for await (const { id } of events) ids.push(id);

  expect(task.state).toBe("failed"); // there is no /app/execution.sh on this machine
  expect(ids.length).toBeGreaterThanOrEqual(5);
  expect(ids).toEqual(ids.map((_, index) => index + 1));
});
