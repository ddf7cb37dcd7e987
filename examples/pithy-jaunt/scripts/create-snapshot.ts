// Makes a snapshot of the image, for DAYTONA_SNAPSHOT_NAME: npm run snapshot [name]
import { existsSync } from "node:fs";
import { Daytona } from "@daytonaio/sdk";
import { daytonaConfig } from "pithy-image/daytona";
import { createPithyJauntSnapshot } from "../lib/daytona/declarative-image";

async function main() {
  if (existsSync(".env.local")) process.loadEnvFile(".env.local");
  const { name, state } = await createPithyJauntSnapshot(new Daytona(daytonaConfig().client), process.argv[2]);
  console.log(`${name} is ${state}. To use it:\nDAYTONA_USE_DECLARATIVE_IMAGE=false\nDAYTONA_SNAPSHOT_NAME=${name}`);
}

main();
