/** The files that `init` writes. */
import { existsSync } from "node:fs";
import { CONVENTION } from "../module.ts";
import type { NewFile } from "../write.ts";
import type { Application } from "./application.ts";

/** The files for an application. */
export const templates = (application: Application): NewFile[] => [
  { path: CONVENTION, content: image(application) },
  { path: "lib/daytona.ts", content: client(application) },
  { path: TEST, content: trial(application) },
  ...(application.hasNext && !application.nextConfig ? [{ path: newNextConfig(), content: NEXT_CONFIG }] : []),
];

const newNextConfig = (): string => (existsSync("tsconfig.json") ? "next.config.ts" : "next.config.mjs");

const NEXT_CONFIG = `import { withPithyImage } from "pithy-image/next";

export default withPithyImage();
`;

/** The test script. */
export const TEST = "scripts/test-daytona-image.ts";

const sdkName = ({ sdk }: Application): string => sdk?.name ?? "@daytonaio/sdk";

function image({ hasNode, hasNext, hasRequirements }: Application): string {
  const isNodeAlone = hasNode && !hasRequirements;
  const steps = [
    isNodeAlone ? 'Image.base("node:22-bookworm-slim")' : 'Image.debianSlim("3.12")',
    `.aptInstall([${isNodeAlone ? '"ca-certificates", ' : ""}"curl", "git", "jq"])`,
    hasNode && hasRequirements && ".nodejs(22)",
    hasRequirements && '.pipInstallFromRequirements("requirements.txt")',
    '.workdir("/workspace")',
    hasNext && ".expose(3000)",
  ].filter((step) => step !== false);
  return `import { Image } from "pithy-image";

/** The image of the sandboxes. \`npx pithy-image show\` shows it. */
const image = ${steps.join("\n  ")};

export default image;
`;
}

const client = (application: Application): string => `import { Daytona, Image } from "${sdkName(application)}";
import { daytonaConfig, pithyDaytona } from "pithy-image/daytona";
import lock from "../pithy-image.lock.json" with { type: "json" };

function connect() {
  const config = daytonaConfig();
  const daytona = new Daytona(config.client);
  return { config, ...pithyDaytona({ daytona, Image }) };
}

// Created on first use: there are no credentials where the application is built.
let connection: ReturnType<typeof connect> | undefined;

/**
 * Starts a sandbox: in production from the snapshot that the lock names, otherwise from the image as it is now. If that
 * snapshot is not ready, or without declarative images, the one in \`DAYTONA_SNAPSHOT_NAME\` is used. If the call fails or
 * \`signal\` aborts it, what it created is deleted.
 */
export async function startSandbox(envVars: Record<string, string>, signal?: AbortSignal) {
  connection ??= connect();
  const { config, createSandbox } = connection;
  const options = { envVars, signal, ${labels(application)}ttlMinutes: 60 };
  if (!config.useDeclarativeImage) return createSandbox({ snapshot: config.snapshotName, ...options });
  if (process.env.NODE_ENV === "production") {
    return createSandbox({ lock, fallbackSnapshot: config.snapshotName, ...options });
  }
  const { default: image } = await import("../daytona/image${application.extension}");
  return createSandbox({ image, ...options, onLog: console.log });
}
`;

/** What the application's sandboxes are found by; none without a name: another application could have the same. */
const labels = ({ name }: Application): string =>
  name === undefined ? "" : `labels: { app: ${JSON.stringify(name)} }, `;

const trial = (
  application: Application,
): string => `// Builds the image in Daytona, starts a sandbox from it, runs a command there, and deletes it:
//   npx jiti ${TEST}
import { existsSync } from "node:fs";
import { Daytona, Image } from "${sdkName(application)}";
import { daytonaConfig, pithyDaytona } from "pithy-image/daytona";
import image from "../daytona/image${application.extension}";

if (existsSync(".env.local")) process.loadEnvFile(".env.local");
const daytona = new Daytona(daytonaConfig().client);
const { createSandbox } = pithyDaytona({ daytona, Image });
${isDisposable(application) ? DISPOSED : TRIAL}`;

const TRIAL = `const sandbox = await createSandbox({ image, ttlMinutes: 15, onLog: console.log });
try {
  const { result } = await sandbox.process.executeCommand("cat /etc/os-release");
  console.log(result);
} finally {
  await sandbox.delete();
}
`;

const DISPOSED = `try {
${TRIAL.trimEnd().replace(/^/gm, "  ")}
} finally {
  await daytona[Symbol.asyncDispose]();
}
`;

/** Whether the SDK's client keeps a connection open, and can close it: the first versions did neither. */
function isDisposable({ sdk }: Application): boolean {
  const [major = 0, minor = 0] = (sdk?.version ?? "1.0").split(".").map(Number);
  return major > 0 || minor > 115;
}
