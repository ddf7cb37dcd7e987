// Where `exactOptionalPropertyTypes` tells an undefined option from one that is not given, both are fine.
import { buildPithyJauntImage, Image, type Plan, type ResolvedImage } from "pithy-image";
import { type CreateSandboxOptions, type CreateSnapshotOptions, daytonaConfig } from "pithy-image/daytona";

interface Wishes {
  root?: string | undefined;
  mode?: number | undefined;
  signal?: AbortSignal | undefined;
  executable?: boolean | undefined;
}

export async function plan({ root, mode, signal, executable }: Wishes): Promise<Plan> {
  const image = Image.debianSlim("3.12", { buildTools: executable }).addLocalFile("run.sh", "/run.sh", { mode });
  const before: ResolvedImage = await image.resolve({ root, signal, onProgress: undefined });
  const file = { path: "run.sh", bytes: new Uint8Array(), executable };
  const after = await image.resolveFiles([file], { root, signal, executable: undefined });
  await after.pack({ signal });
  after.snapshotName({ prefix: root, resources: undefined });
  return after.plan(before);
}

export const jaunt = (node: string | undefined): string =>
  buildPithyJauntImage({ node, playwright: undefined }).toDockerfile({ root: node });
export const sandbox = (signal: AbortSignal | undefined): Partial<CreateSandboxOptions> => ({ signal });
export const snapshot = (signal: AbortSignal | undefined): CreateSnapshotOptions => ({ signal, resources: undefined });
export const client: object = daytonaConfig().client;
