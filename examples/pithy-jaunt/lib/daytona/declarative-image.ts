import { buildPithyJauntImage as build, buildPithyJauntImageFromDockerfile as buildFromDockerfile } from "pithy-image";
import { createPithyJauntSnapshot as createSnapshot } from "pithy-image/daytona";
import { type Daytona, Image } from "pithy-image/daytonaio-sdk";

/** The image of our sandboxes: Python, git, curl, jq, the clients of OpenAI and Anthropic, and the scripts in `daytona/`. */
export const buildPithyJauntImage = (): Image => Image.from(build());

/** The image as it was before: `daytona/Dockerfile`. */
export const buildPithyJauntImageFromDockerfile = (): Image => Image.from(buildFromDockerfile());

/** Makes sure that there is a snapshot of the image under a name of our own. */
export const createPithyJauntSnapshot = (daytona: Daytona, name?: string) =>
  createSnapshot(daytona, name, { onLogs: (text) => process.stdout.write(text) });

export default buildPithyJauntImage;
