/** The files that `init` writes. */
import { CONVENTION } from "../module.ts";
import type { NewFile } from "../write.ts";
import type { Application, Written } from "./application.ts";
import { runModule } from "./commands.ts";
import { place, placed } from "./layout.ts";
import { added } from "./manifest.ts";
import { pithyJaunt } from "./pithy-jaunt.ts";

/** The files for an application. */
export function written(application: Application): Written {
  const template = application.template === "pithy-jaunt" ? pithyJaunt(application) : own(application);
  return { ...template, files: [...template.files, ...nextConfig(application)] };
}

function nextConfig({ hasNext, nextConfig, layout }: Application): NewFile[] {
  if (!hasNext || nextConfig !== undefined) return [];
  return [{ path: layout.isTypeScript ? "next.config.ts" : "next.config.mjs", content: NEXT_CONFIG }];
}

const NEXT_CONFIG = `import { withPithyImage } from "pithy-image/next";

export default withPithyImage();
`;

const TEST = "scripts/test-daytona-image.ts";

/** An image for Node or Python. */
function own(application: Application): Written {
  const { layout } = application;
  const image = place(CONVENTION, layout);
  const files = [
    { path: CONVENTION, content: imageModule(application) },
    { path: "lib/daytona.ts", content: client(application) },
    { path: TEST, content: trial(application) },
  ].map((file) => placed(file, layout));
  const fields = image === CONVENTION ? {} : { pithyImage: image };
  return { files: [...files, ...added(application.manifest, fields)], test: place(TEST, layout) };
}

function imageModule({ template, manifest, hasNext, hasRequirements }: Application): string {
  const isNode = template === "node";
  const steps = [
    isNode ? 'Image.base("node:22-bookworm-slim")' : 'Image.debianSlim("3.12")',
    `.aptInstall([${isNode ? '"ca-certificates", ' : ""}"curl", "git", "jq"])`,
    !isNode && manifest && ".nodejs(22)",
    !isNode && hasRequirements && '.pipInstallFromRequirements("requirements.txt")',
    '.workdir("/workspace")',
    hasNext && ".expose(3000)",
  ].filter((step) => typeof step === "string");
  return `import { Image } from "pithy-image";

/** The image of the sandboxes. \`npx pithy-image show\` shows it. */
export const image = ${steps.join("\n  ")};

export default image;
`;
}

function client(application: Application): string {
  const type = (text: string) => (application.layout.isTypeScript ? text : "");
  return `import { Daytona, Image } from "${application.sdk.name}";
import { daytonaConfig, pithyDaytona } from "pithy-image/daytona";
import lock from "../pithy-image.lock.json" with { type: "json" };

function connect() {
  const config = daytonaConfig();
  const daytona = new Daytona(config.client);
  return { config, ...pithyDaytona({ daytona, Image }) };
}

// Created on first use: there are no credentials where the application is built.
let connection${type(": ReturnType<typeof connect> | undefined")};

/**
 * Starts a sandbox: in production from the snapshot that the lock names, otherwise from the image as it is now. If that
 * snapshot is not ready, or without declarative images, the one in \`DAYTONA_SNAPSHOT_NAME\` is used. If the call fails or
 * \`signal\` aborts it, what it created is deleted.
 */
export async function startSandbox(envVars${type(": Record<string, string>")}, signal${type("?: AbortSignal")}) {
  connection ??= connect();
  const { config, createSandbox } = connection;
  const options = { envVars, signal, ${labels(application)}ttlMinutes: 60 };
  if (!config.useDeclarativeImage) return createSandbox({ snapshot: config.snapshotName, ...options });
  if (process.env.NODE_ENV === "production") {
    return createSandbox({ lock, fallbackSnapshot: config.snapshotName, ...options });
  }
  const { image } = await import("../daytona/image");
  return createSandbox({ image, ...options, onLog: console.log });
}
`;
}

/** What the application's sandboxes are found by; none without a name: another application could have the same. */
const labels = ({ name }: Application): string =>
  name === undefined ? "" : `labels: { app: ${JSON.stringify(name)} }, `;

/** A function, since a CommonJS module cannot `await` at its top. */
const trial = (
  application: Application,
): string => `// Builds the image in Daytona, starts a sandbox from it, runs a command there, and deletes it:
//   ${runModule(application, place(TEST, application.layout))}
import { existsSync } from "node:fs";
import { Daytona, Image } from "${application.sdk.name}";
import { daytonaConfig, pithyDaytona } from "pithy-image/daytona";
import { image } from "../daytona/image";

async function main() {
  if (existsSync(".env.local")) process.loadEnvFile(".env.local");
  const daytona = new Daytona(daytonaConfig().client);
  const { createSandbox } = pithyDaytona({ daytona, Image });
${isDisposable(application) ? DISPOSED : TRIAL}}

main();
`;

const TRIAL = `  const sandbox = await createSandbox({ image, ttlMinutes: 15, onLog: console.log });
  try {
    const { result } = await sandbox.process.executeCommand("cat /etc/os-release");
    console.log(result);
  } finally {
    await sandbox.delete();
  }
`;

const DISPOSED = `  try {
${TRIAL.trimEnd().replace(/^/gm, "  ")}
  } finally {
    await daytona[Symbol.asyncDispose]();
  }
`;

/** Whether the SDK's client keeps a connection open, and can close it: the first versions did neither. */
function isDisposable({ sdk: { version = "1.0" } }: Application): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 0 || minor > 115;
}
