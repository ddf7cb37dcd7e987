/** Tries a snapshot before it counts as ready: a command has to succeed in a sandbox of it. */
import { type CleanedUp, PithyDaytonaError } from "../../shared/errors.ts";
import { ApiCall } from "../api-call.ts";
import type { Connection } from "../client.ts";
import { isFine } from "../failure.ts";
import { createSandbox } from "../sandbox/create-sandbox.ts";
import { startTask } from "../task/start-task.ts";
import type { StartedTask } from "../task/started-task.ts";
import type { TaskSandbox } from "../task/toolbox.ts";
import type { EnsuredSnapshot } from "./ensured.ts";

/** Minutes after which Daytona deletes the sandbox, whatever happens to this process: the most that a check may take. */
const LIFE = 60;

/** Seconds that starting and checking may take, unless the call ends before. */
const DEADLINE = 3_600;

/** Seconds that deleting it may take. */
const REMOVAL = 30;

/** Characters of the end of the output that an error shows. */
const TAIL = 4_096;

/** Runs a command in a sandbox of a snapshot, and throws unless it succeeds. The sandbox is deleted afterwards. */
export async function checkSnapshot(
  { connection, signal }: ApiCall,
  { name, region }: Pick<EnsuredSnapshot, "name" | "region">,
  command: readonly string[],
): Promise<void> {
  const how = { snapshot: name, region, ttlMinutes: LIFE, deadline: DEADLINE, signal };
  const sandbox = (await createSandbox(connection, how)) as TaskSandbox;
  try {
    const task = await startTask(connection, sandbox, { command, signal, deadline: DEADLINE });
    const log = await endOfOutput(task, signal);
    const { exitCode } = await task.wait({ signal });
    if (exitCode !== 0) throw failed(name, command, exitCode, log);
  } catch (error) {
    const cleanedUp = remove(connection, sandbox.id); // a call that was stopped does not wait for it
    throw error instanceof PithyDaytonaError ? error.with({ cleanedUp }) : error;
  }
  await remove(connection, sandbox.id);
}

async function endOfOutput(task: StartedTask, signal: AbortSignal): Promise<string> {
  let tail = "";
  for await (const { text } of task.output({ signal })) tail = (tail + text).slice(-TAIL);
  return tail;
}

const failed = (name: string, command: readonly string[], exitCode: number, log: string): PithyDaytonaError =>
  new PithyDaytonaError({
    code: "check_failed",
    message: `The check of snapshot \`${name}\` failed with exit code ${exitCode}: \`${command.join(" ")}\`.`,
    hint: "Correct the image or the command. No snapshot has taken the name.",
    log: log || undefined,
    retryable: false,
  });

/** Deletes the sandbox, also after the call was stopped. */
async function remove(connection: Connection, id: string): Promise<CleanedUp> {
  const call = new ApiCall(connection, {}, REMOVAL);
  try {
    const response = await call.ask("DELETE", ["sandbox", id]);
    return isFine(response) || response.status === 404 ? {} : { leftBehind: leftBehind(id) };
  } catch {
    return { leftBehind: leftBehind(id) };
  } finally {
    call.end();
  }
}

const leftBehind = (id: string): string => `sandbox ${id}; Daytona deletes it ${LIFE} minutes after its creation`;
