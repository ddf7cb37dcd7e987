import { Daytona, Image } from "@daytonaio/sdk";
import { daytonaConfig, pithyDaytona } from "pithy-image/daytona";
import lock from "../../pithy-image.lock.json" with { type: "json" };
import { buildPithyJauntImage } from "./declarative-image";

/** How a task's sandbox is made. */
export interface SandboxOptions {
  /** The id of the task. */
  taskId: string;
  /** Called with each part of the build's log, if the image is built. */
  onLog: (text: string) => void;
  signal?: AbortSignal;
}

function connect() {
  const config = daytonaConfig();
  return { config, ...pithyDaytona({ daytona: new Daytona(config.client), Image }) };
}

// Connected on first use: there are no credentials where the application is built.
let connection: ReturnType<typeof connect> | undefined;
export const daytona = () => (connection ??= connect());

/**
 * A sandbox for a task. In production it comes from the snapshot that the lock names, in development from the image as it is now,
 * and with `DAYTONA_USE_DECLARATIVE_IMAGE=false` from the snapshot `DAYTONA_SNAPSHOT_NAME`, which is the fallback otherwise. If the
 * call fails or is aborted, what it created is deleted.
 */
export async function createTaskSandbox({ taskId, onLog, signal }: SandboxOptions) {
  const { config, createSandbox } = daytona();
  const options = { labels: { app: "pithy-jaunt", task: taskId }, ttlMinutes: 60, signal };
  if (!config.useDeclarativeImage) return createSandbox({ snapshot: config.snapshotName, ...options });
  if (process.env.NODE_ENV === "production") {
    return createSandbox({ lock, fallbackSnapshot: config.snapshotName, ...options });
  }
  return createSandbox({ image: buildPithyJauntImage(), onLog, ...options });
}

/** Variables of ours that the agent in the sandbox needs. */
const AGENT_VARIABLES = /^(?:OPENAI_|ANTHROPIC_|AGENT_|GITHUB_|GIT_AUTHOR_|WEBHOOK_|(?:BASE_BRANCH|BRANCH_NAME)$)/;

/** The agent's environment: a sandbox of a warm pool has none of its own, and its task gets it. */
export const agentEnvironment = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] => AGENT_VARIABLES.test(entry[0]) && !!entry[1],
    ),
  );
