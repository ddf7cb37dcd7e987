import { Daytona } from "@daytonaio/sdk";
import { buildPithyJauntImage } from "./lib/daytona/declarative-image.ts";

const daytona = new Daytona({ apiKey: process.env.DAYTONA_API_KEY, apiUrl: process.env.DAYTONA_API_URL });
try {
  const image = await buildPithyJauntImage().prepare();
  const sandbox = await daytona.create(
    { image, envVars: { TARGET_REPO: "https://github.com/owner/repo", TASK_ID: "test-123" } },
    { timeout: 600, onSnapshotCreateLogs: console.log },
  );
  console.log("Sandbox created:", sandbox.id);
  await sandbox.delete();
} finally {
  await daytona[Symbol.asyncDispose]();
}
