/** What the tests of the SDK's mistakes share: both sides, as an application would meet them. */
import { DockerfileParser } from "dockerfile-ast";
import { bindImage } from "pithy-image/daytona";
import { snapshotRef } from "pithy-image-tests-daytona";
import { type Entry, type Sent, send } from "pithy-image-tests-daytona/uploader";
import { Image as Sdk } from "sdk-latest";
import { onTestFinished } from "vitest";

export { Sdk };

/** Our images as the SDK takes them. */
export const Ours = bindImage(Sdk);

/** The current directory, until the test is over. */
export function enter(directory: string): string {
  const before = process.cwd();
  onTestFinished(() => process.chdir(before));
  process.chdir(directory);
  return directory;
}

/** Each instruction of a Dockerfile on a line, as a parser of its own finds them. */
export const instructions = (dockerfile: string): string[] =>
  DockerfileParser.parse(dockerfile).getInstructions().map(String);

/** The last line of a Dockerfile. */
export const lastLine = (image: { dockerfile: string }): string => image.dockerfile.trimEnd().split("\n").at(-1) ?? "";

/** What the SDK sends of an image. */
export const sent = (image: { contextList: Parameters<typeof send>[0] }): Promise<Sent> => send(image.contextList);

/** What Daytona's runner keeps of what was sent, as `path content`: regular files, and links as empty ones. */
export const kept = (entries: readonly Entry[]): string[] =>
  entries.filter(({ type }) => type !== "Directory").map(({ path, content }) => `${path} ${content}`);

/** Daytona's key of an image's build. */
export async function keyOf(image: { dockerfile: string } & Parameters<typeof sent>[0]): Promise<string> {
  return snapshotRef(image.dockerfile, (await sent(image)).hashes);
}
