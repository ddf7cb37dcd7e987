// Builds the image in Daytona, starts a sandbox from it, and deletes it: npm run test:image
import { existsSync } from "node:fs";
import { Daytona } from "@daytonaio/sdk";
import { daytonaConfig } from "pithy-image/daytona";
import { buildPithyJauntImage } from "./lib/daytona/declarative-image";

async function main() {
  if (existsSync(".env.local")) process.loadEnvFile(".env.local");
  const daytona = new Daytona(daytonaConfig().client);
  const sandbox = await daytona.create(
    { image: buildPithyJauntImage(), envVars: { TASK_ID: "test-123" } },
    { timeout: 900, onSnapshotCreateLogs: (text) => process.stdout.write(text) },
  );
  try {
    console.log("Sandbox created:", sandbox.id);
    const { result } = await sandbox.process.executeCommand("python --version && git --version && ls /app");
    console.log(result);
  } finally {
    await sandbox.delete();
  }
}

main();
